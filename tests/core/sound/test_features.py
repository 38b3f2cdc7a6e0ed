"""What is drawn of sounds whose look is known: tones, clicks, noise, silence."""

from __future__ import annotations

import librosa
import numpy as np
import pytest

from core.errors import InvalidInputError
from core.sound.features import (
    PITCHES,
    book_map,
    chromagram,
    delta,
    harmonic_percussive,
    mel_spectrogram,
    tempo,
    waveform,
)
from core.sound.mel import mel_power

RATE = 22_050
RATES = [8_000, RATE, 48_000]


def tone(hertz, rate=RATE, seconds=2.0):
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype("f4")


def noise(seconds, rate=RATE):
    return np.random.default_rng(0).normal(0, 0.1, int(seconds * rate)).astype("f4")


def clicks(beats_per_minute, seconds=6.0, rate=RATE):
    """Short bursts of 1.5 kHz, the first at 0.2 s."""
    samples = np.zeros(int(seconds * rate), np.float32)
    time = np.arange(int(0.03 * rate)) / rate
    burst = np.exp(-time / 0.005) * np.sin(2 * np.pi * 1500 * time)
    for start in np.arange(0.2, seconds - 0.1, 60 / beats_per_minute):
        samples[int(start * rate) :][: len(burst)] = burst
    return samples


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("length", [1_024, 3_000, 300_000])
def test_mel_power_is_that_of_librosa(rate, length):
    samples = noise(length / rate + 1e-6, rate)
    power = mel_power(samples, rate, bands=96, n_fft=1024, hop_length=300)
    expected = librosa.feature.melspectrogram(
        y=samples, sr=rate, power=2, center=True, n_mels=96, n_fft=1024, hop_length=300
    )
    assert power.dtype == np.float32
    np.testing.assert_allclose(power, expected, rtol=1e-3, atol=1e-12)


@pytest.mark.parametrize("rate", RATES)
def test_a_tone_is_loudest_in_its_band_at_all_times(rate):
    spectrogram = mel_spectrogram(tone(1000, rate), rate)
    nearest = np.abs(spectrogram.frequencies - 1000).argmin()
    inner = spectrogram.values[:, 2:-3]  # at the ends, the sound starts and stops within a frame
    np.testing.assert_array_equal(np.abs(inner.argmax(axis=0) - nearest) <= 1, True)
    assert spectrogram.values.max() == 0 and spectrogram.values.min() >= -80
    assert spectrogram.unit == "dB relative to the loudest"


