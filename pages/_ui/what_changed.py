"""The room What changed: a visitor's examples against new ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.engine import JobState
from core.learning.findings.changes import LEVEL, Changes
from core.learning.findings.drift import LEAST
from core.wording import counted, escaped
from pages._ui import (
    downloads,
    errors,
    finding_evidence,
    jobs,
    layout,
    links,
    use_from_code,
    widgets,
)
from pages._ui.example_tables import left_out
from pages._ui.new_examples import UPLOAD, ExampleKind, sample_changes
from pages._ui.numbers import percent, tabulated
from pages._ui.training_set import DataT

_SHOWN = 10  # most unlike examples of each set
_LISTED = 200
_STAGES = {
    "embeddings": "computing features",
    "difference": "testing the difference",
    "done": "done",
}


def room(kind: ExampleKind[Any]) -> None:
    """What is compared at the left, what is different beside it."""
    controls, result = layout.two_parts()
    with controls:
        work, is_sample = kind.work()
        st.markdown(f"**{escaped(work.name)}** against")
        choice = widgets.choice(
            f"New {kind.noun}s",
            [*kind.made, UPLOAD],
            key=f"{kind.prefix}against",
            hidden=True,
        )
        whole = work.corrected().dataset
        pair: tuple[Any, Any] | None = None
        if choice == UPLOAD:
            new = kind.new_input()
            pair = None if new is None else (whole, new.dataset)
            if new is None:
                links.name_missing_file(UPLOAD)
        else:
            st.caption(f"{kind.made[choice].about} Upload yours to compare with them.")
            with errors.shown():
                pair = _made(kind, whole, choice)
        network = kind.network_input()
    with result, errors.shown():
        if pair is None:
            st.info(
                f"Upload {kind.noun}s that were taken later, elsewhere or by somebody else, or "
                "another version of this set. Classes are not needed.",
                icon=":material/upload:",
            )
            return
        step = _compared(kind, work, pair, network, is_sample=is_sample and choice != UPLOAD)
        if step is not None:
            _result(kind, step, *pair)
        use_from_code.show(use_from_code.call(kind.task, backbone=network, encoder=network))


def _made(kind: ExampleKind[DataT], whole: DataT, choice: str) -> tuple[DataT, DataT]:
    """The same objects again as long as nothing else is asked for."""
    key, asked = f"{kind.prefix}against_made", (whole.digest, choice)
    kept = st.session_state.get(key)
    if kept is None or kept[0] != asked:
        kept = st.session_state[key] = (asked, kind.made[choice].make(whole))
    pair: tuple[DataT, DataT] = kept[1]
    return pair


def _compared(
    kind: ExampleKind[Any], work: Any, pair: tuple[Any, Any], network: str, *, is_sample: bool
) -> Changes | None:
    first, second = pair
    about = (first.digest, second.digest, network)
    if is_sample and (known := sample_changes().get(about)) is not None:
        return known
    cache = kind.cache(work)

    def steps() -> Iterator[Changes]:
        for step in kind.changes(first, second, network, cache):
            yield step
        if is_sample:
            sample_changes().put(about, step)

    key = f"{kind.prefix}changes"
    job = jobs.start_anew(key, about, f"Comparing with {work.name}", steps)
    jobs.panel(key, job, lambda step: (step.share, _STAGES[step.stage]))
    snapshot: Changes | None = job.snapshot
    return snapshot if job.state is JobState.DONE else None


def _result(kind: ExampleKind[Any], step: Changes, first: Any, second: Any) -> None:
    st.subheader(verdict(step, kind.noun), anchor=False)
    st.markdown(_reasons(step, kind.noun))
    if measured := finding_evidence.of_drift():
        st.caption(measured)
    _figures(step, kind.noun)
    left_out(step.skipped, kind.noun)
    here, there = step.unlike
    if len(there):
        what = "added" if step.is_version else "new"
        _strip(kind, f"{what} {kind.noun}s most unlike the set", second, there)
        _strip(kind, f"{kind.noun}s of the set most unlike the {what} ones", first, here)
    if step.classes:
        _classes(step)
    if step.is_version:
        _version(kind, step, first, second)
    rows = pd.DataFrame(step.rows())
    downloads.table(f"All {kind.noun}s of both sets (CSV)", rows, f"{kind.noun}s-changes.csv")


def verdict(step: Changes, noun: str) -> str:
    """What has come out, in a sentence."""
    if step.is_version and not len(step.added):
        return f"No {noun} was added, {len(step.removed):,} removed"
    which = "added" if step.is_version else "new"
    if step.is_different is None:
        return f"There are too few {which} {noun}s to compare"
    if step.is_different:
        return f"The {which} {noun}s differ from the set"
    return f"No difference was found between the {which} {noun}s and the set"


def _reasons(step: Changes, noun: str) -> str:
    """By which figures, and what these mean."""
    if step.auroc is None or step.p_value is None:
        return f"A test needs {LEAST} {noun}s of each set; contents that are in both do not count."
    tells = (
        f"Of a {noun} from each set, a classifier assigns both correctly in "
        f"{percent(step.auroc)} of pairs; guessing gives 50%. "
    )
    least = " or fewer" if step.p_value < LEVEL else ""
    chance = (
        f"Were both sets from one source, they would be as far apart in "
        f"{percent(step.p_value)} of cases{least}."
    )
    return tells + chance + ("" if step.p_value < LEVEL else " So this may be chance.")


def _figures(step: Changes, noun: str) -> None:
    here, there = (len(part) for part in step.compared)
    with st.grid(4, min_column_width=130):
        _figure(
            "AUROC",
            step.auroc,
            f"A classifier is trained to tell both sets apart, and examined on {noun}s that are "
            f"not in its training part. This is how often it ranks a {noun} of the new set above "
            "one of the other: 0.5 is guessing, 1 is without a mistake.",
        )
        _figure(
            "p-value",
            step.p_value,
            "How often sets are at least as far apart if it is chance which of them an example is "
            f"in, by 999 permutations. Below {LEVEL}, the difference counts as one.",
        )
        _figure(
            "Noticed from AUROC",
            step.noticeable,
            f"With {here:,} and {there:,} {noun}s, a difference is noticed in four of five cases "
            "where the best possible classifier has this AUROC; smaller ones are missed more "
            "often.",
        )
        st.metric(
            f"{noun.capitalize()}s",
            f"{step.sizes[0]:,} / {step.sizes[1]:,}",
            border=True,
            help=f"In the set, and new; {step.same:,} contents are in both.",
        )


def _figure(title: str, value: float | None, meaning: str) -> None:
    st.metric(title, "-" if value is None else f"{value:.3f}", border=True, help=meaning)


def _strip(kind: ExampleKind[Any], title: str, dataset: Any, positions: np.ndarray) -> None:
    st.markdown(f"**{title[0].upper()}{title[1:]}**")
    with st.grid("auto", min_column_width=kind.tile_px, gap="small"):
        for position in positions[:_SHOWN].tolist():
            with st.container(gap="xsmall"):
                kind.tile(dataset.members[position])


def _classes(step: Changes) -> None:
    st.markdown("**Shares of classes**")
    share = st.column_config.NumberColumn(format="percent")
    st.dataframe(
        pd.DataFrame(
            {
                "Class": [one.name for one in step.classes],
                "In the set": [tabulated(one.first_share) for one in step.classes],
                "New": [tabulated(one.second_share) for one in step.classes],
                "p-value": [one.p_value for one in step.classes],
            }
        ),
        hide_index=True,
        column_config={
            "In the set": share,
            "New": share,
            "p-value": st.column_config.NumberColumn(
                format="%.3f",
                help="How often chance makes shares that differ as much (Fisher's exact test), "
                "adjusted for the number of classes.",
            ),
        },
        alt="Share of each class in both sets, the largest difference first",
    )


def _version(kind: ExampleKind[Any], step: Changes, first: Any, second: Any) -> None:
    """What has come and gone between two versions of one set."""
    st.markdown(
        f"**Two versions of one set**: {counted(step.same, kind.noun)} in both, "
        f"{len(step.added):,} added, {len(step.removed):,} removed, "
        f"{len(step.relabelled):,} in another class."
    )
    rows = [("added", name, "") for name in step.names_added[:_LISTED]]
    rows += [("removed", name, "") for name in step.names_removed[:_LISTED]]
    for before, after in step.relabelled[:_LISTED].tolist():
        was = first.classes[first.members[before].label]
        now = second.classes[second.members[after].label]
        rows.append(("another class", second.members[after].name, f"{was} → {now}"))
    if rows:
        st.dataframe(
            pd.DataFrame(rows, columns=["Change", kind.noun.capitalize(), "Class"]),
            hide_index=True,
            alt="What was added, removed or put into another class",
        )
