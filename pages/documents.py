"""Documents: what a text is about, what is like it, and a classifier of texts of one's own."""

from collections.abc import Callable
from functools import partial

from pages._documents import evaluation, first_look, one_text, train
from pages._documents.new_texts import TEXTS
from pages._ui import label_rest, layout, what_changed

_ROOMS: dict[str, Callable[[], None]] = {
    "One text": one_text.room,
    "Evaluation": evaluation.room,
    "First look": first_look.ROOM.show,
    "Train your own": train.ROOM.show,
    "What changed": partial(what_changed.room, TEXTS),
    "Label the rest": partial(label_rest.room, TEXTS),
}

_ABOUT = (
    "The topic of a text and similar documents: an encoder pretrained on a billion pairs "
    "of sentences is frozen, and one layer on top was trained on these topics."
)

layout.show_rooms("Documents", _ROOMS, about=_ABOUT)
