"""What an input may cost: its bytes, before anything is read, and what they unpack to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TextLimits:
    max_bytes: int = 8 << 20  # of the encoded file, as in all of these; a novel has about 1 MiB


@dataclass(frozen=True, slots=True)
class TableLimits:
    max_bytes: int = 64 << 20
    max_rows: int = 100_000
    max_columns: int = 100


@dataclass(frozen=True, slots=True)
class ImageLimits:
    max_bytes: int = 32 << 20
    max_pixels: int = 64_000_000  # width times height, as the header declares them


@dataclass(frozen=True, slots=True)
class AudioLimits:
    max_bytes: int = 256 << 20
    max_seconds: float = 3600.0  # as the file says, and as its samples come
    max_channels: int = 32


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """For ZIP files: absolute sizes, since silence and blank pictures pack a thousandfold.

    A file of an archive that unpacks to more than `max_member` bytes is reported, and does not
    spoil the others; all other limits refuse the archive.
    """

    max_bytes: int = 512 << 20
    max_files: int = 20_000  # entries, folders and skipped ones included
    max_unpacked: int = 2 << 30  # bytes of all files together that are not too large themselves
    max_member: int = 256 << 20  # bytes of one file


TEXT_LIMITS = TextLimits()
TABLE_LIMITS = TableLimits()
IMAGE_LIMITS = ImageLimits()
AUDIO_LIMITS = AudioLimits()
ARCHIVE_LIMITS = ArchiveLimits()
