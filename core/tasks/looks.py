"""A task that looks at photos one by one: rows of a table, from which a data set is explored."""

from __future__ import annotations

import io
from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from core.media import encode_png
from core.tasks.each_first import LookedAt
from core.tasks.photos import PHOTOS, EmbedSettings
from core.tasks.task import Answer, Columns, Number, Numbers, Pixels, Task, table_files
from core.vision.duplicates import THUMBNAIL_PX
from core.vision.looks import PhotoLook, PhotoLooks, look_at
from core.vision.quality import PhotoMeasures

if TYPE_CHECKING:
    import pyarrow as pa

_MEASURES = ("darkest", "brightest", "contrast", "sharpness")


class LookAnswer(Answer):
    """What is known of a photo; `sharpness` is null where there is nothing to see it by.

    The thumbnail is grey, 48 x 48 pixels of the largest centred square.
    """

    width: int
    height: int
    darkest: Number
    brightest: Number
    contrast: Number
    sharpness: Number | None
    thumbnail: Pixels
    embedding: Numbers


class LooksAnswer(Answer):
    photos: list[LookAnswer]

    @classmethod
    def of(cls, result: Any) -> LooksAnswer:
        return cls.model_validate({"photos": [_fields(look) for look in result]})


def _fields(look: PhotoLook) -> dict[str, object]:
    measures = {name: getattr(look.measures, name) for name in _MEASURES}
    if np.isnan(look.measures.sharpness):
        measures["sharpness"] = None
    return measures | {
        "width": look.width,
        "height": look.height,
        "thumbnail": look.thumbnail,
        "embedding": look.vector,
    }


def _columns(looks: Sequence[PhotoLook]) -> Columns:
    """A row for each; a thumbnail is a PNG in Base64, as it is in JSON."""
    vectors = np.stack([look.vector for look in looks])
    return {
        "width": np.array([look.width for look in looks], np.int64),
        "height": np.array([look.height for look in looks], np.int64),
        **{
            name: np.array([getattr(look.measures, name) for look in looks], np.float64)
            for name in _MEASURES
        },
        "thumbnail": [b64encode(encode_png(look.thumbnail)).decode() for look in looks],
        **{f"f{i}": vectors[:, i] for i in range(vectors.shape[1])},
    }


def looks_in(examples: LookedAt) -> PhotoLooks:
    """The looks that are in rows."""
    count = len(examples.names)
    sizes = np.zeros((2, count), np.int64)
    measures = np.zeros((len(_MEASURES), count))
    thumbnails = np.zeros((count, THUMBNAIL_PX, THUMBNAIL_PX), np.uint8)
    vectors = np.zeros((count, 0), np.float32)
    for positions, table in examples.rows:
        names = [name for name in table.column_names if name[0] == "f" and name[1:].isdecimal()]
        if not vectors.shape[1]:
            vectors = np.zeros((count, len(names)), np.float32)
        for at, name in enumerate(("width", "height")):
            sizes[at, positions] = _numbers(table, name)
        for at, name in enumerate(_MEASURES):
            measures[at, positions] = _numbers(table, name)
        for at, name in enumerate(names):
            vectors[positions, at] = _numbers(table, name)
        for position, encoded in zip(positions, table["thumbnail"].to_pylist(), strict=True):
            thumbnails[position] = np.asarray(Image.open(io.BytesIO(b64decode(encoded))))
    each = [PhotoMeasures(*map(float, one)) for one in measures.T]
    return PhotoLooks(sizes[0], sizes[1], each, thumbnails, vectors)


def _numbers(table: pa.Table, name: str) -> np.ndarray:
    numbers: np.ndarray = table[name].to_numpy()
    return numbers


LOOK_AT_PHOTOS = Task(
    name="look-at-photos",
    title="Look at photos",
    about="Size, light, contrast, sharpness, a thumbnail and the vector of each photo.",
    inputs=(PHOTOS,),
    settings=EmbedSettings,
    function=look_at,
    answer=LooksAnswer,
    files=table_files(_columns),
)
