"""What the map of photos can be coloured by."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import streamlit as st

from core.wording import counted
from pages._transfer import lanes
from pages._transfer.exploration import NEITHER, TEST, TRAINING, ExplorationView
from pages._transfer.state import Lab, TrainedLane
from pages._ui import widgets
from pages._ui.map_colouring import Colouring, by_category, by_share

_NOT_TESTED = "No test photo"
_SEES_TEST = ("Prediction", "Confidence", "Finding")


def colouring_input(
    exploration: ExplorationView, findings: Mapping[int, str | None] | None
) -> Colouring:
    """A choice among what is known of the photos, as the map has them: all that came in.

    Parameters
    ----------
    findings : by position in `exploration.lab.original`, what was found of a photo; None where
        nothing was looked for.
    """
    lane = chosen_lane(exploration.lab)
    ways: dict[str, Callable[[], Colouring]] = {
        "Class": lambda: _by_class(exploration),
        "Split": lambda: _by_part(exploration),
    }
    if lane is not None:
        ways["Prediction"] = lambda: _by_prediction(exploration.lab, lane)
        ways["Confidence"] = lambda: _by_confidence(exploration.lab, lane)
    if findings is not None:
        ways["Finding"] = lambda: _by_finding(exploration.lab, findings)
    chosen = widgets.choice("Colour by", list(ways), key="lab_colour")
    excluded = np.ones(len(exploration.lab.original.photos), bool)
    excluded[exploration.origin] = False
    return ways[chosen]().with_excluded(excluded)


def explained(exploration: ExplorationView, colouring: Colouring) -> str:
    """What to know of a colouring, in a sentence, if there is something to know."""
    lane = chosen_lane(exploration.lab)
    if colouring.title in ("Prediction", "Confidence") and lane is not None:
        tested = counted(len(lane.evaluation.labels), "test photo")
        return f"{colouring.title} is that of {lanes.title(lane.settings)} on its {tested}."
    if colouring.title == "Split":
        return f"The split has seed {exploration.settings.seed}."
    return ""


def shows_results(colouring: Colouring) -> bool:
    """Whether it shows what a classifier says of test photos."""
    return colouring.title in _SEES_TEST


def chosen_lane(lab: Lab) -> TrainedLane | None:
    """The classifier that is chosen in the other rooms, or the most accurate one."""
    ready = lab.ready()
    if not ready:
        return None
    chosen = st.session_state.get("lane")
    if isinstance(chosen, int) and 0 <= chosen < len(ready):
        return ready[chosen]
    return max(ready, key=lambda lane: lane.evaluation.accuracy)


def tested(lab: Lab, lane: TrainedLane) -> np.ndarray:
    """(n,) int64, positions in `lab.original` of its test photos, as its evaluation has them."""
    return lab.origin[lane.step.split.test]


def _by_class(exploration: ExplorationView) -> Colouring:
    labels = np.zeros(len(exploration.lab.original.photos), np.int64)
    labels[exploration.origin] = exploration.dataset.labels
    return by_category("Class", labels, exploration.dataset.classes)


def _by_part(exploration: ExplorationView) -> Colouring:
    parts = np.full(len(exploration.lab.original.photos), NEITHER, np.int64)
    parts[exploration.origin] = exploration.parts
    places = {TRAINING: 0, TEST: 1}
    labels = np.array([places.get(int(part), -1) for part in parts], np.int64)
    return by_category("Split", labels, ("Training", "Test"), "Neither")


def _by_prediction(lab: Lab, lane: TrainedLane) -> Colouring:
    labels = np.full(len(lab.original.photos), -1, np.int64)
    labels[tested(lab, lane)] = lane.evaluation.predictions
    return by_category("Prediction", labels, lane.evaluation.classes, _NOT_TESTED)


def _by_confidence(lab: Lab, lane: TrainedLane) -> Colouring:
    shares = np.full(len(lab.original.photos), np.nan)
    shares[tested(lab, lane)] = lane.evaluation.confidences
    return by_share("Confidence", shares, _NOT_TESTED)


def _by_finding(lab: Lab, findings: Mapping[int, str | None]) -> Colouring:
    names = sorted({name for name in findings.values() if name is not None})
    places = {name: place for place, name in enumerate(names)}
    found = [findings.get(i) for i in range(len(lab.original.photos))]
    labels = np.array([-1 if name is None else places[name] for name in found], np.int64)
    return by_category("Finding", labels, names, "No finding")
