"""The recipe of the pictures that rooms open on, with few steps."""

from __future__ import annotations

import json

import pytest

from core.optvis.openings import opening
from core.recipes.opening_pictures import main


def test_only_pictures_that_there_are_can_be_named(workspace, capsys):
    with pytest.raises(SystemExit):
        main(["sunrise"])
    assert "sunrise" in capsys.readouterr().err


@pytest.mark.slow
def test_pictures_are_written_with_what_made_them(workspace):
    assert main(["dream", "filters", "--steps", "1"]) == 0
    folder = workspace.assets / "optvis"
    assert {path.name for path in folder.iterdir()} == {
        *("dream.jpg", "dream.json"),
        *("filters.jpg", "filters.json"),
    }
    for name in ("dream", "filters"):
        record = json.loads((folder / f"{name}.json").read_text("utf-8"))
        assert record["settings"]["steps"] == 1 and record["settings"]["seed"] == 0
        assert {"date", "processor", "openvino", "scipy"} == set(record["made"])
        assert (folder / f"{name}.jpg").stat().st_size < 100_000
    opening.cache_clear()
    assert max(opening("dream").image.shape) == 448
    opening.cache_clear()


@pytest.mark.slow
def test_a_styled_picture_has_its_curve_and_comes_out_alike_again(workspace):
    path = workspace.assets / "optvis" / "style.jpg"
    main(["style", "--steps", "3"])
    first = path.read_bytes()
    main(["style", "--steps", "3"])
    assert path.read_bytes() == first
    record = json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert record["photo"] == "Palace" and record["styles"] == ["Swirls"]
    assert [step["iteration"] for step in record["losses"]][-1] == 3
