"""Every chart with no, one, two and many values, and with names that Plotly could take amiss."""

from __future__ import annotations

import ast
import math
import re
import time
from collections.abc import Callable

import numpy as np
import plotly.graph_objects as go
import pytest

from core.learning.metrics import Reliability, RocCurve
from core.text.documents import DocumentMap
from core.vision.transfer import Epoch
from core.vision.transfer.advice import Advice, Similarity
from core.vision.transfer.advice_record import recorded
from core.zoo.anatomy import Anatomy, Layer
from pages._backbones import comparison_charts
from pages._captions import caption_charts
from pages._colorize import color_charts
from pages._documents import document_charts
from pages._sentiment import text_charts
from pages._sounds import sound_charts
from pages._transfer import (
    advice_chart,
    dataset_charts,
    ladder_charts,
    network_drawing,
    training_charts,
)
from pages._ui import axes, charts, evaluation_charts, learning_curves, optimising
from pages._ui.numbers import percent
from tests.listed_pages import NAVIGATION

PAGES = NAVIGATION.parent
ODD = ("3", "17", "112", "nan", "2021-01-01", "1e3", "True", "<b>", "", "None", "3", "x" * 200)
SIZES = (0, 1, 2, 3, 12)
ADVICE = Advice(
    photos_per_class=10.0,
    similarity=Similarity(photos=20, confidence=0.4, alignment=0.2, value=0.6),
    quadrant="few, similar",
    frozen_accuracy=0.9,
    strategy="features",
    reason="",
    trials=(),
)


def names(n: int) -> list[str]:
    return [ODD[i % len(ODD)] for i in range(n)]


def scores(n: int, seed: int = 0) -> np.ndarray:
    """From 1 down, the last of many 0."""
    rng = np.random.default_rng(seed)
    return np.sort(np.concatenate([[1.0], rng.random(max(0, n - 2)), [0.0]])[:n])[::-1]


def epochs(n: int) -> list[Epoch]:
    return [Epoch(i, 0.3 * i + 0.1, 2.0 / (i + 1), 0.5, 2.2 / (i + 1), 0.93) for i in range(n)]


def curve(n: int) -> RocCurve:
    return RocCurve(np.linspace(0, 1, n), np.linspace(0, 1, n) ** 0.5, 0.8 if n else np.nan)


def reliability(n: int) -> Reliability:
    full = np.where(np.arange(15) < n, 0.5, np.nan)
    return Reliability(np.linspace(0, 1, 16), full, full, (~np.isnan(full)).astype(int), 0.1)


def squares(n: int) -> np.ndarray:
    return np.eye(n) if n else np.zeros((0, 0))


def points(n: int) -> list[tuple[int, float, float, float]]:
    return [(2 * 3**i, 0.9, 0.85, 0.93) for i in range(n)]


def documents(n: int) -> DocumentMap:
    places = np.arange(2 * n, dtype=np.float32).reshape(n, 2)
    return DocumentMap(places, np.zeros(n, np.int64), tuple(names(n)))


