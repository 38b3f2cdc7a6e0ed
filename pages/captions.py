"""Captions: a sentence about a photo, how it was found word by word, and how good that is."""

from pages._captions import evaluation, many_photos, one_photo
from pages._ui import layout

_ROOMS = {
    "One photo": one_photo.room,
    "Many photos": many_photos.room,
    "How good": evaluation.room,
}

_ABOUT = (
    "A sentence about a photo, word by word: a network that learned to name things sees, and a "
    "small one that learned from 6,000 captioned photos speaks."
)

layout.show_rooms("Captions", _ROOMS, about=_ABOUT)
