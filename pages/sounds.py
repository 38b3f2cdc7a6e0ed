"""Sounds: what a recording holds and when, live from the microphone, and how good that is."""

from pages._sounds import birds, evaluation, listen, live, train, yamnet
from pages._ui import layout

_ROOMS = {
    "Listen": listen.room,
    "Birds": birds.room,
    "Live": live.room,
    "Train your own": train.ROOM.show,
    "Evaluation": evaluation.room,
    "YAMNet": yamnet.room,
}

_ABOUT = (
    "Which sounds a recording contains, and when: networks pretrained on photos and on "
    "birdsong are frozen, and one layer on top was trained on 19 everyday sounds."
)

layout.show_rooms("Sounds", _ROOMS, about=_ABOUT)
