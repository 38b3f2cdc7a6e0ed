"""The card of a trained classifier: what stands on it, and what is refused in its place."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from markdown_it import MarkdownIt

from core import zoo
from core.errors import InvalidInputError
from core.learning.card import CorrectedLabel, ModelCard
from core.learning.card_of_training import model_card
from core.learning.metrics import wilson_interval
from core.text.transfer.dataset import TextDataset
from core.text.transfer.training import DocumentTrainingSettings, train

SETTINGS = DocumentTrainingSettings(evidence="words", seed=5)


@pytest.fixture(scope="module")
def dataset() -> TextDataset:
    words = {"se|a": "harbour wave anchor", "<b>sky": "pilot cloud runway"}
    return TextDataset.from_classes(
        {
            name: [(f"{name} {i}.txt", f"{text} {i}") for i in range(10)]
            for name, text in words.items()
        }
    )


@pytest.fixture(scope="module")
def step(dataset):
    *_, last = train(dataset, SETTINGS)
    return last


@pytest.fixture(scope="module")
def card(step) -> ModelCard:
    return step.card


def test_a_training_says_on_the_card_what_it_did(card, dataset, step):
    assert card.data.digest == dataset.digest
    assert (card.data.noun, card.data.examples, card.data.skipped) == ("texts", 20, 0)
    assert [one.name for one in card.classes] == list(dataset.classes)
    for part in ("train", "validation", "test"):
        counts = [getattr(one, part) for one in card.classes]
        assert counts == np.bincount(dataset.labels[getattr(step.split, part)]).tolist()
    assert (card.settings["seed"], card.settings["evidence"]) == (5, "words")
    assert card.backbone is None
    assert card.training["ended"] == "done"
    assert len(card.training["penalties"]) == 5
    assert {"python", "numpy", "scikit-learn", "keras"} <= card.software.keys()


def test_the_figures_are_those_of_the_evaluation_with_their_intervals(card, step):
    figures, evaluation = card.figures, step.evaluation
    assert figures.tested == evaluation.labels.size == 4
    assert figures.accuracy == pytest.approx(evaluation.accuracy)
    assert figures.accuracy_interval == wilson_interval(figures.correct, figures.tested)
    assert figures.macro_f1 == pytest.approx(evaluation.macro_f1)
    error = evaluation.reliability.expected_calibration_error
    assert figures.expected_calibration_error == pytest.approx(error)
    assert figures.confusion == tuple(map(tuple, evaluation.confusion.tolist()))
    first = card.classes[0]
    assert first.recall_interval == wilson_interval(int(evaluation.confusion[0, 0]), first.test)


@pytest.mark.parametrize("name", ["all_minilm_l6_v2", "birdnet", "efficientnet_lite0", "resnet50"])
def test_the_network_stands_there_with_source_and_licence(dataset, step, name):
    settings = replace(SETTINGS, evidence="meaning", encoder=name)
    backbone = model_card(dataset, replace(step, settings=settings)).backbone
    spec = zoo.network(name)
    assert (backbone.title, backbone.licence, backbone.reference) == (
        spec.title,
        spec.licence,
        spec.reference,
    )
    assert backbone.weights
    assert backbone.checksum is not None


def test_what_has_no_figure_has_none_and_the_card_is_still_json(dataset, step):
    rest = replace(step.evaluation, macro_auc=float("nan"), log_loss=float("inf"))
    card = model_card(dataset, replace(step, evaluation=rest, seconds=1.0))
    assert (card.figures.macro_auc, card.figures.log_loss) == (None, None)
    assert ModelCard.from_json(card.to_json()) == card
    alone = model_card(dataset, replace(step, evaluation=None))
    assert alone.figures is None
    assert "It was not evaluated." in alone.to_markdown()


def test_a_card_is_read_as_it_was_written(card):
    full = replace(
        card,
        purpose="Für die Post.",
        missing="No English \N{GRINNING FACE} letters.",
        corrections=(CorrectedLabel(name="a", was="se|a", now=None, tested=True),),
    )
    assert ModelCard.from_json(full.to_json()) == full
    assert ModelCard.from_json(full.to_json().encode()) == full


def change(card: ModelCard, *path: str, to: object) -> str:
    whole = json.loads(card.to_json())
    inner = whole
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = to
    return json.dumps(whole)


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (("format",), "graft model card 2", "“graft model card 2”, perhaps of a newer version"),
        (("purpose",), "x" * 501, "“purpose” does not fit"),
        (("data", "digest"), "../x", "“data.digest” does not fit"),
        (("figures", "accuracy"), 1.5, "“figures.accuracy” does not fit"),
        (("figures", "log_loss"), float("inf"), "“figures.log_loss” does not fit"),
        (("software",), {"[a](b)": "1"}, "“software"),
        (("made",), "yesterday", "“made” does not fit"),
        (("classes",), 3, "“classes” does not fit"),
    ],
)
def test_a_card_that_does_not_fit_is_refused_in_a_sentence(card, path, value, sentence):
    with pytest.raises(InvalidInputError, match=sentence):
        ModelCard.from_json(change(card, *path, to=value))


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"\xff\xfe", b"null", b"[" * 100_000, b'{"format": 1}'], ids=str
)
def test_what_is_no_card_is_refused_in_a_sentence(data):
    with pytest.raises(InvalidInputError, match=r"^Expected a model card") as refusal:
        ModelCard.from_json(data)
    assert "pydantic" not in str(refusal.value)


def test_an_oversized_card_is_refused_before_it_is_read():
    with pytest.raises(InvalidInputError, match=r"at most 8,388,608 bytes\. Received: 8,388,609"):
        ModelCard.from_json(b" " * ((8 << 20) + 1))


def test_what_a_newer_version_adds_is_no_obstacle(card):
    assert ModelCard.from_json(change(card, "mood", to="sunny")) == card


def test_the_text_says_it_all_and_words_of_others_stay_words(card):
    text = replace(
        card,
        purpose="# Sort\n\n| letters | <script>alert(1)</script> [here](javascript:x)",
        data=replace(card.data, name="My *letters*.zip"),
        corrections=tuple(
            CorrectedLabel(name=f"{i}", was="se|a", now="<b>sky", tested=i < 3) for i in range(30)
        ),
    ).to_markdown()
    html = MarkdownIt().enable("table").render(text)
    assert "<script>" not in html and "<a " not in html
    assert html.count("<h1>") == 1
    assert "My *letters*.zip" in html
    assert "30 corrections before training. Of these, 3 followed a look at test results" in text
    assert "10 more are in the JSON" in text
    low, high = card.figures.accuracy_interval
    assert f"{card.figures.accuracy:.3f}; 95% confidence interval {low:.3f} to {high:.3f}" in text
    assert f"{card.figures.expected_calibration_error:.3f}" in text
    assert html.count("se|a") > 20
    assert card.data.digest in text
    tables = html.count("<table>")
    assert tables == 5  # evaluation, classes, data, corrections, training
    assert f"python {card.software['python']}, " in text


def test_a_card_without_answers_says_so(card):
    assert card.to_markdown().count("Not stated.") == 2
    assert "None: it was trained on these examples alone." in card.to_markdown(4)
    assert card.to_markdown(4).startswith("#### Model card: a classifier")
