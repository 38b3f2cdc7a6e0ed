"""Sounds: what is heard and when, birds, recorded figures."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
import soundfile

from core import engine
from core.media import decode_audio, encode_wav, probe_audio
from core.sound import classification, yamnet
from core.sound.birds import BirdDetections, Detection, birds_in
from core.sound.encoders import RATE
from pages._sounds import birds, cached, evaluation
from pages._sounds.bird_samples import BIRD_SAMPLES
from pages._sounds.choices import class_title
from pages._sounds.figures import figures
from pages._sounds.listener import LiveListener
from pages._sounds.samples import SAMPLES
from pages._sounds.scrolling import ScrollingSpectrogram

PAGE = "sounds.py"


def said(app) -> str:
    return "\n".join(text.value for text in (*app.caption, *app.markdown, *app.info))


def scores(app) -> dict:
    """The bars of the classes."""
    assert not app.exception
    return json.loads(app.get("plotly_chart")[0].proto.spec)["data"][0]


def tone(seconds: float, level: float = 0.4) -> bytes:
    t = np.arange(int(seconds * RATE)) / RATE
    return encode_wav(np.float32(level * np.sin(2 * np.pi * 700 * t)), RATE)


def test_it_opens_on_a_finished_result(visit, messages):
    app = visit(PAGE)
    assert messages(app) == []
    heard = classification.classify(SAMPLES["Siren"].data)
    assert scores(app)["y"] == [class_title(label) for label in heard.labels[:6]]
    assert f"Siren, {heard.scores[0]:.1%}" in said(app)
    assert "Synthesised for this page, not recorded" in said(app)
    assert "class activation map, computed" in said(app)
    assert app.get("audio")
    assert len(app.get("bidi_component")) == 1


@pytest.mark.parametrize("name", SAMPLES)
def test_what_the_page_says_of_a_sample_is_true(name, visit):
    sample = SAMPLES[name]
    right = classification.classify(sample.data).labels[0] == sample.meant
    app = visit(PAGE, sound=name)
    assert ("is classified as that." in said(app)) == right
    assert ("**is not classified as that**" in said(app)) != right


def test_most_samples_are_taken_for_what_they_are_meant_for():
    first = {s.meant: classification.classify(s.data).labels[0] for s in SAMPLES.values()}
    assert sum(meant == label for meant, label in first.items()) >= 4
    assert {"siren", "dog_bark", "street_music"} <= {m for m, label in first.items() if m == label}


def test_an_upload_is_classified_and_kept_through_a_page_change(visit, messages):
    app = visit(PAGE, sound_source="Upload")
    assert "to see" in app.info[0].value
    app.file_uploader(key="sound_file").upload("horn.wav", tone(4)).run()
    assert messages(app) == []
    first = scores(app)["y"]
    assert first[0] == class_title(classification.classify(tone(4)).labels[0])
    app.switch_page("home.py").run()
    app.switch_page(PAGE)
    app.query_params["sound_source"] = "Upload"
    app.run()
    assert scores(app)["y"] == first


def test_a_photo_is_refused_in_a_sentence(visit, messages, cat):
    app = visit(PAGE, sound_source="Upload")
    app.file_uploader(key="sound_file").upload("cat.wav", cat).run()
    assert messages(app)[0].startswith("Expected a sound (WAV,")


def tagged(audio: bytes, module: str) -> yamnet.SoundTags:
    """What a module says that hears the same in every sound."""
    sound = decode_audio(audio, rate=RATE)
    scores = np.float32([[0.1, 0.7, 0.3], [0.1, 0.9, 0.5]])
    labels, times = ("Hum", "Siren", "Vehicle"), np.array([0, 0.48])
    return yamnet.SoundTags(labels, times, scores, scores, module, sound.notices, sound.undecided)


@pytest.mark.parametrize("room", ["Listen", "Birds", "YAMNet"])
@pytest.mark.parametrize(
    ("samples", "words"),
    [
        (np.zeros(2 * RATE), "is silent"),
        (np.full(1, 0.5), "too short"),
        (np.full(RATE, 0.3), "offset"),
    ],
)
def test_what_holds_no_sound_is_undecided_in_every_room(
    visit, messages, monkeypatch, room, samples, words
):
    monkeypatch.setattr(cached, "tag", tagged)
    app = visit(PAGE, sound_source="Upload", room=room, sound_module="/a/folder")
    if room == "YAMNet":
        app.button(key="sound_module_allow").click().run()
    data = encode_wav(samples.astype(np.float32), RATE)
    app.file_uploader(key="sound_file").upload("none.wav", data).run()
    (reason,) = messages(app)
    assert words in reason and "Undecided" in said(app)
    assert not app.get("plotly_chart")


def test_a_long_sound_is_a_job_whose_part_is_explained(visit, finish, messages):
    app = visit(PAGE, sound_source="Upload")
    app.file_uploader(key="sound_file").upload("long.wav", tone(125)).run()
    finish(app, "sound_job")
    assert messages(app) == []
    assert "125.0 s in 123 windows" in said(app)
    assert "these 30 s" in said(app)
    assert len(app.get("plotly_chart")) == 2  # the bars, and all of it at a glance
    app.slider(key="sound_part").set_value(95).run()
    assert messages(app) == []


def test_a_cancelled_job_keeps_what_was_heard(visit, messages):
    app = visit(PAGE, sound_source="Upload")
    app.file_uploader(key="sound_file").upload("long.wav", tone(400, 0.3)).run()
    job = app.session_state["sound_job"]
    while job.snapshot is None:
        assert not job.wait(0.02)
    engine.jobs.cancel(job)
    assert job.wait(20)
    app.run()
    assert messages(app) == []
    assert "Cancelled" in said(app)
    assert job.snapshot.result.seconds < 400
    assert " windows]" in said(app)


def test_the_model_and_the_class_stand_in_the_address(visit, messages):
    models = classification.models()
    assert len(models) > 1
    for name, title in models.items():
        app = visit(PAGE, sound_model=title, sound_target="rain")
        assert messages(app) == []
        assert app.radio(key="sound_model").value == name
        assert app.radio(key="sound_model").options == list(models.values())
        assert "Green: evidence for “rain”" in said(app)


def test_another_sound_is_explained_by_what_it_is(visit, messages):
    app = visit(PAGE)
    app.selectbox(key="sound_target").set_value("rain").run()
    assert "Green: evidence for “rain”" in said(app)
    app.pills(key="sound").set_value("Music").run()
    target = app.selectbox(key="sound_target")
    assert target.value == target.options[0].replace(" ", "_") != "rain"
    assert messages(app) == []


@pytest.mark.parametrize(
    ("tab", "sentence"),
    [
        ("Waveform and tempo", "**Tempo**"),
        ("Harmonic and percussive", "Fitzgerald"),
        ("Chromagram", "twelve pitch classes"),
        ("Delta", "orange dies away"),
    ],
)
def test_other_pictures_open(visit, messages, tab, sentence):
    app = visit(PAGE, sound="Music")
    app.session_state["sound_others"] = True
    app.session_state["sound_feature"] = tab
    app.run()
    assert messages(app) == []
    assert sentence in said(app)


def test_birds_come_with_their_licence(visit, messages):
    app = visit(PAGE, room="Birds", bird="Hoopoe", bird_least="0.95")
    assert messages(app) == []
    assert "CC BY-NC-SA 4.0: **not for commercial use**" in said(app)
    assert "a confidence of 0.95" in said(app)


@pytest.mark.parametrize("name", BIRD_SAMPLES)
def test_birdnet_reports_what_a_sample_is_meant_for(name):
    sample = BIRD_SAMPLES[name]
    surest = max(birds_in(sample.data).detections, key=lambda d: d.confidence)
    assert surest.common.lower() == sample.meant.lower() and surest.confidence > 0.8


def test_birds_open_on_a_bird(visit):
    assert "##### Common Cuckoo" in said(visit(PAGE, room="Birds"))


def test_of_a_long_sound_birds_are_sought_in_two_minutes(visit, messages):
    app = visit(PAGE, room="Birds", sound_source="Upload")
    app.file_uploader(key="sound_file").upload("long.wav", tone(125)).run()
    assert messages(app) == []
    assert app.slider(key="bird_part").max == 5
    assert "118 windows" in said(app)


def test_a_module_is_asked_once_it_is_named(visit, messages, monkeypatch):
    app = visit(PAGE, room="YAMNet")
    assert messages(app) == []
    assert "once you enter a module" in said(app)
    app.text_input(key="sound_module").set_value("/no/such/folder").run()
    assert "/no/such/folder" in messages(app)[0]

    monkeypatch.setattr(cached, "tag", tagged)
    app.text_input(key="sound_module").set_value("/a/folder").run()
    assert messages(app) == []
    assert "Siren, 0.80" in said(app)
    assert scores(app)["y"] == ["Siren", "Vehicle", "Hum"]


def test_species_are_listed_by_their_surest_window():
    one, other = ("Turdus merula", "Blackbird"), ("Parus major", "Great Tit")
    heard = BirdDetections(
        detections=(
            Detection(0.0, *one, 0.5),
            Detection(1.0, *other, 0.9),
            Detection(1.0, *one, 0.6),
            Detection(2.0, *other, 0.2),
        ),
        times=np.arange(3.0),
        duration=3.0,
    )
    table = birds.species_table(heard, 0.3)
    assert table["Species"].tolist() == ["Great Tit", "Blackbird"]
    assert table["Highest confidence"].tolist() == [0.9, 0.6]
    assert table["Windows"].tolist() == [1, 2]


def test_the_figures_are_those_of_the_recipe(visit, messages):
    app = visit(PAGE, room="Evaluation")
    assert messages(app) == []
    assert "Recorded, not measured now" in app.caption[0].value
    for one in figures().values():
        assert f"{one['by_fold']['birds']['accuracy']:.1%}" in said(app)
    assert "Published, not measured here: human listeners 95.7%" in said(app)
    assert len(app.get("plotly_chart")) == 5
    table = evaluation.table_of(figures())
    esc10 = table[(table["data"] == "ESC-10") & (table["split"] == "windows at random")]
    assert esc10["accuracy"].tolist() == list(
        figures()["esc10"]["leaking"][given] for given in ("photos", "book", "birds", "both")
    )


def test_the_ear_draws_ten_seconds_and_scores_the_last_ones():
    ear = LiveListener()
    ear.head = classification.head(classification.DEFAULT_MODEL)
    samples = np.sin(np.arange(12 * RATE) / 20, dtype=np.float32)
    for block in np.split(samples, 12):
        ear.listen(block)
    for _ in range(200):
        heard = ear.latest()
        if heard.per_s:
            break
        ear._scorer.join(0.1)
    assert heard.seconds == 3
    assert heard.pixels.any(axis=0).all()
    expected = classification.score_window(samples, ear.head)
    np.testing.assert_allclose(heard.scores, expected, atol=0.02)


def test_a_live_picture_fills_from_the_right_however_the_sound_comes():
    sound = np.random.default_rng(0).normal(0, 0.1, 3 * RATE).astype(np.float32)
    at_once, bit_by_bit = ScrollingSpectrogram(10), ScrollingSpectrogram(10)
    at_once.add(sound)
    for part in np.array_split(sound, 151):
        bit_by_bit.add(part)
    assert at_once.pixels.shape == (128, 250)
    assert not at_once.pixels[:, :170].any()
    assert at_once.pixels[:, -70:].any(axis=0).all()
    assert abs(at_once.pixels.astype(int) - bit_by_bit.pixels).max() <= 1  # of 255, by rounding


def test_the_last_that_was_heard_stays_after_stop(visit, messages, monkeypatch):
    monkeypatch.setattr("pages._sounds.listener.microphone", lambda listener: False)
    app = visit(PAGE, room="Live")
    assert "Press START" in app.info[0].value and not app.get("bidi_component")
    listener = app.session_state["live_listener"]
    listener._kept = np.sin(np.arange(48_000, dtype=np.float32) / 20)
    listener._scores = np.full(len(listener.head.classes), 0.05, np.float32)
    app.run()
    assert messages(app) == []
    assert "The last seconds of the recording" in said(app)
    assert len(app.get("bidi_component")) == 1


def test_the_player_gets_a_sound_whose_length_it_need_not_guess():
    samples = np.float32(0.3 * np.sin(np.arange(2 * RATE) / 20))
    mp3 = io.BytesIO()
    soundfile.write(mp3, samples, RATE, format="MP3")
    played = cached.playable(mp3.getvalue() * 2)  # joined: the first header tells half
    assert played.startswith(b"RIFF") and probe_audio(played).seconds == pytest.approx(4, abs=0.2)
    assert cached.playable(tone(1)) == tone(1)
