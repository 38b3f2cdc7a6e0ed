"""Film reviews in a real browser: what is clicked and typed moves the verdict."""

from __future__ import annotations

import pytest

from tests.waiting import wait_until

pytestmark = pytest.mark.browser

PAGE = "sentiment?review=Annoyed&model=Words+and+pairs+of+words%2C+linear"


def test_a_clicked_sentence_is_looked_into_and_is_in_the_url(visit):
    page = visit(PAGE)
    page.get_by_role("button", name="The hero mumbles").click()
    page.locator("[class*=st-key-words] span[data-place]").filter(has_text="mumbles").wait_for()
    page.wait_for_url("**sentence=3*")
    again = visit(page.url.split("/", 3)[3])
    again.locator("[class*=st-key-words] span[data-place]").filter(has_text="mumbles").wait_for()


def test_editing_flips_the_verdict_while_one_types_and_back_undoes_it(visit):
    page = visit(PAGE)
    page.get_by_role("tab", name="Edit and compare").click()
    field = page.get_by_label("Edit the text")
    before = field.input_value()
    verdict = page.locator("[class*=st-key-edit_verdict] .word")
    assert verdict.inner_text() == "Negative"
    field.press("Control+a")
    field.press_sequentially("A wonderful film. I loved every minute of it.")
    page.get_by_text("The verdict has flipped.").wait_for()  # the field has kept the focus
    assert verdict.inner_text() == "Positive"
    sentence = page.locator("[class*=st-key-edit_sentences]").get_by_role("button")
    sentence.filter(has_text="wonderful").click()
    page.locator("[class*=st-key-edit_sentences] .gone").wait_for()
    page.get_by_role("button", name="Restore the review").click()
    page.get_by_text("The verdict has flipped.").wait_for(state="detached")
    field = page.get_by_label("Edit the text")
    wait_until(lambda: field.count() == 1)  # a new one has taken the place of the one edited
    assert field.input_value() == before


def test_what_is_written_is_read_while_one_types(visit):
    page = visit("sentiment?review_source=Write&model=Words+and+pairs+of+words%2C+linear")
    page.get_by_text("Write or upload a review").wait_for()
    field = page.get_by_label("Your review")
    field.press_sequentially("A wonderful film. ")
    verdict = page.locator("[class*=st-key-verdict] .word")
    wait_until(lambda: verdict.count() == 1 and verdict.inner_text() == "Positive")
    field.press_sequentially("No, it was awful, a waste of time.")  # the field has kept the focus
    wait_until(lambda: verdict.inner_text() == "Negative")
    assert field.input_value() == "A wonderful film. No, it was awful, a waste of time."
    page.wait_for_url("**text=*waste*")
    page.get_by_role("tab", name="Edit and compare").wait_for()
    page.get_by_text("Sample", exact=True).first.click()
    page.get_by_text("Written for this page").wait_for()
    page.get_by_text("Write", exact=True).first.click()
    wait_until(lambda: page.get_by_label("Your review").count() == 1)
    assert page.get_by_label("Your review").input_value().startswith("A wonderful film.")
