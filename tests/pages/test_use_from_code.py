"""Use from code: in every room the code asks for what the page shows, and Python gives the same."""

from __future__ import annotations

import json

import pytest

from core.tasks import TASKS
from core.tasks.examples import Call, filled
from pages._captions.samples import samples as captioned
from pages._classify.samples import SAMPLES as PHOTOS
from pages._documents.names import CATEGORIES
from pages._documents.samples import SAMPLES as TEXTS
from pages._sentiment.samples import SAMPLES as REVIEWS
from pages._sounds.bird_samples import BIRD_SAMPLES
from pages._sounds.samples import SAMPLES as SOUNDS
from pages._ui.numbers import percent

REVIEW, TEXT = next(iter(REVIEWS.values())), next(iter(TEXTS.values()))


def codes(app) -> dict[str, list[str]]:
    """What stands in each tab of the expander."""
    assert not app.exception
    (expander,) = [box for box in app.expander if box.label == "Use from code"]
    return {tab.label: [code.value for code in tab.code] for tab in expander.tabs}


def written(calls) -> dict[str, list[str]]:
    made = [
        Call(
            TASKS[name],
            filled(TASKS[name], values),
            texts={name: text for name, text in given.items() if isinstance(text, str)},
            files={name: count for name, count in given.items() if isinstance(count, int)},
        )
        for name, values, given in calls
    ]
    return {
        "Command line": [call.command() for call in made],
        "Python": [call.python() for call in made],
        "curl": [call.curl() for call in made],
    }


def both(names, values, given=None):
    return [(name, values, given or {}) for name in names]


_DREAMS = {"octaves": 3, "jitter": 20, "seed": 5}
_REVIEW = {"model": None, "method": "leave_one_out"}
ROOMS = {
    "classify": (
        "classify.py",
        {"top_k": "3", "classify_network": "EfficientNet-Lite2", "crop_x": "0"},
        [
            (
                "classify",
                {"backbone": "efficientnet_lite2", "top_k": 3, "part": "0,0,0.666667,1"},
                {},
            ),
            (
                "explain",
                {
                    "backbone": "efficientnet_lite2",
                    "target": "espresso",
                    "method": "cam",
                    "part": "0,0,0.666667,1",
                },
                {},
            ),
        ],
    ),
    "classify many": (
        "classify.py",
        {"mode": "Many photos", "classify_network": "EfficientNet-Lite2"},
        [("classify", {"backbone": "efficientnet_lite2"}, {})],
    ),
    "compare": (
        "backbones.py",
        {"networks": ["EfficientNet-Lite0", "EfficientNet-Lite2"]},
        [("compare", {"backbones": ["efficientnet_lite0", "efficientnet_lite2"]}, {})],
    ),
    "captions": (
        "captions.py",
        {"widths": ["2", "4"], "penalty": "0.3", "captions_temperature": "1.5"},
        [("caption", {"beam_width": 2, "length_penalty": 0.3, "temperature": 1.5}, {})],
    ),
    "captions many": (
        "captions.py",
        {"room": "Many photos", "many_width": "2"},
        [("caption", {"beam_width": 2}, {})],
    ),
    "colorize": (
        "colorize.py",
        {"saturation": "1.5", "denoise": "true", "hints": "0.5,0.25,ff0000", "reach": "40"},
        [
            (
                "colorize",
                {"saturation": 1.5, "denoise": True, "hints": ["0.5,0.25,ff0000,40"]},
                {},
            )
        ],
    ),
    "colour hints": ("colorize.py", {"colour_room": "Colour hints"}, [("colorize", {}, {})]),
    "colorize many": (
        "colorize.py",
        {"colour_room": "Many photos", "saturation": "0.5"},
        [("colorize", {"saturation": 0.5}, {})],
    ),
    "style at once": (
        "style.py",
        {"strength": "0.5", "now_size": "256", "styles": ["Swirls", "Mosaic"], "share_0": "0.25"},
        [("stylize", {"strength": 0.5, "size": 256, "blend": [0.25, 0.5]}, {"others": 1})],
    ),
    "style by optimisation": (
        "style.py",
        {"style_room": "By optimisation", "times_style": "2 x", "style_seed": "4"},
        [("optimise-style", {"style_weight": 40.0, "seed": 4}, {})],
    ),
    "nine styles": (
        "style.py",
        {"style_room": "Nine variants", "style_scale": "1.5"},
        [("optimise-style", {"style_scale": 1.5}, {})],
    ),
    "dream": (
        "dream.py",
        {"oct_graftcreatures": "3", "jit_graftcreatures": "20", "dream_seed": "5"},
        both(["dream", "zoom"], _DREAMS),
    ),
    "dream with a guide": (
        "dream.py",
        {"towards": "Another photo"},
        both(["dream", "zoom"], {}, {"guide": 1}),
    ),
    "filters": (
        "dream.py",
        {"dream_room": "Filters", "first": "4", "many": "2", "fsteps": "20"},
        [("filters", {"channels": [4, 5], "steps": 20}, {})],
    ),
    "review": (
        "sentiment.py",
        {},
        [
            ("sentiment", {}, {"reviews": REVIEW}),
            *both(["explain-review", "deletion-test"], _REVIEW, {"review": REVIEW}),
        ],
    ),
    "reviews": (
        "sentiment.py",
        {"room": "Many reviews", "many_model": "Words"},
        both(["sentiment", "many-reviews"], {"model": None}),
    ),
    "documents": (
        "documents.py",
        {"nearest": "7"},
        [
            ("documents", {"model": "network"}, {"texts": TEXT}),
            ("documents", {"model": "svm"}, {"texts": TEXT}),
            ("nearest-documents", {"k": 7, "by": "meaning"}, {"text": TEXT}),
            ("nearest-documents", {"k": 7, "by": "keywords"}, {"text": TEXT}),
        ],
    ),
    "train texts": (
        "documents.py",
        {"room": "Train your own", "desk_seed": "3", "desk_test_share": "25"},
        [("train-texts", {"seed": 3, "test_share": 0.25}, {})],
    ),
    "sounds": ("sounds.py", {}, [("sounds", {}, {})]),
    "birds": (
        "sounds.py",
        {"room": "Birds", "bird_least": "0.5"},
        [("birds", {"least": 0.5}, {})],
    ),
    "train sounds": (
        "sounds.py",
        {"room": "Train your own", "own_seed": "3"},
        [("train-sounds", {"seed": 3}, {})],
    ),
    "explore": (
        "transfer.py",
        {},
        [("explore", {}, {})],
    ),
    "train photos": (
        "transfer.py",
        {
            "room": "Train",
            "train_strategies": ["Frozen features", "From scratch"],
            "train_test_share": "30",
            "train_patience": "7",
        },
        [
            ("train-photos", {"strategy": name, "test_share": 0.3, "patience": 7}, {})
            for name in ("features", "scratch")
        ],
    ),
}