@pytest.mark.parametrize("rate", RATES)
def test_axes_say_when_and_how_high(rate):
    samples = np.zeros(2 * rate, np.float32)
    samples[rate // 2] = 1
    spectrogram = mel_spectrogram(samples, rate)
    values, times, frequencies = spectrogram.values, spectrogram.times, spectrogram.frequencies
    assert values.shape == (len(frequencies), len(times)) == (128, times.size)
    hop_s = times[1]
    assert 0.01 < hop_s < 0.04 and times[-1] == pytest.approx(2, abs=hop_s)
    assert times[values.mean(axis=0).argmax()] == pytest.approx(0.5, abs=hop_s)
    assert (np.diff(frequencies) > 0).all()
    assert 0 < frequencies[0] < 50 and 0.95 * rate / 2 < frequencies[-1] < rate / 2


def test_levels_are_relative_however_loud_the_sound_is():
    samples = noise(1)
    np.testing.assert_allclose(
        mel_spectrogram(samples * np.float32(1e-4), RATE).values,
        mel_spectrogram(samples, RATE).values,
        atol=1e-3,
    )


def test_more_bands_than_there_are_frequencies_are_refused():
    with pytest.raises(InvalidInputError, match="bands=128"):
        mel_spectrogram(noise(1), RATE, n_fft=256)


def test_slopes_of_a_steady_tone_are_none_and_of_a_rising_one_its_rise():
    steady = delta(mel_spectrogram(tone(1000), RATE))
    loud = mel_spectrogram(tone(1000), RATE).values > -60
    loud[:, :8] = loud[:, -8:] = False
    assert np.abs(steady.values[loud]).max() < 1
    swell = tone(1000) * np.float32(10) ** np.linspace(-2, 0, 2 * RATE, dtype=np.float32)
    rising = delta(mel_spectrogram(swell, RATE))
    band = np.abs(rising.frequencies - 1000).argmin()
    assert rising.values[band, 10:-10] == pytest.approx(20, abs=1)  # 40 dB in 2 s
    assert rising.unit == "dB a second"


def test_a_waveform_is_the_outline_of_its_stretches():
    samples = tone(100, seconds=1)
    outline = waveform(samples, RATE, points=50)
    assert outline.times.shape == outline.minimum.shape == outline.maximum.shape == (50,)
    assert outline.maximum == pytest.approx(np.full(50, 0.5), abs=1e-3)
    assert outline.minimum == pytest.approx(np.full(50, -0.5), abs=1e-3)
    assert outline.times[[0, -1]] == pytest.approx([0.01, 0.99], abs=1e-3)


def test_a_waveform_misses_no_peak_and_draws_short_sounds_sample_by_sample():
    samples = np.zeros(9_973, np.float32)
    samples[[5_003, -1]] = 1, -1
    outline = waveform(samples, RATE)
    assert outline.maximum.max() == 1 and outline.minimum[-1] == -1
    assert outline.times[outline.maximum.argmax()] == pytest.approx(5_003 / RATE, abs=5 / RATE)
    few = waveform(np.array([0.1, -0.2, 0.3], np.float32), 1_000)
    np.testing.assert_array_equal(few.minimum, few.maximum)
    assert few.times.tolist() == [0, 0.001, 0.002]
    with pytest.raises(InvalidInputError, match="points=0"):
        waveform(samples, RATE, points=0)


def test_a_tone_is_harmonic_and_a_click_percussive():
    click = np.zeros(2 * RATE, np.float32)
    click[RATE] = 1
    for samples, louder, quieter in (
        (tone(440), "harmonic", "percussive"),
        (click, "percussive", "harmonic"),
    ):
        parts = harmonic_percussive(samples, RATE, sounds=True)
        inner = slice(10, -10)
        peak = {name: getattr(parts, name).values[:, inner].max() for name in (louder, quieter)}
        assert peak[louder] > -1 and peak[louder] > peak[quieter] + 15
        power = {n: np.square(getattr(parts, f"{n}_samples")).sum() for n in (louder, quieter)}
        assert power[louder] > 50 * power[quieter]
        both = parts.harmonic_samples + parts.percussive_samples
        np.testing.assert_allclose(both, samples, atol=1e-5)


def test_the_two_sounds_come_only_when_asked_for():
    parts = harmonic_percussive(noise(0.5), RATE)
    assert parts.harmonic_samples is None and parts.percussive_samples is None
    assert parts.harmonic.values.shape == mel_spectrogram(noise(0.5), RATE).values.shape


def test_two_frames_are_parted_into_what_adds_up_to_them():
    """SciPy 1.17's median filter returns memory of others where it is given two frames."""
    burst = noise(700 / RATE)
    for _ in range(20):
        parts = harmonic_percussive(burst, RATE, sounds=True)
        both = parts.harmonic_samples + parts.percussive_samples
        np.testing.assert_allclose(both, burst, atol=1e-5)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(("hertz", "pitch"), [(440, "A"), (220, "A"), (261.63, "C"), (92.5, "F♯")])
def test_a_note_lights_its_pitch_class(rate, hertz, pitch):
    chroma = chromagram(tone(hertz, rate), rate)
    assert chroma.values.shape == (12, len(chroma.times))
    inner = chroma.values[:, 8:-8]
    assert {PITCHES[i] for i in inner.argmax(axis=0)} == {pitch}
    assert inner.max() == 1 and np.median(inner, axis=0).max() < 0.1


def test_silence_between_notes_has_no_pitch():
    samples = np.concatenate([tone(440), np.zeros(2 * RATE, np.float32)])
    chroma = chromagram(samples, RATE)
    assert (chroma.values[:, chroma.times > 2.5] == 0).all()
    assert (chroma.values[:, chroma.times < 1.5].max(axis=0) == 1).all()


@pytest.mark.parametrize("rate", RATES)
def test_clicks_have_their_tempo_and_beats(rate):
    pulse = tempo(clicks(120, rate=rate), rate)
    assert pulse.beats_per_minute == pytest.approx(120, rel=0.02)
    offsets = (pulse.beat_times - 0.2 + 0.25) % 0.5 - 0.25
    assert np.sort(np.abs(offsets))[-2] < 0.05  # the last beat may be misplaced
    assert 0.4 <= pulse.likeness <= 1


@pytest.mark.parametrize(
    "samples",
    [
        noise(10),
        noise(3),
        tone(440, seconds=5),
        tone(50, seconds=5),
        np.zeros(5 * RATE, np.float32),
        clicks(120, seconds=2.5),
        clicks(6, seconds=8),
    ],
    ids=["noise", "short noise", "tone", "hum", "silence", "too short", "one click"],
)
def test_where_nothing_pulses_there_is_no_tempo(samples):
    assert tempo(samples, RATE) is None


def test_the_book_s_maps_are_made_as_in_the_book():
    window = (tone(440, seconds=2) + clicks(120, seconds=2) + noise(2) / 10)[: 512 * 63]
    images = book_map(window, RATE)
    assert images.values.shape == (1, 64, 64, 3) and images.start_times.tolist() == [0]

    def log_mel(samples):
        return librosa.power_to_db(librosa.feature.melspectrogram(y=samples, sr=RATE, n_mels=64))

    level = log_mel(window)
    halves = sum(log_mel(part) for part in librosa.effects.hpss(window)) / 2
    np.testing.assert_allclose(images.values[0, ..., 0], level, atol=1e-3)
    # the book makes sounds of the halves, whose frames overlap, before it looks at them
    assert np.abs(images.values[0, ..., 1] - halves).mean() < 1
    np.testing.assert_allclose(images.values[0, ..., 2], librosa.feature.delta(level), atol=1e-3)


@pytest.mark.parametrize("rate", RATES)
def test_the_book_s_windows_overlap_by_half_and_miss_nothing(rate):
    images = book_map(tone(1000, rate, seconds=4.0), rate)
    window_s = 512 * 63 / RATE
    assert images.values.shape == (5, 64, 64, 3)
    assert images.start_times == pytest.approx(np.arange(5) * window_s / 2, abs=1e-4)
    assert images.start_times[-1] + window_s >= 4
    band = np.abs(librosa.mel_frequencies(66, fmax=RATE / 2)[1:-1] - 1000).argmin()
    assert abs(images.values[0, :, 30, 0].argmax() - band) <= 1


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("rate", [1_000, *RATES])
@pytest.mark.parametrize("level", [0.0, 0.5])
@pytest.mark.parametrize("length", [1, 700, 8_000])
def test_short_sounds_and_silence_have_finite_features(rate, level, length):
    samples = np.full(length, level, np.float32)
    outline, image = waveform(samples, rate), mel_spectrogram(samples, rate)
    parts, pitches = harmonic_percussive(samples, rate, sounds=True), chromagram(samples, rate)
    maps = book_map(samples, rate)
    frames = len(image.times)
    assert image.values.shape == delta(image).values.shape == (128, frames)
    assert parts.harmonic.values.shape == parts.percussive.values.shape == (128, frames)
    assert parts.harmonic_samples.shape == parts.percussive_samples.shape == (length,)
    assert pitches.values.shape == (12, frames)
    assert outline.times.shape == (min(length, 2000),)
    assert maps.values.shape[1:] == (64, 64, 3) and len(maps.start_times) == len(maps.values)
    for values in (
        outline.minimum,
        outline.maximum,
        image.values,
        delta(image).values,
        parts.harmonic.values,
        parts.percussive.values,
        parts.harmonic_samples,
        pitches.values,
        maps.values,
    ):
        assert values.dtype == np.float32 and np.isfinite(values).all()
    if not level:
        assert (image.values == -80).all() and (pitches.values == 0).all()
    tempo(samples, rate)


@pytest.mark.parametrize(
    "samples", [np.zeros((2, 9), np.float32), np.zeros(0, np.float32), np.zeros(9, np.int16)]
)
@pytest.mark.parametrize(
    "feature", [waveform, mel_spectrogram, harmonic_percussive, chromagram, tempo, book_map]
)
def test_what_are_no_samples_is_refused(feature, samples):
    with pytest.raises(InvalidInputError, match=r"shape \(n,\)"):
        feature(samples, RATE)
    with pytest.raises(InvalidInputError, match="rate=7"):
        feature(noise(1), 7)
