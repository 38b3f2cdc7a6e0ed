"""The recipe of the ladders, on a dozen pictures."""

from __future__ import annotations

import numpy as np
import pytest

from core import zoo
from core.learning.training import split_of
from core.recipes import ladder as recipe
from core.vision.transfer.datasets import ImageDataset
from core.vision.transfer.ladder import RUNGS, ladder, ladders, open_rung


@pytest.fixture(scope="module")
def archives(workspace, photo, pack):
    """Two classes of ten photos each, which differ clearly."""
    numbers = {"daisy": range(0, 30, 3), "tulips": range(1, 31, 3)}
    files = {f"{name}/{i:04}.jpg": photo(i) for name, some in numbers.items() for i in some}
    (workspace.data / "flowers.zip").write_bytes(pack(files))
    return workspace


@pytest.mark.slow
def test_an_interrupted_ladder_goes_on_and_is_not_trained_again(archives, monkeypatch, capsys):
    arguments = ["--data", str(archives.data), "--sets", "flowers", "--epochs", "2"]
    race, trained = recipe.race, []

    def interrupted(dataset, entrants, point):
        for step in race(dataset, entrants, point):
            yield step
            if step.running == 1 and step.lanes[1].step.epochs:
                raise KeyboardInterrupt

    monkeypatch.setattr(recipe, "race", interrupted)
    with pytest.raises(KeyboardInterrupt):
        recipe.main(arguments)
    assert "flowers" not in ladders()

    def counted(dataset, entrants, point):
        for step in race(dataset, entrants, point):
            if step.lanes[step.running].step and step.lanes[step.running].step.model is None:
                trained.append(step.running)
            yield step

    monkeypatch.setattr(recipe, "race", counted)
    recipe.main(arguments)
    assert set(trained) == {1, 2, 3, 4, 5}
    del trained[:]
    recipe.main(arguments)
    assert not trained
    known = ladder("flowers")
    assert [rung.settings.strategy for rung in known.rungs] == list(RUNGS)
    assert known.parts == {"training": 12, "validation": 4, "test": 4}
    assert "flowers" in ladders() and "cats_dogs" not in ladders()
    dataset = ImageDataset.from_zip(archives.data / "flowers.zip")
    split = split_of(dataset, known.rungs[0].settings)
    assert (known.labels == dataset.labels[split.test]).all()
    photos = [dataset.photos[i].data for i in split.test]
    for rung, expected in zip(known.rungs, known.probabilities, strict=True):
        model = open_rung("flowers", rung.settings.strategy)
        np.testing.assert_allclose(model.predict(photos), expected, atol=1e-5)
    card = zoo.shipped("ladder_flowers").card
    assert card["metrics"].keys() == set(RUNGS) and card["seed"] == 0
