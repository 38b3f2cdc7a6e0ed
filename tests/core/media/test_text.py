"""Text files: which encodings are understood, what is refused, and what is left of HTML."""

from __future__ import annotations

import time

import pytest

from core.errors import InvalidInputError
from core.media import TextLimits, decode_text, plain_text

LETTERS = "Ein schöner Film: über “Glück” für 5 €.\nÀ bientôt, naïve!"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_usual_encodings_are_understood(encoding):
    assert decode_text(LETTERS.encode(encoding)) == LETTERS


@pytest.mark.parametrize(
    ("mark", "encoding"), [(b"\xfe\xff", "utf-16-be"), (b"\xff\xfe", "utf-16-le")]
)
def test_both_orders_of_utf_16_are_told_by_their_mark(mark, encoding):
    assert decode_text(mark + LETTERS.encode(encoding)) == LETTERS


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Привет! Это довольно длинный отзыв про фильм, который мне понравился.", "cp1251"),
        ("これは日本語で書かれたテキストです。文字コードを推測します。", "shift_jis"),
    ],
)
def test_older_encodings_of_other_alphabets_are_guessed(text, encoding):
    assert decode_text(text.encode(encoding)) == text


def test_a_short_text_with_accents_is_western():
    assert decode_text("Grüße".encode("cp1252")) == "Grüße"


def test_bytes_that_windows_1252_leaves_open_do_not_end_the_reading():
    assert decode_text(b"caf\xe9 \x81 au lait, please") == "café \x81 au lait, please"


def test_line_ends_are_made_alike():
    assert decode_text(b"one\r\ntwo\rthree\n") == "one\ntwo\nthree\n"


def test_a_path_is_read(tmp_path):
    path = tmp_path / "letter.txt"
    path.write_text("Dear diary", "utf-8")
    assert decode_text(str(path)) == decode_text(path) == "Dear diary"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"%PDF-1.7 ...", "a PDF document; copy its text"),
        (b"PK\x03\x04....", "an office document; save it as plain text"),
        (b"a\0b", "whose bytes are no text; save it as plain text"),
        (bytes(range(1, 32)) * 4, "no text"),
        (b"\xff\xfea\0b", "says it is UTF-16-LE and is not"),
    ],
)
def test_what_is_no_text_is_refused_with_what_to_do(data, message):
    with pytest.raises(InvalidInputError, match=message):
        decode_text(data)


def test_a_photo_is_no_text(cat):
    with pytest.raises(InvalidInputError, match=r"Received: a picture; choose another file"):
        decode_text(cat)


def test_a_text_beyond_the_limit_is_refused():
    assert decode_text(b"12345678", limits=TextLimits(max_bytes=8)) == "12345678"
    with pytest.raises(InvalidInputError, match="smaller file"):
        decode_text(b"123456789", limits=TextLimits(max_bytes=8))


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("Good.<br /><br />Bad.", "Good.\n\nBad."),
        ("<p class='x'>One</p><p>two</P>", "\nOne\n\ntwo\n"),
        ("a <b>bold</b> word", "a  bold  word"),
        ("fish &amp; chips &#128512; &eacute;", "fish & chips 😀 é"),
        ("x<!-- y --><script>let z = '<p>'</script>w<STYLE>b{}</style>", "x  w "),
        ("if a < b and b > c, write to <me@example.org>", None),
        ("<table@home.org> <p.smith@example.org> <http://example.org> <3", None),
        ("an open <!-- comment and <script> stay", "an open <!-- comment and <script> stay"),
    ],
)
def test_what_a_reader_sees_of_html(html, expected):
    assert plain_text(html) == (html if expected is None else expected)


def test_a_lone_surrogate_becomes_a_question_mark():
    assert plain_text("a\ud83db😀") == "a?b😀"


@pytest.mark.parametrize("piece", ["<!--", "<script>", "<p", "<", "&", "<style>-->"])
def test_hostile_html_takes_no_longer_than_its_length(piece):
    started = time.perf_counter()
    plain_text(piece * 200_000)
    assert time.perf_counter() - started < 3
