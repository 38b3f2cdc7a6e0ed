"""Signing in by a real provider: roles, ways back, signing out, and what has expired."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests
from playwright.sync_api import expect

from tests.browser.settling import settle
from tests.identity_provider import (
    BOB,
    COOKIE_SECRET,
    USER,
    by_login,
    cookie,
    provider,
    sign_in,
)

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)  # the cores are shared


@pytest.fixture(scope="module")
def metadata() -> Iterator[str]:
    """The provider of most tests here."""
    with provider() as url:
        yield url


@pytest.fixture(scope="module")
def by_name(serving, metadata):
    """A server for teachers, who change it, and for two domains."""
    rules = {"GRAFT_ADMINS": "groups=teachers", "GRAFT_VISITORS": "@example.com"}
    with serving(**by_login(metadata, GRAFT_LOGIN_HOURS="1", **rules)) as started:
        yield started


@pytest.fixture
def come(visit, by_name):
    """A function that opens a page of that server as a new visitor, and signs in."""

    def open_page(path: str = "", sub: str | None = None):
        page = visit(path, on=by_name)
        if sub is not None:
            sign_in(page, sub)
            settle(page)
        return page

    return open_page


def asks_to_sign_in(page) -> None:
    expect(page.get_by_role("heading", name="Sign in to Graft")).to_be_visible()
    expect(page.get_by_test_id("stSidebarNavLink")).to_have_count(0)


def put(page, claims: dict[str, object], url: str, secret: str = COOKIE_SECRET) -> None:
    """Sign in without the provider."""
    value = cookie(claims, url, secret)
    page.context.add_cookies([{"name": USER, "value": value, "url": url}])


def test_who_signs_in_comes_back_to_the_page_they_came_for(come):
    page = come("sentiment?x=1")
    asks_to_sign_in(page)
    sign_in(page, "ada")
    expect(page.get_by_role("heading", name="Film reviews")).to_be_visible()
    assert "/sentiment?" in page.url and "x=1" in page.url


def test_admins_remove_and_visitors_look(come):
    for sub, count in (("ada", 1), ("bob", 0)):
        page = come("engine_room", sub)
        expect(page.get_by_text("Access is by signing in")).to_be_visible()
        expect(page.get_by_role("heading", name="Model cards")).to_be_visible()
        assert page.get_by_role("button", name="Remove…").count() >= count
        if not count:
            expect(page.get_by_role("button", name="Remove…")).to_have_count(0)


def test_who_is_not_let_in_is_told_so(come):
    page = come("", "eve")
    asks_to_sign_in(page)
    expect(
        page.get_by_text("You are signed in as Eve, and this server is for others.")
    ).to_be_visible()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def test_signing_out_ends_every_tab(come):
    page = come("account", "bob")
    expect(page.get_by_text("Bob · visitor")).to_be_visible()
    other = page.context.new_page()
    other.goto(page.url.replace("account", "captions"))
    settle(other)
    expect(other.get_by_role("heading", name="Captions")).to_be_visible()
    copied = [each for each in page.context.cookies() if each["name"].startswith(USER)]
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="End Session")).to_be_visible()
    asks_to_sign_in(other)
    page.goto(other.url)
    asks_to_sign_in(page)
    page.context.add_cookies(copied)  # as whoever had copied them before could
    page.reload()
    asks_to_sign_in(page)
    expect(page.get_by_text("You have signed out.")).to_be_visible()


def test_a_project_is_its_owners_in_any_browser(come):
    page = come("projects", "ada")
    page.get_by_role("button", name="Save as project").click()
    expect(page.get_by_role("button", name="Delete…")).to_be_visible()
    link = page.url
    other = come("projects", "ada")
    expect(other.get_by_text("Your projects")).to_be_visible()
    expect(other.get_by_role("link", name=re.compile("Projects, "))).to_be_visible()
    bobs = come(link.partition("/projects")[2].join(("projects", "")), "bob")
    expect(bobs.get_by_text("It belongs to somebody else")).to_be_visible()
    expect(bobs.get_by_role("button", name="Delete…")).to_have_count(0)
    page.get_by_role("button", name="Replace links…").click()
    page.get_by_role("button", name="Replace links", exact=True).click()
    page.wait_for_function("url => location.href !== url", arg=link)
    bobs.reload()
    settle(bobs)
    expect(bobs.get_by_text("There is no project behind this link").first).to_be_visible()


def test_a_key_of_ones_own_opens_the_web_api_until_it_is_deleted(come, by_name):
    def ask(key: str) -> int:
        headers = {"Authorization": f"Bearer {key}"}
        return requests.get(f"{by_name.url}/api/backbones", headers=headers, timeout=60).status_code

    page = come("account", "bob")
    page.get_by_label("What the key is for").fill("Notebook")
    page.get_by_role("button", name="Make a key").click()
    key = page.get_by_text(re.compile("^graft_")).inner_text()
    assert ask(key) == 200 and ask("graft_guess") == 401
    page.get_by_role("button", name="I have copied it").click()
    expect(page.get_by_text(key)).to_have_count(0)
    page.goto(f"{page.url.partition('?')[0]}?account_your-keys=1")
    settle(page)
    page.get_by_role("button", name="Delete “Notebook”").click()
    expect(page.get_by_role("button", name="Delete “Notebook”")).to_have_count(0)
    assert ask(key) == 401


def test_a_cookie_counts_with_its_signature_and_until_its_time(come, by_name, metadata):
    claims = {**BOB, "iss": metadata, "sub": "bob"}
    now = time.time()
    for since, secret in ((now, "somebody else's"), (now - 3601, COOKIE_SECRET)):
        page = come("captions")
        put(page, {**claims, "iat": since}, by_name.url, secret)
        page.reload()
        asks_to_sign_in(page)
    expect(page.get_by_text("Your sign-in has expired.")).to_be_visible()


def test_a_page_that_is_open_asks_again_once_the_time_is_over(come, by_name, metadata):
    page = come("account")
    left_s = 40
    claims = {**BOB, "iss": metadata, "sub": "bob", "iat": time.time() - 3600 + left_s}
    put(page, claims, by_name.url)
    page.reload()
    expect(page.get_by_text("Bob · visitor")).to_be_visible()
    heading = page.get_by_role("heading", name="Sign in to Graft")
    expect(heading).to_be_visible(timeout=(left_s + 20) * 1000)  # without anybody touching it
    expect(page.get_by_text("Bob · visitor")).to_have_count(0)


def test_an_id_token_that_has_expired_signs_nobody_in(visit, start_server):
    with provider(lasts=timedelta(hours=-1)) as metadata:
        page = visit("", on=start_server(**by_login(metadata)))
        sign_in(page, "ada")
        asks_to_sign_in(page)
        expect(page.get_by_text("You were not signed in.")).to_be_visible()
        assert USER not in {each["name"] for each in page.context.cookies()}
    page.reload()  # and the provider is gone
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("The provider that signs people in does not answer.")).to_be_visible()


def test_a_session_that_nobody_has_signed_in_to_takes_no_upload(by_name):
    place = f"{by_name.url}/_stcore/upload_file/session/file"
    headers = {"Content-Length": "0"}
    refusal = requests.put(place, data=b"", headers=headers, timeout=60)
    assert refusal.status_code == 401 and "Sign in first." in refusal.text
