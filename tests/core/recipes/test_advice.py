"""The rule of the advice, chosen by made-up trials."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from core.recipes.advice import choose_rule, left_out, mean_regret, read_trials
from core.vision.transfer.advice import LESSON, RACED
from core.vision.transfer.advice_record import Trial, recorded


def trial(data: str, size: int, similarity: float, frozen: float, **accuracy: float) -> Trial:
    """A trial in which strategies that are not named are right on half of the photos."""
    return Trial(
        data=data,
        photos_per_class=size,
        seeds=1,
        tested=100,
        similarity=similarity,
        frozen_accuracy=frozen,
        accuracy={name: accuracy.get(name, 0.5) for name in RACED},
        advised="features",
    )


@pytest.fixture
def trials() -> list[Trial]:
    """Of two data sets that are similar to ImageNet and two that are not, in each quadrant best by
    the strategy of the lesson; and of one for which frozen features are enough anyway."""
    return [
        *(
            trial(data, size, similarity, 0.7, **{LESSON[f"{amount}, {kind}"]: 0.9})
            for data, similarity, kind in (
                ("a", 0.95, "similar"),
                ("b", 0.9, "similar"),
                ("c", 0.1, "different"),
                ("d", 0.15, "different"),
            )
            for size, amount in ((5, "few"), (500, "many"))
        ),
        *(trial(data, 500, 0.92, 0.97, features=0.99) for data in ("easy", "easier")),
    ]


def test_the_rule_finds_where_other_strategies_are_best(trials):
    rule = choose_rule(trials)
    assert rule.strategies == LESSON
    assert rule.many_from == pytest.approx(50)
    assert 0.15 < rule.similar_from < 0.9 and rule.enough == pytest.approx(0.835)
    assert mean_regret(rule, trials) == 0


def test_the_last_blocks_alone_are_tuned_where_that_was_more_accurate(trials):
    turned = [replace(one, accuracy={**one.accuracy, "fine_tune": 0.8}) for one in trials]
    assert choose_rule(turned).strategies == {**LESSON, "many, different": "fine_tune"}


def test_trials_of_one_size_cannot_say_what_is_many(trials):
    with pytest.raises(RuntimeError, match="several sizes"):
        choose_rule([one for one in trials if one.photos_per_class == 5])


def test_the_advice_on_a_data_set_does_not_rest_on_its_own_trainings(trials):
    advised = {(one.data, one.photos_per_class): one.advised for one in left_out(trials)}
    turned = [
        replace(one, accuracy={**one.accuracy, "scratch": 1.0}) if one.data == "a" else one
        for one in trials
    ]
    after = {(one.data, one.photos_per_class): one for one in left_out(turned)}
    for size in (5, 500):
        assert after["a", size].advised == advised["a", size] != "scratch"
        assert after["a", size].regret == pytest.approx(0.1)


def test_only_trials_with_every_strategy_are_read(tmp_path):
    cells = [
        {"data": data, "size": 5, "seed": seed, **line}
        for data, names in (("Whole", RACED), ("Part", RACED[:2]))
        for seed in (0, 1)
        for line in (
            *({"strategy": name, "correct": 8 + seed, "photos": 10} for name in names),
            {"similarity": 0.3 + seed / 10, "frozen_accuracy": 0.7},
        )
    ]
    runs = tmp_path / "runs.jsonl"
    runs.write_text("\n".join(map(json.dumps, cells)), "utf-8")
    (one,) = read_trials(runs)
    assert (one.data, one.seeds, one.tested) == ("Whole", 2, 20)
    assert one.accuracy == dict.fromkeys(RACED, 0.85) and one.similarity == pytest.approx(0.35)


def test_the_record_that_ships_is_what_the_recipe_makes_of_its_trials():
    record = recorded()
    assert left_out(record.trials) == record.trials
    assert choose_rule(record.trials) == record.rule
    assert {one.data for one in record.trials} == {
        "Cats and dogs", "Digits", "Faces", "Flowers", "Textures",
    }  # fmt: skip
    assert record.mean_regret < min(
        np.mean([one.accuracy[one.best] - one.accuracy[name] for one in record.trials])
        for name in ("scratch", "initialise")
    )
