"""Bytes in, checked arrays out: the one place that judges what a user uploaded."""

from core.media.archives import ArchiveMember, ArchiveMembers, read_zip
from core.media.audio.decoding import (
    Sound,
    decode_audio,
    encode_wav,
    open_audio,
    probe_audio,
    stream_audio,
)
from core.media.audio.formats import AUDIO_SUFFIXES, AudioFormat
from core.media.audio.levels import Levels, undecided
from core.media.audio.opened_sound import AudioInfo
from core.media.encodings import ENCODINGS, DecodedText
from core.media.image.decoding import (
    ImageInfo,
    decode,
    encode_jpeg,
    encode_png,
    open_image,
    photo_notices,
    preview,
    probe,
    thumbnail,
)
from core.media.image.formats import IMAGE_SUFFIXES, ImageFormat
from core.media.limits import (
    ARCHIVE_LIMITS,
    AUDIO_LIMITS,
    IMAGE_LIMITS,
    TABLE_LIMITS,
    TEXT_LIMITS,
    ArchiveLimits,
    AudioLimits,
    ImageLimits,
    TableLimits,
    TextLimits,
)
from core.media.source import Source
from core.media.table_cells import TABLE_SUFFIXES, HowRead, holds_table
from core.media.tables import TextTable, read_rows, read_table
from core.media.text import decode_text, plain_text, read_text
from core.media.zip_names import NAME_ENCODINGS

__all__ = [
    "ARCHIVE_LIMITS",
    "AUDIO_LIMITS",
    "AUDIO_SUFFIXES",
    "ENCODINGS",
    "IMAGE_LIMITS",
    "IMAGE_SUFFIXES",
    "NAME_ENCODINGS",
    "TABLE_LIMITS",
    "TABLE_SUFFIXES",
    "TEXT_LIMITS",
    "ArchiveLimits",
    "ArchiveMember",
    "ArchiveMembers",
    "AudioFormat",
    "AudioInfo",
    "AudioLimits",
    "DecodedText",
    "HowRead",
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
    "holds_table",
    "open_audio",
    "open_image",
    "photo_notices",
    "plain_text",
    "preview",
    "probe",
    "probe_audio",
    "read_rows",
    "read_table",
    "read_text",
    "read_zip",
    "stream_audio",
    "thumbnail",
    "undecided",
]
