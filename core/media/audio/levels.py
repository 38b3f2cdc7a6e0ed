"""How loud a sound is, and what of that a listener should be told."""

from __future__ import annotations

import math

import numpy as np

from core.media.audio.opened_sound import AudioInfo

# The largest number that sound is kept at: that of 32-bit integers.
_LARGEST = 2.0**31
_FULL_SCALE = 0.9999  # 16-bit samples end at 0.99997
_CLIPPED_SHARE = 1e-3
_OVERLOADED = 4.0  # lossy formats overshoot, but not by 12 dB
_QUIET = 1e-3  # -60 dBFS
_MISSING_S = 0.5


class Levels:
    """Mixes the channels of a sound into one and keeps account of its levels.

    Attributes
    ----------
    frames : int
        Samples of each channel so far.
    """

    def __init__(self) -> None:
        self.frames = 0
        self._samples = self._broken = self._full = 0
        self._peak = self._mixed_peak = 0.0

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
        self.frames += block.shape[1]
        self._samples += block.size
        peak = _peak(block)
        if not peak <= _LARGEST:  # true of NaN, too
            usable = np.abs(block) <= _LARGEST
            self._broken += int(block.size - np.count_nonzero(usable))
            block = np.where(usable, block, np.float32(0))
            peak = _peak(block)
        if peak >= _FULL_SCALE:
            self._full += int(np.count_nonzero(np.abs(block) >= _FULL_SCALE))
        self._peak = max(self._peak, peak)
        if len(block) == 1:
            mixed = block[0]
        else:
            mixed = np.full(len(block), 1 / len(block), np.float32) @ block
        self._mixed_peak = max(self._mixed_peak, _peak(mixed))
        return mixed

    def notices(self, promised: AudioInfo | None = None) -> tuple[str, ...]:
        """What is remarkable about the sound so far, in sentences.

        Parameters
        ----------
        promised : what the file says of itself, once all of it was read.
        """
        notices = []
        if self._broken:
            notices.append(
                f"{self._broken:,} of {self._samples:,} samples were no usable numbers and were "
                "replaced by silence: the file may be damaged."
            )
        if self._peak > _OVERLOADED:
            notices.append(
                f"The loudest sample is {self._peak:,.4g} times full scale: the program that "
                "wrote the file did not scale it to -1..1, and results may be wrong."
            )
        elif self._full >= _CLIPPED_SHARE * self._samples > 0:
            notices.append(
                f"About {100 * self._full / self._samples:.1g} % of the samples are at full "
                "scale: it was probably recorded too loud and is distorted."
            )
        return (*notices, *self._quiet(), *self._missing(promised))

    def _missing(self, promised: AudioInfo | None) -> tuple[str, ...]:
        if promised is None or promised.seconds is None:
            return ()
        read_s = self.frames / promised.rate
        if promised.seconds - read_s <= _MISSING_S:
            return ()
        return (
            f"The file promises {promised.seconds:.1f} s of sound and {read_s:.1f} s could be "
            "read: the rest is missing or damaged.",
        )

    def _quiet(self) -> tuple[str, ...]:
        if not self._peak:
            return ("The sound is silent: all its samples are zero.",)
        if self._peak < _QUIET:
            level = 20 * math.log10(self._peak)
            return (
                f"The sound is nearly silent: its loudest sample is at {level:.0f} dB of full "
                "scale; check the microphone.",
            )
        if self._mixed_peak < _QUIET * self._peak:
            return (
                "The channels cancel each other out: mixed into one, which is what is listened "
                "to here, nearly nothing is left.",
            )
        return ()


def _peak(samples: np.ndarray) -> float:
    return float(max(samples.max(), -samples.min())) if samples.size else 0.0
