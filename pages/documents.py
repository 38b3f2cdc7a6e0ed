"""Documents: what a text is about, what is like it, and a classifier of texts of one's own."""

from pages._documents import evaluation, one_text, train
from pages._ui import layout

_ROOMS = {
    "One text": one_text.room,
    "How good": evaluation.room,
    "Train on yours": train.ROOM.show,
}

_ABOUT = (
    "What a text is about and what is like it: an encoder that learned from a billion pairs of "
    "sentences is frozen, and one layer on top learned these topics."
)

layout.show_rooms("Documents", _ROOMS, about=_ABOUT)
