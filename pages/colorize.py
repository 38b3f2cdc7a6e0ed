"""Colour: grey photos painted, with hints, with doubts, with scores, and as a game for a room."""

from pages._colorize import certainty, evaluation, guess_game, hint_room, many_photos, one_photo
from pages._ui import layout

_ROOMS = {
    "One photo": one_photo.room,
    "Colour hints": hint_room.room,
    "Confidence": certainty.room,
    "Which is real?": guess_game.room,
    "Many photos": many_photos.room,
    "Evaluation": evaluation.room,
}

_ABOUT = (
    "Colours for grey photos: a network pretrained to classify photos recognises what is "
    "there, and a small decoder on top predicts its colours."
)

layout.show_rooms("Colour", _ROOMS, about=_ABOUT, key="colour_room")
