"""Style transfer, on small pictures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.errors import InvalidInputError, MemoryBudgetError
from core.optvis.pictures import read_picture, resized, rounded
from core.optvis.style_loss import style_evaluator
from core.optvis.style_transfer import PRESETS, StyleSettings, stylize

SMALL = StyleSettings(size=64, steps=4, levels=1)


@pytest.fixture(scope="module")
def stripes(encode):
    wave = np.sin(np.arange(96) / 4)
    pixels = 127 + 100 * np.stack(np.broadcast_arrays(wave, wave[:, None], -wave), -1)
    return encode(pixels.astype(np.uint8))


def test_the_loss_falls_and_every_step_has_a_picture(cat, stripes):
    steps = list(stylize(cat, stripes, replace(SMALL, levels=2, steps=6)))
    assert [s.iteration for s in steps] == list(range(7))
    totals = [s.losses["total"] for s in steps]
    for level in (totals[:4], totals[4:]):  # of two sizes, whose losses do not compare
        assert level == sorted(level, reverse=True)
        assert level[-1] < 0.9 * level[0]
    assert [s.image.shape for s in steps] == [(32, 32, 3)] * 4 + [(43, 64, 3)] * 3
    assert {s.image.dtype for s in steps} == {np.dtype(np.uint8)}
    for step in steps:
        *terms, total = step.losses.values()
        assert list(step.losses) == ["content", "style", "smoothness", "total"]
        assert total == pytest.approx(sum(terms))


def test_the_style_comes_closer_while_the_content_stays_recognisable(cat, stripes):
    first, *_, last = stylize(cat, stripes, replace(SMALL, start="content", steps=20))
    assert last.losses["style"] < 0.5 * first.losses["style"]
    content, style = (read_picture(picture, 64)[:43].mean(axis=-1) for picture in (cat, stripes))
    luma = last.image.mean(axis=-1)
    assert np.corrcoef(luma.ravel(), content.ravel())[0, 1] > 0.5
    assert abs(np.corrcoef(luma.ravel(), style.ravel())[0, 1]) < 0.25


def test_a_larger_size_begins_with_the_details_of_the_photo(cat, stripes):
    settings = replace(SMALL, levels=2, steps=2, start="content", style_weight=1e-6)
    *_, last = stylize(cat, stripes, settings)
    content = read_picture(cat, 64)
    height, width = content.shape[:2]
    blurred = resized(resized(content, height // 2, width // 2), height, width)
    difference, blur = (np.abs(picture - content).mean() for picture in (last.image, blurred))
    assert difference < 0.5 * blur


def test_content_alone_returns_the_content(cat, stripes):
    settings = replace(SMALL, style_weight=0, smoothness=0)
    *_, last = stylize(cat, stripes, settings)
    content = rounded(read_picture(cat, 64))
    np.testing.assert_array_equal(last.image, content)


@pytest.mark.parametrize("name", ["Graft", "Keras example"])
def test_a_style_has_no_style_loss_against_itself(name, stripes, monkeypatch):
    monkeypatch.setenv("GRAFT_PRECISION", "f32")
    picture, settings = read_picture(stripes, 64), replace(PRESETS[name], content_weight=0)
    settings = replace(settings, smoothness=0)
    itself = style_evaluator(picture, [picture], settings)
    other = style_evaluator(picture, [picture * 0.5], settings)
    assert itself(picture[None]).value <= 1e-9 * other(picture[None]).value


def test_the_same_seed_gives_the_same_picture(cat, stripes):
    settings = replace(SMALL, start="noise", steps=2)
    first, again, other = (
        list(stylize(cat, stripes, replace(settings, seed=seed)))[-1].image for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_the_colors_of_the_content_can_be_kept(cat, stripes):
    *_, last = stylize(cat, stripes, replace(SMALL, keep_colors=True, style_weight=100.0))
    content = read_picture(cat, 64)
    chroma = [p[..., 0].astype(float) - p[..., 2] for p in (last.image, content)]
    inside = (last.image > 0).all(-1) & (last.image < 255).all(-1)
    assert inside.mean() > 0.5
    assert np.abs(chroma[0] - chroma[1])[inside].max() < 3


def test_styles_blend_by_weight(cat, stripes):
    alone = list(stylize(cat, stripes, SMALL))[-1].image
    first_only = replace(SMALL, blend=(1.0, 0.0))
    np.testing.assert_array_equal(
        list(stylize(cat, stripes, first_only, others=[cat]))[-1].image, alone
    )
    with pytest.raises(InvalidInputError, match="2 styles, 3 weights"):
        next(stylize(cat, stripes, replace(SMALL, blend=(1, 1, 1)), others=[cat]))


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_lowers_its_loss(name, cat, stripes):
    settings = replace(PRESETS[name], size=64, steps=4, levels=1)
    first, *_, last = stylize(cat, stripes, settings)
    assert last.losses["total"] < first.losses["total"]


def test_sizes_that_do_not_fit_are_refused_with_the_largest_that_does(cat, stripes, monkeypatch):
    monkeypatch.setenv("GRAFT_MEMORY_BUDGET_MIB", "600")
    with pytest.raises(MemoryBudgetError, match=r"At most (\d+) px a side") as error:
        list(stylize(cat, stripes, replace(SMALL, size=2048)))
    size = int(str(error.value).split("At most ")[1].split()[0])
    assert 128 < size < 2048


def test_the_largest_size_that_is_named_can_be_optimised(cat, stripes, monkeypatch):
    monkeypatch.setenv("GRAFT_MEMORY_BUDGET_MIB", "350")
    with pytest.raises(MemoryBudgetError) as error:  # of the features, before any gradient
        next(stylize(cat, stripes, replace(SMALL, size=1024)))
    size = int(str(error.value).split("At most ")[1].split()[0])
    last = list(stylize(cat, stripes, replace(SMALL, size=size, steps=1, levels=1)))[-1]
    assert max(last.image.shape) == size


def test_bytes_of_no_photo_and_settings_out_of_bounds_are_refused(cat):
    with pytest.raises(InvalidInputError, match="photo"):
        next(stylize(cat, b"no photo", SMALL))
    with pytest.raises(InvalidInputError, match="at least 1 step"):
        next(stylize(cat, cat, replace(SMALL, steps=0)))
