"""The ladder: six shipped classifiers of the same photos, from a plain to a fine-tuned network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
import pandas as pd
import streamlit as st

from core import zoo
from core.learning.intervals import Interval, intervals
from core.learning.metrics import Evaluation, evaluate, mean_roc
from core.vision.explanation import ClassMap
from core.vision.transfer import STRATEGIES, Strategy
from core.vision.transfer.ladder import (
    RUNGS,
    Ladder,
    Rung,
    card_name,
    explain_rung,
    ladder,
    ladders,
)
from core.wording import counted
from pages._transfer.ladder_charts import gap_curves
from pages._ui import (
    charts,
    downloads,
    errors,
    evaluation_charts,
    inputs,
    layout,
    links,
    pictures,
    provenance,
    widgets,
)
from pages._ui.inputs import NamedPhoto
from pages._ui.numbers import percent

TITLES: dict[Strategy, str] = {
    "plain": "Plain CNN",
    "dropout": "CNN with dropout",
    "scratch": "CNN with augmentation",
    "features": "Frozen features",
    "augment": "Frozen features, augmented",
    "fine_tune": "Fine-tuned last blocks",
}
_FIRST = {"cats_dogs": "Cat", "flowers": "Flower"}  # samples to begin with
_WRONG = {
    "flowers": {"Flower": "This flower is of none of the five kinds; each rung has to choose one."}
}
_ALL = "mean"
_MAP_PX = 360
_FIGURES = {
    "accuracy": "Accuracy",
    "macro_precision": "Precision",
    "macro_recall": "Recall",
    "macro_f1": "F1",
    "macro_auc": "AUC",
}
_COLUMNS = {
    "Rung": st.column_config.TextColumn(pinned=True),
    "Accuracy": st.column_config.TextColumn(
        help="Share of the test photos that are classified correctly, with its 95% confidence "
        "interval (Wilson)."
    ),
    **{
        title: st.column_config.TextColumn(
            help="Mean over the classes, weighted equally, with its 95% interval "
            f"({'DeLong' if title == 'AUC' else 'bootstrap over the test photos'})."
        )
        for title in ("Precision", "Recall", "F1", "AUC")
    },
    "Training": st.column_config.NumberColumn(
        format="percent", help="Accuracy on the photos that it was trained on, as they are."
    ),
    "Gap": st.column_config.NumberColumn(
        format="percent",
        help="Accuracy on the training photos minus that on the validation photos.",
    ),
    "Weights": st.column_config.NumberColumn(
        format="localized", help="Weights that its training set."
    ),
    "Size": st.column_config.NumberColumn(
        format="bytes", help="What the app holds of it; a frozen backbone is there anyway."
    ),
    "Seconds": st.column_config.NumberColumn(
        format="%.0f", help="Training time, as the recipe measured it."
    ),
}
_Measure = Literal["accuracy", "loss"]
_MEASURES: dict[_Measure, str] = {"accuracy": "Accuracy", "loss": "Loss"}


def room() -> None:
    """A data set and a photo at the left; what all rungs say of it, and their figures."""
    controls, result = layout.two_parts()
    with controls:
        name = widgets.choice("Data set", ladders(), key="ladder_set")
        photo = _photo(name)
        known = ladder(name)
        st.caption(
            f"Six classifiers, trained on the same {known.parts['training']:,} photos. A photo of "
            f"anything else is assigned to one of the classes too: {', '.join(known.classes)}."
        )
    with result:
        st.markdown(f"##### {_finding(name)}")
        answers = st.container()
        _figures(known)
        _roc(known)
        _curves(known)
        _origin(known)
    with answers, errors.shown():  # last, since opening six networks takes longer than all else
        if photo is None:
            st.info("Upload or take a photo to see the result.", icon=":material/image:")
        else:
            _answers(known, photo)


def prepare() -> Iterator[int]:
    """Compute what the room opens with, before anybody asks; yields how many rungs are ready."""
    name = next(iter(ladders()))
    _evaluations(name)
    for done, strategy in enumerate(RUNGS, 1):
        _map(name, strategy, _samples(name)[0].data)
        yield done


def _samples(name: str) -> list[NamedPhoto]:
    """Those that fit the data set come first."""
    first = _FIRST.get(name, "")
    return sorted(inputs.SAMPLE_PHOTOS, key=lambda photo: photo.name != first)


def _photo(name: str) -> NamedPhoto | None:
    """A sample that fits the data set to begin with, an upload or a snapshot."""
    samples = _samples(name)
    links.follow("ladder_photo", samples[0].name, name)
    return inputs.photo_input(samples, prefix="ladder_", wrong=_WRONG.get(name))


def _answers(known: Ladder, photo: NamedPhoto) -> None:
    """What each rung predicts, with the evidence for it."""
    picture = pictures.photo_array(photo.data, _MAP_PX)
    with st.grid("auto", min_column_width=165, gap="small"):
        tiles = [st.container(gap="xsmall") for _ in RUNGS]
    for tile, strategy in zip(tiles, RUNGS, strict=True):
        seen = _map(known.name, strategy, photo.data)
        with tile:
            st.image(
                pictures.overlay(picture, seen.values, seen.region),
                width="stretch",
                alt=f"{photo.name} with the evidence for {seen.label} in bright colours",
            )
            st.markdown(
                f"**{seen.label}** {percent(seen.score)}  \n:small[{TITLES[strategy]}]",
                help=STRATEGIES[strategy],
            )
    credit = f" Photo {photo.credit}." if photo.credit else ""
    st.caption(
        f"Bright colours are evidence for the predicted class (class activation map); greyed where "
        f"a classifier does not look.{credit}"
    )


@st.cache_data(max_entries=256, show_spinner=False)
def _map(name: str, strategy: Strategy, photo: bytes) -> ClassMap:
    return explain_rung(name, strategy, photo)


@st.cache_resource(show_spinner=False)
def _evaluations(name: str) -> list[tuple[Evaluation, dict[str, Interval]]]:
    """What the predictions that ship with a ladder amount to, rung by rung."""
    known = ladder(name)
    evaluations = [evaluate(known.labels, rows, known.classes) for rows in known.probabilities]
    return [(evaluation, intervals(evaluation)) for evaluation in evaluations]


def _finding(name: str) -> str:
    """What the ladder teaches, in its own figures."""
    rungs = dict(zip(RUNGS, ladder(name).rungs, strict=True))
    accuracies = {
        rung: percent(evaluation.accuracy)
        for rung, (evaluation, _) in zip(RUNGS, _evaluations(name), strict=True)
    }
    return (
        f"Trained plain, a small network classifies {accuracies['plain']} correctly, with a gap "
        f"of {_points(rungs['plain'].gap)} between training and validation; with augmentation, "
        f"{accuracies['scratch']} and {_points(rungs['scratch'].gap)}; a pretrained network "
        f"reaches {accuracies['features']} frozen and {accuracies['fine_tune']} fine-tuned."
    )


def _points(share: float) -> str:
    return f"{100 * share:.1f} points"


def _figures(known: Ladder) -> None:
    st.subheader("Figures on the test photos", anchor=False)
    rows = []
    for rung, (evaluation, ends) in zip(known.rungs, _evaluations(known.name), strict=True):
        row: dict[str, object] = {"Rung": TITLES[rung.settings.strategy]}
        for figure, title in _FIGURES.items():
            row[title] = _with_interval(getattr(evaluation, figure), ends[figure])
        rows.append(row | _costs(rung))
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config=_COLUMNS,
        alt=f"Figures of six classifiers of {known.title}",
    )
    st.caption(
        f"Computed from the predictions for {counted(len(known.labels), 'test photo')}, which no "
        "training used. In brackets are 95% intervals."
    )
    downloads.table("Figures (CSV)", _figure_rows(known), f"ladder-{known.name}.csv")


def _costs(rung: Rung) -> dict[str, object]:
    return {
        "Training": rung.training,
        "Gap": rung.gap,
        "Weights": rung.learned,
        "Size": rung.bytes,
        "Seconds": rung.seconds,
    }


def _with_interval(value: float, ends: Interval) -> str:
    low, high = ends
    if np.isnan(low):
        return percent(value)
    return f"{percent(value)} ({100 * low:.1f} to {100 * high:.1f})"


def _figure_rows(known: Ladder) -> pd.DataFrame:
    rows = []
    for rung, (evaluation, ends) in zip(known.rungs, _evaluations(known.name), strict=True):
        row: dict[str, object] = {"rung": rung.settings.strategy}
        for figure in _FIGURES:
            low, high = ends[figure]
            row |= {figure: getattr(evaluation, figure), f"{figure}_low": low}
            row[f"{figure}_high"] = high
        rows.append(row | {name.lower(): value for name, value in _costs(rung).items()})
    return pd.DataFrame(rows)


def _roc(known: Ladder) -> None:
    st.subheader("ROC curves", anchor=False)
    options = {_ALL: "Mean of all classes", **{name: name for name in known.classes}}
    if len(known.classes) == 2:  # each is the other, seen from behind
        options.pop(_ALL)
    links.keep_among("ladder_class", list(options), known.name)
    chosen = widgets.choice("Class", options, key="ladder_class", hidden=True)
    curves = [
        mean_roc(evaluation) if chosen == _ALL else evaluation.roc[known.classes.index(chosen)]
        for evaluation, _ in _evaluations(known.name)
    ]
    st.plotly_chart(
        evaluation_charts.roc_curves(
            [TITLES[rung] for rung in RUNGS], curves, charts.colours(len(RUNGS)), each="Rung"
        ),
        config=charts.CONFIG,
        key="ladder_roc",
        alt="ROC curves of six classifiers: "
        + ", ".join(
            f"{TITLES[rung]} {curve.auc:.3f}" for rung, curve in zip(RUNGS, curves, strict=True)
        ),
    )


def _curves(known: Ladder) -> None:
    st.subheader("Learning curves", anchor=False)
    measure = widgets.choice("Curves", _MEASURES, key="ladder_measure", hidden=True)
    highest = max(
        max(epoch.loss, epoch.validation_loss) for rung in known.rungs for epoch in rung.epochs
    )
    with st.grid("auto", min_column_width=165, gap="small"):
        for rung, colour in zip(known.rungs, charts.colours(len(RUNGS)), strict=True):
            title, last = TITLES[rung.settings.strategy], rung.epochs[-1]
            with st.container(gap="xsmall"):
                gap = getattr(last, measure) - getattr(last, f"validation_{measure}")
                written = _points(gap) if measure == "accuracy" else f"{-gap:.3f} nats"
                st.markdown(f"**{title}**  \n:small[Gap at the end: {written}]")
                st.plotly_chart(
                    gap_curves(rung.epochs, measure, colour, highest),
                    config=charts.CONFIG,
                    key=f"ladder_{rung.settings.strategy}",
                    alt=f"{title}: training and validation {measure} by epochs",
                )
    st.caption(
        "Dotted is training, solid validation; the gap between them is shaded. Training is "
        "measured while the network learns, with dropout and on random views where it has them, "
        "so the gap can be below 0. Validation losses are those after scaling the logits. An "
        "epoch of a frozen network is ten steps of the solver."
    )


def _origin(known: Ladder) -> None:
    spec = zoo.shipped(card_name(known.name))
    st.caption(
        f"Recorded, not run now: the recipe trained these classifiers on {known.made['date']} on "
        f"{known.made['processor']}. The photos are not included with the app."
    )
    with st.expander("Where these classifiers come from"):
        provenance.model_card(spec)
