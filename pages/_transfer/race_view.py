"""What a race looks like: curves, a table, and a sentence that says what it found."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

import pandas as pd
import streamlit as st

from core.learning.metrics import wilson_interval
from core.vision.transfer import TrainingSettings
from core.vision.transfer.race_record import LaneRecord, RaceRecord
from core.wording import counted
from pages._transfer import lanes, training_charts
from pages._ui import charts, downloads, widgets
from pages._ui.learning_curves import learning_curves
from pages._ui.numbers import percent

_COLUMNS = {
    "Trained on": st.column_config.NumberColumn(help="Photos in the training part."),
    "Validation": st.column_config.NumberColumn(
        format="percent", help="The best accuracy on the validation photos."
    ),
    "Test": lanes.TEST,
    "Before": st.column_config.NumberColumn(
        format="percent", help="Test accuracy on the data set before your corrections."
    ),
    "Seconds": st.column_config.NumberColumn(
        format="%.1f",
        help="Training time from the photos to a classifier, measured on this machine.",
    ),
}


def running(race: RaceRecord) -> None:
    """Curves and table while the race runs."""
    race = _in_order(race)
    _curves(race)
    _table(race, "Trainings so far")


def finished(
    race: RaceRecord, *, before: RaceRecord | None = None, is_recorded: bool = False
) -> None:
    """Everything about a race that is over."""
    race = _in_order(race)
    before = before and _in_order(before)
    photos = sum(race.counts.values())
    backbones = [widgets.title_of(name) for name in _backbones(race)]
    on = f", with {', '.join(backbones)}" if backbones else ""
    origin = f"{race.data}: {counted(photos, 'photo')} in {counted(len(race.counts), 'class')}{on}."
    if is_recorded:
        made = ", ".join(f"{k} {v}" for k, v in race.made.items() if k not in ("date", "processor"))
        st.caption(
            f"Recorded, not run now. {origin} Made on {race.made['date']} on "
            f"{race.made['processor']} with {made}; the photos are not included with the app. "
            "Press Train to run it on yours."
        )
    else:
        st.caption(f"{origin} Measured here, now.")
    sentence = _finding(race)
    if sentence:
        st.markdown(f"##### {sentence}")
    _curves(race)
    _table(race, "Trainings of the race", before)
    with st.container(horizontal=True):
        st.download_button(
            "Settings and metrics (JSON)",
            race.to_json,
            "race.json",
            "application/json",
            icon=":material/download:",
            on_click="ignore",
        )
        downloads.table("Curves (CSV)", _rounds(race), "curves.csv")


def _in_order(race: RaceRecord) -> RaceRecord:
    """The same race, with strategies in the order that pages list them in."""
    places = list(lanes.STRATEGY_TITLES)
    ordered = sorted(race.lanes, key=lambda lane: places.index(lane.settings.strategy))
    return replace(race, lanes=tuple(ordered))


def _names(race: RaceRecord) -> list[str]:
    """What tells the trainings apart: the strategy alone if they have one backbone and size."""
    if len(_backbones(race)) <= 1 and not _is_learning_curve(race):
        return [lanes.STRATEGY_TITLES[lane.settings.strategy] for lane in race.lanes]
    return [lanes.title(lane.settings) for lane in race.lanes]


def _backbones(race: RaceRecord) -> list[str]:
    """Those that were trained on."""
    networks = (lane.settings.network for lane in race.lanes)
    return list(dict.fromkeys(name for name in networks if name is not None))


def _way(race: RaceRecord, settings: TrainingSettings) -> str:
    """A strategy, with the backbone where there are several."""
    if len(_backbones(race)) <= 1:
        return lanes.STRATEGY_TITLES[settings.strategy]
    return lanes.title(replace(settings, photos_per_class=None))


def _is_learning_curve(race: RaceRecord) -> bool:
    return any(lane.settings.photos_per_class is not None for lane in race.lanes)


def _curves(race: RaceRecord) -> None:
    if _is_learning_curve(race):
        st.plotly_chart(
            learning_curves(_points(race)),
            config=charts.CONFIG,
            key="learning_curves",
            alt="Test accuracy by photos per class",
        )
        return
    begun = [(name, lane.epochs) for name, lane in zip(_names(race), race.lanes, strict=True)]
    measures: tuple[Literal["accuracy", "loss"], ...] = ("accuracy", "loss")
    for column, measure in zip(st.columns(2), measures, strict=True):
        column.plotly_chart(
            training_charts.race_curves(begun, measure),
            config=charts.CONFIG,
            key=f"race_{measure}",
            alt=f"Validation {measure} by seconds for each training",
        )


def _points(race: RaceRecord) -> list[tuple[str, list[tuple[int, float, float, float]]]]:
    curves: dict[str, list] = {}
    for lane in race.lanes:
        points = curves.setdefault(_way(race, lane.settings), [])
        if lane.tested:
            photos = round(lane.trained / len(race.counts))
            interval = wilson_interval(lane.correct, lane.tested)
            points.append((photos, lane.correct / lane.tested, *interval))
    return list(curves.items())


def _table(race: RaceRecord, alt: str, before: RaceRecord | None = None) -> None:
    def row(number: int, name: str, lane: LaneRecord) -> dict:
        accuracies = [epoch.validation_accuracy for epoch in lane.epochs]
        cells = {
            "Training": name,
            "Trained on": lane.trained or None,
            "Epochs": len(lane.epochs) or None,
            "Seconds": lane.seconds or None,
            "Validation": max(accuracies) if accuracies else None,
            "Test": lane.correct / lane.tested if lane.tested else None,
            "95% interval": lanes.interval(lane.correct, lane.tested) if lane.tested else "",
        }
        if before is not None:
            was = before.lanes[number]
            cells["Before"] = was.correct / was.tested if was.tested else None
        return cells

    rows = [row(i, *named) for i, named in enumerate(zip(_names(race), race.lanes, strict=True))]
    st.dataframe(
        pd.DataFrame(rows), hide_index=True, column_config=_COLUMNS, placeholder="", alt=alt
    )


def _rounds(race: RaceRecord) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "training": lanes.title(lane.settings),
                "round": epoch.number,
                "seconds": epoch.seconds,
                "training_loss": epoch.loss,
                "training_accuracy": epoch.accuracy,
                "validation_loss": epoch.validation_loss,
                "validation_accuracy": epoch.validation_accuracy,
            }
            for lane in race.lanes
            for epoch in lane.epochs
        ]
    )


def _finding(race: RaceRecord) -> str:
    """What transfer bought here, from the figures of this race."""
    tested = [lane for lane in race.lanes if lane.tested]
    scratch = [lane for lane in tested if lane.settings.network is None]
    others = [lane for lane in tested if lane.settings.network is not None]
    if not scratch or not others:
        return _best(race, tested)
    if _is_learning_curve(race):
        return _crossing(race, max(scratch, key=_accuracy), others)
    best, alone = _quickest_of_the_best(others), max(scratch, key=_accuracy)
    return " ".join(
        f"{_way(race, lane.settings)}: {percent(_accuracy(lane))} in {lane.seconds:.0f} s."
        for lane in (best, alone)
    )


def _best(race: RaceRecord, tested: list[LaneRecord]) -> str:
    """Which training came out best, where none can be compared with one from scratch."""
    if not tested:
        return ""
    best = max(tested, key=_accuracy)
    name = _way(race, best.settings)
    if _is_learning_curve(race):
        return f"{name} with {counted(best.trained, 'photo')}: {percent(_accuracy(best))}."
    return f"{name}: {percent(_accuracy(best))} in {best.seconds:.0f} s."


def _quickest_of_the_best(tested: list[LaneRecord]) -> LaneRecord:
    """Of those that are not told apart from the most accurate one by the test, the quickest."""
    best = max(tested, key=_accuracy)
    least, _ = wilson_interval(best.correct, best.tested)
    return min((lane for lane in tested if _accuracy(lane) >= least), key=lambda lane: lane.seconds)


def _crossing(race: RaceRecord, alone: LaneRecord, others: list[LaneRecord]) -> str:
    """How few photos with transfer are as good as all of them without."""
    enough = [lane for lane in others if _accuracy(lane) >= _accuracy(alone)]
    if not enough:
        return ""
    least = min(enough, key=lambda lane: lane.trained)
    return (
        f"{_way(race, least.settings)} with {counted(least.trained, 'photo')}: "
        f"{percent(_accuracy(least))}. {_way(race, alone.settings)} with {alone.trained:,}: "
        f"{percent(_accuracy(alone))}."
    )


def _accuracy(lane: LaneRecord) -> float:
    return lane.correct / lane.tested if lane.tested else math.nan
