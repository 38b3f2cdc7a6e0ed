"""Captions: a sentence about a photo, how it was found word by word, and how good that is."""

from pages._captions import how_good, many_photos, one_photo
from pages._ui import rooms

_ROOMS = {
    "One photo": one_photo.room,
    "Many photos": many_photos.room,
    "How good": how_good.room,
}

rooms.show("Captions", _ROOMS)
