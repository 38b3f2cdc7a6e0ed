"""Sounds: what a recording holds and when, live from the microphone, and how good that is."""

from pages._sounds import birds, evaluation, listen, live, train, yamnet
from pages._ui import layout

_ROOMS = {
    "Listen": listen.room,
    "Birds": birds.room,
    "Live": live.room,
    "Train on yours": train.ROOM.show,
    "How good": evaluation.room,
    "YAMNet": yamnet.room,
}

_ABOUT = (
    "What a recording holds, and when: networks that learned from photos and from birdsong are "
    "frozen, and one layer on top learned 19 everyday sounds."
)

layout.show_rooms("Sounds", _ROOMS, about=_ABOUT)