DRAWN: dict[str, Callable[[int], go.Figure]] = {
    "score_bars": lambda n: charts.score_bars(names(n), scores(n)),
    "grouped_bars": lambda n: charts.grouped_bars(
        names(n), {"<i>one": scores(n), "two": scores(n)}, written=percent, hover="%{y}"
    ),
    "labelled_bars": lambda n: charts.labelled_bars(names(n), scores(n)),
    "confusion_matrix": lambda n: evaluation_charts.confusion_matrix(
        names(n), squares(n).astype(int), (0, 0) if n else None
    ),
    "roc_curves": lambda n: evaluation_charts.roc_curves(
        names(n), [curve(i) for i in range(n)], charts.colours(n)
    ),
    "reliability_diagram": lambda n: evaluation_charts.reliability_diagram(reliability(n)),
    "learning_curves": lambda n: learning_curves.learning_curves(
        [("<b>one", points(n)), ("two", points(min(n, 1)))]
    ),
    "loss_curves": lambda n: optimising.loss_curves(
        [{"iteration": i, "total": 3e-4 * 2.0**-i, "style": 0.0} for i in range(n)]
    ),
    "race_curves": lambda n: training_charts.race_curves([("<b>", epochs(n))], "accuracy"),
    "race_curves ": lambda n: training_charts.race_curves([("a", epochs(n))], "loss"),
    "epoch_curves": lambda n: training_charts.epoch_curves(
        {"<b>": ([(i, 0.9) for i in range(n)], "red")}, "accuracy", max(1, n)
    ),
    "epoch_curves ": lambda n: training_charts.epoch_curves(
        {"a": ([(i, 0.9 * i) for i in range(n)], "red")}, "loss", max(1, n)
    ),
    "class_counts": lambda n: dataset_charts.class_counts(
        dict(zip(dict.fromkeys(names(n)), range(n), strict=False)), charts.colours(n)
    ),
    "photo_sizes": lambda n: dataset_charts.photo_sizes(np.arange(n), np.arange(n)),
    "agreement_map": lambda n: comparison_charts.agreement_map(names(n), squares(n)),
    "cost_scatter": lambda n: comparison_charts.cost_scatter(
        [(name, 2.0 + 3 * i, 0.7 + i / 50, 10**6) for i, name in enumerate(names(n))]
    ),
    "bleu_bars": lambda n: caption_charts.bleu_bars(
        {name: (0.6, 0.4, 0.25, 0.15) for name in "abc"[:n]}
    ),
    "score_map": lambda n: caption_charts.score_map(
        [str(i) for i in range(n)], [f"{i / 2:g}" for i in range(n)], squares(n)
    ),
    "top1_bars": lambda n: color_charts.top1_bars(dict(zip(names(n), scores(n), strict=True))),
    "document_map": lambda n: document_charts.document_map(
        documents(n), names(max(1, n)), (0.0, 1.0), range(min(n, 2))
    ),
    "paired_bars": lambda n: document_charts.paired_bars(
        names(n), {"<i>one": scores(n), "two": scores(n)}
    ),
    "deletion_curves": lambda n: text_charts.deletion_curves(scores(n), scores(n, 1)),
    "area_bars": lambda n: text_charts.area_bars(names(n), scores(n) - 0.5, highlight="3"),
    "scores_over_time": lambda n: sound_charts.scores_over_time(
        np.arange(max(1, n)) * 0.5, 1.0, names(n), np.full((max(1, n), n), 0.4)
    ),
    "waveform": lambda n: sound_charts.waveform(
        np.arange(n) / 9, -scores(n), scores(n), [0.5] * min(n, 1)
    ),
    "split_bars": lambda n: sound_charts.split_bars(names(n), {"a": scores(n), "b": scores(n)}),
    "drawing": lambda n: network_drawing.drawing(
        Anatomy((Layer("<b>", "Conv2D", (8, 8, 4), 5, 0, 3),) * n), ["learns"] * n, 8
    ),
    "gap_curves": lambda n: ladder_charts.gap_curves(epochs(n), "loss", charts.GREEN, 2.5),
    "quadrants": lambda n: advice_chart.quadrants(
        recorded().rule, recorded().trials[:n], ADVICE, "<b>"
    ),
    "clip_curves": lambda n: sound_charts.clip_curves(
        {"<b>": [*((1 + 3 * i, 0.9) for i in range(n)), (None, 0.95)]}, 40
    ),
}
BY_CATEGORY = {
    "score_bars": "y",
    "grouped_bars": "x",
    "labelled_bars": "y",
    "paired_bars": "x",
    "area_bars": "y",
    "scores_over_time": "y",
    "top1_bars": "y",
    "split_bars": "x",
    "agreement_map": "x",
}


def test_every_chart_is_drawn_here():
    every = {
        node.name
        for path in PAGES.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef)
        and node.returns is not None
        and ast.unparse(node.returns) == "go.Figure"
        and not node.name.startswith("_")
    }
    assert every - {"plain"} == {name.strip() for name in DRAWN}


def test_axes_are_made_in_one_place():
    for path in PAGES.rglob("*.py"):
        if path.name != "axes.py":
            text = path.read_text("utf-8")
            assert not re.search(r"update_[xy]axes|[xy]axis|tickformat|tickvals|rangemode", text), (
                path
            )


def sides(figure: go.Figure) -> list[go.layout.XAxis | go.layout.YAxis]:
    return [figure.layout.xaxis, figure.layout.yaxis]


def value_of(text: str) -> float:
    """What is written beside an axis, as a number."""
    plain = text.replace(",", "").replace("%", "e-2").replace("·10<sup>", "e")
    plain = plain.replace("10<sup>", "1e").replace("</sup>", "")
    return float(plain)


