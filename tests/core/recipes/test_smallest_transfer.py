"""The recipe of the transfer between iris tasks."""

from __future__ import annotations

from core.recipes.smallest_transfer import main
from core.smallest_transfer import recorded


def test_a_run_of_each_seed_is_counted_and_the_default_one_kept(workspace):
    assert main(["--seeds", "1", "--epochs", "30"]) == 0
    record = recorded()
    assert record.over_seeds["runs"] == 1
    assert sum(record.over_seeds[key] for key in ("won", "tied", "lost")) == 1
    assert set(record.made) == {"date", "keras", "tensorflow", "scikit-learn"}
    assert record.step.settings.epochs == 30
    # what was counted and what was kept are one training: the seed decides
    last = record.step.transferred[-1].test_accuracy, record.step.scratch[-1].test_accuracy
    counted = record.over_seeds["transferred"], record.over_seeds["scratch"]
    assert tuple(round(accuracy, 4) for accuracy in last) == counted
    for curve in (record.step.source, record.step.transferred, record.step.scratch):
        assert curve[-1].training_loss < curve[0].training_loss
