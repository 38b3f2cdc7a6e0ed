import io
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from core.errors import InvalidInputError, UnknownNameError
from core.media import decode_audio, encode_wav
from core.sound import classification
from core.sound.classification import classify, classify_steps, explain, head, models, score_window
from core.sound.encoders import CHANNELS, RATE, encode, windows_in
from core.sound.heads import SoundHead


def siren(seconds, rate=44_100):
    time = np.arange(round(seconds * rate)) / rate
    pitch = 900 + 300 * np.sin(2 * np.pi * time / 3)
    tone = np.sin(2 * np.pi * np.cumsum(pitch) / rate)
    return 0.4 * tone + 0.1 * np.sin(4 * np.pi * np.cumsum(pitch) / rate)


@pytest.fixture(scope="module")
def wav():
    return encode_wav(siren(5), 44_100)


def test_a_siren_is_heard_as_one(wav):
    result = classify(wav)
    assert result.labels[0] == "siren"
    assert len(result.labels) == 19
    assert result.scores.sum() == pytest.approx(1, abs=1e-5)
    assert (np.diff(result.scores) <= 0).all()


def test_windows_say_what_is_heard_when(wav):
    result = classify(wav)
    assert result.windows.times.tolist() == [0, 1, 2]
    assert result.windows.duration == 3
    assert result.windows.scores.shape == (3, 19)
    np.testing.assert_allclose(result.windows.scores.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("model", sorted(models()))
def test_every_shipped_model_answers(wav, model):
    result = classify(wav, model=model)
    assert result.model == model
    assert set(result.labels) == set(head(model).classes)


def test_the_rate_and_the_channels_of_a_file_hardly_matter(wav):
    other = encode_wav(np.stack([siren(5, 32_000)] * 2, axis=1), 32_000)
    assert classify(other).labels[0] == classify(wav).labels[0]


def test_silence_is_named():
    result = classify(encode_wav(np.zeros(48_000), 48_000))
    assert any("silent" in notice for notice in result.notices)


def test_an_unknown_model_and_a_photo_are_refused(wav):
    with pytest.raises(UnknownNameError):
        classify(wav, model="sounds_bird")
    with pytest.raises(InvalidInputError):
        classify(b"\x89PNG\r\n\x1a\n" + bytes(64))


def test_a_long_sound_comes_in_steps_and_only_a_part_is_in_memory(monkeypatch):
    monkeypatch.setattr(classification, "LONGEST_WHOLE_S", 5.0)
    steps = list(classify_steps(encode_wav(siren(25, 16_000), 16_000)))
    assert len(steps) == 3
    shares = [step.share for step in steps]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert len(steps[-1].result.windows.times) == 23
    assert steps[-1].result.seconds == pytest.approx(25)


def test_what_is_odd_about_a_long_sound_is_said_at_its_end(monkeypatch):
    monkeypatch.setattr(classification, "LONGEST_WHOLE_S", 5.0)
    loud = encode_wav(np.clip(4 * siren(25, 16_000), -1, 1), 16_000)
    *before, last = classify_steps(loud)
    assert not any(step.result.notices for step in before)
    (notice,) = last.result.notices
    assert "recorded too loud" in notice
    buffer = io.BytesIO()
    soundfile.write(buffer, siren(25, 16_000), 16_000, format="MP3")
    (notice,) = classify(buffer.getvalue()[: 3 * len(buffer.getvalue()) // 4]).notices
    assert "promises 25.0 s" in notice


def test_a_long_sound_gets_nearly_the_answer_that_it_gets_as_a_whole(monkeypatch):
    long = encode_wav(siren(25, 16_000), 16_000)
    whole = classify(long)
    monkeypatch.setattr(classification, "LONGEST_WHOLE_S", 5.0)
    streamed = classify(long)
    np.testing.assert_allclose(streamed.scores, whole.scores, atol=0.05)


def test_a_microphone_is_scored_by_its_last_seconds():
    layer = head(classification.DEFAULT_MODEL)
    quiet = np.zeros(6 * RATE, np.float32)
    sound = siren(6, RATE).astype(np.float32)
    scores = score_window(np.concatenate([quiet, sound]), layer)
    np.testing.assert_allclose(scores, score_window(sound, layer), atol=1e-3)
    assert score_window(sound[:1000], layer).shape == (19,)
    with pytest.raises(InvalidInputError):
        score_window(sound[:0], layer)


def test_evidence_is_where_the_sound_is():
    """A layer that weighs what a bang excites finds its evidence at the bang."""
    generator = np.random.default_rng(0)
    sound = np.full(8 * RATE, 1e-4)
    sound[5 * RATE : 5 * RATE + RATE // 2] += generator.normal(0, 0.3, RATE // 2)
    explanation = explain(encode_wav(sound, RATE), target="gun_shot", model="sounds_photos")
    strength = np.abs(explanation.values).sum(axis=0)
    assert explanation.values.shape == (7, 8 * 14)
    assert strength[(explanation.times > 4.5) & (explanation.times < 6)].mean() > strength.mean()


@pytest.mark.parametrize(("source", "least"), [("photos", 0.95), ("birds", 0.95)])
def test_the_evidence_of_a_window_adds_up_to_its_logit(source, least):
    sound = siren(3, RATE).astype(np.float32)
    weights = np.random.default_rng(0).random((2 * sum(CHANNELS[source]), 2), np.float32)
    layer = SoundHead(weights, np.zeros(2, np.float32), ("it", "other"), (source,))
    explanation = explain(encode_wav(sound, RATE), layer=layer, target="it")
    (windows,) = windows_in([decode_audio(encode_wav(sound, RATE), rate=RATE).samples])
    logit = layer.logits(encode(windows, (source,)))[0, 0]
    assert least < explanation.values.sum() / logit <= 1.001  # the root is cut off near zero


def test_no_class_of_that_name_is_refused(wav):
    with pytest.raises(InvalidInputError, match="meow"):
        explain(wav, target="meow")


def test_an_answer_needs_no_tensorflow():
    code = (
        "import sys, numpy as np; from core.media import encode_wav\n"
        "from core.sound.classification import classify\n"
        "classify(encode_wav(np.random.default_rng(0).normal(0, .1, 48000), 48000))\n"
        "sys.exit('tensorflow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        (siren(1, 16_000)[:1], "too short"),
        (siren(1, 16_000)[:800], "too short"),
        (np.zeros(16_000, np.float32), "silent"),
        (np.full(16_000, 0.3, np.float32), "only an offset"),
    ],
)
def test_of_what_holds_no_sound_nothing_is_decided_and_its_length_is_true(samples, words):
    answer = classify(encode_wav(samples, 16_000))
    assert words in answer.undecided and answer.undecided in answer.notices
    assert answer.seconds == pytest.approx(len(samples) / 16_000)


def test_of_a_short_bark_something_is_decided():
    answer = classify(encode_wav(siren(0.4, 16_000), 16_000))
    assert (answer.undecided, answer.seconds) == ("", pytest.approx(0.4))
