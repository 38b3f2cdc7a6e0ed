"""Folders of the server: one table or folder of pictures of all that is in them, resumed."""

from __future__ import annotations

import threading
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from core import cluster, engine
from core.cli.commands import app as command_line
from core.tasks import TASKS
from core.tasks.folders.part_file import PartFile, part_path
from pages._folders import runs
from tests.listed_pages import NAVIGATION
from tests.waiting import wait_until


@pytest.fixture(autouse=True)
def no_runs():
    runs.forget()
    yield
    for run in runs.runs():
        engine.folders.cancel(run.job)
        assert run.job.wait(60)
    runs.forget()


@pytest.fixture
def photos(tmp_path, crops) -> Path:
    """A folder of six photos and a file that is none."""
    folder = tmp_path / "photos"
    (folder / "more").mkdir(parents=True)
    for i, crop in enumerate(crops[:6]):
        (folder / ("more" if i % 2 else ".") / f"{i}.png").write_bytes(crop)
    (folder / "note.jpg").write_bytes(b"Dear diary, this is no photo.")
    return folder


def entered(app: AppTest, named: object, output: object = "") -> AppTest:
    """The page once both places are entered."""
    app.text_input(key="folder_named").set_value(str(named))
    return app.text_input(key="folder_output").set_value(str(output)).run()


def begin(app: AppTest, named: object, output: object = "") -> AppTest:
    """Enter both places and press the button."""
    entered(app, named, output)
    (start,) = [button for button in app.button if button.label == "Start"]
    return start.click().run()


def ended(app: AppTest) -> AppTest:
    """The page once the newest run is over."""
    assert runs.runs()[0].job.wait(120)
    app.run()
    assert not app.exception
    return app


def sentences(app: AppTest) -> list[str]:
    return [each.value for each in (*app.error, *app.caption)]


def test_a_folder_gives_the_table_that_the_command_gives(visit, photos, tmp_path):
    app = ended(begin(visit("folders.py"), photos))
    by_page, by_command = tmp_path / "photos-classify.parquet", tmp_path / "command.parquet"
    assert f"6 rows in {by_page}." in [text.replace("\\", "") for text in sentences(app)]
    assert app.expander[-1].label == "1 input refused"
    assert app.dataframe[1].value["Input"].tolist() == [str(photos / "note.jpg")]
    words = ["classify", str(photos), "-o", str(by_command)]
    assert CliRunner().invoke(command_line, words).exit_code == 1
    tables = [pd.read_parquet(path) for path in (by_page, by_command)]
    pd.testing.assert_frame_equal(*tables, atol=0.02)
    assert app.dataframe[0].value["path"].tolist() == tables[0]["path"].tolist()
    assert not list(tmp_path.glob("*.part"))


def test_pictures_go_into_a_folder_under_the_names_of_their_photos(visit, photos, tmp_path):
    folder = tmp_path / "colour"
    app = ended(begin(visit("folders.py", folder_task="Colour a photo"), photos, folder))
    assert not app.error
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.png"))
    assert names == ["0.png", "2.png", "4.png", "more/1.png", "more/3.png", "more/5.png"]
    with Image.open(folder / "0.png") as made:
        assert made.mode == "RGB"


def test_a_folder_is_explored_into_a_table_of_findings(visit, photos, tmp_path):
    app = ended(begin(visit("folders.py", folder_task="Explore a set of photos"), photos))
    table = pd.read_parquet(tmp_path / "photos-explore.parquet")
    assert set(table["class"]) == {"more"}
    assert app.dataframe[0].value["finding"].tolist() == table["finding"].tolist()
    beside = [str(photos / f"{i}.png") for i in (0, 2, 4)]
    assert sorted(app.dataframe[1].value["Input"]) == sorted([*beside, str(photos / "note.jpg")])
    assert app.expander[-1].label == "4 inputs refused"
    step = cluster.FolderStep(3, 12, 1, stage="review")
    assert runs.how_far(runs.Progress(step)) == (
        0.25,
        "All files are read. Review, 1 input refused",
    )


def test_what_was_interrupted_goes_on_when_the_same_is_started_again(visit, photos, tmp_path):
    for i in range(40):  # more than are worked on at once
        (photos / f"again{i}.png").write_bytes((photos / "0.png").read_bytes())
    calls: list[int] = []
    gate = threading.Event()
    classify = TASKS["classify"].function

    def slow(photo, **settings):
        calls.append(len(photo))
        if len(calls) > 20:
            gate.wait(60)
        return classify(photo, **settings)

    object.__setattr__(TASKS["classify"], "function", slow)
    try:
        app = begin(visit("folders.py"), photos)
        job = runs.runs()[0].job
        wait_until(lambda: job.snapshot is not None and job.snapshot.step.done > 8, 60)
        assert "Under way." in sentences(entered(visit("folders.py"), photos))
        (run,) = runs.runs()
        runs.start(run.task, run.settings, run.named, run.output)  # in another window just now
        assert runs.runs() == [run]
        assert str(photos) not in job.title
        engine.folders.cancel(job)
        gate.set()
        app = ended(app)
        assert any("Start the same again to go on from there" in text for text in sentences(app))
        assert any("Part of it is there already" in text for text in sentences(app))
        done = job.snapshot.step.done
        calls.clear()
        app = ended(begin(app, photos))
    finally:
        object.__setattr__(TASKS["classify"], "function", classify)
    assert len(calls) <= 47 - done
    assert len(pd.read_parquet(tmp_path / "photos-classify.parquet")) == 46


