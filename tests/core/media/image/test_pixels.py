"""Every pixel mode ends as the RGB values that a viewer would show."""

import io
import sys

import numpy as np
import pytest
import tifffile
from PIL import Image

from core.errors import InvalidInputError
from core.media import decode, probe
from core.media.image.samples import to_8bit

GREY_16 = np.array([[0, 255, 256, 32768, 65535]], dtype=np.uint16)
GREY_8 = [0, 0, 1, 128, 255]


def grey(values):
    """The RGB picture of one row of grey values."""
    return np.repeat(np.array([values], dtype=np.uint8)[..., None], 3, axis=-1)


def test_grey_is_repeated_in_each_channel(encoded):
    np.testing.assert_array_equal(
        decode(encoded(grey([0, 7, 255])[..., 0], "PNG")), grey([0, 7, 255])
    )


def test_one_bit_becomes_black_and_white(encoded):
    image = Image.fromarray(np.array([[0, 255, 0]], dtype=np.uint8)).convert("1")
    np.testing.assert_array_equal(decode(encoded(image, "PNG")), grey([0, 255, 0]))


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_16_bit_grey_is_scaled_and_not_clipped(encoded, form):
    np.testing.assert_array_equal(decode(encoded(GREY_16, form)), grey(GREY_8))


def test_big_endian_16_bit_grey_is_scaled(encoded):
    image = Image.frombytes("I;16B", (5, 1), GREY_16.astype(">u2").tobytes())
    data = encoded(image, "TIFF")
    assert probe(data).mode == "I;16B"
    np.testing.assert_array_equal(decode(data), grey(GREY_8))


def test_32_bit_grey_within_16_bits_counts_as_16_bit(encoded):
    np.testing.assert_array_equal(decode(encoded(GREY_16.astype(np.int32), "TIFF")), grey(GREY_8))


def test_32_bit_grey_beyond_16_bits_is_stretched(encoded):
    data = encoded(np.array([[-100_000, 0, 100_000]], dtype=np.int32), "TIFF")
    np.testing.assert_array_equal(decode(data), grey([0, 128, 255]))


@pytest.mark.parametrize(
    ("values", "expected"),
    [([0.0, 0.2, 0.5], [0, 51, 128]), ([-10.0, 0.0, 10.0], [0, 128, 255]), ([7.0, 7.0], [0, 0])],
    ids=["within 0..1", "stretched", "constant"],
)
def test_float_grey_is_scaled(encoded, values, expected):
    data = encoded(np.array([values], dtype=np.float32), "TIFF")
    np.testing.assert_array_equal(decode(data), grey(expected))


def test_samples_that_are_not_finite_are_left_out_of_the_range():
    samples = np.array([np.nan, np.inf, -np.inf, 0.0, 2.0], dtype=np.float32)
    np.testing.assert_array_equal(to_8bit(samples), [0, 255, 0, 0, 255])


def test_16_bit_colour_png_keeps_the_high_byte(png):
    row = np.array([0, 32768, 65535], dtype=">u2").tobytes()
    np.testing.assert_array_equal(
        decode(png(1, 1, bits=16, colour=2, rows=b"\0" + row)), [[[0, 128, 255]]]
    )


@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_16_bit_colour_tiff_keeps_the_high_byte(planar, byteorder):
    """Pillow 13.0 mixes up the columns of separate planes."""
    samples = np.arange(8 * 10 * 3, dtype=np.uint16).reshape(8, 10, 3) * 270
    stored = samples.transpose(2, 0, 1) if planar == "separate" else samples
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, stored, photometric="rgb", planarconfig=planar, byteorder=byteorder)
    np.testing.assert_array_equal(decode(buffer.getvalue()), samples >> 8)


def float_colour_tiff(**options):
    buffer = io.BytesIO()
    samples = np.array([[[0, 0.2, 1]], [[1, 0, 0]]], dtype=np.float32)
    tifffile.imwrite(buffer, samples, photometric="rgb", **options)
    return buffer.getvalue()


def test_float_colour_tiff_is_read_by_tifffile():
    np.testing.assert_array_equal(decode(float_colour_tiff()), [[[0, 51, 255]], [[255, 0, 0]]])


def test_float_colour_tiff_is_turned_upright():
    data = float_colour_tiff(extratags=[(274, "H", 1, 6, True)])
    np.testing.assert_array_equal(decode(data), [[[255, 0, 0], [0, 51, 255]]])


