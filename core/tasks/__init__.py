"""The table of what Graft can do, which pages, web API and command line read."""

from __future__ import annotations

from core.errors import UnknownNameError
from core.tasks import (
    changes,
    closer,
    data_sets,
    explorations,
    looks,
    many,
    optimised,
    photos,
    pictures,
    saved,
    sounds,
    texts,
)
from core.tasks.task import Answer, Input, Settings, Task

__all__ = ["TASKS", "Answer", "Input", "Settings", "Task", "task"]

TASKS: dict[str, Task] = {
    each.name: each
    for each in (
        photos.CLASSIFY,
        photos.EMBED,
        photos.EXPLAIN,
        photos.COMPARE,
        photos.NEAREST_PHOTOS,
        photos.NEAR_DUPLICATES,
        looks.LOOK_AT_PHOTOS,
        texts.SENTIMENT,
        texts.EXPLAIN_REVIEW,
        closer.EXPLAIN_WORDS,
        texts.DELETION_TEST,
        texts.DOCUMENTS,
        texts.NEAREST_DOCUMENTS,
        sounds.SOUNDS,
        closer.EXPLAIN_SOUND,
        sounds.BIRDS,
        pictures.CAPTION,
        closer.CAPTION_TREE,
        pictures.COLORIZE,
        pictures.STYLIZE,
        texts.MANY_REVIEWS,
        many.MANY_PHOTOS,
        many.MANY_RECORDINGS,
        many.MANY_CAPTIONS,
        many.MANY_COLORS,
        optimised.OPTIMISE_STYLE,
        optimised.DREAM,
        optimised.ZOOM,
        optimised.FILTERS,
        explorations.EXPLORE,
        explorations.EXPLORE_TEXTS,
        explorations.EXPLORE_SOUNDS,
        changes.CHANGES_PHOTOS,
        changes.CHANGES_TEXTS,
        changes.CHANGES_SOUNDS,
        data_sets.TRAIN_PHOTOS,
        data_sets.TRAIN_TEXTS,
        data_sets.TRAIN_SOUNDS,
    )
}


saved.add_source()


def task(name: str) -> Task:
    """The task of that name.

    Raises
    ------
    UnknownNameError
    """
    if name not in TASKS:
        raise UnknownNameError.among("task", name, TASKS)
    return TASKS[name]
