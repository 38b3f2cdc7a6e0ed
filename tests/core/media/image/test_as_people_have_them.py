"""Photos as cameras, phones and programs write them: right, and what was guessed is said."""

import io
import struct
import time
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from core.errors import InvalidInputError
from core.media import decode, photo_notices, probe
from core.media.image import profiles
from core.media.image.profiles import in_srgb


@pytest.fixture(scope="module")
def grey(photo):
    """(48, 64) uint8 with both ends of the range."""
    levels = np.asarray(Image.fromarray(photo).convert("L")).copy()
    levels[0, 0], levels[-1, -1] = 0, 255
    return levels


@pytest.fixture(scope="module")
def vivid(photo):
    """(48, 64, 3) uint8 with both ends of the range in each channel."""
    pixels = photo.copy()
    pixels[0, 0], pixels[-1, -1] = 0, 255
    return pixels


def tiff(samples, **options):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, samples, **options)
    return buffer.getvalue()


def as_rgb(levels):
    return np.repeat(levels[..., None], 3, axis=-1)


DEPTHS = [8, 10, 12, 14, 16]


@pytest.mark.parametrize("bits", DEPTHS)
@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_grey_samples_of_few_bits_fill_the_range(encoded, grey, form, bits):
    data = encoded(grey.astype(np.uint16) << (bits - 8), form)
    np.testing.assert_array_equal(decode(data), as_rgb(grey))
    assert any(f"{bits} bits" in notice for notice in photo_notices(data)) == (bits < 16)


@pytest.mark.parametrize("bits", DEPTHS)
@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_colour_samples_of_few_bits_fill_the_range(vivid, bits, planar, order):
    samples = vivid.astype(np.uint16) << (bits - 8)
    stored = samples.transpose(2, 0, 1) if planar == "separate" else samples
    data = tiff(stored, photometric="rgb", planarconfig=planar, byteorder=order)
    np.testing.assert_array_equal(decode(data), vivid)


@pytest.mark.parametrize("bits", DEPTHS)
@pytest.mark.parametrize("channels", [2, 3, 4], ids=["grey and alpha", "colour", "with alpha"])
def test_png_samples_of_few_bits_fill_the_range(png, vivid, bits, channels):
    samples = vivid.astype(np.uint16) << (bits - 8)
    if channels != 3:
        opaque = np.full((48, 64, 1), 65535, np.uint16)
        samples = np.dstack([samples[..., : channels - 1], opaque])
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    data = png(64, 48, bits=16, colour={2: 4, 3: 2, 4: 6}[channels], rows=rows)
    shown = as_rgb(vivid[..., 0]) if channels == 2 else vivid
    np.testing.assert_array_equal(decode(data), shown)


@pytest.mark.parametrize(
    ("offset", "dtype"), [(-128, np.int8), (0, np.int16), (-32768, np.int16), (-2048, np.int16)]
)
def test_signed_samples_fill_the_range(grey, offset, dtype):
    scale = {-128: 1, 0: 128, -32768: 257, -2048: 16}[offset]
    data = tiff((grey.astype(int) * scale + offset).astype(dtype), photometric="minisblack")
    assert np.abs(decode(data).astype(int) - as_rgb(grey)).max() <= 1


def test_floats_that_count_as_12_bits_fill_the_range(grey):
    data = tiff(grey.astype(np.float32) * 16 / 65535)
    assert np.abs(decode(data).astype(int) - as_rgb(grey)).max() <= 1


def test_of_a_stack_the_first_page_fills_the_range_and_the_others_are_mentioned(grey):
    data = tiff(np.stack([grey, grey[::-1]] * 3).astype(np.int16) * 16, photometric="minisblack")
    np.testing.assert_array_equal(decode(data), as_rgb(grey))
    assert any("several pages" in notice for notice in photo_notices(data))


def test_a_picture_that_is_nearly_all_black_is_noticed(grey):
    dark = np.zeros((48, 64), np.uint16)
    dark[3, 5] = 65535
    (notice,) = photo_notices(tiff(dark))
    assert "Nearly all of it is black" in notice
    assert not photo_notices(tiff(grey))


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


