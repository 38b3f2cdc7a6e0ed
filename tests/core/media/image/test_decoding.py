"""Photos of every format come out upright, as RGB, and back in again."""

import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from core.errors import InvalidInputError
from core.media import ImageInfo, decode, encode_jpeg, encode_png, open_image, probe, thumbnail

LOSSLESS = {"PNG": {}, "BMP": {}, "TIFF": {}, "WEBP": {"lossless": True}}
LOSSY = {"JPEG": {"quality": 95}, "WEBP": {"quality": 95}, "AVIF": {"quality": 95}}

# EXIF 2.32, tag 0x0112: what a viewer does to the stored array, in numpy's words.
TURNS = {
    1: lambda a: a,
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.rot90(a, 2).transpose(1, 0, 2),
    8: lambda a: np.rot90(a, 1),
}


def exif(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags


@pytest.mark.parametrize("form", LOSSLESS)
def test_lossless_formats_come_back_exactly(encoded, photo, form):
    np.testing.assert_array_equal(decode(encoded(photo, form, **LOSSLESS[form])), photo)


@pytest.mark.parametrize("form", LOSSY)
def test_lossy_formats_come_back_closely(encoded, photo, form):
    shown = decode(encoded(photo, form, **LOSSY[form]))
    assert np.abs(shown.astype(int) - photo).mean() < 3


def test_heic_comes_back_closely(photo):
    buffer = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(photo)).save(buffer, quality=95)
    assert probe(buffer.getvalue()) == ImageInfo(64, 48, "HEIF", "RGB")
    assert np.abs(decode(buffer.getvalue()).astype(int) - photo).mean() < 3


def test_gif_gives_its_first_frame(encoded):
    frames = [Image.new("RGB", (4, 3), colour) for colour in ("red", "blue")]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    np.testing.assert_array_equal(decode(data), np.full((3, 4, 3), [255, 0, 0]))


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_exif_orientation_is_obeyed(encoded, photo, form, orientation):
    plain = decode(encoded(photo, form))
    data = encoded(photo, form, exif=exif(orientation))
    expected = TURNS[orientation](plain)
    np.testing.assert_array_equal(decode(data), expected)
    info = probe(data)
    assert (info.height, info.width) == expected.shape[:2]


def test_a_sideways_tiff_with_xmp_is_turned_once(encoded, photo):
    """Pillow turns TIFFs itself, and swaps their sides as soon as they are opened."""
    tags = exif(6)
    tags[700] = b'<x:xmpmeta xmlns:x="adobe:ns:meta/" tiff:Orientation="6"/>'
    data = encoded(photo, "TIFF", exif=tags)
    np.testing.assert_array_equal(decode(data), TURNS[6](photo))
    assert (probe(data).width, probe(data).height) == (48, 64)


def test_orientation_is_not_left_for_others_to_obey_again(encoded, photo):
    image = open_image(encoded(photo, "JPEG", exif=exif(6)))
    assert image.getexif().get(0x0112) is None


def test_damaged_exif_leaves_the_photo_readable(encoded, photo):
    data = encoded(photo, "JPEG", exif=b"Exif\0\0no tags here")
    np.testing.assert_array_equal(decode(data), decode(encoded(photo, "JPEG")))


def test_a_path_is_read_as_its_bytes_are(encoded, photo, tmp_path):
    path = tmp_path / "no suffix"
    path.write_bytes(encoded(photo, "PNG"))
    np.testing.assert_array_equal(decode(path), photo)
    np.testing.assert_array_equal(decode(str(path)), photo)


def test_a_decoded_array_cannot_be_changed(encoded, photo):
    assert not decode(encoded(photo, "PNG")).flags.writeable


@pytest.mark.parametrize("size", [(640, 480), (481, 800), (224, 4000), (100, 100)])
def test_size_hint_keeps_the_shorter_side(encoded, size):
    image = open_image(encoded(Image.new("RGB", size), "JPEG"), size_hint=60)
    assert 60 <= min(image.size) < 120
    assert image.width / image.height == pytest.approx(size[0] / size[1], rel=0.05)


def test_size_hint_holds_for_photos_that_lie_on_their_side(encoded):
    data = encoded(Image.new("RGB", (800, 400)), "JPEG", exif=exif(6))
    assert open_image(data, size_hint=100).size == (100, 200)


def test_size_hint_of_a_larger_size_changes_nothing(encoded, photo):
    data = encoded(photo, "JPEG")
    np.testing.assert_array_equal(decode(data, size_hint=1000), decode(data))


def test_size_hint_must_be_positive(encoded, photo):
    with pytest.raises(InvalidInputError, match="Received: 0"):
        open_image(encoded(photo, "JPEG"), size_hint=0)


def test_probe_tells_what_the_header_says(encoded, photo):
    data = encoded(Image.fromarray(photo).convert("L"), "JPEG")
    assert probe(data) == ImageInfo(width=64, height=48, format="JPEG", mode="L")


def test_probe_reads_no_further_than_the_header(encoded, photo):
    data = encoded(photo, "JPEG")
    assert probe(data[:-20]).width == 64


def test_threads_decode_the_same_arrays_at_once(encoded, photo):
    files = [
        encoded(np.roll(photo, shift, axis=1), form, exif=exif(shift % 8 + 1))
        for shift in range(8)
        for form in ("JPEG", "PNG", "WEBP", "TIFF")
    ]
    alone = [decode(data) for data in files]
    with ThreadPoolExecutor(16) as pool:
        together = list(pool.map(decode, files * 4))
    for here, there in zip(alone * 4, together, strict=True):
        np.testing.assert_array_equal(here, there)


def test_png_round_trip_is_exact(photo):
    np.testing.assert_array_equal(decode(encode_png(photo)), photo)
    np.testing.assert_array_equal(decode(encode_png(photo[..., 0]))[..., 1], photo[..., 0])


def test_jpeg_quality_is_obeyed(photo):
    assert np.abs(decode(encode_jpeg(photo)).astype(int) - photo).mean() < 3
    assert len(encode_jpeg(photo, quality=20)) < len(encode_jpeg(photo, quality=90))


@pytest.mark.parametrize(
    "array",
    [np.zeros((4, 4, 3)), np.zeros((4, 4, 2), np.uint8), np.zeros((0, 4, 3), np.uint8), "photo"],
    ids=["float", "two channels", "empty", "text"],
)
@pytest.mark.parametrize("encode", [encode_png, encode_jpeg])
def test_encoders_refuse_what_is_no_picture(encode, array):
    with pytest.raises(InvalidInputError, match="dtype uint8"):
        encode(array)


def test_encode_jpeg_refuses_what_the_format_cannot_hold(photo):
    with pytest.raises(InvalidInputError, match="65,500"):
        encode_jpeg(np.zeros((1, 65_501), np.uint8))
    with pytest.raises(InvalidInputError, match="quality=0"):
        encode_jpeg(photo, quality=0)


def test_thumbnail_fits_its_square_and_lies_upright(encoded):
    data = encoded(Image.new("RGB", (800, 400), "green"), "JPEG", exif=exif(6))
    assert probe(thumbnail(data, 100)) == ImageInfo(50, 100, "JPEG", "RGB")


def test_thumbnail_does_not_enlarge(encoded, photo):
    assert probe(thumbnail(encoded(photo, "PNG"), 500)).width == 64
