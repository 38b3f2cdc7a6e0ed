import numpy as np
import pytest

from core.sound.encoders import (
    CHANNELS,
    RATE,
    SOURCES,
    STEP,
    WINDOW,
    WholeSound,
    encode,
    feature_maps,
    octave_higher,
    pooled,
    windows_in,
)


def noise(seconds, seed=0):
    return np.random.default_rng(seed).normal(0, 0.1, round(seconds * RATE)).astype(np.float32)


def starts_of(blocks):
    return np.concatenate([one.offset + one.starts for one in windows_in(blocks)])


def test_windows_are_a_second_apart_and_the_last_ends_with_the_sound():
    assert starts_of([noise(5.5)]).tolist() == [0, STEP, 2 * STEP, round(2.5 * STEP)]


def test_a_tenth_of_a_second_more_makes_no_window_of_its_own():
    assert starts_of([noise(4.05)]).tolist() == [0, STEP]


def test_a_short_sound_is_repeated_until_it_fills_a_window():
    (windows,) = windows_in([noise(1)])
    (window,) = windows
    np.testing.assert_array_equal(window[:STEP], window[STEP : 2 * STEP])


def test_no_samples_make_no_windows():
    assert not list(windows_in([]))


@pytest.mark.parametrize("block_s", [6.5, 10, 11.3])
def test_windows_and_what_led_to_them_do_not_depend_on_the_blocks(block_s):
    sound = noise(34.4)
    size = round(block_s * RATE)

    def heard(blocks):
        return [
            (
                one.offset + start,
                one.samples[start : start + WINDOW].sum(),
                one.samples[octave : octave + 2 * WINDOW].sum(),
            )
            for one in windows_in(blocks)
            for start, octave in zip(one.starts, one.octave_starts, strict=True)
        ]

    blocks = [sound[start : start + size] for start in range(0, len(sound), size)]
    np.testing.assert_allclose(heard(blocks), heard([sound]), rtol=1e-4)


def test_an_octave_higher_a_tone_has_twice_the_frequency():
    tone = np.sin(2 * np.pi * 700 * np.arange(2 * WINDOW) / RATE).astype(np.float32)
    spectrum = np.abs(np.fft.rfft(octave_higher(tone)))
    assert spectrum.argmax() * RATE / WINDOW == pytest.approx(1400, abs=1)


def test_vectors_have_a_mean_and_a_maximum_for_every_channel():
    (windows,) = windows_in([noise(4)])
    for source in SOURCES:
        vectors = encode(windows, (source,))
        assert vectors.shape == (2, 2 * sum(CHANNELS[source]))
        assert np.isfinite(vectors).all()
        assert (vectors >= 0).all()


def test_a_whole_sound_is_pooled_as_one_large_map_would_be():
    (windows,) = windows_in([noise(4)])
    whole = WholeSound(("birds",))
    whole.add(encode(windows, ("birds",)))
    maps = feature_maps(windows, ("birds",))
    wide = [np.concatenate([*one], axis=1)[None] for one in maps]
    np.testing.assert_allclose(
        whole.vector, np.concatenate([pooled(one)[0] for one in wide]), rtol=1e-3, atol=1e-3
    )
