"""Train a classifier of one's own: look at the photos, race, look at the mistakes, take it home."""

from collections.abc import Callable
from functools import partial

from pages._transfer import (
    anatomy,
    camera,
    compare,
    explore,
    ladder,
    mistakes,
    smallest,
    take_home,
    train,
)
from pages._transfer.new_photos import PHOTOS
from pages._ui import label_rest, layout, what_changed

_ROOMS: dict[str, Callable[[], None]] = {
    "Photos": explore.room,
    "What changed": partial(what_changed.room, PHOTOS),
    "Label the rest": partial(label_rest.room, PHOTOS),
    "Camera": camera.room,
    "Train": train.room,
    "Mistakes": mistakes.room,
    "Compare two": compare.room,
    "Export": take_home.room,
    "The ladder": ladder.room,
    "Smallest example": smallest.room,
    "Anatomy": anatomy.room,
}

_ABOUT = (
    "A network pretrained on a million photos learns your classes from a few: train it on "
    "your photos, next to one that starts from scratch, and see what transfer learning "
    "gains."
)

layout.show_rooms("Transfer lab", _ROOMS, about=_ABOUT)