@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize("name", DRAWN)
def test_no_axis_repeats_or_bends_a_number(name, count):
    if (name, count) == ("cost_scatter", 0):
        return  # there is always a network
    for axis in sides(DRAWN[name](count)):
        if axis.visible is False and axis.range is None:
            continue
        low, high = sorted(axis.range)
        assert math.isfinite(low) and math.isfinite(high) and low < high
        texts = list(axis.ticktext)
        assert len(texts) == len(axis.tickvals)
        if axis.type == "category" or axis.title.text in ("true class", "predicted class"):
            continue
        assert len(set(texts)) == len(texts) and list(axis.tickvals) == sorted(axis.tickvals)
        for value, text in zip(axis.tickvals, texts, strict=True):
            if text != "all":
                assert value_of(text) == pytest.approx(value, rel=1e-9, abs=1e-12)
        at = np.log10(axis.tickvals) if axis.type == "log" else np.array(axis.tickvals)
        assert sum((low - 1e-9 <= at) & (at <= high + 1e-9)) >= min(2, len(texts)) >= 1


@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize("name", DRAWN)
def test_shares_go_from_0_to_100_per_cent(name, count):
    if (name, count) == ("cost_scatter", 0):
        return
    for axis in sides(DRAWN[name](count)):
        if axis.ticktext and "100%" in axis.ticktext and axis.type == "linear":
            low, high = axis.range
            assert -0.02 <= low <= 0 and 1 <= high <= 1.35
            assert list(axis.ticktext) == ["0%", "20%", "40%", "60%", "80%", "100%"]
        else:
            assert "accuracy" not in (axis.title.text or "")


@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize("name", BY_CATEGORY)
def test_each_name_has_a_place_of_its_own_whatever_it_is(name, count):
    figure = DRAWN[name](count)
    which = BY_CATEGORY[name]
    axis = getattr(figure.layout, f"{which}axis")
    assert axis.type == "category"
    keys = list(axis.categoryarray)
    labels = [text for text in names(count)] if name != "class_counts" else keys
    if name != "top1_bars":
        assert len(keys) == len(set(keys)) == count
        assert [key.rstrip("\N{ZERO WIDTH SPACE}") for key in keys] == labels
    assert list(getattr(figure.data[0], which)) == keys if figure.data else count == 0
    assert list(axis.tickvals) == keys  # a number would be taken for the category of that name
    assert all("<b>" not in text and len(text) < 50 for text in axis.ticktext)
    if which == "y" and count:
        assert axis.range[0] > axis.range[1]  # the first on top


def test_hints_and_legends_show_names_as_they_are():
    for name, draw in DRAWN.items():
        for trace in draw(12).data:
            for text in (trace.name, trace.hovertemplate):
                assert not re.search("<i>|<b>(<b>|<br>|$)", text or ""), (name, text)


@pytest.mark.parametrize(
    "draw",
    [
        lambda: comparison_charts.agreement_map(names(12), squares(12)),
        lambda: caption_charts.score_map(names(12), names(12), squares(12)),
        lambda: sound_charts.waveform(*np.zeros((3, 9)), np.arange(120)),
    ],
)
def test_what_stands_on_a_chart_is_put_there_at_once(draw):
    """One by one, Plotly takes 4 to 6 s, all at once a tenth of a second."""
    begun_s = time.thread_time()
    draw()
    assert time.thread_time() - begun_s < 1


def test_class_names_that_are_numbers_get_bars_with_the_most_probable_on_top():
    figure = charts.score_bars(["112", "3", "17"], np.array([0.7, 0.2, 0.1]))
    assert figure.layout.yaxis.type == "category"
    assert list(figure.layout.yaxis.ticktext) == ["112", "3", "17"]
    assert list(figure.data[0].y) == ["112", "3", "17"]
    assert figure.layout.yaxis.range == (2.5, -0.5)


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([0.3, 7], ["0.5", "1", "2", "5"]),
        ([12, 48], ["20", "30", "40"]),
        ([3e-7, 2e3], None),
        ([5], None),
        ([], None),
        ([0, -1, float("nan")], None),
    ],
)
def test_logarithmic_axes_say_their_decades(values, texts):
    figure = go.Figure()
    axes.logarithmic(figure, "y", values)
    axis = figure.layout.yaxis
    assert 1 <= len(axis.ticktext) <= 10
    assert [value_of(text) for text in axis.ticktext] == pytest.approx(list(axis.tickvals))
    if texts is not None:
        assert set(texts) <= set(axis.ticktext)


@pytest.mark.parametrize("most", [0, 1, 2, 3, 7, 10, 99, 12_345])
def test_counts_are_whole_and_none_comes_twice(most):
    figure = go.Figure()
    axes.counts(figure, "x", [most])
    values = figure.layout.xaxis.tickvals
    assert all(value == int(value) for value in values)
    assert list(figure.layout.xaxis.ticktext) == [f"{value:,.0f}" for value in values]
    assert 2 <= len(values) <= 8
