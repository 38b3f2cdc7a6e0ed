"""Sounds: what a recording holds and when, live from the microphone, and how good that is."""

from pages._sounds import birds, how_good, listen, live, own, yamnet
from pages._ui import rooms

_ROOMS = {
    "Listen": listen.room,
    "Birds": birds.room,
    "YAMNet": yamnet.room,
    "Live": live.room,
    "Train on yours": own.ROOM.show,
    "How good": how_good.room,
}

rooms.show("Sounds", _ROOMS)
