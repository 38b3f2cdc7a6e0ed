"""How good the trained classifiers are, and on which photos they fail."""

from __future__ import annotations

from pages._transfer import data, lanes, train
from pages._transfer.photo_grid import photo_grid
from pages._ui import corrections, evaluation_panel


def room() -> None:
    """The mistakes of a classifier that was trained in this session."""
    lab = data.ensure_lab()
    if not lab.ready():
        lanes.invite("Train a classifier to review its mistakes here, photo by photo.")
        return
    lane = lab.ready()[lanes.choose(lab, lanes.titles(lab))]
    corrections.panel(lab, "photo", train.run_again)
    evaluation_panel.show(lane.evaluation, lambda rows, key: photo_grid(lab, [lane], rows, key=key))
