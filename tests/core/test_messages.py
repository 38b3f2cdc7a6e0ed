"""Whatever is wrong with a file, the message is a sentence: no bytes, no library's words."""

import builtins
import io
import re
import zipfile

import numpy as np
import pytest
from PIL import Image

from core.errors import InvalidInputError
from core.media import (
    decode,
    decode_audio,
    encode_png,
    encode_wav,
    open_image,
    photo_notices,
    probe,
    probe_audio,
    read_table,
    read_text,
    read_zip,
    thumbnail,
)
from core.text.transfer import classifier as text_classifier
from core.vision.transfer.keras_file import copy_checked

RNG = np.random.default_rng(5)
PHOTO = RNG.integers(0, 256, (24, 32, 3), dtype=np.uint8)
SOUND = RNG.uniform(-0.5, 0.5, 8_000).astype(np.float32)
TABLE = b"text,label\n" + b'"a film, and good",for\n"a bad one",against\n' * 20

OPENERS = {
    "open_image": open_image,
    "decode": decode,
    "probe": probe,
    "thumbnail": lambda data: thumbnail(data, 16),
    "photo_notices": photo_notices,
    "decode_audio": lambda data: decode_audio(data, rate=16_000),
    "probe_audio": probe_audio,
    "read_text": read_text,
    "read_table": read_table,
    "read_zip": lambda data: [_raised(member.error) for member in read_zip(data)],
    "a text classifier": text_classifier.TextClassifier.load,
}

# What only programmers say: bytes, addresses, names of exceptions and of Python's objects.
_EXCEPTIONS = "|".join(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
)
LIBRARY = re.compile(
    rf"""\bb['"]|0x[0-9a-f]|\\x|\b({_EXCEPTIONS}|\w+Error)\b|Errno|unpack_|object at|codec"""
    r"|Traceback|decoder error|NoneType|\bstruct\b|bytes-like|zlib|libsndfile|avcodec"
)
_VERBS = (
    "add check choose copy cut export fetch leave make mix name open pack play put record save "
    "shorten split try unpack upload use write"
)
REMEDY = re.compile(rf"[;.] ?[^;.]*\b({_VERBS.replace(' ', '|')})\b", re.IGNORECASE)


def _raised(error):
    if error is not None:
        raise error


def pictured(form, **options):
    buffer = io.BytesIO()
    Image.fromarray(PHOTO).save(buffer, form, **options)
    return buffer.getvalue()


def sounding(form):
    import soundfile

    buffer = io.BytesIO()
    soundfile.write(buffer, SOUND, 16_000, format=form)
    return buffer.getvalue()


def zipped():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("cat/a.png", encode_png(PHOTO))
        archive.writestr("table.csv", TABLE)
    return buffer.getvalue()


def tabled(kind):
    import pandas as pd

    buffer = io.BytesIO()
    pd.DataFrame({"text": ["good", "bad"], "label": ["for", "against"]}).to_parquet(buffer)
    return {"parquet": buffer.getvalue(), "json": b'{"text": "good"}\n{"text": "bad"}\n'}[kind]


WHOLE = {
    **{form: pictured(form) for form in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")},
    **{form: sounding(form) for form in ("FLAC", "MP3", "OGG", "AIFF", "CAF")},
    "WAV": encode_wav(SOUND, 16_000),
    "ZIP": zipped(),
    "CSV": TABLE,
    "Parquet": tabled("parquet"),
    "JSON lines": tabled("json"),
    "UTF-16": "a film".encode("utf-16"),
}


def broken(data):
    """Cut off at many places, with wrong bytes, and with the beginning of another file."""
    rng = np.random.default_rng(len(data))
    for part in (0.01, 0.05, 0.2, 0.5, 0.9, 0.99):
        yield data[: max(1, int(len(data) * part))]
    for length in (1, 2, 4, 8, 12, 16, 33, 60):
        yield data[:length]
    for _ in range(12):
        noisy = np.frombuffer(data, np.uint8).copy()
        noisy[rng.integers(0, min(len(data), 300), 6)] = rng.integers(0, 256, 6)
        yield noisy.tobytes()
    yield data[:16] + rng.bytes(500)
    yield rng.bytes(600)
    yield b"+Gv\xa1" + rng.bytes(60)
    yield bytes(200)


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.filterwarnings("ignore")
def test_messages_are_sentences_for_visitors(kind, tmp_path):
    messages = set()
    for data in broken(WHOLE[kind]):
        for opener in OPENERS.values():
            try:
                opener(data)
            except InvalidInputError as err:
                messages.add(str(err))
        try:
            copy_checked(data, tmp_path / "copy")
        except InvalidInputError as err:
            messages.add(str(err))
    assert messages
    for message in messages:
        assert not LIBRARY.search(message), message
        assert message.endswith("."), message
        assert REMEDY.search(message), message
