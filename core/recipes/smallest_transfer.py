"""`python -m core.recipes.smallest_transfer`: the transfer between iris tasks that the app shows.

The last step with the default settings goes to `core/assets/smallest_transfer.json`, and with it
how often transfer wins with the seeds from 0.
"""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib import metadata

import numpy as np

from core.smallest_transfer import IrisSettings, IrisStep, transfer_iris
from core.smallest_transfer.record import IrisRecord, write_record


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it with every seed, and write what came out."""
    parser = argparse.ArgumentParser(
        prog="python -m core.recipes.smallest_transfer", description=__doc__
    )
    parser.add_argument("--seeds", type=int, default=100)
    options = parser.parse_args(arguments)
    accuracies = []
    for seed in range(options.seeds):
        last = _last(replace(IrisSettings(), seed=seed))
        accuracies.append((last.transferred[-1].test_accuracy, last.scratch[-1].test_accuracy))
        sys.stderr.write(
            "seed {}: with transfer {:.3f}, without {:.3f}\n".format(seed, *accuracies[-1])
        )
    made = {
        "date": datetime.date.today().isoformat(),
        **{name: metadata.version(name) for name in ("keras", "tensorflow", "scikit-learn")},
    }
    write_record(IrisRecord(_last(IrisSettings()), _tally(np.array(accuracies)), made))
    return 0


def _last(settings: IrisSettings) -> IrisStep:
    *_, step = transfer_iris(settings)
    return step


def _tally(accuracies: np.ndarray) -> dict[str, float]:
    """From (runs, 2) test accuracies, with and without transfer."""
    transferred, scratch = accuracies.T
    return {
        "runs": len(accuracies),
        "won": int((transferred > scratch).sum()),
        "tied": int((transferred == scratch).sum()),
        "lost": int((transferred < scratch).sum()),
        "transferred": round(float(transferred.mean()), 4),
        "scratch": round(float(scratch.mean()), 4),
    }


if __name__ == "__main__":
    sys.exit(main())
