"""Grey photos in colour: what holds whatever the network has learned, and odd photos."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from skimage import data

from core.errors import InvalidInputError
from core.media import encode_png
from core.vision.colorization import ColorGuess, ColorHint, colorize, grey_photos, guess, paint
from core.vision.colorization.bins import bins
from core.vision.colorization.color_space import grey, lightness, lightness_of_grey, to_lab, to_rgb
from core.vision.colorization.grey_photos import read_grey


def chroma(rgb: np.ndarray) -> np.ndarray:
    return np.hypot(*np.moveaxis(to_lab(rgb)[..., 1:], -1, 0))


def is_grey(rgb: np.ndarray) -> bool:
    return bool((rgb == rgb[..., :1]).all())


def greyed(photo: np.ndarray) -> np.ndarray:
    return np.repeat(grey(photo)[..., None], 3, axis=-1)


def toned(photo: np.ndarray, a: float, b: float) -> np.ndarray:
    """A photo as it is in sepia: one colour for each grey, paler in the lights."""
    light = lightness(photo)
    fade = (1 - light / 200)[..., None]
    return to_rgb(light, np.array([a, b], np.float32) * fade)


@pytest.fixture(scope="module")
def camera(encode) -> bytes:
    """A photo that was grey from the beginning, 512 x 512."""
    return encode(data.camera())


@pytest.fixture(scope="module")
def painted(camera) -> np.ndarray:
    return colorize(camera)


@pytest.fixture(scope="module")
def halves(encode) -> ColorGuess:
    """A guess of two colours, the left one sure, the right one even, for a photo with an edge."""
    photo = np.full((112, 112), 110, np.uint8)
    photo[:, 56:] = 190
    logits = np.full((56, 56, len(bins())), -20, np.float32)
    left, right = (
        int(np.hypot(*(bins() - np.array(ab)).T).argmin()) for ab in ((30, 20), (0, -30))
    )
    logits[:, :28, left] = 5
    logits[:, 28:, right] = logits[:, 28:, left] = 5
    return ColorGuess(read_grey(encode(photo)), logits)


def test_size_and_lightness_are_kept(camera, painted):
    photo = data.camera()
    assert painted.shape == (512, 512, 3) and painted.dtype == np.uint8
    off = np.abs(lightness(painted) - lightness_of_grey(photo))
    assert off.mean() < 0.3 and off.max() < 1.5
    assert not is_grey(painted)


def test_no_saturation_is_grey_and_more_is_more(camera, painted):
    assert np.array_equal(colorize(camera, saturation=0)[..., 0], data.camera())
    assert is_grey(colorize(camera, saturation=0))
    means = [chroma(colorize(camera, saturation=s)).mean() for s in (0.5, 1.0, 2.0)]
    assert means == sorted(means) and means[2] > 1.3 * means[0]
    assert np.array_equal(colorize(camera, saturation=1.0), painted)


def test_a_colour_photo_gives_what_its_grey_one_gives_and_keeps_the_truth(cat, encode):
    photo = read_grey(cat)
    assert np.array_equal(photo.truth, data.chelsea())
    assert photo.tone is None and not photo.is_framed
    assert np.array_equal(colorize(cat), colorize(encode(grey(data.chelsea()))))
    assert read_grey(encode(data.coffee())).truth is not None  # brown all over, yet in colour


@pytest.mark.parametrize(("a", "b"), [(9, 24), (-2, -14)], ids=["sepia", "cyanotype"])
def test_a_toned_photo_is_turned_grey_first(encode, a, b):
    aged = toned(data.astronaut(), a, b)
    photo = read_grey(encode(aged))
    assert photo.truth is None
    assert np.sign(photo.tone).tolist() == np.sign([a, b]).tolist()
    assert np.abs(photo.grey.astype(int) - grey(data.astronaut())).max() <= 2


@pytest.mark.parametrize("level", [255, 20])
def test_a_frame_stays_grey_and_colours_begin_inside(encode, level):
    photo = grey(data.chelsea())
    framed = np.pad(photo, 24, constant_values=level)
    grey_photo = read_grey(encode(framed))
    assert np.allclose(grey_photo.inner, (24, 324, 24, 475), atol=2)
    assert grey_photo.is_framed
    painted = colorize(encode(framed), saturation=2)
    outside = np.ones(framed.shape, bool)
    outside[22:-22, 22:-22] = False
    assert (painted[outside] == level).all()
    assert chroma(painted[40:-40, 40:-40]).mean() > 3
    hinted = colorize(encode(framed), hints=[ColorHint(0.01, 0.01, (200, 0, 0))])
    assert (hinted[outside] == level).all()


def test_temperature_goes_from_the_most_probable_colour_to_the_mean(halves):
    vivid = paint(
        halves, temperature=0.01, saturation=1 / 1.99
    )  # where colours are twice as strong
    safe = paint(halves, temperature=1.0)
    assert np.abs(to_lab(vivid)[20:90, 20, 1:] - [30, 20]).max() < 3
    mean = to_lab(safe)[20:90, 90, 1:].mean(axis=0)
    assert np.allclose(mean, [15, -5], atol=3)


@pytest.mark.parametrize("photo", [data.camera, data.rocket, data.coffee])
def test_a_lower_temperature_is_livelier(photo):
    """The most probable colour of many places is grey: sharpening alone would fade them."""
    guessed = guess(read_grey(encode_png(photo())))
    means = [chroma(paint(guessed, temperature=t)).mean() for t in (1.0, 0.7, 0.5)]
    assert means == sorted(means)
    assert means[-1] > 1.2 * means[0]
    assert chroma(paint(guessed, temperature=0.1)).mean() > 1.2 * means[0]


def test_it_is_sure_where_one_colour_is_likely_and_names_the_others(halves):
    assert halves.certainty[:, :28].min() > 0.99
    share = 1 - np.log(2) / np.log(len(bins()))
    assert halves.certainty[:, 28:].mean() == pytest.approx(share, abs=0.01)
    ((rgb, probability),) = halves.alternatives(0.1, 0.5)
    assert probability == pytest.approx(1, abs=0.01)
    assert to_lab(rgb) == pytest.approx([lightness_of_grey(110), 30, 20], abs=2)
    shares = [share for _, share in halves.alternatives(0.9, 0.5)]
    assert shares == pytest.approx([0.5, 0.5], abs=0.01)
    with pytest.raises(InvalidInputError, match="x and y"):
        halves.alternatives(1.5, 0.5)


def test_a_hint_colours_its_place_and_not_the_far_side_of_an_edge(halves):
    before, after = paint(halves), paint(halves, hints=[ColorHint(0.25, 0.5, (40, 160, 60))])
    color = to_lab(np.array((40, 160, 60), np.uint8))[1:]
    lab = to_lab(after)
    inside = (
        lab[20:90, 10:45, 1:] @ color / (np.hypot(*color) * np.hypot(*lab[20:90, 10:45, 1:].T).T)
    )
    assert inside.min() > 0.9  # in the hint's direction
    far = np.abs(to_lab(after)[:, 75:] - to_lab(before)[:, 75:])
    assert far.mean() < 3


def test_the_network_sees_long_photos_in_several_squares(encode):
    wide = np.tile(data.camera()[100:200], (1, 4))
    guessed = guess(read_grey(encode(wide)))
    assert guessed.logits.shape[0] == 56 and guessed.logits.shape[1] > 500
    assert np.isfinite(guessed.logits).all()
    assert colorize(encode(wide.T)).shape == (2048, 100, 3)


def deep() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(data.camera().astype(np.uint16) * 257).save(buffer, "PNG")
    return buffer.getvalue()


def see_through() -> bytes:
    buffer = io.BytesIO()
    rgba = np.dstack([data.chelsea(), np.full((300, 451), 90, np.uint8)])
    Image.fromarray(rgba).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("photo", "shape"),
    [
        (np.full((1, 1), 128, np.uint8), (1, 1)),
        (np.full((3, 200), 128, np.uint8), (3, 200)),
        (np.tile(np.arange(100, dtype=np.uint8), (60, 100)), (60, 10_000)),
        (np.zeros((90, 120), np.uint8), (90, 120)),
        (np.full((90, 120), 255, np.uint8), (90, 120)),
        (deep(), (512, 512)),
        (see_through(), (300, 451)),
    ],
    ids=["one pixel", "three rows", "10,000 px wide", "black", "white", "16 bits", "alpha"],
)
def test_odd_photos_have_an_answer(encode, photo, shape):
    data = photo if isinstance(photo, bytes) else encode(photo)
    painted = colorize(data, hints=[ColorHint(0.5, 0.5, (200, 0, 0))])
    assert painted.shape == (*shape, 3)
    assert np.abs(lightness(painted) - lightness_of_grey(read_grey(data).grey)).max() < 1.5


def test_black_stays_black_and_16_bits_are_as_8(encode, camera, painted):
    assert not colorize(encode(np.zeros((50, 50), np.uint8))).any()
    assert np.array_equal(colorize(deep()), painted)


def test_grain_is_taken_away_if_that_is_asked_for(encode):
    photo = grey(data.astronaut())[100:300, 100:300]
    noisy = photo + np.random.default_rng(0).normal(0, 15, photo.shape)
    noisy = encode(noisy.clip(0, 255).astype(np.uint8))

    def error(levels: np.ndarray) -> float:
        return float(np.square(levels.astype(float) - photo).mean())

    clean = read_grey(noisy, denoise=True).grey
    assert error(clean) < error(read_grey(noisy).grey) / 2
    kept = read_grey(encode(photo), denoise=True).grey
    assert error(kept) < 2  # where there is no grain, little changes
    tiny = encode(photo[:4, :4])
    assert np.array_equal(read_grey(tiny, denoise=True).grey, photo[:4, :4])


def test_what_is_too_large_to_denoise_is_refused_in_a_sentence(camera, monkeypatch):
    monkeypatch.setattr(grey_photos, "MOST_DENOISED", 1000)
    with pytest.raises(InvalidInputError, match="save it smaller"):
        read_grey(camera, denoise=True)
    assert read_grey(camera).grey.shape == (512, 512)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"saturation": -0.1}, "saturation"),
        ({"saturation": 3.5}, "saturation"),
        ({"saturation": float("nan")}, "saturation"),
        ({"temperature": 0.0}, "temperature"),
        ({"temperature": 1.5}, "temperature"),
    ],
)
def test_numbers_out_of_bounds_are_refused(halves, wrong, words):
    with pytest.raises(InvalidInputError, match=words):
        paint(halves, **wrong)


def test_what_is_no_photo_is_refused():
    with pytest.raises(InvalidInputError):
        colorize(b"no photo")


def test_a_guess_is_not_changed_by_painting(halves):
    before = halves.logits.copy()
    paint(halves, saturation=2, hints=[ColorHint(0.5, 0.5, (1, 2, 200))])
    assert np.array_equal(halves.logits, before)
    assert np.array_equal(paint(halves), paint(replace(halves)))
