"""Workspaces in a project: data sets, what is put right in them, and what was trained on them."""

from __future__ import annotations

import tempfile
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

from core.errors import GraftError
from core.learning.metrics import Evaluation
from core.learning.stored import checked
from core.learning.training_file import TrainingFile
from core.projects import Content, Correction, Item, Project, models, runs
from core.projects.datasets import DatasetKind, pack, unpack
from pages._ui import project
from pages._ui.project import Change, OpenProject

if TYPE_CHECKING:
    from pages._ui.training_set import TrainingSet
    from pages._ui.workspace import Workspace, Workspaces

SAMPLE = "Sample"
_LISTED = 100  # classes
DATA, TRAINING = "data", "training"
"""The parts of items: a data set, and how a classifier was trained; see `core.projects.models`."""


@dataclass(slots=True, eq=False)
class Saved:
    """What of a workspace is in the project.

    Attributes
    ----------
    item : its data set there.
    of : the data set whose examples are there by now.
    corrections : those that are there.
    models : the classifiers that are there, and what each is called as a network.
    unread : trainings of it that nobody has needed yet.
    interrupted : a training of it that no server goes on with.
    removed : the item that somebody has removed, and what was to be saved of it then.
    """

    item: Item | None = None
    of: object = None
    corrections: dict[int, Correction] = field(default_factory=dict)
    models: WeakKeyDictionary[Any, str] = field(default_factory=WeakKeyDictionary)
    unread: list[Item] = field(default_factory=list)
    interrupted: Item | None = None
    removed: tuple[str, Hashable] | None = None


class Training(NamedTuple):
    """A classifier with its training, to be saved.

    Attributes
    ----------
    network : the pretrained network it is built on; empty without one.
    about : what else tells it from others of the same data set.
    """

    model: Any
    name: str
    file: TrainingFile
    evaluation: Evaluation
    trained_on: TrainingSet[Any]
    network: str
    about: Mapping[str, Any]


def changes(workspaces: Workspaces[Any]) -> Iterator[Change]:
    """What is not saved yet of the workspaces of a session; of samples only what was made of
    them."""
    for source, work in workspaces.by_source():
        trainings = workspaces.trainings(work)
        if source == SAMPLE and not (trainings or _is_changed(work)):
            continue
        saved = work.saved
        if saved.removed is not None and saved.removed[1] == _state(work, trainings):
            continue
        if saved.of is not work.original:
            save = partial(_save_data, workspaces.kind, source, work)
            names = tuple(example.name for example in work.original.members)
            pending = frozenset(work.corrections.items())
            yield Change(("data", saved, names, pending), save)
        elif saved.item is not None:
            yield from _corrections(work)
            about = _about(source, work, saved.item.about.get("content"))
            if saved.item.about != about:
                save = partial(_save_about, saved, about)
                yield Change(("about", saved, repr(about)), save, is_large=False)
        if runs.of_job(work.job) is not None:
            continue  # whoever follows it saves what it comes to
        for training in trainings:
            if training.model not in saved.models:
                save = partial(save_training, workspaces, work, training)
                yield Change(("training", training.model), save)


def note_removed(
    workspaces: Workspaces[Any], work: Workspace[Any], item: Item, *, is_back: bool
) -> None:
    """Its item was removed from the project, or put back."""
    saved = work.saved
    if is_back and saved.removed is not None and saved.removed[0] == item.id:
        saved.item, saved.of, saved.removed = item, work.original, None
    elif saved.item is not None and saved.item.id == item.id:
        saved.item, saved.of = None, None
        saved.removed = (item.id, _state(work, workspaces.trainings(work)))


def _state(work: Workspace[Any], trainings: Sequence[Training]) -> Hashable:
    """What there is to save of a workspace."""
    labels = frozenset(work.corrections.items())
    done = tuple((training.name, training.about["run"]) for training in trainings)
    return labels, done, work.purpose, work.missing, work.original.digest


def _is_changed(work: Workspace[Any]) -> bool:
    """Whether somebody has done something with it, or lets it be trained on."""
    return bool(
        work.corrections
        or work.saved.item
        or work.purpose
        or work.missing
        or (work.is_training and work.attempt and work.attempt.is_asked_for)
    )


