"""Recordings that are no good: silent, clipped, too short or long, of low rate, offset, noise.

All is measured on the channels as they are stored, at their own rate, in one pass.

References
----------
Clipping and offset: the levels of `core.media.Levels`. The noise floor as a low percentile of the
levels of short frames: ITU-T P.56 and its successors measure speech against it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from core.learning.findings.quality import (
    QualityFinding,
    findings_where,
    in_order,
    robust_distances,
)
from core.media import open_audio
from core.media.source import Source

_SILENT_DB = -60.0
_EMPTY_CHANNEL_DB = -80.0
_FULL_SCALE = 0.999  # of the loudest sample
_LEAST_PEAK = 0.1  # a quieter sound is not clipped by any converter
_CLIPPED_SHARE = 2e-3
_OFFSET_SHARE = 0.25  # of the level
_LEAST_OFFSET = 0.01
_LOW_RATE = 16_000
_SHORT_S = 0.5
_FAR = 5.0
_SPREAD_OF_LENGTHS = 0.3  # of logarithms
_FRAME_S = 0.05
_NOISE_RANGE_DB = 3.0
_NOISE_FLATNESS = 0.5  # 0.56 of white noise, whose powers are drawn from an exponential
_LEAST_FRAMES = 20
_FLOOR = 1e-10

BANDS_HZ = np.geomspace(80, 8_000, 17)
"""Edges of the bands of a fingerprint."""
_MOST_FRAMES = round(60 / _FRAME_S)  # a minute


@dataclass(frozen=True, slots=True)
class SoundMeasures:
    """What is measured of a recording.

    Attributes
    ----------
    seconds, rate, channels : of the file; rate in Hz.
    level_db : of all channels, without their offset, in dB of full scale.
    channels_db : the same of each channel.
    clipped : float in [0, 1], share of samples at the loudest level, next to another one.
    offset : float >= 0, the largest mean of a channel; full scale is 1.
    range_db : between loud and quiet frames of 50 ms, the 95th and the 5th percentile.
    flatness : float in [0, 1], of the spectrum, 0.56 for white noise and near 0 for a tone.
    fingerprint : (frames, 16) float32, levels of bands in dB, twenty frames a second, of the first
        minute.
    """

    seconds: float
    rate: int
    channels: int
    level_db: float
    channels_db: tuple[float, ...]
    clipped: float
    offset: float
    range_db: float
    flatness: float
    fingerprint: np.ndarray = field(repr=False, compare=False)


def measured(audio: Source) -> SoundMeasures:
    """The measures of a recording, in one pass and in constant memory.

    Raises
    ------
    InvalidInputError
        If it is no sound, or one beyond the limits.
    """
    with open_audio(audio) as (info, blocks):
        frame = round(_FRAME_S * info.rate)
        sums = squares = peaks = np.zeros(info.channels)
        count = 0
        held = np.empty(0, np.float32)
        first_minute: list[np.ndarray] = []
        powers: list[np.ndarray] = []
        full: list[tuple[float, int]] = []
        for block in blocks:
            block = np.where(np.abs(block) < 2.0**31, block, np.float32(0))
            count += block.shape[1]
            sums = sums + block.sum(axis=1, dtype=np.float64)
            squares = squares + np.square(block, dtype=np.float64).sum(axis=1)
            full.append(_flat_tops(block))
            peaks = np.maximum(peaks, np.abs(block).max(axis=1))
            mixed = np.concatenate([held, block.mean(axis=0)])
            whole = len(mixed) // frame * frame
            rows = mixed[:whole].reshape(-1, frame)
            powers.append(rows.var(axis=1, dtype=np.float64))
            if len(first_minute) < _MOST_FRAMES and whole:
                first_minute.extend(_spectra(rows))
            held = mixed[whole:]
        flat = sum(number for peak, number in full if peak >= _FULL_SCALE * peaks.max())
    means = sums / max(1, count)
    variances = np.maximum(squares / max(1, count) - means**2, 0)
    spectra = np.array(first_minute[:_MOST_FRAMES]).reshape(-1, frame // 2 + 1)
    frames = 10 * np.log10(np.concatenate(powers) + _FLOOR) if powers else np.empty(0)
    is_enough = len(frames) >= _LEAST_FRAMES
    high, low = np.percentile(frames, (95, 5)) if is_enough else (np.inf, 0)
    return SoundMeasures(
        seconds=count / info.rate,
        rate=info.rate,
        channels=info.channels,
        level_db=_db(variances.mean()),
        channels_db=tuple(map(_db, variances)),
        clipped=float(flat / max(1, count * info.channels)),
        offset=float(np.abs(means).max()),
        range_db=float(high - low),
        flatness=_flatness(spectra),
        fingerprint=_bands(spectra, info.rate),
    )


def _db(power: float) -> float:
    return float(10 * np.log10(power + _FLOOR))


def _flat_tops(block: np.ndarray) -> tuple[float, int]:
    """The loudest level of (channels, n) samples, and how many are there beside another one."""
    loud = np.abs(block)
    peak = float(loud.max())
    if peak < _LEAST_PEAK:
        return peak, 0
    is_full = loud >= _FULL_SCALE * peak
    beside = is_full[:, 1:] & is_full[:, :-1]
    return peak, int(beside.sum())


def _spectra(rows: np.ndarray) -> np.ndarray:
    """(n, frame // 2 + 1) float32: powers of frames."""
    window = np.hanning(rows.shape[1]).astype(np.float32)
    powers: np.ndarray = np.abs(np.fft.rfft(rows * window, axis=1)) ** 2
    return powers.astype(np.float32)


def _flatness(spectra: np.ndarray) -> float:
    """The mean over frames of the geometric by the arithmetic mean of powers, without offset."""
    powers = spectra[:, 3:] + 1e-12
    if not powers.size:
        return 0.0
    return float(np.mean(np.exp(np.log(powers).mean(axis=1)) / powers.mean(axis=1)))


def _bands(spectra: np.ndarray, rate: int) -> np.ndarray:
    frequencies = np.arange(spectra.shape[1]) / _FRAME_S
    places = np.clip(np.searchsorted(BANDS_HZ, frequencies, side="right") - 1, -1, 15)
    levels = np.zeros((len(spectra), len(BANDS_HZ) - 1), np.float32)
    for band in range(levels.shape[1]):
        own = (places == band) & (frequencies <= min(rate / 2, BANDS_HZ[-1]))
        if own.any():
            levels[:, band] = 10 * np.log10(spectra[:, own].mean(axis=1) + 1e-6)
    return levels


def find_poor_sounds(measures: Sequence[SoundMeasures]) -> tuple[QualityFinding, ...]:
    """What is wrong with recordings, the most frequent issue first.

    Issues are "silent", "clipped", "very short", "very long", "low rate", "odd rate", "offset",
    "empty channel" and "noise only". Of a silent recording neither clipping nor noise is said.

    Parameters
    ----------
    measures : of N recordings.
    """

    def values(name: str) -> np.ndarray:
        return np.array([getattr(one, name) for one in measures], np.float64)

    level, seconds, rates = values("level_db"), values("seconds"), values("rate")
    is_silent = level < _SILENT_DB
    offset, clipped = values("offset"), values("clipped")
    apart = robust_distances(np.log(np.maximum(seconds, 1e-3)), least_spread=_SPREAD_OF_LENGTHS)
    usual = f"half of the recordings have {np.median(seconds) if len(seconds) else 0:.1f} s or more"
    common = Counter(rates.tolist()).most_common(1)[0][0] if len(rates) else 0
    quietest = np.array([min(one.channels_db) for one in measures])
    is_noise = (values("range_db") < _NOISE_RANGE_DB) & (values("flatness") > _NOISE_FLATNESS)
    findings = [
        *findings_where(is_silent, "silent", level, lambda x: f"{x:.0f} dB of full scale"),
        *findings_where(
            (clipped > _CLIPPED_SHARE) & ~is_silent,
            "clipped",
            clipped,
            lambda x: f"{100 * x:.1f} % of the samples are cut off at the loudest level",
        ),
        *findings_where(
            (seconds < _SHORT_S) | (apart < -_FAR),
            "very short",
            seconds,
            lambda x: f"{x:.2f} s; {usual}",
        ),
        *findings_where(apart > _FAR, "very long", seconds, lambda x: f"{x:.1f} s; {usual}"),
        *findings_where(
            rates < _LOW_RATE, "low rate", rates, lambda x: f"{x:,.0f} samples a second"
        ),
        *findings_where(
            (rates != common) & (rates >= _LOW_RATE),
            "odd rate",
            rates,
            lambda x: f"{x:,.0f} samples a second, where most have {common:,.0f}",
        ),
        *findings_where(
            (offset > _LEAST_OFFSET) & (offset > _OFFSET_SHARE * 10 ** (level / 20)),
            "offset",
            offset,
            lambda x: f"mean {x:.2f} of full scale, which should be 0",
        ),
        *findings_where(
            (quietest < _EMPTY_CHANNEL_DB) & ~is_silent,
            "empty channel",
            quietest,
            lambda x: f"a channel is at {x:.0f} dB of full scale",
        ),
        *findings_where(
            is_noise & ~is_silent,
            "noise only",
            values("range_db"),
            lambda x: f"levels differ by {x:.1f} dB, and no frequency stands out",
        ),
    ]
    return in_order(findings)
