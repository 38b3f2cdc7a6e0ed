"""Documents: what a text is about, what is like it, and a classifier of texts of one's own."""

from pages._documents import how_good, one_text, train
from pages._ui import rooms

_ROOMS = {
    "One text": one_text.room,
    "How good": how_good.room,
    "Train on yours": train.ROOM.show,
}

rooms.show("Documents", _ROOMS)
