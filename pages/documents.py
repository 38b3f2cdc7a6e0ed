"""Documents: what a text is about, what is like it, and a classifier of texts of one's own."""

from pages._documents import evaluation, one_text, train
from pages._ui import layout

_ROOMS = {
    "One text": one_text.room,
    "How good": evaluation.room,
    "Train on yours": train.ROOM.show,
}

layout.show_rooms("Documents", _ROOMS)
