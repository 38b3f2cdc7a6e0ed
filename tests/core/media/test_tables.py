"""Tables of texts: separators, names, columns, and what is refused."""

from __future__ import annotations

import io
import json
import zipfile

import pandas as pd
import pytest

from core.errors import InvalidInputError, UnknownNameError
from core.media import TableLimits, read_table
from tests.bench.workbooks import xlsx

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
        (b"\n\n", "no rows"),
        (b"text,label\n", "no rows below the names 'text, label'"),
        (
            b"a,b\n1,2\n1,2\n1,2\n1,2\n1,2\n1,2\n1,2,3\n",
            "2 in the first row and 3 in row 8; put texts",
        ),
        (b"text,label\none, two, three,a\nfour,b\nfive,c,d,e,f\n", "2 names, 'text, label'"),
        (b"PAR1 ...", "damaged Parquet"),
        (b'{"text": ', "looks like JSON and is none"),
        (b"[1, 2]", "rows are no objects"),
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


TEXTS = ("A wonderful film, moving", "Très émouvant, j'ai adoré", "Dreadful; I left early")
LABELS = ("for", "for", "against")
FRAME = pd.DataFrame({"text": TEXTS, "label": LABELS})


def in_workbook():
    reviews = [("text", "label"), *zip(TEXTS, LABELS, strict=True)]
    return xlsx({"Empty": [], "Reviews": reviews, "Notes": [("by hand",)]})


def in_parquet():
    file = io.BytesIO()
    FRAME.to_parquet(file)
    return file.getvalue()


def in_zip():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("reviews/train.csv", FRAME.to_csv(index=False))
        archive.writestr("reviews/names.csv", "text\n")
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(in_workbook(), id="workbook"),
        pytest.param(in_parquet(), id="Parquet"),
        pytest.param(in_zip(), id="a table in a zip"),
        pytest.param(FRAME.to_json(orient="records", lines=True).encode(), id="JSON lines"),
        *(
            pytest.param(FRAME.to_json(orient=orient).encode(), id=f"pandas, {orient}")
            for orient in ("records", "columns", "index", "split")
        ),
        pytest.param(json.dumps(FRAME.to_dict("list")).encode(), id="columns of lists"),
        pytest.param(json.dumps({"rows": FRAME.to_dict("records")}).encode(), id="a list inside"),
        pytest.param(b"\xef\xbb\xbfsep=;\r\n" + FRAME.to_csv(sep=";").encode(), id="sep="),
    ],
)
def test_tables_in_other_formats_are_read_alike(data):
    table = read_table(data)
    assert (table.texts, table.labels) == (TEXTS, LABELS)
    assert (table.text_column, table.label_column) == ("text", "label")


def test_one_object_on_a_line_is_one_row_whatever_lists_it_holds():
    table = read_table(b'{"text": "A film that I would watch again.", "tags": ["drama", "new"]}')
    assert table.texts == ("A film that I would watch again.",)


@pytest.mark.parametrize("data", [[1, 2], [["one"]], [{"a": 1}, "b"]])
@pytest.mark.parametrize("names", [["text", "label"], [["text", "en"], "label"]])
def test_json_whose_rows_do_not_fit_its_columns_is_refused(names, data):
    with pytest.raises(InvalidInputError, match="no objects"):
        read_table(json.dumps({"columns": names, "data": data}).encode())


def test_what_was_left_out_of_a_workbook_or_zip_is_listed():
    (notice,) = read_table(in_workbook()).notices
    assert notice == 'The sheet "Reviews" is read; others are not: Notes.'
    (notice,) = read_table(in_zip()).notices
    assert notice == "reviews/train.csv is read; others are not: reviews/names.csv."


def test_quotes_escaped_by_backslashes_belong_to_the_text():
    rows = [
        "text,label",
        r'"They say \"best film\", twice",for',
        '"Bad, sadly",against',
        '"No",for',
    ]
    table = read_table("\n".join(rows).encode())
    assert table.texts == ('They say "best film", twice', "Bad, sadly", "No")


