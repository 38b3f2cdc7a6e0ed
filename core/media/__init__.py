"""Bytes in, checked arrays out: the one place that judges what a user uploaded."""

from core.media.archives import ARCHIVE_LIMITS, ArchiveLimits, ArchiveMember, read_zip
from core.media.formats import IMAGE_SUFFIXES, ImageFormat
from core.media.images import (
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
from core.media.source import Source
from core.media.tables import TABLE_LIMITS, TableLimits, TextTable, read_table
from core.media.text import TEXT_LIMITS, TextLimits, decode_text, plain_text

__all__ = [
    "ARCHIVE_LIMITS",
    "IMAGE_LIMITS",
    "IMAGE_SUFFIXES",
    "TABLE_LIMITS",
    "TEXT_LIMITS",
    "ArchiveLimits",
    "ArchiveMember",
    "ImageFormat",
    "ImageInfo",
    "ImageLimits",
    "Source",
    "TableLimits",
    "TextLimits",
    "TextTable",
    "decode",
    "decode_text",
    "encode_jpeg",
    "encode_png",
    "open_image",
    "plain_text",
    "probe",
    "read_table",
    "read_zip",
    "thumbnail",
]
