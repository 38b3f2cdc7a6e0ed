"""Projects in a real browser: saved by one click, restored by links, taken to another server."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from core.projects import Projects
from tests.browser.settling import settle
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

ROOM = "transfer?lab_source=Zip"
LAST_CHOICE = """name => [...document.querySelectorAll("[data-testid=stSelectbox] input")].pop()
    ?.value === name"""


@pytest.fixture
def save(visit, upload, pack, crops) -> Any:
    """A function that uploads photos to the lab of a server and saves them; the page."""
    photos = {f"{'ab'[i % 2]}/{i}.png": photo for i, photo in enumerate(crops[:10])}

    def run(on: Any) -> Any:
        page = visit(ROOM, on=on)
        upload(page, **{"Things.zip": pack(photos)})
        page.get_by_text("10 photos").first.wait_for()
        page.get_by_role("button", name="Save as project").click()
        is_saved(page)
        return page

    return run


def is_saved(page: Any) -> None:
    """Wait until the line says so."""
    main = page.get_by_test_id("stMain")
    main.get_by_text(re.compile("^Saved at")).first.wait_for()
    settle(page)


def token(page: Any) -> str:
    return parse_qs(urlsplit(page.url).query)["project"][0]


def test_a_project_is_there_after_a_reload_in_another_browser_and_read_only(visit, server, save):
    page = save(server)
    page.wait_for_function(LAST_CHOICE, arg="a/0.png")  # a job draws the page again by and by
    saved = token(page)
    for name in ("Style transfer", "Projects"):
        page.get_by_test_id("stSidebarNav").get_by_role("link", name=name, exact=True).click()
        page.get_by_test_id("stMain").get_by_role("heading", name=name, exact=True).wait_for()
        settle(page)
        page.wait_for_function("location.search.includes('project=')")
        assert token(page) == saved
    page.get_by_role("heading", name="Things").wait_for()
    captions = page.get_by_test_id("stSidebarNav").get_by_role("link", name="Captions")
    captions.dispatch_event("pointerdown")  # which comes before a link opens in another tab
    assert captions.get_attribute("href").endswith(f"/captions?project={saved}")
    for _ in range(2):
        page.go_back()
        settle(page)
        page.wait_for_function("location.search.includes('project=')")
        assert token(page) == saved
    page.get_by_text("10 photos").first.wait_for()
    page.reload()
    page.get_by_text("10 photos").first.wait_for()
    page.get_by_test_id("stMain").get_by_role("button", name="Share").click()
    codes = page.locator("[data-testid=stPopoverBody] code")
    codes.nth(1).wait_for()
    links = codes.all_inner_texts()
    assert parse_qs(urlsplit(links[0]).query)["project"] == [saved]
    for link, says in zip(links, ("Saved at", "Read-only: changes are not saved"), strict=True):
        other = visit(link.split("/", 3)[3])
        other.get_by_text("10 photos").first.wait_for()
        other.get_by_test_id("stMain").get_by_text(says).first.wait_for()


def test_a_downloaded_project_opens_as_another_one(visit, server, save, tmp_path):
    page = save(server)
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Projects", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as one file").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.name == "things.graft.zip"
    opener = visit("projects")
    opener.locator("input[type=file]").first.set_input_files(str(path))
    link = opener.get_by_role("link", name="Open the project")
    link.wait_for()
    new = link.get_attribute("href")
    assert parse_qs(urlsplit(new).query)["project"][0] != token(page)
    other = visit(f"transfer?{urlsplit(new).query}")
    other.get_by_text("10 photos").first.wait_for()


@pytest.mark.slow
def test_a_project_outlives_the_server(visit, start_server, save, tmp_path):
    data = str(tmp_path / "data")
    first = start_server(GRAFT_DATA=data)
    page = save(first)
    saved = token(page)
    first.process.kill()
    other = visit(f"transfer?project={saved}", on=start_server(GRAFT_DATA=data))
    other.get_by_text("10 photos").first.wait_for()
    is_saved(other)


@pytest.mark.slow
def test_a_training_goes_on_after_the_server_was_killed(visit, start_server, save, tmp_path):
    data = str(tmp_path / "data")
    first = start_server(GRAFT_DATA=data)
    page = save(first)
    saved = token(page)
    room = f"transfer?project={saved}&room=Train&train_strategies=Fine-tuned+last+blocks"
    page.goto(f"{first.url}/{room}")
    settle(page)
    page.get_by_test_id("stBaseButton-primary").click()
    page.get_by_text(re.compile(r"epoch \d+ of at most")).wait_for(timeout=180_000)
    project = Projects(f"{data}/projects.db", f"{data}/content").open(saved)
    wait_until(
        lambda: any("epoch" in job.about.get("saved", "") for job in project.items("job")), 60
    )
    first.process.kill()
    again = visit(room, on=start_server(GRAFT_DATA=data))
    again.get_by_text("was interrupted").wait_for()
    assert again.get_by_text(re.compile("Saved up to: .*epoch")).count()
    again.get_by_role("button", name="Go on").click()
    again.get_by_text("Review the classifiers").wait_for(timeout=120_000)
    assert again.get_by_text("was interrupted").count() == 0
    is_saved(again)
