"""Projects: what a session makes is saved behind a link, and another session goes on with it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.errors import InvalidInputError
from core.media import encode_wav
from core.projects import Project, StorageError, UnknownProjectError, projects
from core.vision.transfer.trained_model import TrainedModel
from pages._transfer.state import Lab
from pages._ui import corrections, project, uploads
from pages._ui.project import Change
from tests.pages.conftest import opened
from tests.waiting import wait_until


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch) -> Path:
    """The folder of projects of this test alone."""
    monkeypatch.setenv("GRAFT_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def enter_own(lab) -> Callable[..., AppTest]:
    """A function that opens a room for a visitor who has uploaded a ZIP file and trained."""

    def open_room(room: str, **settings: str) -> AppTest:
        state = {"lab": lab, "lab_kept": {"Zip": ("file", lab)}}
        return opened("transfer.py", {"room": room, "lab_source": "Zip", **settings}, **state)

    return open_room


def save(app: AppTest) -> str:
    """Save a session as a project, and wait until all is saved; its token."""
    app.button(key="project_save").click().run()
    wait(app)
    return app.session_state["open_project"].token


def wait(app: AppTest) -> None:
    """Draw the page until everything is saved, as a browser does."""
    assert not app.exception
    window = app.session_state["open_project"]
    while window.is_saving:
        wait_until(lambda: not window.is_saving, 60)
        app.run()
        assert not app.exception


def line(app: AppTest) -> str:
    """What the line says besides the name."""
    return " ".join(
        text.value for text in app.markdown if text.value.startswith((":gray[", ":orange["))
    )


def names(project: Project) -> list[tuple[str, str]]:
    """Of the items besides settings."""
    return [(item.kind, item.name) for item in project.items() if item.kind != "settings"]


def test_a_lab_is_in_another_session_as_it_was(enter_own, lab):
    app = enter_own("Mistakes")
    lab.corrections.update({3: "red", 5: None})
    lab.tested.add(3)
    token = save(app)
    assert "Saved at" in line(app)
    other = opened("transfer.py", {"project": token})
    restored: Lab = other.session_state["lab"]
    assert restored is not lab and restored.original == lab.original
    assert (restored.name, restored.corrections, restored.tested) == (
        lab.name, {3: "red", 5: None}, {3},
    )  # fmt: skip
    assert other.button_group(key="transfer_room").value == "Mistakes"
    assert len(restored.ready()) == 2
    for lane, before in zip(restored.ready(), lab.ready(), strict=True):
        assert lane.settings == before.settings
        assert lane.step.epochs == before.step.epochs
        np.testing.assert_array_equal(lane.probabilities, before.probabilities)
        np.testing.assert_array_equal(lane.evaluation.confusion, before.evaluation.confusion)
        photos = [restored.trained_on.photos[i].data for i in lane.step.split.test[:3]]
        np.testing.assert_allclose(lane.model.predict(photos), lane.probabilities[:3], atol=1e-5)
        card = lane.model.card
        assert (card.data.name, card.corrections) == (lab.name, ())  # trained without them
        assert card.figures.accuracy == lane.evaluation.accuracy
    other.run()
    assert not other.session_state["open_project"].failed  # nothing of it is saved once more
    assert len(names(projects().open(token))) == 3


def test_a_classifier_of_all_photos_is_saved_beside_the_one_that_was_tested(
    enter_own, lab, tmp_path
):
    first, second = lab.ready()
    second.model.write_archive(tmp_path / "again.zip")
    lab.on_all[second.model] = TrainedModel.from_archive(tmp_path / "again.zip")
    token = save(enter_own("Mistakes"))
    titles = [item.name for item in projects().open(token).items("photo-model")]
    assert [title.endswith(", on all photos") for title in titles] == [False, False, True]
    other = opened("transfer.py", {"project": token, "room": "Export"})
    restored: Lab = other.session_state["lab"]
    assert [lane.settings for lane in restored.ready()] == [first.settings, second.settings]
    photo = lab.trained_on.photos[0].data
    again = restored.on_all[restored.ready()[1].model]
    np.testing.assert_allclose(again.predict([photo]), second.model.predict([photo]), atol=1e-5)
    options = other.selectbox(key="lane").options
    assert [option for option in options if "on all photos" in option] == options[-1:]
    assert len(options) == 3
    other.run()
    assert len(projects().open(token).items("photo-model")) == 3


def test_a_correction_is_a_row_at_once_and_its_undoing_too(enter_own, lab):
    app = enter_own("Mistakes")
    token = save(app)
    project = projects().open(token)
    (photos,) = project.items("photos")
    corrections.correct(lab, 7, "Exclude")
    app.run()
    assert project.corrections(photos)[7].label is None and project.corrections(photos)[7].tested
    corrections.take_back(lab, 7)
    app.run()
    assert project.corrections(photos) == {}
    assert len(project.items("photos")) == 1


def test_a_second_session_goes_on_with_what_the_first_has_saved(enter_own, lab):
    token = save(enter_own("Mistakes"))
    other = opened("transfer.py", {"project": token})
    corrections.correct(other.session_state["lab"], 2, "Exclude")
    other.run()
    third = opened("transfer.py", {"project": token})
    assert third.session_state["lab"].corrections == {2: None}


def test_a_read_only_link_shows_everything_and_saves_nothing(enter_own, lab):
    app = enter_own("Mistakes")
    project = projects().open(save(app))
    reader = opened("transfer.py", {"project": project.read_token})
    assert "Read-only: changes are not saved" in line(reader)
    assert len(reader.session_state["lab"].ready()) == 2
    corrections.correct(reader.session_state["lab"], 2, "Exclude")
    reader.run()
    assert project.corrections(project.items("photos")[0]) == {}
    assert not any(code.value.endswith(project.token) for code in reader.code)


@pytest.mark.parametrize("token", ["nonsense", "\0ä"])
def test_a_wrong_link_is_said_and_the_page_goes_on(token):
    app = opened("transfer.py", {"project": token})
    assert any("no project behind this link" in box.value for box in app.warning)
    assert "Not saved" in line(app)
    assert app.session_state["lab"].name
    app.switch_page("projects.py").run()
    assert any("no project behind this link" in box.value for box in app.warning)


def test_a_deleted_project_can_be_undone_by_its_link(enter_own):
    token = save(enter_own("Mistakes"))
    projects().open(token).delete()
    app = opened("transfer.py", {"project": token})
    assert any("was deleted" in box.value for box in app.warning)
    app.button(key="project_undelete").click().run()
    assert not app.warning and "Saved" in line(app)
    app.button_group(key="lab_source").set_value("Zip").run()
    app.button_group(key="transfer_room").set_value("Mistakes").run()
    assert len(app.session_state["lab"].ready()) == 2


def test_the_project_stays_in_the_address_on_every_page(enter_own):
    app = enter_own("Mistakes")
    token = save(app)
    assert app.query_params["project"] == token
    for page in ("projects.py", "transfer.py"):
        app.switch_page(page)
        app.query_params.clear()  # as a browser comes from the navigation
        app.run()
        assert app.query_params["project"] == token


def test_settings_of_a_page_come_back_unless_the_link_has_others(visit):
    app = visit("transfer.py", room="Smallest example")
    token = save(app)
    again = opened("transfer.py", {"project": token})
    assert again.query_params["transfer_room"] == "Smallest example"
    other = opened("transfer.py", {"project": token, "transfer_room": "Train"})
    assert other.button_group(key="transfer_room").value == "Train"


def test_what_cannot_be_saved_is_said_and_tried_again_at_the_next_change(
    enter_own, lab, monkeypatch
):
    app = enter_own("Mistakes")
    token = save(app)
    tried = []

    def full(*arguments, **named):
        tried.append(arguments)
        raise StorageError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(Project, "correct", full)
        corrections.correct(lab, 2, "Exclude")
        app.run()
        assert any("The disk is full." in box.value for box in app.warning)
        assert "Not saved" in line(app) and len(tried) == 1
        app.run()
        assert len(tried) == 1  # nothing has changed since
        app.session_state["open_project"].again_at = 0.0
        app.run()
        assert len(tried) == 2  # some time later
    corrections.correct(lab, 3, "Exclude")
    app.run()
    assert not app.warning and "Saved" in line(app)
    project = projects().open(token)
    assert set(project.corrections(project.items("photos")[0])) == {2, 3}


def test_a_data_set_that_cannot_be_saved_is_saved_later(enter_own, lab, monkeypatch):
    app = enter_own("Mistakes")
    with monkeypatch.context() as patch:
        patch.setattr(
            "pages._ui.saved_work.pack", lambda _: (_ for _ in ()).throw(InvalidInputError("No."))
        )
        token = save(app)
        assert any(box.value.startswith("No.") for box in app.warning)
        assert names(projects().open(token)) == []
    corrections.correct(lab, 2, "Exclude")
    app.run()
    wait(app)
    assert not app.warning
    assert [kind for kind, _ in names(projects().open(token))] == [
        "photos", "photo-model", "photo-model",
    ]  # fmt: skip


def test_without_a_database_pages_go_on(enter_own, lab, data):
    app = enter_own("Mistakes")
    token = save(app)
    projects().close()
    shutil.rmtree(data)
    data.write_text("in the way")
    corrections.correct(lab, 2, "Exclude")
    app.run()
    assert not app.exception and "Not saved" in line(app)
    other = opened("transfer.py", {"project": token})
    assert other.warning and "Not saved" in line(other)


def test_a_project_is_named_after_what_was_brought(enter_own, visit):
    app = enter_own("Mistakes")
    save(app)
    assert app.session_state["open_project"].name == "Colours"
    app.text_input[0].set_value("Sorting <b>").run()
    assert app.session_state["open_project"].project.name == "Sorting <b>"
    plain = visit("projects.py")
    save(plain)
    assert plain.session_state["open_project"].name.startswith("Projects, ")


def test_a_sample_is_only_named_and_only_with_what_was_made_of_it(visit):
    app = visit("transfer.py", room="Train", lab_sample="Faces")
    token = save(app)
    project = projects().open(token)
    assert names(project) == []
    app.session_state["lab"].corrections[1] = None
    app.run()
    wait(app)
    (item,) = project.items("photos")
    assert (item.name, item.parts, list(project.corrections(item))) == ("Faces", {}, [1])
    other = opened("transfer.py", {"project": token})
    assert other.session_state["lab"].corrections == {1: None}


def test_folders_made_on_the_page_come_back_and_stay_one_data_set(visit, trained):
    dataset, _ = trained
    photos = [[p.data for p in dataset.photos if p.label == k][:5] for k in (0, 1)]
    app = visit("transfer.py", room="Photos", lab_source="Folders")
    for each, those in zip(app.session_state["lab_classes"].values(), photos, strict=True):
        for place, photo in enumerate(those):
            each.add(f"{place}.jpg", photo)
    app.run()
    token = save(app)
    other = opened("transfer.py", {"project": token})
    classes = other.session_state["lab_classes"]
    assert [len(each.photos) for each in classes.values()] == [5, 5]
    classes[1].add("more.jpg", next(p.data for p in dataset.photos if p.label == 2))
    other.run()
    wait(other)
    project = projects().open(token)
    (item,) = project.items("photos")
    assert item.about["examples"] == 11
    third = opened("transfer.py", {"project": token})
    assert len(third.session_state["lab"].original.photos) == 11


@pytest.fixture
def give(pack) -> Callable[..., None]:
    """A function that uploads texts in folders, which begin with some words, to Documents."""

    def upload(app: AppTest, words: str, count: int = 5) -> None:
        texts = {f"{k}/{i}.txt": f"{words} {k} {i}".encode() for k in "ab" for i in range(count)}
        app.session_state["desk_given"] = ("Own.zip", pack(texts), f"{words} {count}")
        app.run()

    return upload


def test_another_archive_of_the_same_name_is_another_data_set(visit, give):
    app = visit("documents.py", room="Train your own", desk_source="Upload")
    give(app, "A letter about the")
    app.session_state["documents_desk"].corrections[3] = None
    token = save(app)
    give(app, "Something else, on")
    wait(app)
    assert app.session_state["documents_desk"].corrections == {}
    project = projects().open(token)
    first, second = project.items("texts")
    assert (first.name, second.name) == ("Own.zip", "Own.zip")
    assert (set(project.corrections(first)), project.corrections(second)) == ({3}, {})


def test_an_archive_with_more_in_it_goes_on_with_the_corrections(visit, give):
    app = visit("documents.py", room="Train your own", desk_source="Upload")
    give(app, "A letter about the")
    desk = app.session_state["documents_desk"]
    before = next(i for i, text in enumerate(desk.original.members) if text.name == "b/2.txt")
    desk.corrections[before] = "a"
    token = save(app)
    give(app, "A letter about the", 7)
    wait(app)
    app.run()  # corrections are saved once their data set is
    desk = app.session_state["documents_desk"]
    after = next(i for i, text in enumerate(desk.original.members) if text.name == "b/2.txt")
    assert after != before and desk.corrections == {after: "a"}
    project = projects().open(token)
    (item,) = project.items("texts")
    assert item.about["examples"] == 14 and set(project.corrections(item)) == {after}


def test_a_window_on_what_was_replaced_corrects_nothing(visit, give):
    app = visit("documents.py", room="Train your own", desk_source="Upload")
    give(app, "A letter about the")
    token = save(app)
    other = opened("documents.py", {"project": token})
    give(other, "A letter about the", 7)
    wait(other)
    app.session_state["documents_desk"].corrections[3] = None
    app.run()
    assert any("was replaced meanwhile" in box.value for box in app.warning)
    assert "Not saved" in line(app)
    project = projects().open(token)
    (item,) = project.items("texts")
    assert item.about["examples"] == 14 and project.corrections(item) == {}


def test_uploads_come_back_on_every_page_that_offers_them(visit, cat):
    app = visit("classify.py", classify_source="Upload")
    app.file_uploader[0].upload("cat.png", cat, "image/png").run()
    token = save(app)
    other = opened("classify.py", {"project": token})
    assert [upload.data for upload in other.session_state["uploads"]] == [cat]
    assert not any("leaves your file out" in text.value for text in other.caption)
    captions = opened("captions.py", {"project": token, "captions_source": "Upload"})
    assert any("cat.png" in box.options for box in captions.selectbox)
    assert names(projects().open(token)) == [("picture", "cat.png")]


def test_style_pictures_of_ones_own_come_back_chosen(visit, crops):
    app = visit("style.py")
    app.file_uploader(key="style_files").upload("a.png", crops[0]).upload("b.png", crops[1]).run()
    assert [s.label for s in app.slider if "Share" in s.label] == [
        "Share of a.png",
        "Share of b.png",
    ]
    token = save(app)
    other = opened("style.py", {"project": token})
    assert {s.label for s in other.slider if "Share" in s.label} == {
        "Share of a.png", "Share of b.png"
    }  # fmt: skip
    assert {upload.data for upload in other.session_state["uploads"]} == {*crops[:2]}


def test_what_is_saved_while_changes_are_looked_for_is_saved_once(visit, cat, monkeypatch):
    go, keep, look = threading.Event(), uploads._save, uploads._Uploads.changes

    def save_late(*arguments) -> None:
        go.wait(60)
        keep(*arguments)

    def look_slowly(self) -> Iterator[Change]:
        changes, job = list(look(self)), project.current().job
        if job is not None:
            go.set()
            job.wait(60)
        yield from changes

    monkeypatch.setattr(uploads, "_save", save_late)
    monkeypatch.setattr(uploads._Uploads, "changes", look_slowly)
    app = visit("classify.py", classify_source="Upload")
    app.file_uploader[0].upload("cat.png", cat, "image/png").run()
    token = save(app)
    app.run()
    assert names(projects().open(token)) == [("picture", "cat.png")]


@pytest.mark.parametrize(
    ("page", "key", "job", "kind"),
    [("documents.py", "desk", "documents", "text"), ("sounds.py", "own", "own_sounds", "sound")],
)
def test_a_training_on_own_examples_comes_back_with_its_classifier(
    visit, finish, pack, page, key, job, kind
):
    example = {
        "text": lambda name, i: f"A letter about the {name}, number {i}.".encode(),
        "sound": lambda name, i: encode_wav(
            np.sin(np.arange(48_000) * (0.02 + 0.002 * i) * (1 + (name == "high"))), 48_000
        ),
    }[kind]
    suffix = {"text": "txt", "sound": "wav"}[kind]
    archive = pack(
        {f"{name}/{i}.{suffix}": example(name, i) for name in ("low", "high") for i in range(5)}
    )
    source = {"text": "Upload", "sound": "Zip"}[kind]
    app = visit(page, room="Train your own", **{f"{key}_source": source})
    app.session_state[f"{key}_given"] = ("Own.zip", archive, "1")
    app.run()
    token = save(app)
    app.session_state[f"{job}_desk"].purpose = "To sort."
    next(button for button in app.button if button.label == "Train").click().run()
    finish(app, job)
    wait(app)
    before = app.session_state[f"{job}_desk"].trained
    other = opened(page, {"project": token})
    work = other.session_state[f"{job}_desk"]
    assert (work.name, work.is_sample, work.settings) == ("Own.zip", False, before.step.settings)
    np.testing.assert_array_equal(work.trained.step.split.test, before.step.split.test)
    assert work.trained.evaluation.accuracy == before.evaluation.accuracy
    tested = [one.content for one in work.test_part()]
    inputs = [content.decode() for content in tested] if kind == "text" else tested
    np.testing.assert_allclose(
        work.trained.model.predict(inputs), before.evaluation.probabilities, atol=1e-5
    )
    card = work.trained.model.card
    assert (card.purpose, card.data.name) == (work.purpose, work.name) == ("To sort.", "Own.zip")
    assert [one for one, _ in names(projects().open(token))] == [f"{kind}s", f"{kind}-model"]


def test_of_a_sample_only_the_training_that_was_asked_for_is_saved(visit, finish):
    app = visit("documents.py", room="Train your own", desk_evidence="Words", desk_seed="7")
    if "documents" in app.session_state:
        finish(app, "documents")
    token = save(app)
    assert app.session_state["documents_desk"].trained is not None
    assert names(projects().open(token)) == []
    next(button for button in app.button if button.label == "Train").click().run()
    finish(app, "documents")
    wait(app)
    kinds = [kind for kind, _ in names(projects().open(token))]
    assert kinds == ["texts", "text-model"]
    other = opened("documents.py", {"project": token}).session_state["documents_desk"]
    assert (other.settings.seed, other.trained is not None, other.job) == (7, True, None)


def test_a_project_file_holds_all_of_a_lab(enter_own, lab, tmp_path):
    app = enter_own("Mistakes")
    lab.corrections[3] = None
    before = projects().open(save(app))
    before.write_file(tmp_path / "file.zip")
    again = projects().read_file(tmp_path / "file.zip")
    other = opened("transfer.py", {"project": again.token})
    restored: Lab = other.session_state["lab"]
    assert restored.original == lab.original and restored.corrections == {3: None}
    assert len(restored.ready()) == 2
    assert restored.ready()[0].model.card is not None
    wait(other)
    assert names(again) == names(before)


def test_the_page_of_projects_lists_renames_copies_and_deletes(enter_own):
    token = save(enter_own("Mistakes"))
    page = opened("projects.py", {"project": token})
    shown = page.dataframe[0].value
    assert set(shown["Name"]) >= {"Colours", "Colours, Frozen features · EfficientNet-Lite0"}
    assert any("Classifier of photos, accuracy" in what for what in shown["What it is"])
    page.text_input(key="projects_name").set_value("Sorted").run()
    assert projects().open(token).name == "Sorted"
    page.button(key="project_copy").click().run()
    link = page.get("link_button")[0].proto.url
    copy = projects().open(link.partition("project=")[2])
    assert copy.token != token and names(copy) == names(projects().open(token))
    page.button(key="project_delete").click().run()
    assert any("was deleted" in box.value for box in page.warning)
    with pytest.raises(UnknownProjectError):
        projects().open(token)
    page.button(key="undelete").click().run()
    assert page.subheader[0].value == "Sorted" and not page.warning


def test_without_a_project_the_page_says_how_to_get_one(visit):
    page = visit("projects.py")
    assert any("Save as project" in text.value for text in page.markdown)
    assert not page.dataframe


def test_a_file_that_is_no_project_is_refused_in_words(visit, finish, pack):
    page = visit("projects.py")
    page.file_uploader(key="project_file").upload("x.zip", pack({"a.txt": b"x"}), "application/zip")
    page.run()
    finish(page, "open_project_file")
    assert any("Expected a project file" in box.value for box in page.error)
    assert not page.get("link_button")


@pytest.mark.parametrize("kind", ["photos", "photo-model"])
def test_what_is_damaged_is_said_and_the_rest_comes_back(enter_own, data, kind):
    token = save(enter_own("Mistakes"))
    item = projects().open(token).items(kind)[0]
    (file,) = data.rglob(item.parts["data" if kind == "photos" else "training"].digest)
    file.write_bytes(b"damaged")
    app = opened("transfer.py", {"project": token})
    app.run()
    assert any("of this project could not be opened" in box.value for box in app.warning)
    assert not app.error
    assert len(app.session_state["lab"].ready()) == (0 if kind == "photos" else 1)