def test_a_separator_at_the_end_of_each_row_only_ends_it():
    table = read_table("text;label\nÉmouvant;for;\nDreadful film;against;\nGood;for;\n".encode())
    assert table.columns == ("text", "label")
    assert table.labels == ("for", "against", "for")


def test_a_row_may_end_in_empty_fields():
    assert read_table(b"stars;opinion\n5;A fine film\n1;\n1;Dull\n").texts == (
        "A fine film",
        "",
        "Dull",
    )


def test_a_broken_byte_spoils_one_letter_and_is_said():
    data = (
        b'text,label\n"A f\xffne film",good\n'
        + '"Été à la mer",good\n"Été gâché",bad\n'.encode() * 3
    )
    table = read_table(data)
    assert table.texts[:2] == ("A f\ufffdne film", "Été à la mer")
    (notice,) = table.notices
    assert notice.startswith("1 byte has no meaning in Unicode (UTF-8)")


def test_a_guessed_encoding_is_said_and_can_be_corrected():
    rows = [("Świetny film, polecam każdemu", "dobry"), ("Żenada, źle się oglądało", "zły")] * 2
    data = "\n".join(";".join(row) for row in [("text", "label"), *rows]).encode("cp1250")
    table = read_table(data)
    assert (table.texts[0], table.encoding, table.separator) == (rows[0][0], "cp1250", ";")
    assert "Windows-1250), which is a guess" in table.notices[0]
    assert read_table(data, encoding="cp1252").texts[0].startswith("Œwietny")


def test_a_separator_can_be_named():
    data = b"text|label\na;b|x\nc;d|y\n"
    assert read_table(data, separator="|").texts == ("a;b", "c;d")
    with pytest.raises(UnknownNameError, match="separator"):
        read_table(data, separator="/")


def test_the_texts_of_an_archive_are_rows_labelled_with_their_folders(pack):
    files = {"all/pos/1.txt": b"A fine film", "all/neg/2.txt": b"Dull", "all/neg/3.png": b"\x89PNG"}
    table = read_table(pack(files))
    assert (table.texts, table.labels) == (("A fine film", "Dull"), ("pos", "neg"))
    assert any("Skipped 1 file of the ZIP file" in notice for notice in table.notices)
    listed = b"text,label\na b,x\nc d,y\n"
    assert read_table(pack({"all/reviews.txt": listed})).texts == ("a b", "c d")


def test_another_table_of_an_archive_or_sheet_of_a_workbook_can_be_named(pack):
    files = {"a.csv": b"text\nfirst one\nlonger\n", "b.csv": b"text\nsecond\n"}
    assert read_table(pack(files)).parts == ("a.csv", "b.csv")
    assert read_table(pack(files), part="b.csv").texts == ("second",)
    with pytest.raises(UnknownNameError, match="table"):
        read_table(pack(files), part="c.csv")
    with pytest.raises(UnknownNameError, match="sheet"):
        read_table(in_workbook(), part="nowhere")


def test_whether_the_first_row_names_the_columns_can_be_said():
    data = b"text,label\na b,x\nc d,y\n"
    assert read_table(data).has_names
    table = read_table(data, has_names=False)
    assert (table.texts[0], table.columns, table.has_names) == (
        "text",
        ("column 1", "column 2"),
        False,
    )
    assert read_table(b'{"text": "a b"}').has_names is None


def test_a_refused_row_is_said_in_our_own_words():
    with pytest.raises(InvalidInputError) as caught:
        read_table(
            b"text,label\n" + b'"' + b"a" * (1 << 26) + b'b",x\n', limits=TableLimits(1 << 28)
        )
    assert "cannot be cut into fields; put texts" in str(caught.value)
    assert "field" not in str(caught.value).replace("fields", "")
