"""Where sentences begin and end."""

from __future__ import annotations

import time

import pytest

from core.text.sentiment.sentences import MAX_WORDS, sentences


def split(text: str) -> list[str]:
    return [text[begin:end] for begin, end in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I liked it. You will too!", ["I liked it.", "You will too!"]),
        ("Mr. Smith and Dr. J. K. Hall met.", ["Mr. Smith and Dr. J. K. Hall met."]),
        ('He saw "The Ring." It was dull.', ['He saw "The Ring."', "It was dull."]),
        ("Well... and then? Nothing.", ["Well... and then?", "Nothing."]),
        ("One line\n\nAnother line", ["One line", "Another line"]),
        ("10/10. 5 stars", ["10/10.", "5 stars"]),
        ("这部电影很好。我喜欢\uff01", ["这部电影很好。", "我喜欢\uff01"]),
        ("wow 😀 great", ["wow 😀 great"]),
        ("", []),
        (" \n\t ", []),
    ],
)
def test_marks_and_line_ends_divide_and_abbreviations_do_not(text, expected):
    assert split(text) == expected


def test_nothing_but_blanks_is_lost():
    text = "A. B c. d?! (E) f… 'G.' h\ni, j; k"
    assert "".join("".join(split(text)).split()) == "".join(text.split())


def test_a_long_sentence_is_cut_at_a_comma():
    text = " ".join(["word"] * (MAX_WORDS - 4) + ["here,"] + ["word"] * 40)
    first, second = split(text)
    assert first.endswith("here,")
    assert len(second.split()) == 40


def test_a_long_sentence_without_commas_is_cut_after_its_most_words():
    parts = split(" ".join(["word"] * 200))
    assert [len(part.split()) for part in parts] == [MAX_WORDS] * 3 + [200 - 3 * MAX_WORDS]


def test_time_grows_with_the_text_and_no_faster():
    def seconds(text: str) -> float:
        began = time.perf_counter()
        sentences(text)
        return time.perf_counter() - began

    assert seconds("a." * 200_000 + " " * 200_000) < 5  # a pattern that looks back would take hours
