"""The room Many reviews: a table in, a table with verdicts out."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from core import cluster
from core.media import TABLE_LIMITS, TextTable
from core.text import sentiment
from core.text.sentiment import Assessment, scoring
from core.wording import counted
from pages._sentiment import choices, review_scores
from pages._sentiment.samples import CREDIT, sample_table
from pages._ui import downloads, errors, jobs, layout, saved_files, use_from_code
from pages._ui.inputs import digest
from pages._ui.numbers import tabulated
from pages._ui.row_choice import row_choice
from pages._ui.table_input import table_of
from pages._ui.text_input import leave_text_out_of_link
from pages._ui.verdict import word

_JOB, _TABLE = "reviews", "reviews_table"
_ROWS_SHOWN = 1000
_LABEL = "Label"
_COLUMNS = {
    "Positive": st.column_config.ProgressColumn(
        format="percent", min_value=0, max_value=1, help="Probability of a positive review."
    ),
    "Review": st.column_config.TextColumn(width="medium"),
    "Most influential sentence": st.column_config.TextColumn(
        width="medium", help="By gradient x input."
    ),
}
_IN_CSV = {
    "Review": "review",
    "Verdict": "verdict",
    "Positive": "probability_positive",
    "Most influential sentence": "most_influential_sentence",
    "Model": "model",
    "Why undecided": "why_undecided",
    _LABEL: "label",
    "Correct": "as_labelled",
}


def room() -> None:
    """The table at the left; beside it what was read so far."""
    leave_text_out_of_link()
    controls, result = layout.two_parts()
    with controls, errors.shown():
        data, name = _table_input()
        kept = digest(data)
        table = table_of(data, key=f"reviews_{kept[:8]}", texts="Reviews")
        means = {}
        if table.labels is not None:
            mark = digest(f"{kept} {table.label_column}".encode())[:8]
            means = review_scores.meanings_input(table.labels, key=mark)
        model = choices.model_input("many_model")
        with result, errors.shown():
            _verdicts(table, means, model, name, kept)


def _verdicts(
    table: TextTable, means: Mapping[str, bool | None], model: str | None, name: str, kept: str
) -> None:
    texts = table.texts
    how = (table.encoding, table.separator, table.has_names, table.parts)
    job = jobs.start_anew(
        _JOB,
        (name, kept, how, table.text_column, model),
        f"Classifying {counted(len(texts), 'review')}",
        lambda: cluster.steps(sentiment.assess_all, texts, model=model),
    )
    jobs.panel(_JOB, job, lambda rows: (len(rows) / len(texts), f"{len(rows):,} done"))
    if job.is_over and job.snapshot:
        _finished(table, means, job.snapshot, name)
    names = ("sentiment", "many-reviews")
    use_from_code.show(*[use_from_code.call(name, model=model) for name in names])


def _table_input() -> tuple[bytes, str]:
    """A table that was uploaded, also before a page change; or the samples."""
    file = st.file_uploader(
        "A table of reviews",
        key="reviews_file",
        max_upload_size=TABLE_LIMITS.max_bytes >> 20,
        help="CSV with any separator, Excel, Parquet or JSON lines, with or without names of "
        "columns.",
    )
    if file is not None:
        st.session_state[_TABLE] = (file.getvalue(), file.name)
    elif _TABLE not in st.session_state:
        with errors.shown():
            for table in saved_files.restored(_TABLE):
                st.session_state[_TABLE] = (table.data, table.name)
                saved_files.came_from_project(_TABLE, digest(table.data))
    if _TABLE not in st.session_state:
        saved_files.keep(_TABLE, "reviews", (), "")
        st.caption(f"Sample reviews are shown until you upload a table. {CREDIT}")
        return sample_table(), "samples.csv"
    if file is None:
        st.button("Back to the samples", icon=":material/undo:", on_click=_forget)
    data, name = st.session_state[_TABLE]
    saved_files.keep(_TABLE, "reviews", [saved_files.File(name, data)], digest(data))
    return data, name


def _finished(
    table: TextTable, means: Mapping[str, bool | None], rows: list[Assessment], name: str
) -> None:
    verdicts = _table(table, rows)
    counts = verdicts["Verdict"].value_counts()
    tally = ", ".join(f"{counts[verdict]:,} {verdict.lower()}" for verdict in counts.index)
    st.markdown(f"##### {len(rows):,} of {counted(len(table.texts), 'review')} of {name}: {tally}")
    order = list(range(len(rows)))
    if table.labels is not None:
        score = scoring.score(rows, table.labels[: len(rows)], means)
        if score is not None:
            review_scores.scores(score)
            wrong = score.wrong.tolist()
            order = [*wrong, *(row for row in order if row not in {*wrong})]
            is_wrong = verdicts.index.isin(wrong)
            scored = [means.get(label) is not None for label in table.labels[: len(rows)]]
            verdicts.insert(
                3,
                "Correct",
                [
                    "" if not has else "no" if bad else "yes"
                    for has, bad in zip(scored, is_wrong, strict=True)
                ],
            )
            if wrong:
                st.caption("Misclassified reviews come first.")
    shown = verdicts.iloc[order[:_ROWS_SHOWN]]
    shown = shown.assign(Positive=[tabulated(share, 2) for share in shown["Positive"]])
    row = row_choice(
        shown,
        order[:_ROWS_SHOWN],
        key="many_row",
        about=st.session_state[f"{_JOB}_of"],
        column_config=_COLUMNS,
        alt="Reviews with their verdicts",
    )
    if row is not None:
        label = None if table.labels is None else table.labels[row]
        review_scores.opened(table.texts[row], rows[row], label)
    else:
        st.caption("Select a row to open its review.")
    if len(verdicts) > _ROWS_SHOWN:
        st.caption(f"The first {_ROWS_SHOWN:,} are shown; the CSV file has all of them.")
    with st.container(horizontal=True):
        downloads.table("Verdicts (CSV)", verdicts.rename(columns=_IN_CSV), "verdicts.csv")
        st.download_button(
            "Sample table (CSV)",
            sample_table,
            "reviews.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
        )


def _table(table: TextTable, rows: list[Assessment]) -> pd.DataFrame:
    """A row for each review, in their order."""
    titles = sentiment.models()
    verdicts = pd.DataFrame(
        {
            "Review": table.texts[: len(rows)],
            "Verdict": [word(row.probability) for row in rows],
            "Positive": [row.probability for row in rows],
            "Most influential sentence": [row.sentence for row in rows],
            "Model": ["" if row.undecided else titles[row.model] for row in rows],
        }
    )
    if table.labels is not None:
        verdicts.insert(1, _LABEL, table.labels[: len(rows)])
    if any(row.undecided for row in rows):
        verdicts["Why undecided"] = [row.undecided or "" for row in rows]
    return verdicts


def _forget() -> None:
    st.session_state.pop(_TABLE, None)
