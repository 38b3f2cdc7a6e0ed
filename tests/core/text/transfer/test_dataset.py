"""Texts with labels: what is read, what is left out, how they are divided."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidInputError, UnknownNameError
from core.text.transfer.dataset import TextDataset


def test_rows_of_a_table(stories):
    rows = [(text, label) for label, named in stories(3).items() for _, text in named]
    table = "text,label\n" + "\n".join(f"{text},{label}" for text, label in rows)
    dataset = TextDataset.from_table(table.encode())
    assert dataset.classes == ("sea", "sky")
    assert [(t.text, dataset.classes[t.label]) for t in dataset.texts] == rows
    assert dataset.texts[0].name == "row 1"


def test_rows_without_text_or_label_are_listed():
    table = b"text;label\none;a\n;a\nthree;\n<br/>;b\nfive;b\nsix;a\n"
    dataset = TextDataset.from_table(table)
    assert [t.text for t in dataset.texts] == ["one", "five", "six"]
    reasons = {file.name: file.reason for file in dataset.skipped}
    assert list(reasons) == ["row 2", "row 3", "row 4"]
    assert "no word" in reasons["row 2"] and "no label" in reasons["row 3"]


def test_columns_can_be_chosen():
    table = b"text,label,x\na b,1,p\nc d,2,q\ne f,1,p\ng h,2,q\n"
    assert TextDataset.from_table(table, label_column="x").classes == ("p", "q")
    with pytest.raises(UnknownNameError):
        TextDataset.from_table(table, label_column="y")


def test_a_table_without_labels_is_refused():
    with pytest.raises(InvalidInputError, match=r"labels that repeat. Received: 'text'; name"):
        TextDataset.from_table(b"text\none here\ntwo here\nthree here\n")


def test_labels_that_are_no_classes_are_refused():
    rows = "".join(f"word {i},number {i}\n" for i in range(300))
    with pytest.raises(InvalidInputError, match=r"at most 200 classes\. Received: 300"):
        TextDataset.from_table(b"text,label\n" + rows.encode())


def test_folders_of_a_zip_are_classes(pack):
    files = {
        "mail/spam/1": b"Buy <b>now</b>",
        "mail/ham/2.txt": "Grüße".encode("cp1252"),
        "loose.txt": b"hello",
        "mail/spam/3.png": b"\x89PNG\r\n",
        "mail/spam/4.txt": b"",
    }
    dataset = TextDataset.from_zip(pack(files))
    assert dataset.counts() == {"ham": 1, "spam": 1}
    assert {t.name: t.text for t in dataset.texts} == {
        "mail/spam/1": "Buy  now",
        "mail/ham/2.txt": "Grüße",
    }
    reasons = {file.name: file.reason for file in dataset.skipped}
    assert list(reasons) == ["loose.txt", "mail/spam/3.png", "mail/spam/4.txt"]
    assert "no folder" in reasons["loose.txt"] and "a picture" in reasons["mail/spam/3.png"]


def test_an_archive_without_texts_is_refused(odd_files, pack, cat):
    with pytest.raises(InvalidInputError, match=r"Received: 1 file, .*cats/1\.png"):
        TextDataset.from_zip(pack({"cats/1.png": cat}))
    with pytest.raises(InvalidInputError, match="at most 8 MiB"):
        TextDataset.from_zip(odd_files["bomb.zip"])


def test_a_table_in_a_zip_is_read_as_the_table(pack, cat):
    table = b"text,label\nfine film,for\ndull film,against\nbest film,for\npoor film,against\n"
    small = b"text,label\nx,y\n"
    for files in (
        {"archive/train.csv": table, "archive/test.csv": small, "__MACOSX/._train.csv": b"\0"},
        {"data.csv": table, "readme.txt": b"a table of films"},
    ):
        assert TextDataset.from_zip(pack(files)).counts() == {"against": 2, "for": 2}
    texts = {"for/1.txt": b"fine film", "against/1.txt": b"dull film", "labels.csv": small}
    assert TextDataset.from_zip(pack(texts)).classes == ("against", "for")


def test_labels_that_look_alike_are_one_class():
    table = "text,label\na b,Bu\u0308cher\nc d,B\u00fccher\ne f,Mom\u2019s  film\ng h,Mom's film\n"
    assert TextDataset.from_table(table.encode()).classes == ("B\u00fccher", "Mom's film")


def test_a_text_keeps_its_part_when_others_go(stories):
    dataset = TextDataset.from_classes(stories(40))
    _, test = dataset.split(0.25, seed=3)
    assert np.bincount(dataset.labels[test]).tolist() == [10, 10]
    before = {dataset.texts[i].name for i in test}
    fewer = dataset.without({0, 50})
    after = {fewer.texts[i].name for i in fewer.split(0.25, seed=3)[1]}
    assert len(before & after) >= 18
    assert before != {dataset.texts[i].name for i in dataset.split(0.25, seed=4)[1]}


def test_labels_can_be_corrected(stories):
    dataset = TextDataset.from_classes(stories(2))
    changed = dataset.relabelled({0: "sky"})
    assert changed.counts() == {"sea": 1, "sky": 3} and dataset.counts() == {"sea": 2, "sky": 2}
    assert changed.at([3, 0]).labels.tolist() == [1, 1]
