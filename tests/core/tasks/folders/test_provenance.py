"""What a Parquet file says of how it was made."""

from __future__ import annotations

import json
from types import SimpleNamespace

from core import zoo
from core.tasks import TASKS
from core.tasks.folders.provenance import provenance
from core.zoo.saved import _openers

CLASSIFY, COMPARE = TASKS["classify"], TASKS["compare"]


def test_it_names_settings_networks_and_versions():
    told = provenance(CLASSIFY, CLASSIFY.settings(top_k=3))
    assert told["task"] == "classify"
    assert told["settings"] == {
        "backbone": "efficientnet_lite0",
        "top_k": 3,
        "part": None,
        "none_of_these": None,
    }
    (network,) = told["networks"]
    weights = zoo.network("efficientnet_lite0").weights
    assert network["checksum"] == f"sha256:{weights.sha256}"
    assert told["versions"]["openvino"]
    assert json.loads(json.dumps(told)) == told


def test_of_a_server_it_says_which():
    told = provenance(CLASSIFY, CLASSIFY.settings(), "http://room:8501")
    assert told["server"] == "http://room:8501"
    assert "versions" not in told


def test_the_name_of_a_saved_classifier_is_a_secret(monkeypatch):
    spec = SimpleNamespace(
        title="Our birds", licence="yours", weights=zoo.SavedFile(path="birds.zip")
    )
    monkeypatch.setitem(_openers, "project", lambda name: spec)
    chosen = COMPARE.settings(backbones=["efficientnet_lite0", "project:secret"])
    told = provenance(COMPARE, chosen)
    assert told["settings"]["backbones"] == ["efficientnet_lite0", "Our birds"]
    assert told["networks"][1]["checksum"] is None
    assert "secret" not in json.dumps(told)
