"""What a listener should know of a sound is said, and nothing else."""

import io

import av
import numpy as np
import pytest

from core.media import decode_audio, encode_wav, undecided

NOISE = np.random.default_rng(0).uniform(-0.5, 0.5, 20_000)


@pytest.fixture
def two_tracks():
    """A Matroska file with one sound in English and one in German."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as output:
        tracks = [output.add_stream("pcm_s16le", rate=16_000, layout="mono") for _ in range(2)]
        for track in tracks:
            samples = (NOISE[None] * 32_767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
            frame.sample_rate, frame.pts = 16_000, 0
            output.mux(track.encode(frame))
            output.mux(track.encode(None))
    return buffer.getvalue()


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


@pytest.mark.parametrize(
    ("share", "words"), [(0.002, "0.2 %"), (0.05, "5 %"), (0.183, "20 %"), (0.96, "100 %")]
)
def test_a_share_is_written_without_an_exponent(share, words):
    samples = np.full(10_000, 0.5)
    samples[: int(share * 10_000)] = 1
    samples[-1] = -0.5
    (notice,) = notices(encode_wav(samples, 16_000))
    assert f"About {words} of the samples" in notice


@pytest.mark.parametrize("samples", [1, 100, 1_599])
def test_what_is_too_short_to_tell_is_said_with_its_length(samples):
    sound = decode_audio(encode_wav(NOISE[:samples], 16_000), rate=16_000)
    assert "too short" in sound.undecided and sound.notices == (sound.undecided,)
    assert f"{samples / 16:.2g} ms" in sound.undecided
    assert not decode_audio(encode_wav(NOISE[:1_600], 16_000), rate=16_000).undecided


@pytest.mark.parametrize("offset", [0.3, -0.01, 1.0])
@pytest.mark.parametrize("dither", [0, 3e-5])
def test_an_offset_is_no_sound(offset, dither):
    samples = np.clip(offset + dither * np.sign(NOISE), -1, 1)
    sound = decode_audio(encode_wav(samples, 16_000), rate=16_000)
    assert "only an offset" in sound.undecided
    assert not decode_audio(encode_wav(0.2 + NOISE / 2, 16_000), rate=16_000).undecided


def test_silence_and_what_cancels_itself_are_undecided():
    for samples, words in (
        (np.zeros(8_000), "silent"),
        (3e-5 * np.sign(NOISE), "nearly silent"),
        (np.stack([NOISE, -NOISE], axis=1), "cancel"),
    ):
        assert words in decode_audio(encode_wav(samples, 16_000), rate=16_000).undecided


def test_samples_of_a_microphone_are_judged_as_files_are():
    assert "silent" in undecided(np.zeros(9_600, np.float32), 48_000)
    assert "too short" in undecided(NOISE[:100].astype(np.float32), 48_000)
    assert not undecided(NOISE.astype(np.float32), 48_000)


def test_that_there_are_several_tracks_is_said(two_tracks):
    (notice,) = notices(two_tracks)
    assert "2 sound tracks" in notice


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
