"""Whatever the shape of a photo, every function that takes one answers."""

import io

import numpy as np
import pytest
from PIL import Image

from core.media import encode_png, photo_notices, probe, thumbnail
from core.optvis import deep_dream, filters, nine, style_transfer, stylize_now
from core.optvis.dream_settings import DreamSettings
from core.optvis.style_settings import StyleSettings
from core.vision import captioning, classification, comparison, explanation, exploration
from core.vision.colorization import ColorHint, colorize, guess
from core.vision.colorization.grey_photos import read_grey
from core.vision.transfer.augmentation import augment
from core.vision.transfer.datasets import ImageDataset, LabelledPhoto

SHAPES = [(1, 1), (3000, 1), (1, 3000), (2, 2), (17, 5)]  # width, height
NETWORK = classification.DEFAULT_BACKBONE
SMALL = StyleSettings(size=32, steps=1)
QUICK = DreamSettings(size=32, steps=1, octaves=1)


def photo(width, height, seed=0):
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return encode_png(pixels)


@pytest.fixture(params=SHAPES, ids=lambda shape: "x".join(map(str, shape)))
def shape(request):
    return request.param


@pytest.fixture
def odd(shape):
    return photo(*shape)


def last(steps):
    *_, step = steps
    return step


def test_it_is_seen_and_shown(odd, shape):
    assert (probe(odd).width, probe(odd).height) == shape
    with Image.open(io.BytesIO(thumbnail(odd, 96))) as small:
        assert min(small.size) >= 1 and max(small.size) <= 96
    assert isinstance(photo_notices(odd), tuple)


def test_it_is_classified_embedded_and_compared(odd):
    answer = classification.classify(odd, top_k=3)
    assert np.isfinite(answer.scores).all()
    assert np.isfinite(classification.embed([odd])).all()
    first = next(s for s in comparison.compare([odd], [NETWORK]) if s.results).results[0]
    assert first.classifications[0].labels[0] == answer.labels[0]


@pytest.mark.parametrize("method", explanation.methods(NETWORK))
def test_it_is_explained(odd, method):
    shown = explanation.explain(odd, method=method)
    assert np.isfinite(shown.values).all()
    assert 0 <= shown.region.left < shown.region.right <= 1
    assert 0 <= shown.region.top < shown.region.bottom <= 1


def test_its_activations_are_shown(odd):
    layer = explanation.layers(NETWORK)[0]
    assert np.isfinite(explanation.activations(odd, layer=layer).values).all()


def test_it_is_captioned(odd):
    assert all(caption.text for caption in captioning.caption(odd, beam_width=2))


@pytest.mark.parametrize("denoise", [False, True])
def test_it_is_coloured_in_its_size(odd, shape, denoise):
    hints = [ColorHint(0.5, 0.5, (200, 40, 40)), ColorHint(1.0, 0.0, (40, 40, 200))]
    colors = colorize(odd, hints=hints, denoise=denoise)
    assert colors.shape == (*shape[::-1], 3)
    guessed = guess(read_grey(odd))
    assert guessed.alternatives(1.0, 1.0) and np.isfinite(guessed.certainty).all()


def test_it_is_styled_and_is_a_style(odd):
    other = photo(60, 40)
    for content, style in ((odd, other), (other, odd)):
        assert last(style_transfer.stylize(content, style, SMALL)).image.ndim == 3
        assert stylize_now.stylize_now(content, style, size=64).dtype == np.uint8


def test_it_is_dreamt_on_and_is_a_guide(odd):
    other = photo(60, 40)
    assert last(deep_dream.dream(odd, QUICK)).image.ndim == 3
    assert last(deep_dream.dream(other, QUICK, guide=odd)).image.ndim == 3
    assert last(deep_dream.zoom(odd, QUICK, frames=2)).image.ndim == 3


def test_its_pieces_are_looked_at_by_filters(odd):
    layer = filters.layers("hed_vgg16")[2]
    pieces = filters.patches([odd], layer, 0, top=2)
    assert pieces and all(piece.image.size for piece in pieces)


def test_it_is_augmented(odd):
    for seed in range(8):
        assert augment(odd, 32, np.random.default_rng(seed)).shape == (32, 32, 3)


def test_data_sets_of_all_shapes_are_explored():
    photos = [photo(*shape, seed) for seed in range(2) for shape in SHAPES]
    dataset = ImageDataset(
        ("odd", "odder"),
        tuple(
            LabelledPhoto(f"{i}.png", i % 2, data, *SHAPES[i % len(SHAPES)])
            for i, data in enumerate(photos)
        ),
    )
    step = last(exploration.explore(dataset))
    assert step.stage == "done" and step.sheet is not None
    assert np.isfinite(step.positions).all()


@pytest.mark.slow
def test_nine_styles_of_a_line_are_drawn():
    line = photo(3000, 1)
    assert len(last(nine.nine(line, photo(60, 40), SMALL)).images) == 9
