"""Tables of texts: separators, names, columns, and what is refused."""

from __future__ import annotations

import pytest

from core.errors import InvalidInputError, UnknownNameError
from core.media import TableLimits, read_table

ROWS = [("A fine film, with a long end; really", "good"), ("Dull | and grey, as rain", "bad")] * 3


def written(rows, delimiter, *, names=("text", "label"), quoted=True):
    mark = '"' if quoted else ""
    lines = [delimiter.join(names)] if names else []
    lines += [delimiter.join(f"{mark}{cell}{mark}" for cell in row) for row in rows]
    return "\n".join(lines).encode()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_separator_is_found(delimiter):
    table = read_table(written(ROWS, delimiter))
    assert (table.texts, table.labels) == tuple(zip(*ROWS, strict=True))
    assert (table.text_column, table.label_column) == ("text", "label")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_without_names_is_read_from_its_first_row(delimiter):
    table = read_table(written(ROWS, delimiter, names=None))
    assert (table.texts, table.labels) == tuple(zip(*ROWS, strict=True))
    assert table.columns == ("column 1", "column 2")


def test_numbers_as_labels_do_not_make_names_of_the_first_row():
    table = read_table(b"1\tGood film\n0\tBad film\n1\tBest film\n0\tPoor film\n")
    assert table.labels == ("1", "0", "1", "0")


def test_columns_with_unusual_names_are_told_by_what_is_in_them():
    rows = [(str(i), f"somebody wrote the long line number {i}", "ab"[i % 2]) for i in range(8)]
    table = read_table(written(rows, ",", names=("", "what", "kind"), quoted=False))
    assert (table.text_column, table.label_column) == ("what", "kind")
    assert table.columns == ("column 1", "what", "kind")


def test_columns_can_be_named():
    data = b"text,other,label\none,two,x\nthree,four,y\n"
    table = read_table(data, text_column="other", label_column="text")
    assert (table.texts, table.labels) == (("two", "four"), ("one", "three"))
    with pytest.raises(UnknownNameError, match="Did you mean other"):
        read_table(data, text_column="othr")


def test_a_quote_in_a_tab_separated_table_is_only_a_quote():
    table = read_table(b'1\t"Wow" he said\n0\t"unfinished\n1\t"all of it"\n0\tnone\n')
    assert table.texts == ('"Wow" he said', '"unfinished', "all of it", "none")


def test_line_breaks_in_quotes_belong_to_the_text():
    table = read_table(b'text,label\n"one\ntwo",a\n"say ""hi""",b\n')
    assert table.texts == ("one\ntwo", 'say "hi"')


def test_a_list_of_texts_is_a_table_without_labels():
    table = read_table("text\nGood, really\nBad\nNot, as one, says, so\nNA\n".encode("utf-16"))
    assert table.texts == ("Good, really", "Bad", "Not, as one, says, so", "NA")
    assert table.labels is None and table.label_column is None


def test_missing_fields_are_empty():
    table = read_table(b"label,text\na,first\nb\n,third\na,fourth\na,fifth\nb,sixth\n")
    assert table.texts[:4] == ("first", "", "third", "fourth")
    assert table.labels[:4] == ("a", "b", "", "a")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"\n\n", "same number of fields"),
        (b"text,label\n", "no rows below the names 'text, label'"),
        (b"a,b\n1,2\n1,2\n1,2\n1,2\n1,2\n1,2\n1,2,3\n", "line 8, saw 3; put texts"),
        (b"PK\x03\x04 ...", "Expected a CSV table. Received: a ZIP archive or an office"),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_do(data, message):
    with pytest.raises(InvalidInputError, match=message):
        read_table(data)


def test_a_table_beyond_the_limits_is_refused():
    rows = b"text\n" + b"word\n" * 5
    assert len(read_table(rows, limits=TableLimits(max_rows=5)).texts) == 5
    for limits in (TableLimits(max_rows=4), TableLimits(max_bytes=20)):
        with pytest.raises(InvalidInputError, match=r"at most|accepted"):
            read_table(rows, limits=limits)
    with pytest.raises(InvalidInputError, match="at most"):
        read_table(b"a,b,c\nd,e,f\n", limits=TableLimits(max_columns=2))