def removals(gone: list[Saved]) -> Iterator[Change]:
    """Data sets to be taken out of the project, and out of the list then."""

    def remove(saved: Saved, of: Project) -> None:
        if saved.item is not None:
            of.remove(saved.item)
        gone.remove(saved)

    for saved in gone:
        yield Change(("remove", saved), partial(remove, saved), is_large=False)


def restore(workspaces: Workspaces[Any], window: OpenProject) -> None:
    """Let a session go on with the data sets of its project; trainings are read when needed.

    What the session has already from somewhere stays.
    """
    of = window.project
    if of is None:
        return
    taken = {source for source, _ in workspaces.by_source()}
    latest: dict[str, Item] = {}
    for item in of.items(workspaces.kind):
        source = item.about.get("source")
        if isinstance(source, str):
            workspaces.note(source, item)
            latest[source] = item
    for source, item in latest.items():
        if source in taken:
            continue
        try:
            work = _workspace(workspaces, of, source, item)
            if work is not None:
                fill(work, item, of, workspaces.model_kind)
                workspaces.put_back(source, work)
        except GraftError as err:
            project.note_unreadable(item.name, err)
    workspaces.show_again(window.settings.get("shown", {}).get(workspaces.name))


def _workspace(
    workspaces: Workspaces[Any], of: Project, source: str, item: Item
) -> Workspace[Any] | None:
    if source == SAMPLE:
        return workspaces.sample(item.name)
    data = unpack(workspaces.kind, of.read(item, DATA))
    return workspaces.new(data, item.name, str(item.about.get("credit", "")))


def fill(work: Workspace[Any], item: Item, of: Project, model_kind: Any) -> None:
    """Put the corrections of a data set where they belong, and note its trainings."""
    members = len(work.original.members)
    corrections = {
        position: correction
        for position, correction in of.corrections(item).items()
        if position < members and correction.label in (None, *work.original.classes)
    }
    work.corrections = {place: correction.label for place, correction in corrections.items()}
    work.tested = {place for place, correction in corrections.items() if correction.tested}
    work.purpose = str(item.about.get("purpose", ""))
    work.missing = str(item.about.get("missing", ""))
    work.saved = Saved(item, work.original, corrections)
    note_trained(work, of, model_kind)


def note_trained(work: Workspace[Any], of: Project, model_kind: Any) -> None:
    """Note what was trained on a workspace, perhaps on another server, to be read when needed."""
    if work.saved.item is None:
        return
    ours, known = identity(work.saved.item).items(), {*work.saved.models.values()}
    trainings = [one for one in of.items(model_kind) if ours <= one.about.items()]
    if trainings and models.name_of(trainings[-1]) not in known:
        work.saved.unread = trainings


def read_trainings(workspaces: Workspaces[Any], work: Workspace[Any] | None) -> None:
    """Read those trainings of a workspace that are in the project and not in the session yet."""
    of = project.opened()
    if work is None or of is None or not work.saved.unread:
        return
    latest = work.saved.unread[-1].about.get("run")
    items = [item for item in work.saved.unread if item.about.get("run") == latest]
    work.saved.unread = []
    trained = []
    for item in items:
        try:
            file = TrainingFile.from_json(of.read(item, TRAINING))
            model: Any = models.read(of, item)
        except GraftError as err:
            project.note_unreadable(item.name, err)
            continue
        trained.append((model, file))
        work.saved.models[model] = models.name_of(item)
    if not trained:
        return
    arrays = trained[0][1].arrays
    try:
        work.training_set = checked(
            lambda: work.as_trained(arrays["origin"], arrays["trained_labels"])
        )
        workspaces.add_trainings(work, trained)
    except GraftError as err:
        project.note_unreadable(items[0].name, err)


