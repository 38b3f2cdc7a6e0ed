"""The notebook that repeats a training: valid, and run cell by cell in a process of its own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import nbformat
import numpy as np
import pytest

from core.errors import InvalidInputError
from core.learning.card import LAST_FIT, CorrectedLabel, ModelCard
from core.learning.folders import FolderLayout
from core.media import encode_jpeg
from core.vision.transfer import ImageDataset, TrainingSettings, evaluated, train
from core.vision.transfer.notebook import training_notebook

ROOT = Path(__file__).parents[4]
RUN = f"""\
import json, sys
sys.path.insert(0, {str(ROOT)!r})
cells = json.load(open(sys.argv[1], encoding="utf-8"))["cells"]
names = dict()
for cell in cells:
    if cell["cell_type"] == "code":
        exec(compile(cell["source"], cell["id"], "exec"), names)
"""


@pytest.fixture(scope="module")
def original() -> ImageDataset:
    """Twelve pictures of each of two greys that are hard to tell apart."""
    rng = np.random.default_rng(0)

    def picture(level):
        return encode_jpeg(rng.normal(level, 60, (64, 64, 3)).clip(0, 255).astype(np.uint8))

    return ImageDataset.from_classes(
        {
            name: [(f"{name}/{i}.jpg", picture(level)) for i in range(12)]
            for name, level in (("dark", 120), ('light "1"', 124))
        }
    )


@pytest.fixture(scope="module")
def card(original) -> ModelCard:
    """Of a classifier that was trained with one label changed and one photo excluded."""
    dataset = original.relabelled({2: 'light "1"'}).without({5})
    *_, step = train(dataset, TrainingSettings(seed=3, test_share=0.4))
    step, _ = evaluated(dataset, step)
    corrections = (
        CorrectedLabel(name="dark/2.jpg", was="dark", now='light "1"', tested=False),
        CorrectedLabel(name="dark/5.jpg", was="dark", now=None, tested=True),
    )
    return replace(step.card, corrections=corrections, data=replace(step.card.data, name="Greys"))


def run(notebook: str, archive: bytes, folder: Path) -> str:
    """What the cells print, with the archive beside the notebook."""
    (folder / "greys.zip").write_bytes(archive)
    (folder / "greys.ipynb").write_text(notebook, "utf-8")
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{RUN}",
            "greys.ipynb",
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_its_cells_print_the_figures_of_the_first_training(card, original, tmp_path):
    card = replace(card, training={**card.training, LAST_FIT: "Trained once more."})
    notebook = training_notebook(card, "greys.zip", FolderLayout(0, {}))
    nbformat.validate(nbformat.reads(notebook, as_version=4))
    printed = run(notebook, original.to_zip(), tmp_path)
    assert "24 photos of 2 classes" in printed
    assert "These are the photos that the classifier was trained and tested on." in printed
    assert f"{card.figures.correct} of {card.figures.tested} test photos correct" in printed
    rows = re.findall(r"^(\w+) +(\d\.\d+) +(\d\.\d+)$", printed, re.MULTILINE)
    assert [name for name, *_ in rows] == [
        "accuracy",
        "macro_f1",
        "macro_auc",
        "log_loss",
        "expected_calibration_error",
    ]
    for name, before, now in rows:
        assert before == now == f"{getattr(card.figures, name):.4f}"
    assert 0 < card.figures.log_loss < 5
    with zipfile.ZipFile(tmp_path / "model.zip") as archive:
        exported = ModelCard.from_json(archive.read("card.json"))
    assert LAST_FIT in exported.training and exported.figures.correct == card.figures.correct


def test_other_photos_are_told_apart(card, original, tmp_path):
    notebook = training_notebook(replace(card, corrections=()), "greys.zip")
    code = [cell["source"] for cell in json.loads(notebook)["cells"] if "outputs" in cell]
    only_reading = json.dumps(
        {"cells": [{"cell_type": "code", "id": str(i), "source": code[i]} for i in (0, 1)]}
    )
    assert "These are other photos" in run(only_reading, original.to_zip(), tmp_path)


def test_names_cannot_become_code(card):
    name = 'a"; import os; os.abort() #.jpg'
    correction = CorrectedLabel(name=name, was="dark", now=None, tested=False)
    notebook = training_notebook(replace(card, corrections=(correction,)), "x'); y(.zip")
    code = [cell["source"] for cell in json.loads(notebook)["cells"] if "outputs" in cell]
    names: dict = {}
    exec(code[1].split("places")[0], names)
    assert names["CORRECTIONS"] == {name: None}
    assert 'ARCHIVE = Path("x\'); y(.zip")' in code[0]


def test_a_classifier_that_was_not_evaluated_has_none(card):
    with pytest.raises(InvalidInputError, match="without figures"):
        training_notebook(replace(card, figures=None), "greys.zip")


def test_photos_come_back_from_their_zip_as_they_were(original, tmp_path):
    (tmp_path / "greys.zip").write_bytes(original.to_zip())
    again = ImageDataset.from_zip(tmp_path / "greys.zip").read_as(level=0)
    assert again.digest == original.digest
    assert [photo.name for photo in again.photos] == [photo.name for photo in original.photos]
    bare = replace(original, members=tuple(replace(p, name="x.jpg") for p in original.photos))
    (tmp_path / "bare.zip").write_bytes(bare.to_zip())
    assert ImageDataset.from_zip(tmp_path / "bare.zip").read_as(level=0).digest == original.digest
