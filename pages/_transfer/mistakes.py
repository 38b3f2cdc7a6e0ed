"""How good the trained classifiers are, and on which photos they fail."""

from __future__ import annotations

from functools import partial

from pages._transfer import data, lanes, train
from pages._transfer.photo_grid import photo_grid
from pages._ui import corrections, evaluation_panel


def room() -> None:
    """The mistakes of a classifier that was trained in this session."""
    lab = data.ensure_lab()
    if not lab.ready():
        lanes.invite("Once a classifier is trained, its mistakes are here, photo by photo.")
        return
    lane = lab.ready()[lanes.choose(lab, lanes.titles(lab))]
    corrections.panel(lab, "photo", train.run_again)
    evaluation = lane.evaluation
    evaluation_panel.figures(evaluation)
    evaluation_panel.confusion(evaluation, partial(photo_grid, lab, lane, key="cell"))
    evaluation_panel.surest(evaluation, partial(photo_grid, lab, lane, key="surest"))
    evaluation_panel.by_class(evaluation)
