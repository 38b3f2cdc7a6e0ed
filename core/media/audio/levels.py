"""How loud a sound is, and what of that a listener should be told."""

from __future__ import annotations

import math

import numpy as np

from core.media.audio.opened_sound import OpenedSound
from core.wording import counted

# The largest number that sound is kept at: that of 32-bit integers.
_LARGEST = 2.0**31
_FULL_SCALE = 0.9999  # 16-bit samples end at 0.99997
_CLIPPED_SHARE = 1e-3
_OVERLOADED = 4.0  # lossy formats overshoot, but not by 12 dB
_QUIET = 1e-3  # -60 dBFS
_NO_SOUND = 1e-4  # -80 dBFS, three steps of 16 bits: what converters and dither make of silence
_MISSING_S = 0.5
SHORTEST_S = 0.1
"""A sound that is shorter is a click: nothing can be told of it."""


class Levels:
    """Mixes the channels of a sound into one and keeps account of its levels.

    Attributes
    ----------
    frames : int
        Samples of each channel so far.
    """

    def __init__(self, rate: int = 0) -> None:
        self.frames = 0
        self._rate = rate
        self._opened: OpenedSound | None = None
        self._is_over = False
        self._samples = self._broken = self._full = 0
        self._peak = 0.0
        self._low, self._high = math.inf, -math.inf  # of all channels
        self._mixed_low, self._mixed_high = math.inf, -math.inf

    def begin(self, opened: OpenedSound) -> None:
        """Keep account of this sound."""
        self._opened, self._rate = opened, opened.rate

    def end(self) -> None:
        """All of it was read."""
        self._is_over = True

    @property
    def seconds(self) -> float:
        """How long the sound is so far."""
        return self.frames / self._rate if self._rate else 0.0

    def mix(self, block: np.ndarray) -> np.ndarray:
        """The mean of the channels.

        Parameters
        ----------
        block : np.ndarray, shape (channels, n), float32
            What is no number, or too large for any sound, counts as silence.

        Returns
        -------
        np.ndarray, shape (n,), float32
        """
        if not block.size:
            return np.empty(0, np.float32)
        self.frames += block.shape[1]
        self._samples += block.size
        low, high = _ends(block)
        if not max(high, -low) <= _LARGEST:  # true of NaN, too
            usable = np.abs(block) <= _LARGEST
            self._broken += int(block.size - np.count_nonzero(usable))
            block = np.where(usable, block, np.float32(0))
            low, high = _ends(block)
        peak = max(high, -low)
        if peak >= _FULL_SCALE:
            self._full += int(np.count_nonzero(np.abs(block) >= _FULL_SCALE))
        self._peak = max(self._peak, peak)
        self._low, self._high = min(self._low, low), max(self._high, high)
        if len(block) == 1:
            mixed: np.ndarray = block[0]
        else:
            mixed = np.full(len(block), 1 / len(block), np.float32) @ block
        low, high = _ends(mixed)
        self._mixed_low, self._mixed_high = min(self._mixed_low, low), max(self._mixed_high, high)
        return mixed

    def undecided(self) -> str:
        """Why nothing can be told of the sound, in a sentence; empty if something can."""
        if 0 < self.frames < SHORTEST_S * self._rate:
            return (
                f"The sound lasts {1000 * self.seconds:.2g} ms "
                f"({counted(self.frames, 'sample')}): that is too short to "
                "tell what it is."
            )
        if self._high - self._low >= 2 * _NO_SOUND:
            return self._cancelled() if self._mixed_swing < _NO_SOUND else ""
        if not self._peak:
            return "The sound is silent: all its samples are zero."
        if self._peak >= _QUIET:
            return (
                "There is no sound in it, only an offset: its samples hardly change. Check the "
                "microphone and its cable."
            )
        return self._nearly_silent()

    def notices(self) -> tuple[str, ...]:
        """What is remarkable about the sound so far, in sentences.

        What the file says of itself is judged by once all of it was read.
        """
        notices = []
        if self._broken:
            notices.append(
                f"{self._broken:,} of {self._samples:,} samples were no usable numbers and were "
                "replaced by silence: the file may be damaged."
            )
        if self._peak > _OVERLOADED:
            times = f"{self._peak:,.0f}" if self._peak >= 10 else f"{self._peak:.1f}"
            notices.append(
                f"The loudest sample is {times} times full scale: the program that wrote the file "
                "did not scale it to -1..1, and results may be wrong."
            )
        elif self._full >= _CLIPPED_SHARE * self._samples > 0:
            about = f"{float(f'{100 * self._full / self._samples:.1g}'):g}"
            notices.append(
                f"About {about} % of the samples are at full scale: it was probably recorded too "
                "loud and is distorted."
            )
        return (*notices, *self._quiet(), *self._of_the_file())

    def _of_the_file(self) -> tuple[str, ...]:
        if self._opened is None:
            return ()
        promised = self._opened.promised_s or self._opened.seconds
        if not self._is_over or promised is None or promised - self.seconds <= _MISSING_S:
            return tuple(self._opened.notices)
        return (
            *self._opened.notices,
            f"The file promises {promised:.1f} s of sound and {self.seconds:.1f} s could be read: "
            "the rest is missing or damaged.",
        )

    def _quiet(self) -> tuple[str, ...]:
        if reason := self.undecided():
            return (reason,)
        if (self._high - self._low) / 2 < _QUIET:
            return (self._nearly_silent(),)
        if self._mixed_swing < _QUIET * self._peak:
            return (self._cancelled(),)
        return ()

    @property
    def _mixed_swing(self) -> float:
        return (self._mixed_high - self._mixed_low) / 2

    def _nearly_silent(self) -> str:
        level = 20 * math.log10(self._peak)
        return (
            f"The sound is nearly silent: its loudest sample is at {level:.0f} dB of full scale; "
            "check the microphone."
        )

    @staticmethod
    def _cancelled() -> str:
        return (
            "The channels cancel each other out: mixed into one, which is what is listened to "
            "here, nearly nothing is left."
        )


def undecided(samples: np.ndarray, rate: int) -> str:
    """Why nothing can be told of samples, in a sentence; empty if something can.

    Parameters
    ----------
    samples : (n,) float32, such as a microphone's.
    rate : int [Hz]
    """
    levels = Levels(rate)
    levels.mix(samples[None])
    return levels.undecided()


def _ends(samples: np.ndarray) -> tuple[float, float]:
    return float(samples.min()), float(samples.max())
