"""`graft train`: which training a set of examples is for."""

from __future__ import annotations

import zipfile

import pytest
from typer.testing import CliRunner

from core.cli.commands import app
from core.cli.training_kind import training_kind
from core.text.transfer.classifier import TextClassifier


@pytest.fixture
def graft():
    """A function that runs the command line with arguments."""
    return lambda *arguments: CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (["a/1.jpg", "a/2.PNG", "b/3.heic", "b/notes.txt"], "photos"),
        (["a/1.wav", "b/2.mp3", "cover.jpg"], "sounds"),
        (["a/1.txt", "b/2.txt"], "texts"),
        (["reviews.csv"], "texts"),
    ],
)
def test_most_files_decide_in_a_folder_and_in_a_zip_file(tmp_path, pack, names, kind):
    archive, folder = tmp_path / "set.zip", tmp_path / "set"
    archive.write_bytes(pack(dict.fromkeys(names, b"1")))
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    assert training_kind(archive) == training_kind(folder) == kind


def test_a_table_is_trained_on_and_the_classifier_is_written(graft, tmp_path):
    table, model = tmp_path / "topics.csv", tmp_path / "model.zip"
    rows = [f"rockets fly {i} miles,space\ncakes are {i} times as sweet,food" for i in range(8)]
    table.write_text("text,label\n" + "\n".join(rows))
    answers = ["--purpose", "To sort posts.", "--missing", "Other topics."]
    result = graft("train", table, "-o", model, "--evidence", "words", "--json", *answers)
    assert result.exit_code == 0, result.output
    card = TextClassifier.load(model.read_bytes()).card
    assert (card.purpose, card.missing) == ("To sort posts.", "Other topics.")
    assert [one.name for one in card.classes] == ["food", "space"]


def test_options_are_those_of_the_training_and_what_is_no_set_is_refused(graft, tmp_path):
    (tmp_path / "photo.jpg").write_bytes(b"1")
    unknown = graft("train", tmp_path, "--evidence", "words")
    assert unknown.exit_code == 2
    assert "--evidence" in unknown.stderr
    empty = graft("train", tmp_path / "nowhere")
    assert empty.exit_code == 1
    assert empty.stderr.startswith("Expected a folder or ZIP file of photos, recordings or texts.")
