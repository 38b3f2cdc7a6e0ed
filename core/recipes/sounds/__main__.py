"""`python -m core.recipes.sounds --data DIR`: classifiers of nineteen sounds, and their figures.

DIR holds `esc10.zip` and `urbansound8k_part.zip`. Both networks encode every clip once, which takes
minutes and is kept in the cache; heads are learned in seconds. What is learned from all clips
goes to `core/assets/sounds`, with a card of how heads like it do on held-out folds. What
each protocol has measured is kept, so that a run that was interrupted goes on where it was.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from core.learning.metrics import evaluate
from core.recipes.common.command_line import recipe_parser, show_result
from core.recipes.common.files import assets_folder, made, ship, write_json
from core.recipes.sounds.clips import Clips, read_esc10, read_urbansound8k
from core.recipes.sounds.measuring import (
    HEAD_INPUTS,
    HeldOutPredictions,
    by_recording,
    cross_validate,
    leaking_accuracy,
)
from core.sound.encoders import Source
from core.sound.heads import SoundHead, choose_penalty, fit_head

_FOLDER = "sounds"
_COUNTS = (1, 2, 5, 10, 20)
_SHIPPED = {
    "sounds_birds": ("birds", "Birdsong alone"),
    "sounds_photos_birds": ("both", "Photos and birdsong"),
    "sounds_photos": ("photos", "Photos alone"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Encode, learn, measure, write."""
    parser = recipe_parser("sounds", __doc__, seed=0)
    parser.add_argument("--anew", action="store_true", help="measure again what is there already")
    options = parser.parse_args(arguments)
    esc10 = read_esc10(options.data / "esc10.zip")
    urban = read_urbansound8k(options.data / "urbansound8k_part.zip")
    with threadpool_limits(1):  # the same sums in the same order on every machine
        path = assets_folder(_FOLDER) / "figures.json"
        is_resumed = path.exists() and not options.anew
        figures = json.loads(path.read_text("utf-8")) if is_resumed else {}
        for name, title, clips in (
            ("esc10", "ESC-10", esc10),
            ("urbansound8k", "UrbanSound8K, folds 1, 2 and 10", urban),
        ):
            if name not in figures:
                figures[name] = _protocol(title, clips, options.seed)
                write_json(path, figures)
        for name, (inputs, title) in _SHIPPED.items():
            _ship(name, title, inputs, esc10, urban, figures, options.seed)
    return 0


def _protocol(title: str, clips: Clips, seed: int) -> dict[str, Any]:
    """Every input alone and together, by fold; by number of clips; and by the leaking split."""
    labels = clips.targets()
    figures: dict[str, Any] = {
        "title": title,
        "clips": len(labels),
        "recordings": len(set(clips.sources)),
        "classes": clips.classes,
        "by_fold": {},
        "by_recording": {},
        "by_clips": {},
        "leaking": {},
    }
    for name, inputs in HEAD_INPUTS.items():
        vectors = [clips.vectors[part] for part in inputs]
        predictions = cross_validate(vectors, labels, clips.classes, clips.folds)
        figures["by_fold"][name] = predictions.summary()
        figures["by_recording"][name] = by_recording(predictions, clips.sources)
        figures["leaking"][name] = leaking_accuracy(clips, inputs, seed)
        if name != "book":
            figures["by_clips"][name] = [
                {
                    "clips": count,
                    "accuracy": cross_validate(
                        vectors, labels, clips.classes, clips.folds, count, seed
                    ).summary()["accuracy"],
                }
                for count in _COUNTS
            ]
            whole = {"clips": None, "accuracy": figures["by_fold"][name]["accuracy"]}
            figures["by_clips"][name].append(whole)
        show_result(
            f"{title}, {name}: {figures['by_fold'][name]['accuracy']:.4f} by fold, "
            f"{figures['leaking'][name]:.4f} by windows that leak"
        )
    return figures


def _ship(
    name: str,
    title: str,
    inputs: str,
    esc10: Clips,
    urban: Clips,
    figures: dict[str, Any],
    seed: int,
) -> None:
    """Learn from all clips; measure by leaving out a fold of each data set at a time."""
    classes = tuple(sorted({*esc10.classes, *urban.classes}))
    labels = np.concatenate([esc10.targets(classes), urban.targets(classes)])
    folds = np.concatenate([esc10.folds, np.where(urban.folds == 10, 3, urban.folds)])
    sources = _sources(inputs)
    vectors = [np.concatenate([esc10.vectors[part], urban.vectors[part]]) for part in sources]
    penalty = choose_penalty(vectors, labels, classes, folds)
    predictions = cross_validate(vectors, labels, classes, folds, penalty=penalty)
    head = fit_head(vectors, labels, classes, sources, penalty)
    folder = assets_folder(_FOLDER)
    np.savez(
        folder / f"{name}.head.npz",
        weights=head.weights.astype(np.float16),
        bias=head.bias.astype(np.float32),
    )
    ship(folder, name, _spec(title, head), _card(head, predictions, inputs, figures, seed))
    show_result(f"{name}: {predictions.summary()['accuracy']:.4f} of {len(classes)} classes")


def _sources(inputs: str) -> tuple[Source, ...]:
    """What a shipped head hears by: the book's pictures are for comparison only."""
    return tuple(name for name in HEAD_INPUTS[inputs] if name != "book")


def _spec(title: str, head: SoundHead) -> dict[str, Any]:
    return {
        "title": title,
        "family": "Linear head on frozen networks",
        "modality": "sound",
        "parameters": head.weights.size + head.bias.size,
        "licence": "CC BY-NC-SA 4.0, as BirdNET; its data are CC BY 3.0 and CC BY-NC 3.0"
        if "birds" in head.sources
        else "CC BY-NC 3.0, as UrbanSound8K; ESC-10 is CC BY 3.0",
        "reference": "https://doi.org/10.1145/2733373.2806390",
        "note": "One dense layer on windows of three seconds; the networks before it are frozen.",
    }


def _card(
    head: SoundHead,
    predictions: HeldOutPredictions,
    inputs: str,
    figures: dict[str, Any],
    seed: int,
) -> dict[str, Any]:
    evaluation = evaluate(predictions.labels, predictions.probabilities, predictions.classes)
    return {
        "task": "which of nineteen sounds",
        "classes": head.classes,
        "sources": head.sources,
        "data": "ESC-10 (Piczak, 2015), folds 1-4; UrbanSound8K (Salamon et al., 2014), folds 1, "
        "2 and 10",
        "split": "shipped: learned from all clips; measured: a fold of each left out at a time "
        "(ESC-10 1-4 with UrbanSound8K 1, 2, 10 and none); one penalty for all, chosen on the same "
        "folds; the octave's context of six seconds, and by what and among which penalties to "
        "choose, were settled with these figures in view: all of it flatters them a little",
        "seed": seed,
        "recipe": "python -m core.recipes.sounds --data DIR",
        "made": made("scikit-learn", "librosa", "openvino"),
        "metrics": {
            **predictions.summary(),
            "esc10": figures["esc10"]["by_fold"][inputs],
            "urbansound8k": figures["urbansound8k"]["by_fold"][inputs],
            "confusion": evaluation.confusion.tolist(),
        },
    }


if __name__ == "__main__":
    sys.exit(main())
