"""A real OpenID Connect provider on this machine, and servers of Graft that people sign in to."""

from __future__ import annotations

import json
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from streamlit.web.server.starlette.starlette_app_utils import create_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME as USER

from tests.waiting import wait_until

ADA = {
    "name": "Ada Lovelace",
    "email": "ada@example.org",
    "email_verified": True,
    "groups": ["teachers"],
}
BOB = {"name": "Bob", "email": "bob@example.com", "email_verified": True}
EVE = {"name": "Eve", "email": "ada@example.org", "email_verified": False}
COOKIE_SECRET = "of a server that tests start and end"
_LOOKS = "https://cdn.jsdelivr.net/npm/@picocss/pico@2/css/pico.min.css"


@contextmanager
def provider(lasts: timedelta = timedelta(hours=1)) -> Iterator[str]:
    """The URL of its metadata; it knows the people above, and its ID tokens last so long."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", __name__, str(port), str(int(lasts.total_seconds()))]
    with subprocess.Popen(
        command, cwd=Path(__file__).parents[1], stderr=subprocess.DEVNULL
    ) as process:
        try:
            wait_until(lambda: _answers(port), 30)
            yield f"http://127.0.0.1:{port}/.well-known/openid-configuration"
        finally:
            process.terminate()


def by_login(metadata: str, **others: str) -> dict[str, str]:
    """The environment of a server that signs people in there."""
    return {
        "GRAFT_ACCESS": "login",
        "GRAFT_URL": "{url}",
        "GRAFT_OIDC_METADATA": metadata,
        "GRAFT_OIDC_CLIENT_ID": "graft",
        "GRAFT_OIDC_CLIENT_SECRET": secrets.token_hex(8),
        "GRAFT_COOKIE_SECRET": COOKIE_SECRET,
        **others,
    }


def cookie(claims: dict[str, Any], url: str, secret: str = COOKIE_SECRET) -> str:
    """What a server gives a browser in which somebody has signed in, as the cookie `USER`."""
    content = {**claims, "origin": url, "is_logged_in": True, "provider": "default"}
    return create_signed_value(secret, USER, json.dumps(content)).decode()


def sign_in(page: Any, sub: str) -> None:
    """Press the button of a page, and say at the provider who one is."""
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.locator("input[name=sub]").fill(sub)
    page.get_by_role("button", name="Authorize").first.click()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _serve(port: int, lasts_s: int) -> None:
    import oidc_provider_mock
    import werkzeug.serving

    people = {"ada": ADA, "bob": BOB, "eve": EVE}
    app = oidc_provider_mock.app(
        access_token_max_age=timedelta(seconds=lasts_s),
        user_claims=[oidc_provider_mock.User(sub=sub, claims=own) for sub, own in people.items()],
    )

    @app.after_request
    def _stay_here(response: Any) -> Any:
        """Its pages would fetch how they look from elsewhere."""
        if response.mimetype == "text/html":
            response.set_data(response.get_data(as_text=True).replace(_LOOKS, "data:text/css,"))
        return response

    werkzeug.serving.make_server("127.0.0.1", port, app, threaded=True).serve_forever()


if __name__ == "__main__":
    _serve(int(sys.argv[1]), int(sys.argv[2]))
