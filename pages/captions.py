"""Captions: a sentence about a photo, how it was found word by word, and how good that is."""

from pages._captions import evaluation, many_photos, one_photo
from pages._ui import layout

_ROOMS = {
    "One photo": one_photo.room,
    "Many photos": many_photos.room,
    "How good": evaluation.room,
}

layout.show_rooms("Captions", _ROOMS)
