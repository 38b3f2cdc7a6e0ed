"""Colour: grey photos painted, with hints, with doubts, with scores, and as a game for a room."""

from pages._colorize import guess_game, hint_room, how_good, how_sure, many_photos, one_photo
from pages._ui import rooms

_ROOMS = {
    "One photo": one_photo.room,
    "Colour hints": hint_room.room,
    "How sure": how_sure.room,
    "Which is real?": guess_game.room,
    "Many photos": many_photos.room,
    "How good": how_good.room,
}

rooms.show("Colour", _ROOMS, key="colour_room")
