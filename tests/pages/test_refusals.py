"""A file that cannot be used: one sentence, what came and what was expected."""

from __future__ import annotations

import numpy as np
import pytest

from core.media import encode_wav

_WORDS = b"name,city\nAnna,Hamburg\nBo,Rome\nCleo,Hamburg\nDee,Rome\n"
_NUMBERS = b"x,y\n1.5,1\n2.5,2\n3.5,1\n4.5,2\n5.5,1\n6.5,2\n"
TABLES = {
    "Many reviews": ("sentiment.py", {"room": "Many reviews"}, "reviews_file"),
    "Documents": ("documents.py", {"room": "Train your own", "desk_source": "Upload"}, "desk_file"),
}
LABELLED = {
    "Documents": (*TABLES["Documents"], "one.csv", b"text,label\na fine day,a\nand a night,a\n"),
    "Sounds": (
        "sounds.py",
        {"room": "Train your own", "own_source": "Zip"},
        "own_file",
        "a.zip",
        None,
    ),
}


@pytest.mark.parametrize("place", TABLES)
@pytest.mark.parametrize("data", [_WORDS, _NUMBERS], ids=["words", "numbers"])
def test_a_table_without_texts_says_what_was_read_and_what_was_expected(
    visit, messages, place, data
):
    page, settings, uploader = TABLES[place]
    app = visit(page, **settings)
    app.file_uploader(key=uploader).upload("table.csv", data).run()
    sentences = [text for text in messages(app) if "Expected texts in" in text]
    assert len(sentences) == 1 and "single words or numbers, such as " in sentences[0]
    if data is _NUMBERS:
        assert messages(app) == sentences


@pytest.mark.parametrize("place", ["Documents", "Sounds"])
def test_after_a_refusal_nothing_is_said_against_the_file_before(visit, messages, tones, place):
    page, settings, uploader, name, data = LABELLED[place]
    app = visit(page, **settings)
    app.file_uploader(key=uploader).upload(name, data or tones).run()
    (complaint,) = messages(app)
    assert complaint.startswith("Expected at least")
    app.file_uploader(key=uploader).upload(f"x{name[-4:]}", b"%PDF-1.7").run()
    (refusal,) = messages(app)
    assert refusal != complaint
    assert any("is still shown" in caption.value for caption in app.caption)
    assert next(b for b in app.button if b.label == "Train").disabled


def test_a_refused_zip_of_photos_is_one_sentence(visit, messages, pack, crops):
    app = visit("transfer.py", lab_source="Zip")
    one_class = pack({f"cats/{i}.png": crops[i] for i in range(3)})
    app.file_uploader(key="lab_zip_0").upload("cats.zip", one_class).run()
    app.file_uploader(key="lab_zip_1").upload("x.zip", b"%PDF-1.7").run()
    (refusal,) = messages(app)
    assert refusal.startswith("x.zip: ")


@pytest.fixture
def tones(pack) -> bytes:
    """Recordings of one class."""
    wave = np.sin(np.arange(16_000, dtype=np.float32) / 9)
    return pack({f"low/{i}.wav": encode_wav(wave * 0.1 * (i + 1), 16_000) for i in range(4)})
