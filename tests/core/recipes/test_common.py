"""What recipes share."""

from __future__ import annotations

import numpy as np
import pytest

from core.recipes.common.command_line import Stopwatch, recipe_parser
from core.recipes.common.files import assets_folder, cache_folder, cached_array, made
from core.recipes.common.training import TrainingPlan, finish, mixed_precision, start
from core.zoo.keras_runtime import keras

X = np.linspace(-1, 1, 32, dtype=np.float32)[:, None]


@pytest.fixture
def plan(tmp_path) -> TrainingPlan:
    return TrainingPlan(
        learning_rate=0.05,
        ema_momentum=0.5,
        batch_size=8,
        seed=0,
        weights=tmp_path / "line.weights.h5",
    )


def squared_error(targets, outputs):
    return keras().ops.mean(keras().ops.square(targets - outputs))


def line():
    keras().utils.set_random_seed(0)
    return keras().Sequential([keras().Input((1,)), keras().layers.Dense(1)])


def train(network, plan: TrainingPlan, steps: range) -> None:
    for _ in steps:
        network.train_on_batch(X, 3 * X)


def test_a_resumed_training_ends_where_one_without_a_break_does(plan, tmp_path):
    whole = line()
    assert start(whole, squared_error, plan, steps=40) == 0
    train(whole, plan, range(40))
    finish(whole, plan)

    interrupted = line()
    start(interrupted, squared_error, plan, steps=40)
    train(interrupted, plan, range(15))
    interrupted.save(plan.checkpoint)
    resumed = line()
    resumed.set_weights([np.zeros((1, 1)), np.ones(1)])
    done = start(resumed, squared_error, plan, steps=40)
    assert done == 15
    train(resumed, plan, range(done, 40))
    finish(resumed, plan)
    for ours, theirs in zip(resumed.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)
    assert plan.weights.exists()


def test_a_network_ends_with_the_average_of_its_weights(plan):
    network = line()
    start(network, squared_error, plan, steps=10)
    train(network, plan, range(10))
    last = network.get_weights()[0].copy()
    finish(network, plan)
    assert network.get_weights()[0] != pytest.approx(last, rel=1e-4)


def test_precision_is_as_it_was_after_a_training_that_failed():
    before = keras().config.dtype_policy().name
    with pytest.raises(ZeroDivisionError), mixed_precision():
        assert keras().config.dtype_policy().name == "mixed_bfloat16"
        raise ZeroDivisionError
    assert keras().config.dtype_policy().name == before


def test_an_array_in_the_cache_is_computed_once(tmp_path):
    calls = []

    def compute() -> np.ndarray:
        calls.append(None)
        return np.arange(3)

    for _ in range(2):
        assert cached_array(tmp_path / "three.npy", compute).tolist() == [0, 1, 2]
    assert len(calls) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["three.npy"]


def test_an_array_whose_computation_was_interrupted_is_computed_again(tmp_path):
    def interrupted() -> np.ndarray:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cached_array(tmp_path / "one.npy", interrupted)
    assert cached_array(tmp_path / "one.npy", lambda: np.ones(1)).tolist() == [1]


def test_recipes_write_where_the_settings_say(tmp_path, monkeypatch):
    monkeypatch.setenv("GRAFT_ASSETS", str(tmp_path / "assets"))
    monkeypatch.setenv("GRAFT_CACHE", str(tmp_path / "cache"))
    assert assets_folder("sounds") == tmp_path / "assets" / "sounds"
    assert cache_folder() == tmp_path / "cache" / "recipes"
    assert assets_folder("sounds").is_dir() and cache_folder().is_dir()


def test_a_card_says_when_where_and_by_what_it_was_made():
    assert {"date", "processor", "numpy"} == set(made("numpy"))
    assert {"date", "numpy"} == set(made("numpy", processor=False))


def test_data_must_be_named(capsys):
    parser = recipe_parser("colorize", "What colours photos.", seed=3)
    options = parser.parse_args(["--data", "somewhere"])
    assert (str(options.data), options.seed) == ("somewhere", 3)
    with pytest.raises(SystemExit):
        parser.parse_args([])
    assert "--data" in capsys.readouterr().err


def test_time_left_shrinks_with_what_is_done():
    stopwatch = Stopwatch()
    assert stopwatch.remaining(9, 10) < stopwatch.remaining(1, 10)
    assert stopwatch.remaining(10, 10) == 0
