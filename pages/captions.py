"""Captions: a sentence about a photo, how it was found word by word, and how good that is."""

from pages._captions import evaluation, many_photos, one_photo
from pages._ui import layout

_ROOMS = {
    "One photo": one_photo.room,
    "Many photos": many_photos.room,
    "Evaluation": evaluation.room,
}

_ABOUT = (
    "A caption for a photo, word by word: a network pretrained to classify photos "
    "provides the features, and a small decoder trained on 6,000 captioned photos writes "
    "the sentence."
)

layout.show_rooms("Captions", _ROOMS, about=_ABOUT)
