"""What is no usable sound is refused with a sentence that says what to do."""

import io
import struct

import numpy as np
import pytest
import soundfile

from core.errors import InvalidInputError
from core.media import AudioLimits, decode_audio, encode_wav, probe_audio, stream_audio

NOISE = np.random.default_rng(0).normal(0, 0.1, 24_000).astype(np.float32)


def decode(data):
    return decode_audio(data, rate=16_000)


OTHERS = {
    "JPEG": (b"\xff\xd8\xff\xe0\0\x10JFIF", r"a picture \(JPEG\); choose a recording"),
    "AVIF": (struct.pack(">I", 24) + b"ftypavif\0\0\0\0avifmif1", r"a picture \(AVIF\)"),
    "WebP": (b"RIFF\0\0\0\0WEBPVP8 ", r"a picture \(WEBP\)"),
    "PDF": (b"%PDF-1.7\n\x80", "a PDF document"),
    "ZIP": (b"PK\x03\x04", "ZIP file.*unpack it and choose one sound"),
    "gzip": (b"\x1f\x8b\x08", "gzip archive; unpack"),
    "text": (b"the sound of music", "got text"),
    "UTF-16 text": ("a song".encode("utf-16"), "got text"),
    "playlist": (b"#EXTM3U\nfile:///etc/passwd\n", "got text"),
    "web page": (b"<!DOCTYPE html><html>", "web page"),
    "MIDI": (b"MThd\0\0\0\x06", "MIDI file, which holds notes"),
    "zeros": (bytes(100), "not known.*save the sound as WAV"),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_other_files_are_named(kind):
    data, message = OTHERS[kind]
    for read in (decode, probe_audio):
        with pytest.raises(InvalidInputError, match=message):
            read(data)


def test_nothing_is_refused():
    for data, message in ((None, "nothing was given"), (b"", "empty")):
        with pytest.raises(InvalidInputError, match=message):
            decode(data)


def test_other_types_are_a_type_error():
    with pytest.raises(TypeError, match="ndarray"):
        decode(NOISE)


def test_a_video_without_sound_is_refused(muxed):
    with pytest.raises(InvalidInputError, match="MP4 file has no sound track"):
        decode(muxed(None, "mp4", None, film=True))


@pytest.mark.parametrize("form", ["WAV", "AIFF", "CAF", "OGG"])
def test_a_sound_without_samples_is_refused(sounding, form):
    with pytest.raises(InvalidInputError, match=r"holds no samples|damaged"):
        decode(sounding(NOISE[:0], 48_000, form))


def test_too_few_samples_for_the_rate_are_refused():
    with pytest.raises(InvalidInputError, match="holds no samples"):
        decode_audio(encode_wav(NOISE[:1], 48_000), rate=1_000)


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (AudioLimits(max_seconds=0.4), r"at most 0\.4 s\. Received: 0\.5 s; cut out"),
        (AudioLimits(max_channels=1), "at most 1 channels. Received: 2"),
        (AudioLimits(max_bytes=1000), "accepted"),
    ],
)
def test_a_sound_beyond_the_limits_is_refused_by_its_header(limits, message):
    data = encode_wav(np.stack([NOISE, NOISE], axis=1), 48_000)
    for read in (probe_audio, lambda *a, **k: stream_audio(*a, rate=16_000, **k)):
        with pytest.raises(InvalidInputError, match=message):
            read(data, limits=limits)


def test_a_sound_that_does_not_say_its_length_ends_at_the_limit(muxed):
    data = muxed(np.tile(NOISE, 20), "webm", "libopus", live="1")  # 10 s
    limits = AudioLimits(max_seconds=4)
    assert probe_audio(data, limits=limits).seconds is None
    read = 0
    with pytest.raises(InvalidInputError, match=r"at most 4\.0 s\. Received: more"):
        for block in stream_audio(data, rate=16_000, block_s=0.5, limits=limits):
            read += len(block)
    assert 2 * 16_000 <= read <= 4 * 16_000


