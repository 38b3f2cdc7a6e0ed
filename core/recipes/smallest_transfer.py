"""`python -m core.recipes.smallest_transfer`: the transfer between iris tasks that the app shows.

The last step with the default settings goes to `core/assets/smallest_transfer.json`, and with it
how often transfer wins with the seeds from 0.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.recipes.common.command_line import recipe_parser, show_result
from core.recipes.common.files import assets_folder, made
from core.smallest_transfer import IrisSettings, IrisStep, transfer_iris
from core.smallest_transfer.record import IrisRecord, write_record


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it with every seed, and write what came out."""
    parser = recipe_parser("smallest_transfer", __doc__, data=False)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--epochs", type=int, default=IrisSettings().epochs)
    options = parser.parse_args(arguments)
    settings = IrisSettings(epochs=options.epochs)
    accuracies = []
    for seed in range(options.seeds):
        last = _last(replace(settings, seed=seed))
        accuracies.append((last.transferred[-1].test_accuracy, last.scratch[-1].test_accuracy))
        show_result("seed {}: with transfer {:.3f}, without {:.3f}".format(seed, *accuracies[-1]))
    origin = made("keras", "tensorflow", "scikit-learn", processor=False)
    assets_folder()
    write_record(IrisRecord(_last(settings), _tally(np.array(accuracies)), origin))
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
