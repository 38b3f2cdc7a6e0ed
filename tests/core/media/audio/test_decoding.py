"""Sounds of any format come out as one channel at the wanted rate, with what is to be known."""

import io
import struct
import tracemalloc
import wave
from fractions import Fraction

import av as av_library
import numpy as np
import pytest

from core.errors import InvalidInputError
from core.media import (
    AUDIO_SUFFIXES,
    AudioInfo,
    decode_audio,
    encode_wav,
    probe_audio,
    stream_audio,
)
from core.media.audio import av


def tone(hertz, rate, seconds=1.0, level=0.5):
    """(n,) float32."""
    return (level * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype("f4")


LOSSY = 0.06  # LAME takes 5 % off before it encodes


def amplitude(samples, hertz, rate):
    """Of one frequency, in the middle of the samples."""
    middle = samples[len(samples) // 5 : -len(samples) // 5].astype(float)
    window = np.hanning(len(middle))
    turn = np.exp(-2j * np.pi * hertz * np.arange(len(middle)) / rate)
    return 2 * abs(np.sum(middle * window * turn)) / window.sum()


SNDFILE = [
    *(
        ("WAV", subtype)
        for subtype in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW")
    ),
    ("WAVEX", "PCM_16"),
    ("RF64", "PCM_16"),
    ("AIFF", "PCM_16"),
    ("AU", "PCM_16"),
    ("CAF", "PCM_16"),
    ("W64", "PCM_16"),
    ("FLAC", "PCM_16"),
    ("MP3", "MPEG_LAYER_III"),
    ("OGG", "VORBIS"),
    ("OGG", "OPUS"),
]


@pytest.mark.parametrize(("form", "subtype"), SNDFILE)
def test_files_are_decoded_at_their_level(sounding, form, subtype):
    stereo = np.stack([tone(440, 48_000), tone(1500, 48_000, level=0.25)], axis=1)
    sound = decode_audio(sounding(stereo, 48_000, form, subtype), rate=48_000)
    assert sound.samples.dtype == np.float32 and sound.samples.ndim == 1
    assert len(sound.samples) == pytest.approx(48_000, abs=200)
    assert amplitude(sound.samples, 440, 48_000) == pytest.approx(0.25, rel=LOSSY)
    assert amplitude(sound.samples, 1500, 48_000) == pytest.approx(0.125, rel=LOSSY)
    assert (sound.rate, sound.info.channels, sound.notices) == (48_000, 2, ())


FFMPEG = {
    "M4A": ("ipod", "aac", {}, "MP4"),
    "fragmented MP4": ("mp4", "aac", {"movflags": "frag_keyframe+empty_moov"}, "MP4"),
    "raw AAC": ("adts", "aac", {}, "AAC"),
    "WebM": ("webm", "libopus", {}, "WEBM"),
    "a browser's recording": ("webm", "libopus", {"live": "1"}, "WEBM"),
    "Matroska": ("matroska", "flac", {}, "WEBM"),
    "QuickTime": ("mov", "pcm_s16le", {}, "MP4"),
    "8 bits": ("mov", "pcm_u8", {}, "MP4"),
    "32 bits": ("mov", "pcm_s32le", {}, "MP4"),
    "64 bits": ("mov", "pcm_f64le", {}, "MP4"),
    "MP2": ("mp2", "mp2", {}, "MP3"),
    "MP3 in WAV": ("wav", "mp3", {}, "WAV"),
    "Ogg FLAC": ("ogg", "flac", {}, "OGG"),
    "Flash": ("flv", "aac", {}, "FLV"),
    "MPEG": ("mpeg", "mp2", {}, "MPEG"),
    "MPEG-TS": ("mpegts", "mp2", {}, "MPEG-TS"),
}


@pytest.mark.parametrize(("container", "codec", "options", "form"), FFMPEG.values(), ids=FFMPEG)
def test_what_phones_browsers_and_cameras_write_is_decoded(muxed, container, codec, options, form):
    data = muxed(tone(440, 48_000), container, codec, **options)
    sound = decode_audio(data, rate=48_000)
    assert len(sound.samples) == pytest.approx(48_000, abs=4000)
    assert amplitude(sound.samples, 440, 48_000) == pytest.approx(0.5, rel=LOSSY)
    assert (sound.info.format, sound.info.rate, sound.notices) == (form, 48_000, ())


@pytest.mark.parametrize(("layout", "channels"), [("5.1", 6), ("7.1", 8)])
@pytest.mark.parametrize(("container", "codec"), [("ipod", "aac"), ("matroska", "flac")])
def test_surround_sound_is_mixed(muxed, layout, channels, container, codec):
    sound = decode_audio(muxed(tone(440, 48_000), container, codec, layout=layout), rate=48_000)
    assert amplitude(sound.samples, 440, 48_000) == pytest.approx(0.5, rel=0.2)  # one is for bass
    assert sound.info.channels == channels


@pytest.mark.parametrize(("container", "codec"), [("mp4", "aac"), ("avi", "mp3")])
def test_the_sound_of_a_video_is_decoded(muxed, container, codec):
    sound = decode_audio(muxed(tone(440, 48_000), container, codec, film=True), rate=48_000)
    assert amplitude(sound.samples, 440, 48_000) == pytest.approx(0.5, rel=LOSSY)


def test_a_film_that_outlasts_its_sound_does_not_make_it_cut_off(muxed):
    data = muxed(tone(440, 48_000), "matroska", "flac", film=True)
    sound = decode_audio(data, rate=48_000)
    assert (sound.info.seconds, sound.notices, len(sound.samples)) == (None, (), 48_000)


def test_the_header_says_what_is_in_the_file(sounding, muxed, tmp_path):
    stereo = np.zeros((11_025, 2))
    path = tmp_path / "photo.jpg"
    path.write_bytes(sounding(stereo, 22_050, "FLAC"))
    assert probe_audio(path) == AudioInfo("FLAC", 22_050, 2, 0.5)
    recording = muxed(tone(440, 48_000), "webm", "libopus", live="1")
    assert probe_audio(recording) == AudioInfo("WEBM", 48_000, 1, None)


def test_the_name_of_a_file_does_not_choose_its_decoder(sounding, tmp_path, monkeypatch):
    monkeypatch.setattr(av, "open_sound", None)  # that of last resort
    path = tmp_path / "sound.raw"
    path.write_bytes(sounding(tone(440, 48_000), 48_000, "WAV"))
    assert len(decode_audio(str(path), rate=48_000).samples) == 48_000


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 96_000])
def test_resampling_keeps_pitch_level_and_length(sounding, rate):
    samples = decode_audio(sounding(tone(1000, rate), rate, "WAV", "FLOAT"), rate=48_000).samples
    assert len(samples) == 48_000
    assert abs(20 * np.log10(amplitude(samples, 1000, 48_000) / 0.5)) < 0.1
    rest = samples - tone(1000, 48_000)
    assert abs(rest[5_000:-5_000]).max() < 1e-4


