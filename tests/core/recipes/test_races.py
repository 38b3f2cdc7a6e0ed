"""The recipe of the races, on a dozen pictures."""

from __future__ import annotations

import pytest

from core.recipes import races
from core.vision.transfer.race_record import recorded

TITLES = [
    "Cats and dogs",
    "Flowers",
    "Cats and dogs: learning curve",
    "Cats and dogs: backbones",
    "Flowers: backbones",
]


@pytest.fixture(scope="module")
def archives(workspace, photo, pack):
    """Two classes of eight photos each, which differ clearly."""
    first, second = (0, 3, 6, 9, 12, 15, 18, 21), (1, 4, 7, 10, 13, 16, 19, 22)
    for stem, classes in (("cats_dogs", ("cats", "dogs")), ("flowers", ("daisy", "tulips"))):
        archive = pack(
            {
                f"{name}/{i:04}.jpg": photo(i)
                for name, numbers in zip(classes, (first, second), strict=True)
                for i in numbers
            }
        )
        (workspace.data / f"{stem}.zip").write_bytes(archive)
    return workspace


@pytest.mark.slow
def test_races_are_recorded_and_not_run_again(archives, monkeypatch):
    arguments = ["--data", str(archives.data), "--strategies", "features", "--sizes", "4"]
    run = races._run

    def interrupted(archive, title, entrants):
        if title == TITLES[2]:
            raise KeyboardInterrupt
        return run(archive, title, entrants)

    monkeypatch.setattr(races, "_run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        races.main(arguments)
    assert [race.data for race in recorded()] == TITLES[:2]
    titles: list[str] = []

    def counted(archive, title, entrants):
        titles.append(title)
        return run(archive, title, entrants)

    monkeypatch.setattr(races, "_run", counted)
    races.main(arguments)
    assert titles == TITLES[2:]
    cats, flowers, curve, *by_backbone = recorded()
    for race in by_backbone:
        names = [lane.settings.backbone for lane in race.lanes]
        assert names[-1] == "+".join(names[:-1])
        assert len(names) == len({*names}) > 2
    assert cats.counts == {"cats": 8, "dogs": 8}
    for race in (cats, flowers):
        (lane,) = race.lanes
        assert lane.settings.strategy == "features" and lane.settings.seed == 0
        assert lane.correct == lane.tested > 0
        assert {"date", "processor", "keras"} <= set(race.made)
        assert lane.epochs[-1].loss < 0.1
    assert [lane.settings.photos_per_class for lane in curve.lanes] == [4, None]
