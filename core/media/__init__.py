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

__all__ = [
    "ARCHIVE_LIMITS",
    "IMAGE_LIMITS",
    "IMAGE_SUFFIXES",
    "ArchiveLimits",
    "ArchiveMember",
    "ImageFormat",
    "ImageInfo",
    "ImageLimits",
    "Source",
    "decode",
    "encode_jpeg",
    "encode_png",
    "open_image",
    "probe",
    "read_zip",
    "thumbnail",
]