def test_what_is_too_high_for_the_rate_does_not_come_back_lower(sounding):
    data = sounding(tone(30_000, 96_000), 96_000, "WAV", "FLOAT")
    for rate in (24_000, 48_000):
        samples = decode_audio(data, rate=rate).samples
        assert 20 * np.log10(abs(samples[2_000:-2_000]).max() / 0.5) < -80


@pytest.mark.parametrize("form", ["WAV", "OGG", "MP3"])
@pytest.mark.parametrize(("rate", "block_s"), [(16_000, 0.37), (44_100, 10), (48_000, 1)])
def test_a_stream_is_the_whole_in_blocks(sounding, form, rate, block_s):
    noise = np.random.default_rng(0).normal(0, 0.1, (150_001, 2))
    data = sounding(noise, 44_100, form)
    blocks = list(stream_audio(data, rate=rate, block_s=block_s))
    assert {len(block) for block in blocks[:-1]} <= {int(block_s * rate)}
    assert 0 < len(blocks[-1]) <= block_s * rate
    whole = decode_audio(data, rate=rate).samples
    np.testing.assert_array_equal(np.concatenate(blocks), whole)


def test_a_stream_takes_little_memory(tmp_path):
    path = tmp_path / "long.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 1, 8_000, 0, "NONE", ""))
        for _ in range(20):
            file.writeframes(bytes([100, 150]) * 240_000)
    tracemalloc.start()
    length = sum(len(block) for block in stream_audio(path, rate=16_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert length == 20 * 960_000
    assert peak < 8 << 20


@pytest.mark.parametrize("size", [0, 100, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_wav_that_lies_about_its_length_is_read(size):
    data = bytearray(encode_wav(tone(440, 16_000), 16_000))
    data[40:44] = struct.pack("<I", size)
    length = len(decode_audio(bytes(data), rate=16_000).samples)
    assert length == (50 if size == 100 else 16_000)


def test_recordings_chained_into_one_ogg_are_all_read(sounding):
    parts = [sounding(tone(hertz, 48_000), 48_000, "OGG", "OPUS") for hertz in (440, 880)]
    samples = decode_audio(b"".join(parts), rate=48_000).samples
    assert amplitude(samples[:48_000], 440, 48_000) == pytest.approx(0.5, rel=0.05)
    assert amplitude(samples[48_000:], 880, 48_000) == pytest.approx(0.5, rel=0.05)


def mp3(samples, kilobits, *, header=False):
    """(n,) samples at 44,100 Hz; without a header that says how long it is unless asked for."""
    buffer = io.BytesIO()
    options = {"write_xing": str(int(header)), "id3v2_version": "0"}
    with av_library.open(buffer, "w", format="mp3", options=options) as output:
        stream = output.add_stream("libmp3lame", rate=44_100, layout="mono")
        stream.bit_rate = 1000 * kilobits
        fifo = av_library.AudioFifo()
        frame = av_library.AudioFrame.from_ndarray(samples[None].astype("f4"), "fltp", "mono")
        frame.sample_rate, frame.pts, frame.time_base = 44_100, 0, Fraction(1, 44_100)
        for part in av_library.AudioResampler(stream.codec_context.format, "mono", 44_100).resample(
            frame
        ):
            fifo.write(part)
        size = stream.codec_context.frame_size
        while (part := fifo.read(size, partial=True)) is not None:
            output.mux(stream.encode(part))
        output.mux(stream.encode(None))
    return buffer.getvalue()


def test_an_mp3_of_varying_rate_without_a_header_is_read_to_its_end():
    """By the rate of the first frame it is ten times shorter, or ten times longer."""
    hiss = np.random.default_rng(0).uniform(-0.5, 0.5, 44_100 * 5)
    for first, then in ((320, 32), (32, 320)):
        data = mp3(hiss[:44_100], first) + mp3(hiss, then)
        sound = decode_audio(data, rate=44_100)
        assert len(sound.samples) / 44_100 == pytest.approx(6, abs=0.15)
        assert sound.info.seconds == pytest.approx(6, abs=0.15)
        assert sound.notices == ()


def test_mp3s_that_were_joined_are_all_read_though_the_first_has_a_header():
    one = mp3(tone(440, 44_100, 3.0), 128, header=True)
    sound = decode_audio(one + one, rate=44_100)
    assert len(sound.samples) / 44_100 == pytest.approx(6, abs=0.15)
    assert (sound.info.seconds, sound.notices) == (pytest.approx(6, abs=0.15), ())


@pytest.mark.parametrize(("container", "codec"), [("adts", "aac"), ("mp2", "mp2")])
def test_lengths_that_no_header_tells_are_counted(muxed, container, codec):
    data = muxed(tone(440, 48_000, 4.0), container, codec)
    assert probe_audio(data).seconds == pytest.approx(4, abs=0.1)


def test_where_pyav_refuses_an_mp3_libsndfile_is_asked(sounding, monkeypatch):
    def refuse(file, form):
        raise InvalidInputError("no")

    monkeypatch.setattr(av, "open_sound", refuse)
    data = sounding(tone(440, 44_100), 44_100, "MP3")
    assert len(decode_audio(data, rate=44_100).samples) == 44_100


def test_a_flac_that_breaks_off_is_read_as_far_as_it_goes(sounding):
    """Which libsndfile refuses."""
    data = sounding(np.random.default_rng(0).uniform(-0.5, 0.5, 96_000), 48_000, "FLAC")
    sound = decode_audio(data[: len(data) // 2], rate=48_000)
    assert 0.5 < len(sound.samples) / 48_000 < 1.1
    assert any("promises 2.0 s" in notice for notice in sound.notices)


def test_a_large_tag_hides_neither_mp3_nor_flac(sounding):
    tag = b"ID3\x04\0\0" + bytes([0, 1, 0, 0]) + bytes(1 << 14)  # seven bits in each byte
    for form in ("MP3", "FLAC"):
        sound = decode_audio(tag + sounding(tone(440, 44_100), 44_100, form), rate=44_100)
        assert (sound.info.format, len(sound.samples)) == (form, 44_100)


def test_suffixes_are_in_lower_case_with_their_dot():
    assert {".wav", ".mp3", ".flac", ".ogg", ".m4a", ".webm"} <= AUDIO_SUFFIXES
    assert all(suffix == f".{suffix[1:].lower()}" for suffix in AUDIO_SUFFIXES)


def test_a_wav_keeps_samples_and_clips_what_is_beyond():
    stereo = np.stack([tone(440, 8_000), tone(300, 8_000, level=2.0)], axis=1)
    with wave.open(io.BytesIO(encode_wav(stereo, 8_000))) as file:
        assert file.getparams()[:4] == (2, 2, 8_000, 8_000)
        read = np.frombuffer(file.readframes(8_000), "<i2").reshape(-1, 2) / 32767
    assert abs(read - stereo.clip(-1, 1)).max() < 1e-4
    mono = decode_audio(encode_wav(stereo[:, 0].astype(np.float64), 8_000), rate=8_000)
    assert abs(mono.samples - stereo[:, 0]).max() < 1e-4


@pytest.mark.parametrize(
    ("samples", "rate", "message"),
    [
        (np.zeros(5, np.int16), 8_000, "int16"),
        (np.zeros((2, 3, 4)), 8_000, r"\(2, 3, 4\)"),
        (np.zeros(0), 8_000, r"\(0,\)"),
        (np.array([0.0, np.nan]), 8_000, "finite"),
        (np.zeros(5), 10, "rate=10"),
    ],
)
def test_what_is_no_sound_is_not_written(samples, rate, message):
    with pytest.raises(InvalidInputError, match=message):
        encode_wav(samples, rate)
