"""Train a classifier of one's own: look at the photos, race, look at the mistakes, take it home."""

from pages._transfer import explore, mistakes, smallest, take_home, train
from pages._ui import layout

_ROOMS = {
    "Photos": explore.room,
    "Train": train.room,
    "Mistakes": mistakes.room,
    "Take home": take_home.room,
    "Smallest transfer": smallest.room,
}

_ABOUT = (
    "A network that learned from a million photos learns your classes from a few: train it on "
    "your photos, beside one that starts from nothing, and see what transfer saves."
)

layout.show_rooms("Transfer lab", _ROOMS, about=_ABOUT)
