"""Documents: what a text is about, what is like it, and a classifier of texts of one's own."""

from pages._documents import evaluation, one_text, train
from pages._ui import layout

_ROOMS = {
    "One text": one_text.room,
    "Evaluation": evaluation.room,
    "Train your own": train.ROOM.show,
}

_ABOUT = (
    "The topic of a text and similar documents: an encoder pretrained on a billion pairs "
    "of sentences is frozen, and one layer on top was trained on these topics."
)

layout.show_rooms("Documents", _ROOMS, about=_ABOUT)