def test_without_a_single_photo_there_is_no_result_and_no_part_of_one(visit, photos, tmp_path):
    app = ended(begin(visit("folders.py"), photos / "note.jpg", tmp_path / "classes.csv"))
    assert "There is no result: nothing of it could be used." in sentences(app)
    assert app.expander[-1].label == "1 input refused"
    (tmp_path / "empty").mkdir()
    app = ended(begin(app, tmp_path / "empty", tmp_path / "none.csv"))
    assert any("no such files" in error.value for error in app.error)
    assert not any("done is kept" in text for text in sentences(app))
    assert {path.name for path in tmp_path.iterdir()} == {"photos", "empty"}


@pytest.mark.parametrize(
    ("named", "output", "sentence"),
    [
        ("photos", "", "Expected a full path of this server for what to work on"),
        ("/not/there", "", "which is not there"),
        ("{photos}", "table.csv", "Expected a full path of this server for where to write"),
        ("{photos}", "{photos}/table.txt", "Expected a file that ends in .parquet or .csv"),
        ("{photos}", "/not/there/table.csv", "Expected a folder that is there"),
    ],
)
def test_a_place_that_cannot_be_used_is_a_sentence_and_starts_nothing(
    visit, photos, named, output, sentence
):
    app = visit("folders.py")
    app.text_input(key="folder_named").set_value(named.format(photos=photos))
    app.text_input(key="folder_output").set_value(output.format(photos=photos)).run()
    assert any(sentence in error.value for error in app.error), [e.value for e in app.error]
    assert not runs.runs()


@pytest.mark.parametrize("named", ["~nobody-of-that-name/photos", "/" + 300 * "a"])
def test_a_name_that_is_none_is_a_sentence(visit, named):
    app = entered(visit("folders.py"), named)
    assert [error.value.partition(" of this server")[0] for error in app.error] == [
        "Expected a full path"
    ]


def test_part_of_other_work_is_said_and_can_be_deleted(visit, photos, tmp_path, asked_first):
    output = tmp_path / "classes.csv"
    with PartFile(output, "another command"):
        pass
    app = entered(visit("folders.py"), photos, output)
    assert any("is part of other work" in text for text in sentences(app))
    assert "folder_delete_part" in asked_first(app)
    app.button(key="folder_delete_part").click().run()
    assert not part_path(output).exists()
    assert not any("is part of other work" in text for text in sentences(app))


def test_what_is_no_part_of_ours_is_never_offered_for_deletion(
    visit, photos, tmp_path, asked_first
):
    output = tmp_path / "classes.csv"
    part_path(output).write_text("a letter")
    app = entered(visit("folders.py"), photos, output)
    assert any("Write elsewhere" in error.value for error in app.error)
    assert not asked_first(app)
    part_path(output).unlink()
    with PartFile(output, "a command that runs"):
        part_path(output).stat()
        app = entered(visit("folders.py"), photos, output)
        assert not [button for button in app.button if button.label == "Start"]
    assert not runs.runs()


def test_what_is_under_way_stays_in_the_list_however_many_come_after_it(
    photos, tmp_path, gate_of_folders
):
    classify = TASKS["classify"]
    runs.start(classify, classify.settings(), str(photos), tmp_path / "first.csv")
    first = runs.runs()[0]
    for number in range(12):  # most are refused: too many wait
        runs.start(classify, classify.settings(), str(photos), tmp_path / f"{number}.csv")
    assert first in runs.runs()
    assert sum(run.job.is_over for run in runs.runs()) <= 8
    assert runs.is_under_way(tmp_path / ".." / tmp_path.name / "first.csv")


@pytest.fixture
def gate_of_folders(monkeypatch):
    """Work on folders that goes on until it is cancelled."""

    def endless(*_):
        while True:
            yield cluster.FolderStep(0, None, 0)

    monkeypatch.setattr(cluster, "folder_steps", endless)


def test_a_share_is_never_more_than_all():
    """Files may be fewer by now than were done before."""
    assert runs.how_far(runs.Progress(cluster.FolderStep(1487, 60, 0)))[0] == 1.0


@pytest.mark.parametrize(
    ("named", "suggested"),
    [
        ("s3://", ""),
        ("s3://bucket/photos", ""),
        ("/", ""),
        ("/data/v1.0", "/data/v1.0-classify.parquet"),
        ("/data/v1.1/", "/data/v1.1-classify.parquet"),
    ],
)
def test_where_to_write_is_suggested_beside_what_it_is_of(named, suggested):
    assert runs.suggested(named, TASKS["classify"]) == suggested


def test_no_link_names_a_folder_of_the_server(visit, photos):
    app = visit("folders.py", folder_named=str(photos), folder_output=str(photos / "x.csv"))
    assert app.text_input(key="folder_named").value == ""
    assert not runs.runs()


def test_only_who_may_change_the_server_has_the_page(monkeypatch):
    def has_page() -> bool:
        app = AppTest.from_file(NAVIGATION, default_timeout=60)
        return not app.switch_page("folders.py").run().error and "folder_task" in app.session_state

    assert has_page()
    monkeypatch.setenv("GRAFT_ACCESS", "open")
    assert not has_page()


def test_with_a_cluster_its_nodes_do_the_work(visit, photos, monkeypatch):
    asked = []

    def ask(name, *arguments):
        asked.append((name, *arguments))
        yield str(photos / "note.jpg"), "No photo."
        yield cluster.FolderStep(7, 7, 1, 6)

    monkeypatch.setattr(cluster, "ask", ask)
    app = visit("folders.py")
    monkeypatch.setenv("GRAFT_CLUSTER", "127.0.0.1:1")
    app = ended(begin(app, photos))
    (call,) = asked
    assert call[:2] == ("folder", "classify") and call[3] == [str(photos)]
    assert app.expander[-1].label == "1 input refused"
    assert any("--cluster" in code.value for code in app.code)
