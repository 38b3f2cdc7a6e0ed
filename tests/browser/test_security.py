"""What is uploaded never runs, and the documentation of the web API does."""

from __future__ import annotations

import pytest
import requests

pytestmark = pytest.mark.browser
SCRIPT = "<script>document.documentElement.id = 'ran'</script>"
UPLOADS = {
    "image/svg+xml": f'<svg xmlns="http://www.w3.org/2000/svg">{SCRIPT}</svg>',
    "text/html": f"<p>A photo</p>{SCRIPT}",
}


@pytest.mark.parametrize("kind", UPLOADS)
def test_an_upload_that_is_opened_by_itself_runs_nothing(chromium, server, kind):
    headers = requests.get(f"{server.url}/media/upload", timeout=60).headers
    protected = {"content-security-policy": headers["content-security-policy"]}
    context = chromium.new_context()
    for added, ran in ({}, 1), (protected, 0):
        page = context.new_page()
        uploaded = {"body": UPLOADS[kind], "headers": {"content-type": kind, **added}}
        page.route("**/upload", lambda route, _, uploaded=uploaded: route.fulfill(**uploaded))
        page.goto(f"{server.url}/media/upload")
        assert page.locator("#ran").count() == ran
    context.close()


def test_the_documentation_of_the_web_api_is_shown(visit):
    page = visit("api/docs", settled=False)
    page.get_by_text("/classify", exact=True).first.wait_for()
