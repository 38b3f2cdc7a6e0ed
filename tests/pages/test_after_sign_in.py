"""Where a browser is led once somebody has signed in, and what cookies are sent by."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from pages._server.after_sign_in import AfterSignIn


async def page(request):
    return HTMLResponse("<p>A page</p>")


async def callback(request):
    answer = RedirectResponse("/", status_code=302)
    answer.delete_cookie("_streamlit_user", path="/app")
    if request.query_params.get("code") == "good":
        answer.set_cookie("_streamlit_user", "Ada")
    return answer


async def login(request):
    return Response("Authentication error", status_code=400)


def browser(*, is_encrypted=False) -> TestClient:
    routes = [
        Route("/oauth2callback", callback),
        Route("/auth/login", login),
        Route("/{rest:path}", page),
    ]
    around = [Middleware(AfterSignIn, is_encrypted=is_encrypted)]
    scheme = "https" if is_encrypted else "http"
    app = Starlette(routes=routes, middleware=around)
    return TestClient(app, base_url=f"{scheme}://graft.example", follow_redirects=False)


@pytest.mark.parametrize("address", ["/captions?photo=a%20b&x=1", "/", "/sentiment?q=%C3%A9%22"])
def test_it_is_the_page_that_was_open_last(address):
    visitor = browser()
    visitor.get("/dream")
    visitor.get(address)
    assert visitor.get("/oauth2callback?code=good&state=2").headers["location"] == address


def test_after_signing_out_it_is_the_first_page():
    visitor = browser()
    visitor.get("/dream")
    assert visitor.get("/oauth2callback").headers["location"] == "/"


@pytest.mark.parametrize(
    "cookie", ["//evil.example", "https://evil.example", "/\\evil.example", "/%0d%0aa: b", "", "x"]
)
def test_it_is_never_another_server(cookie):
    visitor = browser()
    visitor.cookies.set("graft_page", cookie)
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
    visitor.get("/dream")
    back = visitor.get(answer)
    assert back.status_code == 302
    assert back.cookies.get("graft_sign_in") == reason
    assert back.headers["location"] == ("/" if answer == "/oauth2callback" else "/dream")
