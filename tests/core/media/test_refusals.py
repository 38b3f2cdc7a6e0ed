"""What is no usable photo is refused with a sentence that says what to do."""

import io
import struct
import sys
import zipfile

import numpy as np
import pillow_heif
import pytest
import tifffile
from PIL import Image

from core.errors import InvalidInputError
from core.media import ImageLimits, decode, open_image, probe, thumbnail


def zipped():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("cat.jpg", b"")
    return buffer.getvalue()


OTHERS = {
    "text": (b"a cat, described", "got text"),
    "text that starts like a bitmap": (b"BMW is a car maker", "got text"),
    "UTF-16 text": ("a cat".encode("utf-16"), "got text"),
    "SVG": (b'<?xml version="1.0"?>\n<svg xmlns="..."/>', "SVG.*export it as PNG"),
    "web page": (b"<!DOCTYPE html><html><svg", "SVG|web page"),
    "PDF": (b"%PDF-1.7\n\x80", "PDF"),
    "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n", "PostScript"),
    "MP4": (struct.pack(">I", 24) + b"ftypisom\0\0\2\0isommp42", "video"),
    "QuickTime": (struct.pack(">I", 20) + b"ftypqt  \0\0\0\0qt  ", "video"),
    "Matroska": (b"\x1aE\xdf\xa3\x01\0\0\0", "video"),
    "AVI": (b"RIFF\0\0\0\0AVI LIST", "video"),
    "WAV": (b"RIFF\0\0\0\0WAVEfmt ", "sound"),
    "ZIP": (zipped(), "ZIP file"),
    "zeros": (bytes(100), "a kind that is not known"),
}


@pytest.mark.parametrize(("data", "message"), OTHERS.values(), ids=OTHERS)
@pytest.mark.parametrize("read", [open_image, probe])
def test_other_files_are_named(read, data, message):
    with pytest.raises(InvalidInputError, match=message):
        read(data)


def test_the_name_of_a_file_does_not_make_it_a_photo(tmp_path):
    path = tmp_path / "cat.jpg"
    path.write_text("not a cat")
    with pytest.raises(InvalidInputError, match="got text"):
        decode(path)


def test_formats_of_other_pillow_plugins_stay_shut(encoded, photo):
    with pytest.raises(InvalidInputError, match="a kind that is not known"):
        decode(encoded(photo, "PCX"))


@pytest.mark.parametrize("data", [None, b"", bytearray()])
def test_nothing_is_refused(data):
    with pytest.raises(InvalidInputError, match=r"nothing|empty"):
        decode(data)


@pytest.mark.parametrize("data", [7, np.zeros((2, 2)), io.BytesIO(b"x")])
def test_other_types_are_a_type_error(data):
    with pytest.raises(TypeError, match=type(data).__name__):
        decode(data)


@pytest.mark.parametrize("path", ["nowhere/cat.jpg", "cat\0.jpg", "."])
def test_unreadable_paths_are_refused(path):
    with pytest.raises(InvalidInputError, match="cannot be read"):
        decode(path)


FORMATS = ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"]


@pytest.mark.parametrize("part", [0.02, 0.1, 0.3, 0.5, 0.9])
@pytest.mark.parametrize("form", FORMATS)
def test_truncated_files_are_refused(encoded, form, part):
    noise = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    data = encoded(noise, form)
    with pytest.raises(InvalidInputError) as caught:
        decode(data[: int(len(data) * part)])
    assert "damaged" in str(caught.value) or "not known" in str(caught.value)


def test_truncated_heic_is_refused(photo):
    buffer = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(photo)).save(buffer)
    data = buffer.getvalue()
    for part in (0.1, 0.5, 0.9):
        with pytest.raises(InvalidInputError, match="damaged or incomplete"):
            decode(data[: int(len(data) * part)])


def test_heic_without_its_package_says_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(InvalidInputError, match="pillow_heif"):
        decode(struct.pack(">I", 24) + b"ftypheic\0\0\0\0mif1heic")


def test_noise_in_a_file_never_raises_anything_else(encoded, photo):
    rng = np.random.default_rng(0)
    for form in FORMATS:
        data = np.frombuffer(encoded(photo, form), np.uint8)
        for _ in range(100):
            noisy = data.copy()
            noisy[rng.integers(0, min(200, data.size), 4)] = rng.integers(0, 256, 4)
            try:
                decode(noisy.tobytes())
            except InvalidInputError:
                continue


@pytest.mark.parametrize("read", [open_image, probe, lambda data: thumbnail(data, 64)])
def test_a_huge_png_is_refused_by_its_header(png, read):
    with pytest.raises(InvalidInputError, match="30,000 x 30,000 pixels"):
        read(png(30_000, 30_000, bits=8, colour=2))


def test_a_png_between_pillows_limits_is_refused_without_its_warning(png, recwarn):
    """Image.open warns from 89 megapixels on, and raises from 179."""
    with pytest.raises(InvalidInputError, match="10,000 x 10,000 pixels"):
        open_image(png(10_000, 10_000, bits=8, colour=2))
    assert not recwarn


@pytest.mark.parametrize("form", FORMATS)
def test_the_pixel_limit_holds_for_every_format(encoded, photo, form):
    data = encoded(photo, form)
    with pytest.raises(InvalidInputError, match="64 x 48 pixels, and at most 3,071"):
        open_image(data, limits=ImageLimits(max_pixels=64 * 48 - 1))
    assert open_image(data, limits=ImageLimits(max_pixels=64 * 48)).size == (64, 48)


@pytest.mark.parametrize(
    ("channels", "max_pixels", "message"),
    [(3, 64 * 48 - 1, "64 x 48 pixels, and at most"), (5, 64 * 48, "15,360 samples")],
)
def test_the_pixel_limit_holds_for_tiffs_that_tifffile_reads(channels, max_pixels, message):
    buffer = io.BytesIO()
    pixels = np.zeros((48, 64, channels), np.float32)
    tifffile.imwrite(buffer, pixels, photometric="rgb", planarconfig="contig")
    without_its_pixels = buffer.getvalue()[:-10_000]
    with pytest.raises(InvalidInputError, match=message):
        open_image(without_its_pixels, limits=ImageLimits(max_pixels=max_pixels))


def test_the_byte_limit_is_judged_before_the_content(tmp_path):
    path = tmp_path / "cat.jpg"
    path.write_bytes(bytes(2049))
    limits = ImageLimits(max_bytes=2048)
    for data in (bytes(2049), memoryview(bytes(2049)), path):
        with pytest.raises(InvalidInputError, match=r"at most 2,048 bytes"):
            open_image(data, limits=limits)


def test_a_tiff_whose_channels_are_not_of_one_depth_is_refused():
    buffer = io.BytesIO()
    pixels = np.zeros((3, 30, 40), np.uint16)
    tifffile.imwrite(buffer, pixels, photometric="rgb", planarconfig="separate")
    assert decode(buffer.getvalue()).shape == (30, 40, 3)
    bits = struct.pack("<3H", 16, 16, 16)
    damaged = buffer.getvalue().replace(bits, struct.pack("<3H", 16, 0, 0))
    with pytest.raises(InvalidInputError, match="damaged"):
        decode(damaged)
