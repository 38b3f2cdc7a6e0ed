"""A task on all files of a folder or bucket of the server, or all rows of a table."""

from __future__ import annotations

import shlex
from itertools import islice
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import streamlit as st

from core import cluster, engine
from core.errors import InvalidInputError
from core.tasks.examples import Call
from core.tasks.folders.part_file import command_in, part_path
from core.tasks.folders.steps import FolderStep, command_of
from core.tasks.task import Settings, Task
from core.wording import counted, escaped
from pages._folders import choices, runs
from pages._folders.runs import Progress, Run
from pages._ui import errors, jobs, layout
from pages._ui.asking_button import asking_button

_ABOUT = (
    "One of Graft's tasks on every file of a folder of this server, or on every row of a table."
)
_NAMED, _OUTPUT = "folder_named", "folder_output"
_ROWS, _COLUMNS, _PICTURES = 100, 12, 6  # of a result, to look at
_MOST_DOWNLOADED = 200 << 20


def page() -> None:
    """What to work on and how, and what became of the last runs."""
    layout.heading("Folders", _ABOUT)
    controls, result = layout.two_parts()
    with controls:
        task, settings = choices.task_input()
        named, output = _places(task)
        with errors.shown():
            _offer(task, settings, named, output)
    with result:
        st.caption(_where())
        known = runs.runs()
        for place, run in enumerate(known):
            with st.container(border=True), errors.shown():
                _show(run, is_newest=place == 0)
        if not known:
            st.info(
                "Nothing yet. Enter a folder of this server at the left, such as one of photos.",
                icon=":material/folder_open:",
            )


def _places(task: Task) -> tuple[str, str]:
    """What is typed; in no link, so that none names a folder of the server."""
    named = st.text_input(
        "Folder, file or bucket",
        placeholder="/data/photos or s3://bucket/photos",
        key=_NAMED,
        persist_state="session",
        help=(
            "The full path of a folder, with all that is below it, or of one file; of texts also "
            "a table, CSV or Parquet. A bucket needs the extra `s3` and credentials in the "
            "server's environment."
        ),
    )
    suggested = runs.suggested(named, task)
    output = st.text_input(
        "Write to",
        placeholder=suggested or "/data/result.parquet",
        key=_OUTPUT,
        persist_state="session",
        help=(
            "A folder for the pictures."
            if task.picture is not None
            else "A table, .parquet or .csv. A Parquet file also says how it was made."
        ),
    )
    return named, output.strip() or suggested


def _offer(task: Task, settings: Settings, named: str, output: str) -> None:
    """A button, once both places can be used."""
    ready, is_under_way = None, False
    if named.strip() and output:
        source, target = runs.source(named), runs.target(output, task)
        is_under_way = runs.is_under_way(target)
        part = part_path(target)
        of = None if is_under_way else command_in(part)
        if is_under_way:
            st.caption("Under way.")
        elif of == command_of(task, [[source]], {}, settings):
            st.caption("Part of it is there already: work goes on from there.")
        elif of == "":
            raise InvalidInputError(
                f"Expected {part.name} to be free. Received: a file that another command uses, or "
                "that is no part file. Write elsewhere."
            )
        elif of is not None:
            _other_part(part)
        elif target.is_file():
            st.caption(f"Replaces {escaped(target.name)}, which is there.")
        else:
            st.caption(f"Writes {escaped(str(target))}.")
        ready = (task, settings, source, target)
    st.button(
        "Start",
        type="primary",
        icon=":material/play_arrow:",
        disabled=ready is None or is_under_way,
        on_click=runs.start,
        args=ready,
    )
    if ready is not None:
        with st.expander("Use from code", icon=":material/code:"):
            places = [shlex.quote(source), "--output", shlex.quote(str(target))]
            words = ["graft", task.name, *places, *Call(task, settings).options()]
            words += ["--cluster"] if cluster.is_used() else []
            st.code(" ".join(words), language="bash", wrap_lines=True)
            st.caption("On this server. Each goes on from what the other has done.")


def _other_part(part: Path) -> None:
    st.caption(
        f"{escaped(part.name)} is part of other work. Start that again to complete it, or delete "
        "its part, or write elsewhere."
    )
    asking_button(
        "Delete that part",
        f"What was done of the other work is lost: {escaped(str(part))}.",
        part.unlink,
        key="folder_delete_part",
        args=(True,),
        opener="Delete…",
    )


def _where() -> str:
    if cluster.is_used():
        return "By all nodes of the cluster, which read the files themselves."
    return "By this server, one folder at a time. The work goes on when this page is closed."


def _show(run: Run, *, is_newest: bool) -> None:
    """A run: while it is under way how far it is, then what it has made."""
    st.markdown(f"**{escaped(run.named)}**")
    key = f"folder_{run.job.submitted:.6f}"
    jobs.panel(key, run.job, runs.how_far, queue=engine.folders, may_cancel=lambda _: True)
    if not run.job.is_over:
        return
    progress: Progress | None = run.job.snapshot
    if progress is None:
        return
    if progress.step.written is None:
        if progress.step.done:
            st.caption(
                f"{progress.step.done:,} done. Start the same again to go on from there: what is "
                f"done is kept in {escaped(part_path(run.output).name)}."
            )
        return
    _result(run, progress.step, is_newest=is_newest)
    _refused(progress.refused)


def _result(run: Run, step: FolderStep, *, is_newest: bool) -> None:
    what = "picture" if run.task.picture is not None else "row"
    if not step.written:
        none_used = "There is no result: nothing of it could be used."
        st.caption(none_used if step.refused == step.done else "Nothing was found.")
        return
    st.caption(f"{counted(step.written, what)} in {escaped(str(run.output))}.")
    if not is_newest or not run.output.exists():
        return
    if run.task.picture is not None:
        shown = islice(run.output.rglob("*.png"), _PICTURES)
        st.image([str(path) for path in shown], width=160)
        return
    table, columns = _beginning(run.output)
    st.dataframe(table, hide_index=True, height=280, alt="The first rows of the result")
    if columns > _COLUMNS:
        st.caption(f"{_COLUMNS} of {columns:,} columns.")
    if run.output.stat().st_size <= _MOST_DOWNLOADED:
        st.download_button(
            "Download",
            run.output.read_bytes,
            run.output.name,
            icon=":material/download:",
            on_click="ignore",
        )


def _beginning(path: Path) -> tuple[pd.DataFrame, int]:
    """The first rows and columns of a table, and how many columns it has."""
    if path.suffix.lower() == ".csv":
        rows = pd.read_csv(path, nrows=_ROWS)
        return rows.iloc[:, :_COLUMNS], rows.shape[1]
    with pq.ParquetFile(path, pre_buffer=False) as file:
        names = file.schema_arrow.names
        batch = next(file.iter_batches(_ROWS, columns=names[:_COLUMNS]))
    return batch.to_pandas(), len(names)


def _refused(refused: tuple[tuple[str, str], ...]) -> None:
    if refused:
        with st.expander(f"{counted(len(refused), 'input')} refused", icon=":material/block:"):
            rows = pd.DataFrame(refused[:1000], columns=["Input", "Why"])
            st.dataframe(rows, hide_index=True, alt="Inputs that are refused")


page()
