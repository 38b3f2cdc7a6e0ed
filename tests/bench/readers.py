"""Every reader of `core.media`, and whether what it says can be handed on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from core import media
from core.errors import GraftError

_LONGEST_SENTENCE = 1000  # characters, of what a page shows at once


def _decode(data: bytes) -> None:
    pixels = media.decode(data)
    assert pixels.dtype == np.uint8, pixels.dtype
    assert pixels.ndim == 3, pixels.shape
    assert pixels.shape[-1] == 3, pixels.shape
    assert pixels.size, pixels.shape


def _check_samples(samples: np.ndarray) -> None:
    assert samples.dtype == np.float32, samples.dtype
    assert samples.ndim == 1, samples.shape
    assert np.isfinite(samples).all()


def _decode_audio(data: bytes) -> None:
    sound = media.decode_audio(data, rate=16_000)
    _check_samples(sound.samples)
    assert len(sound.samples)
    _check_sentences(sound.notices)


def _stream_audio(data: bytes) -> None:
    for block in media.stream_audio(data, rate=8000):
        _check_samples(block)


def _read_zip(data: bytes) -> None:
    members = media.read_zip(data)
    _check_texts(members.names)
    for member in members:
        assert not {"..", ""} & set(member.name.split("/")), member.name
        if member.error is not None:
            _check_sentences([str(member.error)])


def _read_table(data: bytes) -> None:
    table = media.read_table(data)
    assert len(table.texts) == len(table.labels or table.texts)
    _check_texts([*table.texts, *(table.labels or ()), *table.columns, *table.parts])
    _check_sentences(table.notices)


def _read_rows(data: bytes) -> None:
    _, frame = media.read_rows(data)
    _check_texts(frame.to_numpy().ravel())


def _read_text(data: bytes) -> None:
    decoded = media.read_text(data)
    _check_texts([decoded.text])
    _check_sentences(decoded.notices)


READERS: dict[str, Callable[[bytes], object]] = {
    "probe": media.probe,
    "decode": _decode,
    "photo_notices": lambda data: _check_sentences(media.photo_notices(data)),
    "thumbnail": lambda data: media.thumbnail(data, 64),
    "probe_audio": media.probe_audio,
    "decode_audio": _decode_audio,
    "stream_audio": _stream_audio,
    "read_zip": _read_zip,
    "holds_table": media.holds_table,
    "read_table": _read_table,
    "read_rows": _read_rows,
    "read_text": _read_text,
    "plain_text": lambda data: _check_texts([media.plain_text(media.decode_text(data))]),
}
"""By name; whatever they raise that is no `GraftError` is a fault."""


def answer(reader: str, data: bytes) -> str:
    """What a reader says to a file: the sentence of a refusal, or nothing.

    Raises
    ------
    Whatever the reader raises that is no sentence; AssertionError if its answer is of no use.
    """
    try:
        READERS[reader](data)
    except GraftError as err:
        _check_sentences([str(err)])
        return str(err)
    return ""


def _check_sentences(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        _check_texts([sentence])
        assert sentence.endswith("."), sentence
        assert sentence.isprintable(), sentence
        assert len(sentence) <= _LONGEST_SENTENCE, f"{len(sentence):,} characters: {sentence[:200]}"


def _check_texts(texts: Iterable[Any]) -> None:
    """That they can be sent: a lone surrogate is in no encoding."""
    for text in texts:
        assert isinstance(text, str), type(text)
        text.encode()