PNG_METADATA = {
    "2 MB of text": chunk(b"zTXt", b"workflow\0\0" + zlib.compress(bytes(2 << 20))),
    "a text that is no zlib": chunk(b"zTXt", b"workflow\0\0nonsense"),
    "an international text": chunk(b"iTXt", b"w\0\1\0\0\0" + zlib.compress(bytes(2 << 20))),
    "XMP that is no zlib": chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0nonsense"),
    "a wrong checksum": chunk(b"tEXt", b"Comment\0hello")[:-4] + b"oops",
    "a profile that is no zlib": chunk(b"iCCP", b"wide\0\0nonsense"),
    "a large profile": chunk(b"iCCP", b"wide\0\0" + zlib.compress(bytes(3 << 20))),
    "EXIF that is none": chunk(b"eXIf", b"nonsense"),
    "an animation without frames": chunk(b"acTL", struct.pack(">II", 5, 0)),
}


@pytest.mark.parametrize("extra", PNG_METADATA.values(), ids=PNG_METADATA)
@pytest.mark.parametrize("place", ["before", "behind"])
def test_metadata_do_not_decide_whether_a_png_can_be_read(encoded, photo, extra, place):
    data = encoded(photo, "PNG")
    at = 33 if place == "before" else len(data) - 12  # behind IHDR; before IEND
    np.testing.assert_array_equal(decode(data[:at] + extra + data[at:]), photo)
    assert probe(data[:at] + extra + data[at:]).width == 64


@pytest.mark.parametrize("segment", [0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xFE])
@pytest.mark.parametrize(
    "body",
    [b"Exif\0\0MM\0*\xff\xff\xff\xff", b"ICC_PROFILE\0\1\1nonsense", b"MPF\0II*\0nonsense",
     b"Photoshop 3.0\x008BIM\4\4\0\0\xff\xff\xff\xff", b"JFIF\0", b"Adobe", b"", bytes(65_000)],
)  # fmt: skip
def test_metadata_do_not_decide_whether_a_jpeg_can_be_read(encoded, photo, segment, body):
    data = encoded(photo, "JPEG")
    extra = bytes([0xFF, segment]) + struct.pack(">H", 2 + len(body)) + body
    np.testing.assert_array_equal(decode(data[:2] + extra + data[2:]), decode(data))


def bitmap(pixels, alpha):
    """A BMP of 32 bits whose header has a mask for alpha, as screenshots have."""
    height, width, _ = pixels.shape
    rows = np.dstack([pixels[::-1, :, ::-1], np.full((height, width), alpha, np.uint8)]).tobytes()
    head = struct.pack("<IiiHHIIiiII", 108, width, height, 1, 32, 3, len(rows), 0, 0, 0, 0)
    head += struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000) + b"BGRs" + bytes(48)
    start = 14 + len(head)
    return b"BM" + struct.pack("<IHHI", start + len(rows), 0, 0, start) + head + rows


@pytest.mark.parametrize("alpha", [0, 255])
def test_a_bitmap_whose_alpha_is_all_zero_is_opaque(photo, alpha):
    data = bitmap(photo, alpha)
    np.testing.assert_array_equal(decode(data), photo)
    assert len(photo_notices(data)) == (alpha == 0)


@pytest.mark.parametrize("form", ["PNG", "TIFF", "WEBP"])
def test_what_is_all_transparent_is_opaque_in_every_format(encoded, photo, form):
    options = {"lossless": True, "exact": True} if form == "WEBP" else {}
    data = encoded(np.dstack([photo, np.zeros((48, 64), np.uint8)]), form, **options)
    np.testing.assert_array_equal(decode(data), photo)


@pytest.mark.parametrize("missing", [1, 2])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_without_its_end_marker_is_read_with_a_notice(encoded, photo, missing, progressive):
    data = encoded(photo, "JPEG", progressive=progressive)
    np.testing.assert_array_equal(decode(data[:-missing]), decode(data))
    (notice,) = photo_notices(data[:-missing])
    assert "breaks off behind its last pixel" in notice


