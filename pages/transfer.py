"""Train a classifier of one's own: look at the photos, race, look at the mistakes, take it home."""

from pages._transfer import explore, mistakes, smallest, take_home, train
from pages._ui import rooms

_ROOMS = {
    "Photos": explore.room,
    "Train": train.room,
    "Mistakes": mistakes.room,
    "Take home": take_home.room,
    "Smallest transfer": smallest.room,
}

rooms.show("Transfer lab", _ROOMS)
