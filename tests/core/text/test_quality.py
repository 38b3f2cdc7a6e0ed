"""Texts that are no good are found, and usual ones are not."""

from __future__ import annotations

import pytest

from core.text.quality import TextMeasures, find_poor_texts, language_of, measured

ENGLISH = (
    "The film begins slowly, but after half an hour nobody looks at the clock any more. What "
    "follows is a quiet story about two brothers who have not talked to each other for years. "
    "The ending surprised all of us."
)
GERMAN = (
    "Der Film beginnt langsam, doch nach einer halben Stunde sieht niemand mehr auf die Uhr. Es "
    "folgt eine stille Geschichte von zwei Brüdern, die seit Jahren nicht miteinander reden."
)


def usual(number: int) -> str:
    return f"Review number {number} is about a film of that year. {ENGLISH} I gave it {number}."


def issues(*texts: str) -> list[tuple[int, str]]:
    """Positions and issues of texts that stand behind twenty usual ones."""
    every = [*(usual(number) for number in range(20)), *texts]
    found = find_poor_texts([measured(text) for text in every], every)
    assert all(one.position >= 20 for one in found if one.issue != "boilerplate")
    return [(one.position - 20, one.issue) for one in found]


@pytest.mark.parametrize(
    ("text", "issue"),
    [
        ("Fine.", "very short"),
        (" ".join(usual(number) for number in range(60)), "very long"),
        (GERMAN, "other language"),
        (f"{ENGLISH[:80]} {'<td class=x>12.50</td> ' * 20}", "little prose"),
        ("3 14 15 92 65 35 89 79 32 38 46 26 43 38 32 79 50 28 84 19 71 69 39 93", "little prose"),
        (ENGLISH.replace("e", "é").encode().decode("latin-1"), "garbled characters"),
        (ENGLISH.replace("th", "\ufffd"), "garbled characters"),
    ],
)
def test_what_is_wrong_is_named(text, issue):
    assert (0, issue) in issues(text)


def test_usual_texts_and_those_with_accents_are_fine():
    assert issues(usual(30), usual(31) + " We met in a café in Malmö; São Paulo was next.") == []


def test_a_sentence_that_many_texts_end_with_is_boilerplate_but_copies_are_not():
    signed = [f"{usual(100 + i)} Sent from my new telephone by mail today." for i in range(6)]
    assert issues(*signed) == [(i, "boilerplate") for i in range(6)]
    assert issues(*[f"{usual(100)} Sent from my new telephone by mail today."] * 6) == []


def test_what_is_too_short_to_tell_has_no_language():
    assert (language_of(ENGLISH), language_of(GERMAN), language_of("Chat")) == ("en", "de", "")


def test_where_no_language_prevails_none_is_another():
    mixed = [measured(text) for text in (ENGLISH, GERMAN)]
    assert find_poor_texts(mixed, ["a", "b"]) == ()


def test_a_finding_says_what_was_measured():
    measures = [TextMeasures(100, 0.9, 0, 600, "en", "", "")] * 9
    short = TextMeasures(1, 1.0, 0, 5, "", "", "")
    (found,) = find_poor_texts([*measures, short], "abcdefghij")
    assert (found.position, found.value) == (9, 1)
    assert found.detail == "1 word; half of the texts have 100 or more"
