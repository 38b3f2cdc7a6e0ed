"""What a sound file is, told from its first bytes and never from its name."""

from __future__ import annotations

from typing import BinaryIO, Literal

from core.errors import InvalidInputError
from core.media.image.formats import UNKNOWN, described

AudioFormat = Literal[
    "WAV", "AIFF", "FLAC", "MP3", "AU", "CAF", "W64", "OGG", "MP4", "WEBM", "AAC",
    "AMR", "WMA", "AVI", "FLV", "MPEG", "MPEG-TS",
]  # fmt: skip

AUDIO_SUFFIXES = frozenset(
    {".wav", ".wave", ".w64", ".aif", ".aiff", ".aifc", ".flac", ".mp3", ".mp2", ".au", ".snd"}
    | {".caf", ".ogg", ".oga", ".opus", ".ogv", ".m4a", ".m4b", ".mp4", ".m4v", ".mov", ".3gp"}
    | {".3g2", ".webm", ".weba", ".mka", ".mkv", ".aac", ".amr", ".wma", ".wmv", ".avi", ".flv"}
    | {".mpg", ".mpeg", ".ts"}
)

_EXPECTED = "Expected a sound (WAV, MP3, FLAC, Ogg, AIFF, M4A, WebM) or a video with sound"
_HEAD = 4096

_SOUNDS: tuple[tuple[bytes, AudioFormat], ...] = (
    (b"fLaC", "FLAC"),
    (b"OggS", "OGG"),
    (b"\x1aE\xdf\xa3", "WEBM"),
    (b"caff", "CAF"),
    (b".snd", "AU"),
    (b"riff\x2e\x91\xcf\x11", "W64"),
    (b"#!AMR", "AMR"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "WMA"),
    (b"FLV\x01", "FLV"),
    (b"\0\0\x01\xba", "MPEG"),
)
# The letters at offset 0 and at offset 8 of an IFF file.
_IFF: dict[tuple[bytes, bytes], AudioFormat] = {
    (b"RIFF", b"WAVE"): "WAV",
    (b"RIFX", b"WAVE"): "WAV",
    (b"RF64", b"WAVE"): "WAV",
    (b"RIFF", b"AVI "): "AVI",
    (b"FORM", b"AIFF"): "AIFF",
    (b"FORM", b"AIFC"): "AIFF",
}
_QUICKTIME = frozenset({b"moov", b"mdat", b"wide"})  # from the time before ftyp
_ISO_MEDIA = frozenset({"a video", "a sound"})  # pictures have the same container
_TS_PACKET = 188  # ISO/IEC 13818-1: each packet starts with 0x47
_REMEDIES = {
    "a ZIP file or an office document": "unpack it and choose one sound",
    "a gzip archive": "unpack it and choose one sound",
}


def audio_format(file: BinaryIO) -> AudioFormat:
    """The format of a sound or of a video, from its first bytes.

    Parameters
    ----------
    file : BinaryIO
        At its start, where it is left again.

    Raises
    ------
    InvalidInputError
        It is none of the formats read here; the message says what it seems to be.
    """
    head = file.read(_HEAD)
    behind = behind_tag(file, head)
    file.seek(0)
    form = _form(behind) or ("MP3" if behind is not head else None)
    if form is not None:
        return form
    if head[:4] == b"MThd":
        what, remedy = "a MIDI file, which holds notes and no sound", "play it into a WAV file"
    else:
        what = described(head)
        remedy = (
            "save the sound as WAV"
            if what == UNKNOWN
            else _REMEDIES.get(what, "choose a recording")
        )
    raise InvalidInputError(f"{_EXPECTED} but got {what}; {remedy}.")


def behind_tag(file: BinaryIO, head: bytes) -> bytes:
    """The first bytes behind an ID3 tag, or `head` itself where there is none."""
    if head[:3] != b"ID3" or len(head) < 10:
        return head
    size = 0
    for byte in head[6:10]:  # ID3v2, 3.1: seven bits in each byte
        size = size << 7 | byte & 0x7F
    file.seek(10 + size)
    return file.read(_HEAD)


def _form(head: bytes) -> AudioFormat | None:
    for magic, form in _SOUNDS:
        if head.startswith(magic):
            return form
    if (head[:4], head[8:12]) in _IFF:
        return _IFF[head[:4], head[8:12]]
    if head[4:8] in _QUICKTIME or (head[4:8] == b"ftyp" and described(head) in _ISO_MEDIA):
        return "MP4"
    if len(head) > 2 * _TS_PACKET and head[0 : 2 * _TS_PACKET + 1 : _TS_PACKET] == b"GGG":
        return "MPEG-TS"
    return _mpeg_form(head)


def _mpeg_form(head: bytes) -> AudioFormat | None:
    """MP3 and raw AAC have no magic number, only the header of a frame."""
    if len(head) < 4 or head[0] != 0xFF:
        return None
    if head[1] & 0xF6 == 0xF0:
        return "AAC"
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    # layers III and II; layer I, which nobody uses, would take UTF-16's mark for a sound
    is_frame = head[1] & 0xE0 == 0xE0 and version != 1 and layer in (1, 2)
    return "MP3" if is_frame and head[2] >> 4 != 15 and head[2] >> 2 & 3 != 3 else None
