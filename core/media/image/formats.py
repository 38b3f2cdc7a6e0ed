"""What a file is, told from its first bytes and never from its name."""

from __future__ import annotations

from typing import Literal

from core.errors import InvalidInputError
from core.media.image.raw import camera_raw

ImageFormat = Literal["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "HEIF", "AVIF"]

IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".dib"}
    | {".tif", ".tiff", ".heic", ".heif", ".hif", ".avif"}
)

_EXPECTED = "Expected a photo (JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC or AVIF)"

_IMAGES: dict[ImageFormat, tuple[bytes, ...]] = {
    "JPEG": (b"\xff\xd8\xff",),
    "PNG": (b"\x89PNG\r\n\x1a\n",),
    "GIF": (b"GIF87a", b"GIF89a"),
    "TIFF": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),  # the last two are BigTIFF
}
_OTHERS = (
    (b"%PDF", "a PDF document", "export the page as PNG"),
    (b"%!PS", "a PostScript document", "export it as PNG"),
    (b"8BPS", "a Photoshop document", "export it as PNG"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture", "save it as JPEG or PNG"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture", "save it as JPEG or PNG"),
    (b"\xff\x0a", "a JPEG XL picture", "save it as JPEG or PNG"),
    (b"\0\0\x01\0", "an icon", "save it as PNG"),
    (b"PK\x03\x04", "a ZIP file or an office document", "unpack it and choose one photo"),
    (b"\x1f\x8b", "a gzip archive", "unpack it and choose one photo"),
    (b"\x1aE\xdf\xa3", "a video", "save one frame of it as PNG"),
    (b"\0\0\x01\xba", "a video", "save one frame of it as PNG"),
    (b"\0\0\x01\xb3", "a video", "save one frame of it as PNG"),
    (b"FLV\x01", "a video", "save one frame of it as PNG"),
    (b"OggS", "a sound or a video", "choose a photo"),
    (b"ID3", "a sound", "choose a photo"),
    (b"fLaC", "a sound", "choose a photo"),
)
# The four letters at offset 8 of a RIFF file.
_RIFF = {
    b"AVI ": ("a video", "save one frame of it as PNG"),
    b"WAVE": ("a sound", "choose a photo"),
}
# The first brand of an ISO media file that is neither HEIF nor AVIF.
_ISO_MEDIA = {
    b"M4A ": ("a sound", "choose a photo"),
}
# Brands of the ftyp box: ISO/IEC 23008-12, annex B, for HEIF; the AV1 image format for AVIF.
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIF_BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
)


UNKNOWN = "a file of a kind that is not known here"


def image_format(data: bytes) -> ImageFormat:
    """The format of a picture, from its first bytes.

    Raises
    ------
    InvalidInputError
        It is none of the formats read here; the message says what it seems to be.
    """
    form = _image_format(data)
    if form is None:
        what, remedy = _other(data)
        raise InvalidInputError(f"{_EXPECTED} but got {what}; {remedy}.")
    return form


def described(data: bytes) -> str:
    """What a file seems to be, in words: "a picture (JPEG)", "a PDF document", "text"."""
    form = _image_format(data)
    return f"a picture ({form})" if form else _other(data)[0]


def _image_format(data: bytes) -> ImageFormat | None:
    if camera_raw(data):
        return None
    for form, magics in _IMAGES.items():
        if data.startswith(magics):
            return form
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        return _iso_media_format(data)
    if data[:2] == b"BM" and not _is_text(data):
        return "BMP"
    return None


def _iso_media_format(data: bytes) -> ImageFormat | None:
    """HEIF, AVIF and MP4 are the same container, told apart by the brands they declare."""
    end = min(int.from_bytes(data[:4], "big"), 512)
    brands = {data[8:12], *(data[at : at + 4] for at in range(16, end, 4))}
    if brands & _AVIF_BRANDS:
        return "AVIF"
    return "HEIF" if brands & _HEIF_BRANDS else None


def _other(data: bytes) -> tuple[str, str]:
    """What a file that is no photo seems to be, and what to do about it."""
    if raw := camera_raw(data):
        return f"a camera raw file ({raw})", "export it as JPEG from the program of the camera"
    for magic, what, remedy in _OTHERS:
        if data.startswith(magic):
            return what, remedy
    if data[:4] == b"RIFF" and data[8:12] in _RIFF:
        return _RIFF[data[8:12]]
    if data[4:8] == b"ftyp":
        return _ISO_MEDIA.get(data[8:12], ("a video", "save one frame of it as PNG"))
    if not _is_text(data):
        return UNKNOWN, "save the photo as JPEG or PNG"
    head = data[:2048].lower()
    if b"<svg" in head:
        return "an SVG, which is a drawing made of shapes", "export it as PNG"
    if b"<html" in head or b"<!doctype html" in head:
        return "a web page", "save the picture itself from the browser"
    return "text", "choose the photo itself"


def _is_text(data: bytes) -> bool:
    head = data[:512]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):  # UTF-16
        return True
    return not any(byte < 9 or 13 < byte < 27 for byte in head)
