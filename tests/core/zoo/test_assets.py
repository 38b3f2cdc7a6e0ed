"""Networks of our own: graphs in the assets, and their cards."""

from __future__ import annotations

import hashlib
import json
import os

import numpy as np
import pytest

from core import engine, zoo
from core.errors import UnknownNameError, WeightsUnavailableError
from core.settings import settings
from core.zoo import assets, minilm, sources

SHIPPED = [spec for spec in zoo.networks() if isinstance(spec, zoo.ShippedSpec)]
FIELDS = {"task", "data", "split", "metrics", "recipe", "made", "seed"}


@pytest.mark.parametrize("spec", SHIPPED, ids=lambda spec: spec.name)
def test_every_card_says_where_the_network_comes_from(spec):
    assert set(spec.card) >= FIELDS
    assert spec.licence
    assert spec.card["metrics"]


@pytest.mark.parametrize("spec", SHIPPED, ids=lambda spec: spec.name)
def test_every_file_is_the_one_of_its_card(spec):
    for source in (spec.weights, *spec.companions):
        sources.verify(source, sources.locate(source))


def test_models_know_the_words_that_they_learned_with():
    words = (settings().assets / "sentiment" / "vocabulary.txt").read_bytes()
    readers = [spec.card["reader"] for spec in SHIPPED if "reader" in spec.card]
    learned = {reader["vocabulary"] for reader in readers if not reader["encoder"]}
    assert learned == {hashlib.sha256(words).hexdigest()}


def test_assets_are_small():
    sizes = [path.stat().st_size for path in settings().assets.rglob("*") if path.is_file()]
    assert max(sizes) < 12e6
    assert sum(sizes) < 50e6


@pytest.fixture
def broken(tmp_path, monkeypatch):
    """The assets with a network whose constants are not those of its card."""
    monkeypatch.setenv("GRAFT_ASSETS", str(tmp_path))
    folder = tmp_path / "sentiment"
    folder.mkdir()
    (folder / "one.bin").write_bytes(b"constants")
    (folder / "one.xml").write_text("<net/>")
    spec = {
        "title": "One",
        "family": "Ones",
        "modality": "text",
        "parameters": 1,
        "licence": "Apache-2.0",
        "reference": "",
        "note": "",
    }
    assets.write_card(folder, "one", spec, {"task": "none"})
    zoo.read_again()
    yield folder
    zoo.read_again()


def test_a_card_makes_a_network_of_the_table(broken):
    spec = zoo.shipped("one")
    assert (spec.title, spec.card["task"]) == ("One", "none")
    assert zoo.is_on_disk(spec)
    assert set(json.loads((broken / "one.card.json").read_text())["files"]) == {
        "one.bin",
        "one.xml",
    }


@pytest.mark.parametrize("name", ["twos", "efficientnet_lite0"])
def test_a_network_of_others_has_no_card(broken, name):
    with pytest.raises(UnknownNameError, match=r"no network of our own.*Known: one"):
        zoo.shipped(name)


def test_a_damaged_file_is_not_opened(broken):
    (broken / "one.bin").write_bytes(b"other constants")
    with pytest.raises(WeightsUnavailableError, match="project anew"):
        engine.graph("one")


def test_a_missing_file_is_named(broken):
    os.unlink(broken / "one.xml")
    with pytest.raises(WeightsUnavailableError, match=r"one\.xml"):
        engine.graph("one")


def test_an_encoder_with_changes_joins_the_table_and_is_built_with_them(broken):
    encoder = "all_minilm_l6_v2"
    if not zoo.is_on_disk(zoo.text_encoder(encoder)):
        pytest.skip("needs the text encoders: graft fetch offline")
    down, up = np.full((384, 2), 0.5, np.float16), np.full((2, 384), 0.25, np.float16)
    np.savez(broken / "two.changes.npz", **{"layer5_query/down": down, "layer5_query/up": up})
    assets.write_card(
        broken,
        "two",
        {
            "title": "Two",
            "family": "Twos",
            "modality": "text",
            "parameters": 1,
            "licence": "Apache-2.0",
            "reference": "",
            "note": "",
        },
        {"adapts": encoder, "reader": {"encoder": f"{encoder}_two"}},
    )
    zoo.read_again()
    spec, base = zoo.text_encoder(f"{encoder}_two"), zoo.text_encoder(encoder)
    plain = minilm.build(base, zoo.weights_path(base)).get_layer("layer5_query").get_weights()[0]
    changed = minilm.build_adapted(spec, zoo.weights_path(spec))
    kernel = changed.get_layer("layer5_query").get_weights()[0]
    np.testing.assert_allclose(kernel - plain, 0.25, atol=1e-6)  # 2 x 0.5 x 0.25
