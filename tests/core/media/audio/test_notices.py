"""What a listener should know of a sound is said, and nothing else."""

import numpy as np
import pytest

from core.media import decode_audio, encode_wav

NOISE = np.random.default_rng(0).uniform(-0.5, 0.5, 20_000)


def notices(data):
    return decode_audio(data, rate=16_000).notices


def test_an_ordinary_sound_is_not_remarkable():
    assert notices(encode_wav(NOISE, 16_000)) == ()


def test_silence_is_noticed():
    (notice,) = notices(encode_wav(np.zeros(16_000), 16_000))
    assert "is silent" in notice


def test_near_silence_is_noticed_with_its_level():
    (notice,) = notices(encode_wav(NOISE / 1000, 16_000))
    assert "nearly silent" in notice and "-66 dB" in notice
    assert notices(encode_wav(NOISE / 400, 16_000)) == ()


def test_channels_that_cancel_each_other_are_noticed():
    (notice,) = notices(encode_wav(np.stack([NOISE, -NOISE], axis=1), 16_000))
    assert "cancel" in notice


@pytest.mark.parametrize(("form", "subtype"), [("WAV", "PCM_16"), ("WAV", "FLOAT"), ("FLAC", None)])
def test_clipping_is_noticed_with_its_share(sounding, form, subtype):
    data = sounding((NOISE * 2.062).clip(-1, 1), 16_000, form, subtype)
    (notice,) = notices(data)
    assert "About 3 % of the samples are at full scale" in notice


def test_samples_that_are_no_numbers_become_silence_and_are_counted(sounding):
    broken = np.stack([NOISE, NOISE], axis=1).astype(np.float32)
    broken[100], broken[200, 0], broken[300, 1], broken[400, 1] = np.nan, np.inf, -np.inf, 1e38
    sound = decode_audio(sounding(broken, 16_000, "WAV", "FLOAT"), rate=16_000)
    (notice,) = sound.notices
    assert notice.startswith("5 of 40,000 samples")
    assert sound.samples[100] == 0
    assert sound.samples[200] == pytest.approx(NOISE[200] / 2)
    resampled = decode_audio(sounding(broken, 16_000, "WAV", "FLOAT"), rate=48_000).samples
    assert np.isfinite(resampled).all() and abs(resampled).max() < 1


def test_samples_that_nobody_scaled_are_noticed(sounding):
    (notice,) = notices(sounding(NOISE * 32767, 16_000, "WAV", "FLOAT"))
    assert "times full scale" in notice


def test_a_file_that_breaks_off_is_noticed(sounding):
    data = sounding(np.tile(NOISE, 4), 16_000, "MP3")
    (notice,) = notices(data[: len(data) // 2])
    assert "promises 5.0 s" in notice and "2.4 s could be read" in notice
