"""Which decoder opens which sound, and nothing but these."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import replace
from itertools import chain

import numpy as np
import soundfile

from core.errors import InvalidInputError
from core.media.audio import av
from core.media.audio.formats import AudioFormat
from core.media.audio.opened_sound import BLOCK, OpenedSound
from core.media.damage import damage_explained
from core.media.source import OpenFile

# libsndfile reads these first, and PyAV what it refuses. Ogg and MP3 are not among them: of
# several recordings joined into one, and of an MP3 of varying rate without a header, libsndfile
# reads the first part only. It is asked where PyAV refuses an MP3.
_SOUNDFILE_FIRST = frozenset({"WAV", "AIFF", "FLAC", "AU", "CAF", "W64"})
_SOUNDFILE_LAST = frozenset({"MP3"})


_Decoder = Callable[[OpenFile, AudioFormat], AbstractContextManager[OpenedSound]]


@contextmanager
def open_sound(file: OpenFile, form: AudioFormat) -> Iterator[OpenedSound]:
    """Open a sound of a known format, or the first sound track of a video.

    Raises
    ------
    InvalidInputError
        Damaged, no sound track, or one without samples; later, too, while blocks are read.
    """
    with ExitStack() as stack:
        yield _first_that_reads(file, form, stack)


def _first_that_reads(file: OpenFile, form: AudioFormat, stack: ExitStack) -> OpenedSound:
    """What the first decoder makes of it that is not at a loss with the first samples."""
    decoders: list[_Decoder] = [av.open_sound]
    if form in _SOUNDFILE_FIRST:
        decoders.insert(0, _open_with_soundfile)
    elif form in _SOUNDFILE_LAST:
        decoders.append(_open_with_soundfile)
    refusals: list[InvalidInputError] = []
    for decoder in decoders:
        file.seek(0)
        with ExitStack() as attempt:
            try:
                opened = attempt.enter_context(decoder(file, form))
                first = next(opened.blocks, None)
            except InvalidInputError as err:
                refusals.append(err)
                continue
            stack.push(attempt.pop_all())
            blocks = opened.blocks if first is None else chain([first], opened.blocks)
            return replace(opened, blocks=blocks)
    raise refusals[-1 if form in _SOUNDFILE_FIRST else 0]


class _Nameless:
    """A file without its name, from which soundfile would conclude what is in it."""

    def __init__(self, file: OpenFile) -> None:
        self._seek = file.seek
        self.read, self.readinto, self.tell = file.read, file.readinto, file.tell

    def seek(self, offset: int, whence: int) -> int:
        # what is raised in here would be printed by cffi and go no further
        with suppress(OSError, ValueError):
            self._seek(offset, whence)
        return self.tell()


@contextmanager
def _open_with_soundfile(file: OpenFile, form: AudioFormat) -> Iterator[OpenedSound]:
    with damage_explained(form, MemoryError):
        sound = soundfile.SoundFile(_Nameless(file))
    with sound:
        if not 0 < sound.frames < 1 << 62 or sound.samplerate <= 0:  # PyAV may see samples
            raise InvalidInputError(
                f"This {form} file holds no samples of sound; record or save it again."
            )
        rate = sound.samplerate
        yield OpenedSound(rate, sound.channels, sound.frames / rate, _blocks(sound, form))


def _blocks(sound: soundfile.SoundFile, form: AudioFormat) -> Iterator[np.ndarray]:
    while True:
        with damage_explained(form, MemoryError):
            block = sound.read(BLOCK, dtype="float32", always_2d=True)  # (n, channels)
        if not len(block):
            return
        yield block.T
