"""A table that a visitor hands over: read once, what was guessed about it said and changeable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from core.errors import GraftError, InvalidInputError
from core.media import HowRead, TextTable, read_table
from core.media.delimited import SEPARATORS
from pages._ui import widgets
from pages._ui.inputs import digest

_NONE = ""  # no column has this name


def table_of(
    data: bytes, *, key: str, texts: str = "Texts", needs_labels: bool = False
) -> TextTable:
    """The table in a file, with what was guessed about it below the uploader.

    Parameters
    ----------
    key : of its widgets; another for each file, so that choices end with it.
    texts : what the column of texts is called.
    needs_labels : whether there must be a column of labels.

    Raises
    ------
    InvalidInputError
        If the file holds no table, no letters where texts are expected, or no column for labels
        where they are needed.
    """
    how = _asked(key)
    try:
        table = _read("table_read", data, how)
    except GraftError:
        with st.popover("File settings", icon=":material/tune:"):
            widgets.encoding_choice(key=f"encoding_{key}")
            _separator_choice(list(SEPARATORS), key)
        _read_again_if_asked(how, key)
        raise
    _how_it_is_read(table, how, key)
    _read_again_if_asked(how, key)
    for notice in table.notices:
        st.caption(notice)
    text, label = _columns(table, texts, key, needs_labels=needs_labels)
    if (text, label) != (table.text_column, table.label_column):
        table = _read("table_columns", data, how, text, label or None)
    if table.doubt and not any(letter.isalpha() for text in table.texts for letter in text):
        raise InvalidInputError(table.doubt)
    if table.doubt:
        st.warning(table.doubt, icon=":material/table:")
    return table if label else replace(table, labels=None, label_column=None)


def _asked(key: str) -> HowRead:
    """What widgets say, if they have been drawn."""
    return HowRead(
        part=st.session_state.get(f"part_{key}"),
        encoding=st.session_state.get(f"encoding_{key}"),
        separator=st.session_state.get(f"separator_{key}"),
        has_names=st.session_state.get(f"has_names_{key}"),
    )


def _read_again_if_asked(how: HowRead, key: str) -> None:
    """Draw the page again if widgets, drawn now, say more than is known before: by a link."""
    asked = _asked(key)
    guessed = HowRead(
        part=st.session_state.get(f"guessed_part_{key}"),
        has_names=st.session_state.get(f"guessed_names_{key}"),
    )
    if asked != how and asked != replace(
        how,
        part=how.part or guessed.part,
        has_names=guessed.has_names if how.has_names is None else how.has_names,
    ):
        st.rerun()


def _read(
    kept_as: str,
    data: bytes,
    how: HowRead,
    text_column: str | None = None,
    label_column: str | None = None,
) -> TextTable:
    asked = (digest(data), how, text_column, label_column)
    kept: tuple[object, TextTable] | None = st.session_state.get(kept_as)
    if kept is None or kept[0] != asked:
        with st.spinner("Reading the table"):
            table = read_table(
                data,
                text_column=text_column,
                label_column=label_column,
                encoding=how.encoding,
                separator=how.separator,
                has_names=how.has_names,
                part=how.part,
            )
        kept = st.session_state[kept_as] = (asked, table)
    return kept[1]


def _how_it_is_read(table: TextTable, how: HowRead, key: str) -> None:
    """Other readings, where there are any."""
    separators = [*table.separators] if len(table.separators) > 1 or how.separator else []
    has_encoding = not table.is_certain or how.encoding is not None
    if table.has_names is None and not (table.parts or separators or has_encoding):
        return
    with st.popover("File settings", icon=":material/tune:"):
        if table.parts:
            guess = st.session_state.setdefault(f"guessed_part_{key}", table.parts[0])
            st.selectbox(
                "Table",
                sorted(table.parts),
                sorted(table.parts).index(guess),
                key=f"part_{key}",
                bind="query-params",
                persist_state="session",
            )
        if has_encoding:
            widgets.encoding_choice(key=f"encoding_{key}")
        if separators:
            _separator_choice(separators, key)
        if table.has_names is not None:
            guessed = st.session_state.setdefault(f"guessed_names_{key}", table.has_names)
            st.toggle(
                "The first row names the columns",
                guessed,
                key=f"has_names_{key}",
                bind="query-params",
                persist_state="session",
            )


def _separator_choice(separators: Sequence[str], key: str) -> None:
    st.selectbox(
        "Column separator",
        [None, *separators],
        format_func=lambda name: "Automatic" if name is None else SEPARATORS[name],
        key=f"separator_{key}",
        bind="query-params",
        persist_state="session",
    )


def _columns(table: TextTable, texts: str, key: str, *, needs_labels: bool) -> tuple[str, str]:
    """The columns of texts and of labels, the latter perhaps `_NONE`; the guess to begin with."""
    columns = table.columns
    key = f"{key}_{digest(repr(columns).encode())[:8]}"  # other columns if it is read otherwise
    if needs_labels and len(columns) < 2:
        raise InvalidInputError(
            "Expected a table with a column of texts and one of labels. Received: one column."
        )
    if len(columns) == 1:
        return columns[0], _NONE
    others = [name for name in columns if name != table.text_column]
    likeliest = table.label_column or (others[-1] if needs_labels else _NONE)
    labels = list(columns) if needs_labels else [_NONE, *columns]
    with st.container(horizontal=True):
        text = st.selectbox(
            f"{texts} in",
            columns,
            columns.index(table.text_column),
            key=f"text_in_{key}",
            bind="query-params",
            persist_state="session",
            width=160,
        )
        label = st.selectbox(
            "Label column",
            labels,
            labels.index(likeliest),
            format_func=lambda name: name or "no column",
            key=f"label_in_{key}",
            bind="query-params",
            persist_state="session",
            width=160,
        )
    if text == label and not needs_labels:
        return text, _NONE
    if text == label:
        raise InvalidInputError(f"Expected two different columns. Received: {text!r} twice.")
    return text, label
