"""Which encodings are understood: film reviews in 22 languages, two sentences and longer."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from core.errors import InvalidInputError, UnknownNameError
from core.media.encodings import ENCODINGS, decode_bytes, likeliest_encoding

REVIEWS: dict[str, list[str]] = json.loads(
    Path(__file__).with_name("film_reviews.json").read_text("utf-8")
)
WEST = [
    "utf-8",
    "cp1252",
    "iso8859-1",
    "iso8859-15",
    "mac-roman",
    "cp850",
    "utf-16-le",
    "utf-16-be",
]
CENTRAL = ["utf-8", "cp1250", "iso8859-2", "mac-latin2", "cp852", "utf-16-le"]
WRITTEN_IN = {
    **{name: WEST for name in ("French", "German", "Spanish", "Portuguese", "Italian", "Swedish")},
    **{name: CENTRAL for name in ("Polish", "Czech", "Hungarian", "Romanian")},
    "Turkish": ["utf-8", "cp1254", "iso8859-9", "mac-turkish", "cp857", "utf-16-le"],
    "Greek": ["utf-8", "cp1253", "iso8859-7", "mac-greek", "cp737", "cp869", "utf-16-le"],
    "Russian": [
        "utf-8",
        "cp1251",
        "koi8-r",
        "iso8859-5",
        "mac-cyrillic",
        "cp866",
        "cp855",
        "utf-16-le",
    ],
    "Ukrainian": ["utf-8", "cp1251", "koi8-u", "iso8859-5", "mac-cyrillic", "cp1125", "utf-16-le"],
    "Bulgarian": ["utf-8", "cp1251", "iso8859-5", "mac-cyrillic", "cp855", "utf-16-le"],
    "Hebrew": ["utf-8", "cp1255", "iso8859-8", "cp862", "utf-16-le"],
    "Arabic": ["utf-8", "cp1256", "iso8859-6", "cp720", "utf-16-le"],
    "Thai": ["utf-8", "cp874", "tis-620", "utf-16-le"],
    "Japanese": ["utf-8", "shift_jis", "cp932", "euc-jp", "iso2022_jp", "utf-16-le"],
    "Chinese": ["utf-8", "gb2312", "gbk", "gb18030", "hz", "utf-16-le"],
    "Traditional Chinese": ["utf-8", "big5", "cp950", "utf-16-le"],
    "Korean": ["utf-8", "euc-kr", "cp949", "johab", "iso2022_kr", "utf-16-le"],
}


def cases(sentences):
    """Every language in each of its encodings; a few cannot hold all of its letters."""
    listed = []
    for language, encodings in WRITTEN_IN.items():
        text = "\n".join(REVIEWS[language][:sentences])
        for encoding in encodings:
            try:
                listed.append(
                    pytest.param(text, text.encode(encoding), id=f"{language}-{encoding}")
                )
            except UnicodeEncodeError:
                continue
    return listed


@pytest.mark.parametrize(("text", "data"), cases(1) + cases(2))
def test_reviews_in_any_language_and_encoding_are_read_as_written(text, data):
    assert decode_bytes(data).text == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Grüße", "cp1252"),
        ("Tr\u00e8s bon", "cp1252"),
        ("¿Qué tal?", "cp1252"),
        ("50 % für 5 €", "cp1252"),
        ("To było nudne", "cp1250"),
    ],
)
def test_a_few_words_are_read_as_written(text, encoding):
    decoded = decode_bytes(text.encode(encoding))
    assert (decoded.text, decoded.is_guess) == (text, True)


def pieces(language: str) -> list[str]:
    """Runs of one to four words with one to three letters beyond ASCII."""
    words = " ".join(REVIEWS[language]).split()
    runs = (" ".join(words[i : i + n]) for n in range(1, 5) for i in range(0, len(words), 2))
    return [run for run in runs if 0 < sum(letter > "\x7f" for letter in run) < 4]


def test_a_few_western_letters_are_western_where_statistics_are_at_a_loss():
    western = [piece for language in ("French", "German", "Spanish") for piece in pieces(language)]
    data = [piece.encode("cp1252") for piece in western]
    ours = [decode_bytes(one).text == piece for one, piece in zip(data, western, strict=True)]
    theirs = [(likeliest_encoding(one) or "cp1252") == "cp1252" for one in data]
    print(f"\n{len(data)} pieces: {np.mean(ours):.3f} right, by statistics {np.mean(theirs):.3f}")
    assert np.mean(ours) > 0.98
    assert np.mean(theirs) < 0.9


def test_a_broken_byte_does_not_turn_utf_8_into_something_else():
    data = "Très émouvant, j'ai adoré. Naïve, and boring.".encode()
    decoded = decode_bytes(data.replace(b"boring", b"bor\xffing"))
    assert decoded.text == "Très émouvant, j'ai adoré. Naïve, and bor\ufffding."
    assert (decoded.encoding, decoded.is_guess, decoded.replaced) == ("utf-8", False, 1)


def test_what_is_certain_is_no_guess():
    assert not decode_bytes("naïve".encode()).is_guess
    assert not decode_bytes("naïve".encode("utf-16")).is_guess


def test_somebody_who_knows_better_names_the_encoding():
    data = "Świetny".encode("cp1250")
    assert decode_bytes(data, "cp1250").text == "Świetny"
    assert decode_bytes(data, "utf-8").replaced == 1
    with pytest.raises(UnknownNameError, match="encoding"):
        decode_bytes(data, "cp1250x")
    with pytest.raises(UnknownNameError, match="encoding"):
        decode_bytes(data, "base64")


@pytest.mark.parametrize("name", ENCODINGS)
def test_every_encoding_on_offer_is_one_that_python_knows(name):
    assert decode_bytes("abc".encode(name), name).text == "abc"


def test_a_mark_that_lies_is_refused():
    with pytest.raises(InvalidInputError, match=r"says it is UTF-16-LE and is not \(byte 2 is"):
        decode_bytes(b"\xff\xfea\0b")
