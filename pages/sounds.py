"""Sounds: what a recording holds and when, live from the microphone, and how good that is."""

from collections.abc import Callable
from functools import partial

from pages._sounds import birds, evaluation, first_look, listen, live, train, yamnet
from pages._sounds.new_sounds import SOUNDS
from pages._ui import label_rest, layout, what_changed

_ROOMS: dict[str, Callable[[], None]] = {
    "Listen": listen.room,
    "Birds": birds.room,
    "Live": live.room,
    "First look": first_look.ROOM.show,
    "Train your own": train.ROOM.show,
    "What changed": partial(what_changed.room, SOUNDS),
    "Label the rest": partial(label_rest.room, SOUNDS),
    "Evaluation": evaluation.room,
    "YAMNet": yamnet.room,
}

_ABOUT = (
    "Which sounds a recording contains, and when: networks pretrained on photos and on "
    "birdsong are frozen, and one layer on top was trained on 19 everyday sounds."
)

layout.show_rooms("Sounds", _ROOMS, about=_ABOUT)
