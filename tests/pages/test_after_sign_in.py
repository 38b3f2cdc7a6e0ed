"""Where a browser is led once somebody has signed in, and what cookies are sent by."""

from __future__ import annotations

from collections import OrderedDict

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from pages._server import after_sign_in
from pages._server.after_sign_in import AfterSignIn, remember_page


async def page(request):
    answer = HTMLResponse("<p>A page</p>")
    answer.set_cookie("known", "1")
    return answer


async def callback(request):
    answer = RedirectResponse("/", status_code=302)
    answer.delete_cookie("_streamlit_user", path="/app")
    if request.query_params.get("code") == "good":
        answer.set_cookie("_streamlit_user", "Ada")
    return answer


async def login(request):
    return Response("Authentication error", status_code=400)


@pytest.fixture(autouse=True)
def nobody_is_signing_in(monkeypatch):
    monkeypatch.setattr(after_sign_in, "_pages", OrderedDict())


def browser(name="one", *, is_encrypted=False) -> TestClient:
    routes = [
        Route("/oauth2callback", callback),
        Route("/auth/login", login),
        Route("/{rest:path}", page),
    ]
    around = [Middleware(AfterSignIn, is_encrypted=is_encrypted)]
    scheme = "https" if is_encrypted else "http"
    app = Starlette(routes=routes, middleware=around)
    visitor = TestClient(app, base_url=f"{scheme}://graft.example", follow_redirects=False)
    visitor.cookies.set(after_sign_in.BROWSER, name)
    return visitor


@pytest.mark.parametrize("address", ["/captions?photo=a%20b&x=1", "/", "/sentiment?q=%C3%A9%22"])
def test_it_is_the_page_for_which_they_have_signed_in(address):
    visitor, other = browser(), browser(name="other")
    remember_page("one", "/dream")
    remember_page("one", address)
    remember_page("other", "/style")
    assert visitor.get("/oauth2callback?code=good&state=2").headers["location"] == address
    assert other.get("/oauth2callback?code=good&state=2").headers["location"] == "/style"


def test_after_signing_out_it_is_the_first_page():
    visitor = browser()
    remember_page("one", "/dream")
    assert visitor.get("/oauth2callback").headers["location"] == "/"


@pytest.mark.parametrize(
    "page", ["//evil.example", "https://evil.example", "/\\evil.example", "/\r\na: b", "", "x"]
)
def test_it_is_never_another_server(page):
    visitor = browser()
    remember_page("one", page)
    assert visitor.get("/oauth2callback?code=good").headers["location"] == "/"


@pytest.mark.parametrize("is_encrypted", [False, True])
def test_cookies_need_https_where_the_server_has_it(is_encrypted):
    visitor = browser(is_encrypted=is_encrypted)
    for path in ("/dream", "/oauth2callback?code=good"):
        for cookie in visitor.get(path).headers.get_list("set-cookie"):
            assert ("; Secure" in cookie) == is_encrypted


@pytest.mark.parametrize(
    ("answer", "reason"),
    (
        ("/oauth2callback?code=good", None),
        ("/oauth2callback?code=expired", "refused"),
        ("/oauth2callback?error=access_denied", "refused"),
        ("/oauth2callback", None),  # after signing out
        ("/auth/login?provider=default", "unreachable"),
    ),
)
def test_the_page_for_signing_in_learns_why_it_failed(answer, reason):
    visitor = browser()
    remember_page("one", "/dream")
    back = visitor.get(answer)
    assert back.status_code == 302
    assert back.cookies.get("graft_sign_in") == reason
    assert back.headers["location"] == ("/" if answer == "/oauth2callback" else "/dream")
