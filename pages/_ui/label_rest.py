"""The room Label the rest: which of many examples to label, one after another."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from core import cluster
from core.errors import InvalidInputError
from core.learning.feature_cache import FeatureCache
from core.learning.findings.embedding import Embed, usable, vectors_at
from core.learning.findings.label_rounds import LabelRounds
from core.learning.new_labels import Labelled, labels_csv, with_new, write_by_class
from core.wording import counted, escaped
from pages._ui import (
    axes,
    charts,
    errors,
    finding_evidence,
    jobs,
    kept_labels,
    layout,
    links,
    widgets,
)
from pages._ui.fragments import fragment
from pages._ui.label_keys import SKIP, UNDO, label_keys
from pages._ui.new_examples import UPLOAD, ExampleKind
from pages._ui.numbers import percent
from pages._ui.text import slug
from pages._ui.workspace import Workspace

PRACTICE = "Practice"
_HELD_OUT = 0.2
_HELD_IN_PRACTICE = 0.4  # so that its curve says something
_LABELLED_IN_PRACTICE = 2  # of each class
_ADDED = ", with added labels"
_KEPT = 3  # pools whose labels are kept while another is on show


@dataclass(frozen=True, slots=True)
class _Pool:
    """What is labelled, and what is to be.

    Attributes
    ----------
    known : the labelled examples.
    held_out : (n,) int64, positions in `known` that judge.
    new : the examples without labels.
    hidden : whether `new` has its labels, which are not shown.
    """

    known: Any
    held_out: np.ndarray
    new: Any
    hidden: bool


@dataclass(frozen=True, slots=True)
class _Step:
    """How far the vectors are; in the last step the rounds, and what in the pool they are of."""

    share: float
    rounds: LabelRounds | None = None
    positions: tuple[int, ...] = ()


def room(kind: ExampleKind[Any]) -> None:
    """What is labelled and what is not at the left, one example to label beside it."""
    controls, result = layout.two_parts()
    pool = None
    with controls:
        work, is_sample = kind.work()
        st.markdown("Not labelled")
        choice = widgets.choice(
            "Not labelled", [PRACTICE, UPLOAD], key=f"{kind.prefix}rest", hidden=True
        )
        with errors.shown():
            if choice == UPLOAD:
                new = kind.new_input()
                if new is None:
                    links.name_missing_file(UPLOAD)
                else:
                    pool = _uploaded(work, new.dataset)
            else:
                name, dataset = kind.practice(work, is_sample=is_sample)
                pool = _practice(dataset)
                st.caption(
                    f"{escaped(name)} with most labels hidden, to try how this works. Upload your "
                    f"{kind.noun}s without labels to label them with the classes of "
                    f"{escaped(work.name)}."
                )
        network = kind.network_input()
    with result, errors.shown():
        if pool is None:
            if choice == UPLOAD and f"{kind.prefix}new" not in st.session_state:
                st.info(
                    f"Upload {kind.noun}s without labels, in any folders. You are asked about the "
                    "20 whose labels help most, again and again.",
                    icon=":material/upload:",
                )
            return
        known = _prepared(kind, work, pool, network)
        if known is not None:
            fragment(_panel)(kind, work, pool, known)


def _uploaded(work: Workspace[Any], new: Any) -> _Pool:
    known = work.corrected().dataset
    there = {*known.digests}
    rest = [i for i, one in enumerate(new.digests) if one not in there]
    if not rest:
        raise InvalidInputError(
            f"Expected {known.noun} that the set does not have yet. Received: all of them are in "
            "it."
        )
    _, held_out = known.split(_HELD_OUT, 0)
    return _Pool(known, held_out, new.at(rest), hidden=False)


def _practice(known: Any) -> _Pool:
    rest, held_out = known.split(_HELD_IN_PRACTICE, 0)
    labels = known.labels
    shown = np.concatenate(
        [rest[labels[rest] == label][:_LABELLED_IN_PRACTICE] for label in range(len(known.classes))]
    )
    hidden = np.setdiff1d(rest, shown)
    if not len(hidden):
        raise InvalidInputError(
            f"Expected more {known.noun} of each class to practise with. Received: "
            f"{len(known.members):,} in all."
        )
    labelled = known.at(np.concatenate([shown, held_out]))
    return _Pool(
        labelled,
        np.arange(len(shown), len(shown) + len(held_out)),
        known.at(hidden),
        hidden=True,
    )


def _steps(
    embed: Embed, network: str, cache: FeatureCache, pool: _Pool, given: kept_labels.Answers
) -> Iterator[_Step | None]:
    """Compute the vectors, then train on what is labelled already, and on what was answered."""
    datasets = (pool.known, pool.new)
    for place, dataset in enumerate(datasets):
        for share in cluster.here(embed, dataset, network, cache):
            yield None if share is None else _Step(0.95 * (place + share) / 2)
    known, new = (usable(dataset, network, cache) for dataset in datasets)
    held_out = np.flatnonzero(np.isin(known, pool.held_out))
    rounds = LabelRounds(
        vectors_at(pool.known, network, cache, known),
        pool.known.labels[known],
        len(pool.known.classes),
        held_out,
        vectors_at(pool.new, network, cache, new),
    )
    rounds.learn()
    places = {pool.new.digests[position]: place for place, position in enumerate(new.tolist())}
    labels = {name: label for label, name in enumerate(pool.known.classes)} | {None: None}
    for digest, name in given.items():
        if digest in places and name in labels:
            rounds.answer(places[digest], labels[name])
    if rounds.answers:
        rounds.learn()
    yield _Step(1.0, rounds, tuple(new.tolist()))


def _prepared(
    kind: ExampleKind[Any], work: Workspace[Any], pool: _Pool, network: str
) -> _Step | None:
    """The rounds of this pool, with the labels so far."""
    kept: dict[object, _Step] = st.session_state.setdefault(f"{kind.prefix}labelled", {})
    about = (pool.known.digest, pool.new.digest, network, pool.hidden)
    if about in kept:
        return kept[about]
    key, cache = f"{kind.prefix}pool", kind.cache(work)
    given = {} if pool.hidden else dict(kept_labels.answers())
    job = jobs.start_anew(
        key,
        about,
        f"Looking at {counted(len(pool.new.members), kind.noun)}",
        lambda: _steps(kind.embed, network, cache, pool, given),
    )
    jobs.panel(key, job, lambda step: (None if step is None else step.share, "computing features"))
    step: _Step | None = job.snapshot
    if step is None or step.rounds is None:
        return None
    kept[about] = step
    for old in [*kept][:-_KEPT]:
        del kept[old]
    return step


def _panel(kind: ExampleKind[Any], work: Workspace[Any], pool: _Pool, step: _Step) -> None:
    """The example that is asked about, and what has come of the answers."""
    rounds = step.rounds
    if rounds is None:
        return
    if st.session_state.pop(f"{kind.prefix}added", False):
        st.rerun()  # all of the page is about another set now, and this runs as a fragment
    _keep(pool, step, rounds)
    if rounds.is_due:
        with st.spinner("Training with the new labels"):
            rounds.learn()
    asked, count = rounds.asked, len(rounds.labelled)
    if asked is None:
        st.success(f"Every {kind.noun} has been asked about.", icon=":material/check:")
        st.button(
            "Undo",
            icon=":material/undo:",
            on_click=_undo,
            args=(rounds,),
            key=f"{kind.prefix}undo_last",
        )
    else:
        batch = rounds.batch
        done = sum(one in rounds.answers for one in batch)
        st.progress(
            done / len(batch),
            f"**{done + 1} of {len(batch)}** in this batch; "
            f"{counted(count, 'label')} so far, {len(step.positions) - len(rounds.answers):,} "
            f"{kind.noun}s without",
        )
        example = pool.new.members[step.positions[asked]]
        picture, answers = st.columns([1.15, 1], gap="medium")
        with picture:
            kind.large(example)
        with answers:
            label_keys(
                pool.known.classes,
                asked,
                key=f"{kind.prefix}keys",
                may_undo=bool(rounds.answers),
                on_answer=partial(_receive, rounds),
            )
            if pool.hidden:
                st.button(
                    "Answer this batch with the hidden labels",
                    icon=":material/visibility:",
                    type="tertiary",
                    key=f"{kind.prefix}reveal",
                    on_click=_reveal,
                    args=(rounds, pool.new, step.positions),
                )
    _curve(kind, rounds)
    if count:
        _use(kind, work, pool, step)


def _receive(rounds: LabelRounds, about: int, choice: int) -> None:
    """Note an answer, if it is of the example that is on show."""
    if about != rounds.asked:
        return
    if choice == UNDO:
        rounds.undo()
    else:
        rounds.answer(about, None if choice == SKIP else choice)


def _undo(rounds: LabelRounds) -> None:
    rounds.undo()


def _keep(pool: _Pool, step: _Step, rounds: LabelRounds) -> None:
    """Keep the answers, but for those of practice."""
    if pool.hidden:
        return
    digests, classes = pool.new.digests, pool.known.classes
    given = {
        digests[step.positions[place]]: None if label is None else classes[label]
        for place, label in rounds.answers.items()
    }
    kept_labels.keep(given, {digests[position] for position in step.positions})


def _reveal(rounds: LabelRounds, new: Any, positions: tuple[int, ...]) -> None:
    while (asked := rounds.asked) is not None:
        rounds.answer(asked, new.members[positions[asked]].label)


def _curve(kind: ExampleKind[Any], rounds: LabelRounds) -> None:
    """Accuracy over labels."""
    every = rounds.rounds
    first, last = every[0], every[-1]
    low, high = last.interval
    moved = ""
    if len(every) > 1:
        moved = f", {percent(first.accuracy)} with {first.labels:,}"
    st.markdown(
        f"**{percent(last.accuracy)} of {counted(last.total, f'held-out {kind.noun}')} correct** "
        f"with {counted(last.labels, 'label')}{moved}. :small[95% confidence interval "
        f"{percent(low)} to {percent(high)}.]"
    )
    figure = go.Figure()
    labels = [one.labels for one in every]
    figure.add_scatter(
        x=labels,
        y=[one.accuracy for one in every],
        mode="lines+markers",
        line={"color": charts.COLOURS[0], "width": 2.5},
        error_y={
            "array": [one.interval[1] - one.accuracy for one in every],
            "arrayminus": [one.accuracy - one.interval[0] for one in every],
            "color": charts.COLOURS[0],
            "thickness": 1,
        },
        hovertext=[percent(one.accuracy) for one in every],
        hovertemplate="%{hovertext} with %{x:,} labels<extra></extra>",
    )
    axes.counts(figure, "x", labels, "labels learned from")
    axes.shares(figure, "y", "accuracy")
    st.plotly_chart(
        charts.plain(figure, height=260, margin={"l": 60, "r": 16, "b": 50, "t": 10}),
        config=charts.CONFIG,
        key=f"{kind.prefix}label_curve",
        alt=f"Accuracy on held-out {kind.noun}s by the number of labels, "
        f"{percent(last.accuracy)} with {last.labels:,}",
    )
    if measured := finding_evidence.of_labelling():
        st.caption(measured)


def _use(kind: ExampleKind[Any], work: Workspace[Any], pool: _Pool, step: _Step) -> None:
    """What can be done with the labels that are there."""
    labelled = _labelled(pool, step)
    name = slug(work.name, kind.noun)
    what = counted(len(labelled), f"labelled {kind.noun}")
    with st.container(horizontal=True):
        if not pool.hidden:
            st.button(
                f"Add {what} to the set",
                type="primary",
                icon=":material/add:",
                key=f"{kind.prefix}add_labelled",
                on_click=_add,
                args=(kind, work, labelled),
            )
        st.download_button(
            "Labels (CSV)",
            lambda: labels_csv(labelled),
            f"{name}-labels.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
            key=f"{kind.prefix}labels_csv",
        )
        st.download_button(
            f"Labelled {kind.noun}s by class (ZIP)",
            lambda: _zipped(kind, labelled),
            f"{name}-labelled.zip",
            "application/zip",
            icon=":material/download:",
            on_click="ignore",
            key=f"{kind.prefix}labels_zip",
        )


def _labelled(pool: _Pool, step: _Step) -> Labelled:
    given = {} if step.rounds is None else step.rounds.labelled
    return [
        (pool.known.classes[label], pool.new.members[step.positions[place]])
        for place, label in given.items()
    ]


def _zipped(kind: ExampleKind[Any], labelled: Labelled) -> bytes:
    buffer = io.BytesIO()
    write_by_class(buffer, labelled, suffix=kind.suffix)
    return buffer.getvalue()


def _add(kind: ExampleKind[Any], work: Workspace[Any], labelled: Labelled) -> None:
    """Work on the set with these from now on, as it is corrected; a callback."""
    dataset = with_new(work.original, labelled)
    name = work.name if work.name.endswith(_ADDED) else f"{work.name}{_ADDED}"
    added = kind.give(dataset, name, work)
    added.corrections, added.tested = dict(work.corrections), set(work.tested)
    added.purpose, added.missing = work.purpose, work.missing
    st.session_state[f"{kind.prefix}added"] = True
