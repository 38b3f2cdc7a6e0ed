"""Posts: their category, and what is left of them."""

from __future__ import annotations

import json
import lzma

import pytest

from core.text.documents.newsgroups import CLASSES, Post, bare, category_of, read_posts

POST = """From: a@b.org (A. B.)
Subject: Re: Wheels
Lines: 7

In article <1@b.org> c@d.org writes:
> Are four enough?

Four will do.

--
A. B.
"""


def test_six_categories_in_the_order_of_the_book():
    expected = ["computers", "recreation", "science", "politics", "religion", "for_sale"]
    assert list(CLASSES) == expected


@pytest.mark.parametrize(
    ("group", "category"),
    [
        ("comp.sys.mac.hardware", "computers"),
        ("rec.sport.hockey", "recreation"),
        ("sci.crypt", "science"),
        ("talk.politics.guns", "politics"),
        ("talk.religion.misc", "religion"),
        ("alt.atheism", "religion"),
        ("soc.religion.christian", "religion"),
        ("misc.forsale", "for_sale"),
    ],
)
def test_newsgroups_have_their_category(group, category):
    assert CLASSES[category_of(group)] == category


def test_headers_quotes_and_signatures_go():
    assert bare(POST).split() == ["Four", "will", "do."]


def test_a_text_without_headers_stays_as_it_is():
    letter = "Dear all,\n\nFrom: here on\n\n> so be it\n\nYours"
    assert bare(letter) == letter
    assert bare("") == ""


def test_a_thread_is_a_subject_without_answers():
    for subject in ("Wheels", "Re: wheels", "RE: Fwd: Wheels "):
        assert Post("rec.autos", f"From: x\nSubject: {subject}\n\nbody").thread == "wheels"
    assert Post("rec.autos", "no header").thread == ""


def test_posts_are_read_line_by_line(tmp_path):
    path = tmp_path / "posts.jsonl.xz"
    with lzma.open(path, "wt", encoding="utf-8") as file:
        file.write(json.dumps({"group": "sci.med", "text": POST}) + "\n")
    assert read_posts(path) == [Post("sci.med", POST)]
