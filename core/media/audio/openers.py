"""Which decoder opens which sound, and nothing but these."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import numpy as np
import soundfile

from core.media.audio import av
from core.media.audio.formats import AudioFormat
from core.media.audio.opened_sound import BLOCK, OpenedSound
from core.media.damage import DECODER_ERRORS, damage_explained
from core.media.source import OpenFile

# libsndfile first for these, PyAV where it refuses. Ogg is not among them: of several recordings
# chained into one, libsndfile reads the first only, and it takes twice as long.
_SOUNDFILE = frozenset({"WAV", "AIFF", "FLAC", "MP3", "AU", "CAF", "W64"})
_SOUNDFILE_ERRORS: tuple[type[Exception], ...] = (*DECODER_ERRORS, MemoryError)


@contextmanager
def open_sound(file: OpenFile, form: AudioFormat) -> Iterator[OpenedSound]:
    """Open a sound of a known format, or the first sound track of a video.

    Raises
    ------
    InvalidInputError
        Damaged, no sound track, or one without samples; later, too, while blocks are read.
    """
    sound = _with_soundfile(file) if form in _SOUNDFILE else None
    if sound is None:
        file.seek(0)
        with av.open_sound(file, form) as opened:
            yield opened
        return
    with sound:
        rate = sound.samplerate
        yield OpenedSound(rate, sound.channels, sound.frames / rate, _blocks(sound, form))


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


def _with_soundfile(file: OpenFile) -> soundfile.SoundFile | None:
    """None where it refuses the file or sees no samples: others may see some."""
    try:
        sound = soundfile.SoundFile(_Nameless(file))
    except _SOUNDFILE_ERRORS:
        return None
    if 0 < sound.frames < 1 << 62 and sound.samplerate > 0:
        return sound
    sound.close()
    return None


def _blocks(sound: soundfile.SoundFile, form: AudioFormat) -> Iterator[np.ndarray]:
    while True:
        with damage_explained(form, MemoryError):
            block = sound.read(BLOCK, dtype="float32", always_2d=True)  # (n, channels)
        if not len(block):
            return
        yield block.T
