"""A model card as Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pydantic import JsonValue

from core.learning.card import LAST_FIT, CardClass, ModelCard
from core.learning.metrics import wilson_interval
from core.wording import counted, escaped

_NAMED = 8  # classes in the first sentence
_LISTED = 20  # corrections
_NOT_STATED = "Not stated."
_ADDRESS = re.compile(r"https?://[\w./~%?=&#-]+")


def markdown(card: ModelCard, level: int = 1) -> str:
    """A card to read.

    Parameters
    ----------
    level : of the heading with its title, in 1..5.
    """
    section = "#" * (level + 1)
    parts = [
        f"{'#' * level} Model card: {escaped(card.data.name) or 'a classifier'}",
        _summary(card),
    ]
    for title, content in (
        ("What it is for", escaped(card.purpose) or _NOT_STATED),
        ("What not to use it for, and what is missing", escaped(card.missing) or _NOT_STATED),
        ("Evaluation", _evaluation(card)),
        ("Classes", _classes(card)),
        ("Pretrained network", _backbone(card)),
        ("Data and split", _data(card)),
        ("Corrections", _corrections(card)),
        ("Training", _training(card)),
        ("Software", ", ".join(f"{name} {version}" for name, version in card.software.items())),
    ):
        parts += [f"{section} {title}", content]
    return "\n\n".join(parts) + "\n"


def _summary(card: ModelCard) -> str:
    names = [escaped(one.name) for one in card.classes[:_NAMED]]
    more = f" and {len(card.classes) - _NAMED:,} more" if len(card.classes) > _NAMED else ""
    return (
        f"A classifier of {card.data.noun} into {counted(len(card.classes), 'class')}: "
        f"{', '.join(names)}{more}. Trained with Graft on {card.made}."
    )


def _evaluation(card: ModelCard) -> str:
    figures = card.figures
    if figures is None:
        return "It was not evaluated."
    low, high = figures.accuracy_interval
    rows = [
        (
            "Accuracy",
            f"{figures.accuracy:.3f}; 95% confidence interval {low:.3f} to {high:.3f} (Wilson)",
        ),
        (f"Test {card.data.noun}", f"{figures.tested:,}, of which {figures.correct:,} correct"),
        ("Macro F1", _figure(figures.macro_f1)),
        ("Macro precision", _figure(figures.macro_precision)),
        ("Macro recall", _figure(figures.macro_recall)),
        ("Macro AUC", _figure(figures.macro_auc)),
        ("Log loss", _figure(figures.log_loss)),
        ("Expected calibration error", _figure(figures.expected_calibration_error)),
        ("None of these", _novelty(card)),
    ]
    on = f"On {card.data.noun} that were not used in training."
    if isinstance(last_fit := card.training.get(LAST_FIT), str):
        on = escaped(last_fit)
    return f"{on}\n\n{_rows(rows)}"


def _novelty(card: ModelCard) -> str:
    """What it costs to say that; nothing where it is not said."""
    novelty, noun = card.none_of_these, card.data.noun
    if novelty is None:
        return ""
    text = (
        f"the threshold is chosen so that {novelty.share:.3g} of known {noun} may be beyond it, by "
        f"{novelty.validation:,} validation {noun}"
    )
    if not novelty.tested:
        return text
    low, high = wilson_interval(novelty.refused, novelty.tested)
    return (
        f"{text}; of {novelty.tested:,} test {noun}, {novelty.refused:,} are "
        f"({novelty.refused / novelty.tested:.3f}; {low:.3f} to {high:.3f})"
    )


def _backbone(card: ModelCard) -> str:
    network = card.backbone
    if network is None:
        return "None: it was trained on these examples alone."
    return _rows(
        [
            ("Network", escaped(network.title)),
            ("Licence of its weights", escaped(network.licence)),
            ("Weights from", _address(network.weights)),
            ("Checksum", network.checksum or ""),
            ("Parameters", f"{network.parameters:,}" if network.parameters else ""),
            ("Reference", _address(network.reference)),
            ("Note", escaped(network.note)),
        ]
    )


def _data(card: ModelCard) -> str:
    data = card.data
    train, validation, test = (
        sum(getattr(one, part) for one in card.classes) for part in ("train", "validation", "test")
    )
    parts = [f"{train:,} training", *([f"{validation:,} validation"] if validation else [])]
    return _rows(
        [
            ("Name", escaped(data.name)),
            ("Source", escaped(data.credit)),
            ("Examples", counted(data.examples, data.noun.removesuffix("s"))),
            ("Skipped", counted(data.skipped, "file") if data.skipped else ""),
            ("Split", f"{', '.join(parts)} and {test:,} test {data.noun}, by seed and content"),
            ("Digest", data.digest),
        ]
    )


def _corrections(card: ModelCard) -> str:
    corrections = card.corrections
    if not corrections:
        return "None."
    text = f"{counted(len(corrections), 'correction')} before training."
    if tested := sum(one.tested for one in corrections):
        text += (
            f" Of these, {tested:,} followed a look at test results, so the accuracy is slightly "
            "optimistic."
        )
    rows = [
        (escaped(one.name), escaped(one.was), "excluded" if one.now is None else escaped(one.now))
        for one in corrections[:_LISTED]
    ]
    text += "\n\n" + _table([("Example", "Label", "Corrected"), *rows])
    if len(corrections) > _LISTED:
        text += f"\n\n{len(corrections) - _LISTED:,} more are in the JSON of this card."
    return text


def _training(card: ModelCard) -> str:
    """Settings and outcome; lists are for those who read the JSON."""
    named = [*card.settings.items(), *card.training.items()]
    return _rows(
        [
            (name.replace("_", " ").capitalize(), _value(value))
            for name, value in named
            if not isinstance(value, list | dict)
        ]
    )


def _classes(card: ModelCard) -> str:
    head = ("Class", "Train", "Validation", "Test", "Precision", "Recall", "F1", "AUC")
    return _table([head, *map(_class_row, card.classes)])


def _class_row(one: CardClass) -> tuple[str, ...]:
    recall = _figure(one.recall)
    if one.recall_interval is not None:
        low, high = one.recall_interval
        recall += f" ({low:.2f} to {high:.2f})"
    counts = (f"{count:,}" for count in (one.train, one.validation, one.test))
    metrics = (_figure(one.precision), recall, _figure(one.f1), _figure(one.auc))
    return (escaped(one.name), *counts, *metrics)


def _rows(rows: Sequence[tuple[str, str]]) -> str:
    """Names with what there is to say, where there is anything; a table needs a first row."""
    stated = [(f"**{name}**", text) for name, text in rows if text]
    return _table(stated) if stated else _NOT_STATED


def _table(rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def _address(text: str) -> str:
    """An address as it is, so that it leads there."""
    return text if _ADDRESS.fullmatch(text) else escaped(text)


def _value(value: JsonValue) -> str:
    if value is None:
        return "not set"
    return f"{value:.4g}" if isinstance(value, float) else escaped(str(value))


def _figure(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"
