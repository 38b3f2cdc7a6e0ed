"""A Jupyter notebook that repeats a training on the same photos, and compares the figures.

It is of format 4.5 (https://nbformat.readthedocs.io/en/latest/format_description.html), written
without Jupyter: all that it needs stands on the card of the classifier.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from core.errors import InvalidInputError
from core.learning.card import LAST_FIT, CardFigures, ModelCard
from core.learning.folders import FolderLayout
from core.wording import counted, escaped

_STOPPED = "stopped early"
_COMPARED = ("accuracy", "macro_f1", "macro_auc", "log_loss", "expected_calibration_error")
_OPEN = """\
from pathlib import Path

from core.vision.transfer import ImageDataset, TrainingSettings, evaluated, train

ARCHIVE = Path({archive!r})  # photos in folders, one folder for each class

dataset = ImageDataset.from_zip(ARCHIVE){reading}
print(f"{{len(dataset.photos):,}} photos of {{len(dataset.classes)}} classes")"""
_CORRECT = """\
CORRECTIONS = {corrections}

places = {{photo.name: place for place, photo in enumerate(dataset.photos)}}
labels = {{places[name]: label for name, label in CORRECTIONS.items() if label is not None}}
excluded = {{places[name] for name, label in CORRECTIONS.items() if label is None}}
dataset = dataset.relabelled(labels).without(excluded)"""
_COMPARE_PHOTOS = """\
if dataset.digest == {digest!r}:
    print("These are the photos that the classifier was trained and tested on.")
else:
    print("These are other photos or labels, so the figures will differ.")"""
_TRAIN = """\
settings = TrainingSettings(
{settings}
)
stage = ""
for step in train(dataset, settings):
    if step.stage != stage:
        stage = step.stage
        print(f"{{step.seconds:6.1f}} s  {{stage}}")"""
_EVALUATE = """\
BEFORE = {before}

step, probabilities = evaluated(dataset, step)
figures = step.model.card.figures
print(f"{{figures.correct}} of {{figures.tested}} test photos correct")


def written(value):
    return "-" if value is None else f"{{value:.4f}}"


print(f"{{'':<28}}{{'before':>10}}{{'now':>10}}")
for name, before in BEFORE.items():
    print(f"{{name:<28}}{{written(before):>10}}{{written(getattr(figures, name)):>10}}")"""
_CONFUSION = """\
import pandas as pd

pd.DataFrame(step.evaluation.confusion, dataset.classes, dataset.classes)  # rows: labels"""
_ON_ALL = """\
from core.vision.transfer.training import train_on_all

model = step.model
for step in train_on_all(dataset, settings, step.epochs, model.card, model.novelty):
    pass"""
_EXPORT = 'step.model.export("model.zip")  # OpenVINO; or .keras, .tflite (LiteRT), .onnx'


def training_notebook(card: ModelCard, archive: str, layout: FolderLayout | None = None) -> str:
    """The notebook that repeats the training of a classifier of photos, as JSON.

    Parameters
    ----------
    card : of the classifier, with its corrections.
    archive : what the ZIP file of its photos is called.
    layout : how its folders were read; None reads them as they are likeliest meant.

    Raises
    ------
    InvalidInputError
        If the classifier was not evaluated, so that there is nothing to compare with.
    """
    if card.figures is None:
        raise InvalidInputError(
            "Expected the card of a classifier that was evaluated. Received: one without figures."
        )
    cells: list[dict[str, Any]] = [
        {"cell_type": kind, "id": f"cell-{number}", "metadata": {}, "source": source}
        | ({"execution_count": None, "outputs": []} if kind == "code" else {})
        for number, (kind, source) in enumerate(_cells(card, card.figures, archive, layout))
    ]
    version = card.software.get("python", "3.11")
    about = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python", "version": version},
    }
    whole = {"cells": cells, "metadata": about, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, ensure_ascii=False)


def _cells(
    card: ModelCard, figures: CardFigures, archive: str, layout: FolderLayout | None
) -> Iterator[tuple[str, str]]:
    low, high = figures.accuracy_interval
    versions = ", ".join(f"{name} {version}" for name, version in card.software.items())
    yield (
        "markdown",
        f"# Repeat the training: {escaped(card.data.name or 'a classifier of photos')}\n\n"
        f"Trained on {card.made} on {counted(card.data.examples, 'photo')} of "
        f"{counted(len(card.classes), 'class')}; accuracy {figures.accuracy:.4f} on "
        f"{counted(figures.tested, 'test photo')}, 95% confidence interval {low:.4f} to "
        f"{high:.4f}.\n\nRun it in the environment of Graft, with `{archive}` in the same folder. "
        "The seed is the same, and so are split, order and random views; other processors and "
        f"versions round differently. Versions then: {versions}.",
    )
    yield "markdown", "## The photos"
    reading = ""
    if layout is not None:
        encoding = f", encoding={layout.encoding!r}" if layout.encoding else ""
        reading = f".read_as(level={layout.level}{encoding})"
    yield "code", _OPEN.format(archive=archive, reading=reading)
    if card.corrections:
        yield "markdown", "Labels that were corrected by hand; `None` excludes a photo."
        corrections = {correction.name: correction.now for correction in card.corrections}
        yield "code", _CORRECT.format(corrections=_dictionary(corrections))
    yield "code", _COMPARE_PHOTOS.format(digest=card.data.digest)
    yield "markdown", "## Training"
    if card.training.get("ended") == _STOPPED:
        yield (
            "markdown",
            "That training was cancelled, and its best weights so far were kept. This one goes "
            "on to its end.",
        )
    settings = "\n".join(f"    {name}={value!r}," for name, value in card.settings.items())
    yield "code", _TRAIN.format(settings=settings)
    yield "markdown", "## Evaluation\n\nOn the test photos, which no decision of training uses."
    before = {name: value for name, value in asdict(figures).items() if name in _COMPARED}
    yield "code", _EVALUATE.format(before=_dictionary(before))
    yield "code", _CONFUSION
    yield "markdown", "## The file"
    if LAST_FIT in card.training:
        yield "markdown", "The classifier was then trained once more, on all photos, for use."
        yield "code", _ON_ALL
    yield "code", _EXPORT


def _dictionary(values: dict[str, Any]) -> str:
    lines = "\n".join(f"    {name!r}: {value!r}," for name, value in values.items())
    return f"{{\n{lines}\n}}"