def test_float_colour_tiff_without_tifffile_says_what_is_missing(monkeypatch):
    data = float_colour_tiff()
    monkeypatch.setitem(sys.modules, "tifffile", None)
    with pytest.raises(InvalidInputError, match="tifffile"):
        decode(data)


def test_16_bit_tiff_that_counts_from_white_is_no_negative():
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, GREY_16, photometric="miniswhite")
    np.testing.assert_array_equal(decode(buffer.getvalue()), grey([255, 255, 254, 127, 0]))


def test_palette_is_looked_up(encoded):
    image = Image.fromarray(np.array([[2, 0, 1]], dtype=np.uint8))
    image.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])
    np.testing.assert_array_equal(
        decode(encoded(image, "PNG")), [[[70, 80, 90], [10, 20, 30], [40, 50, 60]]]
    )


@pytest.mark.parametrize("transparency", [1, b"\xff\x00\xff"], ids=["index", "table"])
def test_transparent_palette_entry_shows_white(encoded, transparency):
    image = Image.fromarray(np.array([[2, 0, 1]], dtype=np.uint8))
    image.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])
    data = encoded(image, "PNG", transparency=transparency)
    np.testing.assert_array_equal(decode(data), [[[70, 80, 90], [10, 20, 30], [255, 255, 255]]])


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_alpha_is_laid_on_white(encoded, form):
    pixels = np.array([[[200, 0, 0, 255], [200, 0, 0, 0], [0, 0, 0, 128]]], dtype=np.uint8)
    np.testing.assert_array_equal(
        decode(encoded(pixels, form)), [[[200, 0, 0], [255, 255, 255], [127, 127, 127]]]
    )


def test_grey_with_alpha_is_laid_on_white(encoded):
    pixels = np.array([[[50, 255], [50, 0], [0, 128]]], dtype=np.uint8)
    np.testing.assert_array_equal(decode(encoded(pixels, "PNG")), grey([50, 255, 127]))


@pytest.mark.parametrize(
    ("photometric", "stored", "shown"),
    [("rgb", [100, 0, 0, 128], [227, 127, 127]), ("minisblack", [100, 128], [227, 227, 227])],
)
def test_premultiplied_alpha_is_laid_on_white(photometric, stored, shown):
    buffer = io.BytesIO()
    pixels = np.array([[stored, [0] * len(stored)]], dtype=np.uint8)
    options = {"photometric": photometric, "extrasamples": ["assocalpha"]}
    tifffile.imwrite(buffer, pixels, planarconfig="contig", **options)
    np.testing.assert_allclose(decode(buffer.getvalue()), [[shown, [255, 255, 255]]], atol=1)


def test_transparent_colour_key_shows_white(encoded):
    pixels = np.array([[[1, 2, 3], [4, 5, 6]]], dtype=np.uint8)
    data = encoded(pixels, "PNG", transparency=(1, 2, 3))
    np.testing.assert_array_equal(decode(data), [[[255, 255, 255], [4, 5, 6]]])


CMYK = [((0, 0, 0, 0), 255, 255, 255), ((0, 255, 255, 0), 255, 0, 0), ((0, 0, 0, 255), 0, 0, 0)]


@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
@pytest.mark.parametrize(("ink", "red", "green", "blue"), CMYK, ids=["paper", "red", "black"])
def test_cmyk_shows_its_colours(encoded, form, ink, red, green, blue):
    data = encoded(Image.new("CMYK", (16, 16), ink), form)
    assert probe(data).mode == "CMYK"
    np.testing.assert_allclose(decode(data)[8, 8].astype(int), [red, green, blue], atol=2)


def test_ycck_jpeg_shows_its_colours(encoded):
    """Adobe's transform flag, 2, declares the same four channels to be YCCK."""
    # Red is printed with the inks (0, 255, 255, 0), of which Adobe's YCC is made as if they were
    # RGB (ITU-T T.871): 179, 171, 0. Pillow stores 255 minus what it is given.
    data = encoded(Image.new("CMYK", (16, 16), (255 - 179, 255 - 171, 255, 0)), "JPEG", quality=95)
    at = data.index(b"Adobe") + 11
    assert data[at] == 0
    data = data[:at] + b"\2" + data[at + 1 :]
    np.testing.assert_allclose(decode(data)[8, 8].astype(int), [255, 0, 0], atol=4)
