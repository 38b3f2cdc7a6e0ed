"""What was uploaded on one page can be chosen on the others, within bounds."""

from __future__ import annotations

import numpy as np
from streamlit.testing.v1 import AppTest

from core.media import encode_wav
from tests.pages.conftest import opened

RATE = 16_000  # Hz


def test_an_upload_reaches_the_other_pages(cat):
    app = opened("captions.py", {"source": "Upload"})
    app.file_uploader(key="photo_file").upload("whiskers.png", cat).run()
    kept = app.session_state["uploads"]
    for page, settings in {
        "classify.py": {"source": "Upload"},
        "colorize.py": {"colour_source": "Upload"},
        "style.py": {"content_source": "Upload"},
        "dream.py": {"dream_source": "Upload"},
    }.items():
        other = opened(page, settings, uploads=kept)
        (box,) = [box for box in other.selectbox if box.label == "Your uploads"]
        assert box.options == ["whiskers.png"]
    backbones = opened("backbones.py", {}, uploads=kept)
    assert [w.label for w in backbones.get("button_group")].count("Your uploads") == 1


def test_uploads_of_a_session_are_bounded(cat):
    def script():
        import streamlit as st

        from pages._ui import uploads

        for number in range(20):
            uploads.keep("photo", f"{number}.png", bytes([number]))
        st.write(",".join(one.name for one in uploads.uploads("photo")))

    app = AppTest.from_function(script).run()
    names = app.markdown[0].value.split(",")
    assert names[0] == "19.png" and len(names) == 12


def test_files_of_a_session_are_bounded_in_bytes_and_the_newest_one_stays(monkeypatch):
    from pages._ui import uploads

    monkeypatch.setattr(uploads, "MOST_BYTES", 100)

    def script():
        import streamlit as st

        from pages._ui import uploads

        for name, size in {"a": 40, "b": 50, "c": 30, "d": 20}.items():
            uploads.keep("sound", name, name.encode() * size)
            st.text(",".join(one.name for one in uploads.uploads("sound")))
        uploads.keep("text", "huge", b"h" * 500)
        st.text(",".join(one.name for one in uploads.uploads("text")))
        st.text(",".join(one.name for one in uploads.uploads("sound")))

    app = AppTest.from_function(script).run()
    assert [text.value for text in app.text] == ["a", "b,a", "c,b", "d,c,b", "huge", ""]
    assert not app.exception


def test_a_file_that_comes_again_is_kept_once():
    def script():
        import streamlit as st

        from pages._ui import uploads

        for name in ("one.txt", "two.txt", "again.txt"):
            uploads.keep("text", name, b"two" if name == "two.txt" else b"one")
        uploads.keep("photo", "photo.png", b"one")
        st.text(",".join(one.name for one in uploads.uploads("text")))

    assert AppTest.from_function(script).run().text[0].value == "again.txt,two.txt"


def test_a_text_reaches_the_other_page():
    app = opened("sentiment.py", {"review_source": "Upload"})
    app.file_uploader(key="review_file").upload("mine.txt", b"A wonderful film. I loved it.").run()
    other = opened("documents.py", {"document_source": "Upload"}, uploads=app.session_state.uploads)
    assert own(other) == ["mine.txt"]
    assert any("leaves your file out" in caption.value for caption in other.caption)


def test_a_sound_reaches_the_other_rooms():
    app = opened("sounds.py", {"sound_source": "Upload"})
    noise = np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32)
    app.file_uploader(key="sound_file").upload("mine.wav", encode_wav(noise, RATE)).run()
    kept = app.session_state.uploads
    birds = opened("sounds.py", {"room": "Birds", "sound_source": "Upload"}, uploads=kept)
    assert own(birds) == ["mine.wav"]
    photos = opened("classify.py", {"source": "Upload"}, uploads=kept)
    assert own(photos) == []  # it is no photo


def own(app: AppTest) -> list[str]:
    """What is offered under "Your uploads"."""
    return [name for box in app.selectbox if box.label == "Your uploads" for name in box.options]
