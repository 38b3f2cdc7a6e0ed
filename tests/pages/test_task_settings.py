"""Widgets of pages are the settings of tasks: bounds, steps, defaults and words of the table."""

from __future__ import annotations

import pytest

from core.tasks import TASKS
from core.tasks.task import Usual
from core.vision.captioning import captioner
from core.vision.colorization import best_temperature
from tests.pages.conftest import opened

OPTIMISING = {"style_room": "By optimisation"}
TEXTS, SOUNDS, PHOTOS = ({"room": name} for name in ("Train your own", "Train your own", "Train"))
NUMBERS = [  # page, address, key of the widget, task, setting
    ("classify.py", {}, "top_k", "classify", "top_k"),
    ("captions.py", {}, "penalty", "caption", "length_penalty"),
    ("captions.py", {}, "captions_temperature", "caption", "temperature"),
    ("captions.py", {"room": "Many photos"}, "many_width", "caption", "beam_width"),
    ("colorize.py", {}, "saturation", "colorize", "saturation"),
    ("colorize.py", {}, "temperature", "colorize", "temperature"),
    ("style.py", {}, "strength", "stylize", "strength"),
    ("style.py", {}, "now_size", "stylize", "size"),
    *(
        ("style.py", OPTIMISING, key, "optimise-style", name)
        for key, name in {
            "size_graft": "size",
            "steps_graft": "steps",
            "style_scale": "style_scale",
            "levels_graft": "levels",
            "style_seed": "seed",
        }.items()
    ),
    *(
        ("dream.py", {}, key, "dream", name)
        for key, name in {
            "oct_graftcreatures": "octaves",
            "dsteps_graftcreatures": "steps",
            "dstep_graftcreatures": "step",
            "dsize_graftcreatures": "size",
            "ceil_graftcreatures": "max_loss",
            "os_graftcreatures": "octave_scale",
            "jit_graftcreatures": "jitter",
            "tile_graftcreatures": "tile",
            "dream_seed": "seed",
        }.items()
    ),
    *(
        ("dream.py", {"dream_room": "Filters"}, f"f{name}", "filters", name)
        for name in ("size", "steps", "seed")
    ),
    ("sounds.py", {"room": "Birds"}, "bird_least", "birds", "least"),
    ("documents.py", {}, "nearest", "nearest-documents", "k"),
    *(
        ("documents.py", TEXTS, f"desk_{name}", "train-texts", name)
        for name in ("test_share", "validation_share", "seed")
    ),
    *(
        ("sounds.py", SOUNDS, f"own_{name}", "train-sounds", name)
        for name in ("test_share", "seed")
    ),
    *(
        ("transfer.py", PHOTOS, f"train_{key}", "train-photos", name)
        for key, name in {
            "test_share": "test_share",
            "validation_share": "validation_share",
            "rounds": "epochs",
            "patience": "patience",
            "seed": "seed",
        }.items()
    ),
]
WORDS = [  # the same, where a page alone knows what there is to choose from
    ("classify.py", {}, "target", "explain", "target"),
    ("classify.py", {}, "method", "explain", "method"),
    ("captions.py", {}, "widths", "caption", "beam_width"),
    ("colorize.py", {}, "denoise", "colorize", "denoise"),
    ("style.py", {}, "now_colors", "stylize", "keep_colors"),
    ("style.py", OPTIMISING, "keep_colors", "optimise-style", "keep_colors"),
    ("style.py", OPTIMISING, "times_style", "optimise-style", "style_weight"),
    ("style.py", OPTIMISING, "start_graft", "optimise-style", "start"),
    ("documents.py", TEXTS, "desk_encoder", "train-texts", "encoder"),
]
BEST = {"length_penalty": lambda: captioner().length_penalty, "temperature": best_temperature}
KINDS = ("slider", "select_slider", "number_input", "selectbox", "multiselect", "toggle")

_pages: dict = {}


def widget(page, address, key):
    """The widget of a page, which is opened once."""
    about = (page, *address.items())
    if about not in _pages:
        _pages[about] = opened(page, address)
    (it,) = [one for kind in KINDS for one in _pages[about].get(kind) if one.key == key]
    return it


def described(task, name):
    field = TASKS[task].settings.model_fields[name]
    schema = TASKS[task].settings.model_json_schema()["properties"][name]
    numbers = next(kind for kind in schema.get("anyOf", [schema]) if kind.get("type") != "null")
    low, high = (
        next((numbers[name] for name in (inclusive, exclusive) if name in numbers), None)
        for inclusive, exclusive in (
            ("minimum", "exclusiveMinimum"),
            ("maximum", "exclusiveMaximum"),
        )
    )
    usual = next((mark for mark in field.metadata if isinstance(mark, Usual)), Usual())
    return field, low, high, usual


def case_name(case):
    return f"{case[3]}-{case[4]}"


@pytest.mark.parametrize("case", NUMBERS, ids=case_name)
def test_a_number_on_a_page_is_described_by_the_table(case):
    *place, task, name = case
    shown, (field, low, high, usual) = widget(*place), described(task, name)
    is_optional = shown.type == "number_input" and field.default is None
    factor = 100 if usual.percent else 1
    label = f"{field.title}, {usual.percent}" if usual.percent else field.title
    assert shown.label == label
    assert shown.help == (
        f"{field.description} 0: not set." if is_optional else field.description or ""
    )
    default = 0 if is_optional else field.default
    if default is None:
        default = BEST[name]()
    assert shown.value == pytest.approx(factor * default)
    if usual.options:
        options = sorted({*usual.options, default}, reverse=usual.is_falling)
        assert [float(option) for option in shown.options] == options
        assert all((low is None or low <= one) and one <= high for one in options)
        return
    least = 0 if is_optional else factor * (usual.low if usual.low is not None else low)
    most = factor * (usual.high if usual.high is not None else high)
    assert (shown.min, shown.max) == pytest.approx((least, most))
    if usual.step is not None:
        assert shown.step == pytest.approx(factor * usual.step)


@pytest.mark.parametrize("case", WORDS, ids=case_name)
def test_a_choice_on_a_page_is_named_by_the_table(case):
    *place, task, name = case
    shown, (field, *_) = widget(*place), described(task, name)
    assert shown.label.removesuffix("s") == field.title.removesuffix("s")
    assert shown.help == (field.description or "")


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_what_a_person_chooses_from_is_possible(task):
    for name in task.settings.model_fields:
        field, *_, usual = described(task.name, name)
        for value in (usual.low, usual.high, *usual.options):
            if value is not None:
                task.settings(**{name: type(field.default or value)(value)})