def test_a_jpeg_that_lacks_pixels_is_refused(encoded):
    noise = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    data = encoded(noise, "JPEG")
    for missing in (8, 100, len(data) // 2):
        with pytest.raises(InvalidInputError, match="incomplete"):
            decode(data[:-missing])


def profile(white=(0.3127, 0.3290), gamma=2.2, red=(0.68, 0.32), green=(0.265, 0.69)):
    """An ICC profile of three primaries, those of Display P3 unless others are given."""

    def xyz(x, y):
        return np.array([x / y, 1, (1 - x - y) / y])

    bradford = np.array(
        [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
    )
    d50 = np.array([0.9642, 1, 0.8249])
    cones = (bradford @ d50) / (bradford @ xyz(*white))
    adapted = np.linalg.inv(bradford) @ np.diag(cones) @ bradford
    primaries = np.array([xyz(*red), xyz(*green), xyz(0.15, 0.06)]).T
    matrix = adapted @ (primaries * np.linalg.solve(primaries, xyz(*white)))

    def fixed(*values):
        return b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    tags = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", 5) + b"wide\0" + bytes(79),
        b"cprt": b"text" + bytes(4) + b"none\0",
        b"wtpt": b"XYZ " + bytes(4) + fixed(*d50),
    }
    for i, letter in enumerate(b"rgb"):
        tags[bytes([letter]) + b"XYZ"] = b"XYZ " + bytes(4) + fixed(*matrix[:, i])
        tags[bytes([letter]) + b"TRC"] = b"para" + bytes(8) + fixed(gamma)
    return _packed(tags, b"RGB ")


def grey_profile(gamma):
    curve = b"para" + bytes(8) + struct.pack(">i", round(gamma * 65536))
    tags = {b"wtpt": b"XYZ " + bytes(4) + struct.pack(">iii", 63190, 65536, 54061), b"kTRC": curve}
    tags[b"desc"] = b"desc" + bytes(4) + struct.pack(">I", 5) + b"grey\0" + bytes(79)
    tags[b"cprt"] = b"text" + bytes(4) + b"none\0"
    return _packed(tags, b"GRAY")


def _packed(tags, space):
    table, body = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        data += bytes(-len(data) % 4)
        table += name + struct.pack(">II", 132 + 12 * len(tags) + len(body), len(data))
        body += data
    head = struct.pack(">I", 128 + len(table) + len(body)) + bytes(4) + struct.pack(">I", 2 << 25)
    head += b"mntr" + space + b"XYZ " + bytes(12) + b"acsp" + bytes(28)
    head += struct.pack(">iii", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + table + body


P3 = profile()
ADOBE = profile(red=(0.64, 0.33), green=(0.21, 0.71))


@pytest.mark.parametrize("icc", [P3, ADOBE], ids=["Display P3", "Adobe RGB"])
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_colours_are_converted_to_srgb_by_their_profile(encoded, photo, icc, form):
    soft = Image.fromarray((photo // 3 + 80).astype(np.uint8))
    wide = ImageCms.profileToProfile(
        soft, ImageCms.createProfile("sRGB"), ImageCms.ImageCmsProfile(io.BytesIO(icc))
    )
    if form == "HEIF":
        import pillow_heif

        buffer = io.BytesIO()
        wide.info["icc_profile"] = icc
        pillow_heif.from_pillow(wide).save(buffer, quality=100, chroma=444)
        data = buffer.getvalue()
    else:
        options = {"quality": 98} if form in ("JPEG", "AVIF") else {}
        options |= {"lossless": True} if form == "WEBP" else {}
        data = encoded(wide, form, icc_profile=icc, **options)
    off = np.abs(decode(data).astype(int) - np.asarray(soft))
    assert off.mean() < 1.5 and np.abs(np.asarray(wide).astype(int) - np.asarray(soft)).mean() > 2
    assert photo_notices(data) == ()


def test_transparent_colours_are_converted_too(encoded, photo):
    clear = np.dstack([photo, np.full((48, 64), 255, np.uint8)])
    clear[0, 0, 3] = 0
    opaque = decode(encoded(photo, "PNG", icc_profile=P3))
    shown = decode(encoded(clear, "PNG", icc_profile=P3))
    np.testing.assert_array_equal(shown[1:], opaque[1:])
    assert tuple(shown[0, 0]) == (255, 255, 255)


def test_a_grey_profile_is_obeyed(encoded, grey):
    linear = decode(encoded(grey, "PNG", icc_profile=grey_profile(1.0)))
    expected = 255 * np.where(  # IEC 61966-2-1
        grey / 255 <= 0.0031308, 12.92 * grey / 255, 1.055 * (grey / 255) ** (1 / 2.4) - 0.055
    )
    assert np.abs(linear[..., 0] - expected).max() < 4


def test_an_srgb_profile_changes_nothing(encoded, photo):
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    np.testing.assert_array_equal(decode(encoded(photo, "PNG", icc_profile=srgb)), photo)


@pytest.mark.parametrize(
    "icc",
    [b"nonsense", bytes(500), P3[:200], grey_profile(2.2)],
    ids=["text", "zeros", "cut off", "of grey"],
)
def test_a_profile_that_cannot_be_used_is_left_out_and_mentioned(encoded, photo, icc):
    data = encoded(photo, "PNG", icc_profile=icc)
    np.testing.assert_array_equal(decode(data), photo)
    (notice,) = photo_notices(data)
    assert "colour profile cannot be used" in notice


def test_print_colours_without_a_profile_are_said_to_be_a_guess(encoded):
    data = encoded(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG")
    (notice,) = photo_notices(data)
    assert "print" in notice and "guess" in notice


def test_lab_colours_are_converted():
    lab = Image.merge("LAB", [Image.new("L", (1, 1), v) for v in (138, 81 + 128 - 256 & 255, 70)])
    assert in_srgb(lab, None, []).mode == "RGB"


def test_a_profile_that_is_known_costs_little(encoded):
    """Each photo of a phone has one. A transform is built in 2 ms, which 50 would not be."""
    image = Image.new("RGB", (256, 256), (90, 120, 60))
    in_srgb(image, P3, [])
    started = time.process_time()
    for _ in range(10):
        in_srgb(image, P3, [])
    assert time.process_time() - started < 0.5


RAWS = {
    "Canon CR2": b"II*\0\x10\0\0\0CR\2\0" + bytes(50),
    "Canon CR3": struct.pack(">I", 24) + b"ftypcrx \0\0\0\1crx isom",
    "Canon CRW": b"II\x1a\0\0\0HEAPCCDR" + bytes(50),
    "Fujifilm RAF": b"FUJIFILMCCD-RAW 0201" + bytes(50),
    "Olympus ORF": b"IIRO\x08\0\0\0" + bytes(50),
    "Panasonic RW2": b"IIU\0\x18\0\0\0" + bytes(50),
    "Sigma X3F": b"FOVb" + bytes(50),
    "Minolta MRW": b"\0MRM" + bytes(50),
}


@pytest.mark.parametrize("kind", RAWS)
def test_camera_raws_are_named(kind):
    with pytest.raises(InvalidInputError, match=rf"camera raw file \({kind}\); export it as JPEG"):
        decode(RAWS[kind])


@pytest.mark.parametrize(
    ("kind", "make", "in_sub_ifd"),
    [("DNG", "Google", False), ("Nikon NEF", "NIKON CORPORATION", True), ("Sony ARW", "SONY", True),
     ("Pentax PEF", "PENTAX", False), ("TIFF/EP", "Nobody", True)],
)  # fmt: skip
def test_camera_raws_that_are_tiffs_with_a_preview_are_named(grey, kind, make, in_sub_ifd):
    """Their first page is a small picture, which is not the photo."""
    buffer = io.BytesIO()
    extra = [(271, "s", 0, make, True)]
    if kind == "DNG":
        extra.append((50706, "B", 4, (1, 4, 0, 0), True))
    with tifffile.TiffWriter(buffer) as file:
        file.write(
            grey,
            photometric="minisblack" if in_sub_ifd or kind == "DNG" else 32803,
            subifds=1 if in_sub_ifd else None,
            extratags=extra,
        )
        if in_sub_ifd:
            file.write(grey.astype(np.uint16), photometric=32803)
    with pytest.raises(InvalidInputError, match=rf"camera raw file \({kind}\)"):
        decode(buffer.getvalue())


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG", "TIFF"])
def test_that_only_the_first_frame_is_used_is_mentioned(encoded, form):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    options = {"lossless": True} if form == "WEBP" else {}
    data = encoded(frames[0], form, save_all=True, append_images=frames[1:], **options)
    np.testing.assert_array_equal(decode(data), np.full((8, 8, 3), [255, 0, 0]))
    (notice,) = photo_notices(data)
    assert "the first is used" in notice


def test_an_ordinary_photo_has_no_notices(encoded, photo):
    for form in ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF"):
        assert photo_notices(encoded(photo, form)) == ()


def test_a_vast_profile_is_used_and_not_kept():
    image, notices = Image.new("RGB", (8, 8), (200, 100, 50)), []
    plain = in_srgb(image, P3, notices)
    before = profiles._kept_transform.cache_info().currsize
    vast = P3 + bytes(5 << 20)
    assert in_srgb(image, vast, notices).tobytes() == plain.tobytes() and not notices
    assert profiles._kept_transform.cache_info().currsize == before