@pytest.mark.parametrize("name", ROOMS)
def test_the_code_asks_for_what_the_page_is_set_to(name, visit):
    page, settings, calls = ROOMS[name]
    assert codes(visit(page, **settings)) == written(calls)


def test_there_is_no_code_for_settings_that_no_task_takes(visit):
    app = visit("dream.py")
    app.multiselect(key="dl_graftcreatures").set_value([]).run()
    assert not app.exception
    assert "Use from code" not in [box.label for box in app.expander]


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """A function that runs the Python of a page beside the files that it names."""

    def run_code(code: str, **files: bytes):
        monkeypatch.chdir(tmp_path)
        for name, content in files.items():
            (tmp_path / name.replace("_", ".")).write_bytes(content)
        names: dict = {}
        exec(code, names)
        return names["result"]

    return run_code


def bars(app) -> dict:
    return json.loads(app.get("plotly_chart")[0].proto.spec)["data"][0]


def test_python_gives_the_classes_of_the_page(visit, run):
    app = visit("classify.py", crop_size="70", crop_x="30")
    result = run(codes(app)["Python"][0], photo_jpg=PHOTOS[0].data)
    shown = dict(zip(bars(app)["y"], bars(app)["text"], strict=True))
    assert shown == {
        label: text
        for label, text, score in zip(result.labels, bars(app)["text"], result.scores, strict=True)
        if abs(float(text.rstrip("%")) - 100 * score) < 0.2  # in bf16, of which batches differ
    }


def test_python_gives_the_probability_of_the_page(visit, run):
    app = visit("sentiment.py")
    (result,) = run(codes(app)["Python"][0], reviews_txt=REVIEW.encode())
    drawn = [json.loads(one.proto.json) for one in app.get("bidi_component")]
    (shown,) = [data["probability"] for data in drawn if "probability" in data]
    assert shown == pytest.approx(result, abs=1e-4)


def test_python_gives_the_sound_of_the_page(visit, run):
    app = visit("sounds.py")
    result = run(codes(app)["Python"][0], recording_wav=SOUNDS["Siren"].data)
    shown = "\n".join(text.value for text in app.markdown)
    assert f"{result.labels[0].capitalize()}, {result.scores[0]:.1%}" in shown


def test_python_gives_the_caption_of_the_page(visit, run):
    app = visit("captions.py", widths=["2"], penalty="0")
    best, *_ = run(codes(app)["Python"][0], photo_jpg=captioned()[0].data)
    shown = "\n".join(text.value for text in app.markdown)
    assert f"log-probability {best.log_probability:.2f}" in shown
    assert best.text[1:] in shown


def test_python_gives_the_topics_of_the_page(visit, run):
    app = visit("documents.py")
    shown = "\n".join(text.value for text in app.markdown)
    for code in codes(app)["Python"][:2]:
        result = run(code, texts_txt=TEXT.encode())
        best = result.probabilities[0].argmax()
        name = CATEGORIES[result.classes[best]].capitalize()
        assert f"{name}, {percent(result.probabilities[0][best])}" in shown


def test_python_gives_the_similar_documents_of_the_page(visit, run):
    app = visit("documents.py", nearest="3")
    tables = [table.value for table in app.dataframe]
    for code in codes(app)["Python"][2:]:
        result = run(code, text_txt=TEXT.encode())
        similarities = pytest.approx([one.similarity for one in result], abs=1e-4)
        assert any(list(table.get("Similarity", [])) == similarities for table in tables)


def test_python_gives_the_birds_of_the_page(visit, run):
    app = visit("sounds.py", room="Birds", bird_least="0.2")
    result = run(codes(app)["Python"][0], recording_wav=next(iter(BIRD_SAMPLES.values())).data)
    shown = app.dataframe[0].value
    best = max(result.detections, key=lambda one: one.confidence)
    assert shown["Species"][0] == best.common
    assert shown["Highest confidence"][0] == pytest.approx(best.confidence, abs=1e-4)