@pytest.mark.parametrize("rate", [7, 999, 384_001, 2**31 - 1])
def test_absurd_rates_are_refused(rate):
    data = bytearray(encode_wav(NOISE, 48_000))
    data[24:28] = struct.pack("<I", rate)
    with pytest.raises(InvalidInputError, match=r"1,000 to 384,000|damaged"):
        decode(bytes(data))
    with pytest.raises(InvalidInputError, match=f"rate={rate}"):
        decode_audio(encode_wav(NOISE, 48_000), rate=rate)


@pytest.mark.parametrize("block_s", [0, -1, 1e-6, float("nan"), float("inf")])
def test_blocks_of_no_length_are_refused(block_s):
    with pytest.raises(InvalidInputError, match="block_s"):
        stream_audio(encode_wav(NOISE, 48_000), rate=16_000, block_s=block_s)


def test_an_ogg_joined_from_different_kinds_is_refused(sounding):
    mono = sounding(NOISE, 48_000, "OGG", "OPUS")
    stereo = sounding(np.stack([NOISE, NOISE], axis=1), 48_000, "OGG", "OPUS")
    with pytest.raises(InvalidInputError, match=r"midway|damaged"):
        decode(mono + stereo)


def test_samples_of_64_bits_are_refused():
    data = bytearray(encode_wav(NOISE, 48_000))
    data[28:36] = struct.pack("<IHH", 8 * 48_000, 8, 64)
    with pytest.raises(InvalidInputError, match=r"unusual kind \(s64\); save it as WAV with 16"):
        decode(bytes(data))


def test_an_error_is_told_in_words_and_not_in_objects(sounding):
    data = sounding(NOISE, 48_000, "FLAC")
    with pytest.raises(InvalidInputError, match=r"FLAC file (is damaged|holds no)") as caught:
        decode(data[:100])
    assert "object at" not in str(caught.value) and "Errno" not in str(caught.value)


SNDFILE = [("WAV", "PCM_16"), ("WAV", "FLOAT"), ("WAV", "IMA_ADPCM"), ("AIFF", "PCM_16")]
SNDFILE += [("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", None), ("CAF", None)]
FFMPEG = [("ipod", "aac"), ("adts", "aac"), ("webm", "libopus"), ("matroska", "flac")]
FFMPEG += [("avi", "mp3"), ("mpegts", "mp2"), ("flv", "aac"), ("wav", "flac")]


def damaged(data, count):
    """Truncated files, files with flipped bytes anywhere, and in the first 300."""
    rng = np.random.default_rng(0)
    for turn in range(count):
        noisy = np.frombuffer(data, np.uint8).copy()
        if turn % 3 == 0:
            yield noisy[: rng.integers(noisy.size)].tobytes()
            continue
        where = rng.integers(0, noisy.size if turn % 3 == 1 else min(300, noisy.size), 8)
        noisy[where] = rng.integers(0, 256, 8)
        yield noisy.tobytes()


@pytest.mark.parametrize("kind", [*SNDFILE, *FFMPEG], ids=lambda kind: f"{kind[0]}-{kind[1]}")
def test_damage_gives_a_sound_or_a_sentence(sounding, muxed, kind):
    whole = sounding(NOISE, 48_000, *kind) if kind in SNDFILE else muxed(NOISE, *kind)
    for data in damaged(whole, 30):
        try:
            sound = decode(data)
        except InvalidInputError:
            continue
        assert sound.samples.size and np.isfinite(sound.samples).all()


def test_pyav_reads_what_libsndfile_refuses(muxed):
    data = muxed(NOISE, "wav", "flac")
    with pytest.raises(soundfile.LibsndfileError):
        soundfile.SoundFile(io.BytesIO(data))
    assert decode(data).info.format == "WAV"


def test_importing_media_leaves_pyav_alone(python):
    code = "import sys, core.media; print('av' in sys.modules, 'tensorflow' in sys.modules)"
    assert python(code).split() == ["False", "False"]
