"""Bytes in, checked arrays out: the one place that judges what a user uploaded."""

from core.media.archives import ARCHIVE_LIMITS, ArchiveLimits, ArchiveMember, read_zip
from core.media.audio.decoding import Sound, decode_audio, probe_audio, stream_audio
from core.media.audio.formats import AUDIO_SUFFIXES, AudioFormat
from core.media.audio.levels import Levels
from core.media.audio.limits import AUDIO_LIMITS, AudioInfo, AudioLimits
from core.media.audio.wav import encode_wav
from core.media.image.decoding import (
    IMAGE_LIMITS,
    ImageInfo,
    ImageLimits,
    decode,
    encode_jpeg,
    encode_png,
    open_image,
    probe,
    thumbnail,
)
from core.media.image.formats import IMAGE_SUFFIXES, ImageFormat
from core.media.source import Source
from core.media.tables import TABLE_LIMITS, TableLimits, TextTable, read_table
from core.media.text import TEXT_LIMITS, TextLimits, decode_text, plain_text

__all__ = [
    "ARCHIVE_LIMITS",
    "AUDIO_LIMITS",
    "AUDIO_SUFFIXES",
    "IMAGE_LIMITS",
    "IMAGE_SUFFIXES",
    "TABLE_LIMITS",
    "TEXT_LIMITS",
    "ArchiveLimits",
    "ArchiveMember",
    "AudioFormat",
    "AudioInfo",
    "AudioLimits",
    "ImageFormat",
    "ImageInfo",
    "ImageLimits",
    "Levels",
    "Sound",
    "Source",
    "TableLimits",
    "TextLimits",
    "TextTable",
    "decode",
    "decode_audio",
    "decode_text",
    "encode_jpeg",
    "encode_png",
    "encode_wav",
    "open_image",
    "plain_text",
    "probe",
    "probe_audio",
    "read_table",
    "read_zip",
    "stream_audio",
    "thumbnail",
]