def _save_data(kind: DatasetKind, source: str, work: Workspace[Any], into: Project) -> None:
    saved, original = work.saved, work.original
    about = _about(source, work, original.digest)
    content: dict[str, Content] = {} if source == SAMPLE else {DATA: pack(original)}
    if saved.item is None or into.item(saved.item.id).parts != saved.item.parts:
        saved.item = into.add(kind, work.name, about, content)  # or another window has changed it
    else:  # examples came or went, so positions are others
        into.uncorrect(saved.item)
        saved.item = into.change(saved.item, about=about, content=content)
    saved.corrections, saved.of, saved.removed = {}, original, None


def go_on_with(work: Workspace[Any], before: Workspace[Any]) -> bool:
    """Take over the corrections of examples that are in both, unless their files say another
    class by now; whether there are such examples, so that both are the same data set."""
    old, new = before.original, work.original
    places = {digest: position for position, digest in enumerate(new.digests)}
    for position, label in before.corrections.items():
        place = places.get(old.digests[position])
        if place is None or label not in (None, *new.classes):
            continue
        if old.classes[old.labels[position]] == new.classes[new.labels[place]]:
            work.corrections[place] = label
            if position in before.tested:
                work.tested.add(place)
    return not places.keys().isdisjoint(old.digests)


def _about(source: str, work: Workspace[Any], content: str | None) -> dict[str, Any]:
    """What a project knows of a data set; `content` tells it from others of its name."""
    return {
        "source": source,
        "credit": work.credit,
        "classes": list(work.original.classes[:_LISTED]),
        "examples": len(work.original.members),
        "content": content,
        "purpose": work.purpose,
        "missing": work.missing,
    }


def _save_about(saved: Saved, about: dict[str, Any], into: Project) -> None:
    if saved.item is not None:
        saved.item = into.change(saved.item, about=about)


def _corrections(work: Workspace[Any]) -> Iterator[Change]:
    saved = work.saved
    wanted = {
        position: Correction(label, position in work.tested)
        for position, label in work.corrections.items()
    }
    if not wanted and saved.corrections:
        yield Change(("undo all", saved), partial(_undo, saved, None), is_large=False)
        return
    for position, correction in wanted.items():
        if saved.corrections.get(position) != correction:
            save = partial(_correct, saved, position, correction)
            yield Change(("correction", saved, position, correction), save, is_large=False)
    for position in saved.corrections.keys() - wanted.keys():
        save = partial(_undo, saved, position)
        yield Change(("undo", saved, position), save, is_large=False)


def _correct(saved: Saved, position: int, correction: Correction, into: Project) -> None:
    if saved.item is not None:
        into.correct(saved.item, position, correction.label, tested=correction.tested)
        saved.corrections[position] = correction


def _undo(saved: Saved, position: int | None, into: Project) -> None:
    if saved.item is None:
        return
    into.uncorrect(saved.item, position)
    if position is None:
        saved.corrections.clear()
    else:
        saved.corrections.pop(position, None)


def save_training(
    workspaces: Workspaces[Any], work: Workspace[Any], training: Training, into: Project
) -> None:
    """Save a classifier of a workspace whose data set is saved."""
    item = work.saved.item
    if item is None:
        raise RuntimeError("Expected the data set to be saved before what was trained on it.")
    trained_on = training.trained_on
    arrays = {"origin": trained_on.origin, "trained_labels": trained_on.dataset.labels}
    file = TrainingFile(training.file.about, {**training.file.arrays, **arrays})
    evaluation = training.evaluation
    about = {
        **identity(item),
        "classes": list(evaluation.classes),
        "network": training.network,
        "accuracy": evaluation.accuracy,
        "tested": len(evaluation.labels),
        **training.about,
    }
    card = work.complete(training.model.card)
    model = training.model if card is None else training.model.with_card(card)
    with tempfile.TemporaryDirectory(prefix="graft-") as scratch:
        files = models.contents(model, Path(scratch))
        content: dict[str, Content] = {**files, TRAINING: file.to_json()}
        added = into.add(workspaces.model_kind, training.name, about, content)
    work.saved.models[training.model] = models.name_of(added)


def identity(item: Item) -> dict[str, str]:
    """What tells a data set from others of a project and its copies; a sample never changes."""
    return {
        "source": str(item.about.get("source")),
        "data": item.name,
        "digest": item.parts[DATA].digest if DATA in item.parts else "",
    }
