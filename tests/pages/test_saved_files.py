"""Files of rooms that take many: in a project they are there again in another session."""

from __future__ import annotations

import zipfile

import pytest
from streamlit.testing.v1 import AppTest

from core.projects import Project, projects
from tests.pages.conftest import opened
from tests.waiting import wait_until


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Of the projects of this test alone."""
    monkeypatch.setenv("GRAFT_DATA", str(tmp_path / "data"))
    return tmp_path


def save(app: AppTest) -> Project:
    app.button(key="project_save").click().run()
    return wait(app)


def wait(app: AppTest) -> Project:
    """Draw the page until everything is saved."""
    window = app.session_state["open_project"]
    while window.is_saving:
        wait_until(lambda: not window.is_saving, 60)
        app.run()
    assert not app.exception and not app.warning
    return projects().open(window.token)


def items(project: Project) -> list[tuple[str, str]]:
    return [(item.kind, item.name) for item in project.items() if item.kind != "settings"]


def test_photos_of_a_room_are_in_another_session_and_change_with_it(visit, cat, crops):
    app = visit("classify.py", mode="Many photos")
    app.file_uploader[0].upload("cat.png", cat, "image/png").run()
    project = save(app)
    assert items(project) == [("photos", "cat.png")]
    other = opened("classify.py", {"project": project.token})
    assert [photo.name for photo in other.session_state["photos"][1]] == ["cat.png"]
    assert other.session_state["photos"][1][0].data == cat
    files = [("cat.png", cat, "image/png"), ("cup.png", crops[0], "image/png")]
    other.file_uploader[0].set_value(files).run()
    wait(other)
    assert items(project) == [("photos", "2 photos")]
    third = opened("classify.py", {"project": project.token})
    assert [photo.data for photo in third.session_state["photos"][1]] == [cat, crops[0]]
    third.button(key="photos_forget").click().run()
    wait(third)
    assert items(project) == []


def test_a_table_of_reviews_is_in_another_session(visit):
    table = b"review\nA fine film.\nA dull film.\n"
    app = visit("sentiment.py", room="Many reviews")
    app.file_uploader[0].upload("mine.csv", table, "text/csv").run()
    project = save(app)
    assert items(project) == [("reviews", "mine.csv")]
    reader = opened("sentiment.py", {"project": project.read_token})
    assert reader.session_state["reviews_table"] == (table, "mine.csv")
    next(b for b in reader.button if b.label == "Back to the samples").click().run()
    assert items(project) == [("reviews", "mine.csv")]  # whoever only reads removes nothing


def test_a_project_file_carries_them(visit, cat, tmp_path):
    app = visit("colorize.py", colour_room="Many photos")
    app.file_uploader[0].upload("../old ä.png", cat, "image/png").run()
    save(app).write_file(tmp_path / "file.zip")
    again = projects().read_file(tmp_path / "file.zip")
    other = opened("colorize.py", {"project": again.token})
    (photo,) = other.session_state["colour_photos"][1]
    assert (photo.name.rpartition("/")[2], photo.data) == ("old ä.png", cat)


def test_files_that_are_damaged_are_said_and_the_room_goes_on(tmp_path):
    project = projects().create("Bad")
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        archive.writestr("7", b"x")
    content = {"data": tmp_path / "bad.zip", "names": b'["a.png"]'}
    project.add("photos", "Bad", {"files": "photos"}, content)
    app = opened("classify.py", {"project": project.token, "mode": "Many photos"})
    assert any("damaged" in box.value for box in app.error)
    assert "batch" in app.session_state  # the samples


def remove(app: AppTest, project: Project, name: str) -> None:
    """Remove an item of that name on the page of projects, in this session."""
    shown = [item.name for item in project.items()]
    app.switch_page("projects.py").run()
    app.number_input(key="project_item").set_value(shown.index(name) + 1).run()
    app.button(key="project_remove").click().run()
    assert not app.exception and not app.warning


def test_an_item_that_is_removed_stays_away_until_that_is_undone(visit, cat):
    app = visit("classify.py", mode="Many photos")
    app.file_uploader[0].upload("cat.png", cat, "image/png").run()
    project = save(app)
    remove(app, project, "cat.png")
    undo = app.button(key="project_put_back")
    app.switch_page("classify.py").run()
    wait(app)
    assert items(project) == []
    app.switch_page("projects.py").run()
    undo.click().run()
    assert items(project) == [("photos", "cat.png")]


def test_a_data_set_that_is_removed_is_saved_again_with_the_next_change(lab):
    state = {"lab": lab, "lab_kept": {"Zip": ("file", lab)}}
    app = opened("transfer.py", {"room": "Mistakes", "lab_source": "Zip"}, **state)
    project = save(app)
    before = items(project)
    remove(app, project, "Colours")
    app.switch_page("transfer.py").run()
    wait(app)
    assert [kind for kind, _ in items(project)] == ["photo-model", "photo-model"]
    lab.corrections[2] = None
    app.run()
    wait(app)
    assert sorted(items(project)) == sorted(before)
    (item,) = project.items("photos")
    app.run()
    assert list(project.corrections(item)) == [2]


def test_a_read_only_link_removes_nothing(visit, cat):
    app = visit("classify.py", mode="Many photos")
    app.file_uploader[0].upload("cat.png", cat, "image/png").run()
    project = save(app)
    reader = opened("projects.py", {"project": project.read_token, "project_item": "1"})
    assert not [button for button in reader.button if button.key == "project_remove"]


def test_files_that_were_removed_are_saved_when_they_come_again(visit, cat):
    app = visit("classify.py", mode="Many photos")
    app.file_uploader[0].upload("cat.png", cat, "image/png").run()
    project = save(app)
    remove(app, project, "cat.png")
    app.switch_page("classify.py").run()
    app.button(key="photos_forget").click().run()
    app.switch_page("projects.py").run()
    app.button(key="project_put_back").click().run()
    app.switch_page("classify.py").run()
    wait(app)
    assert items(project) == [("photos", "cat.png")]  # the room shows samples, and removes nothing
    remove(app, project, "cat.png")
    app.switch_page("classify.py").run()
    app.file_uploader[0].upload("cat.png", cat, "image/png").run()
    wait(app)
    assert items(project) == [("photos", "cat.png")]


def test_a_session_whose_project_was_deleted_is_saved_as_another_with_all_it_has(visit, cat):
    app = visit("classify.py", mode="Many photos")
    app.file_uploader[0].upload("cat.png", cat, "image/png").run()
    first = save(app)
    app.switch_page("projects.py").run()
    app.button(key="project_delete").click().run()
    app.switch_page("classify.py").run()
    app.button(key="project_save").click().run()
    again = wait(app)
    assert again.token != first.token and app.query_params["project"] == again.token
    assert items(again) == [("photos", "cat.png")]
