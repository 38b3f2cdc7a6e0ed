"""YAMNet's signature, kept by a tiny module made on the spot: no download is needed."""

from __future__ import annotations

import numpy as np
import pytest

from core import engine
from core.errors import InvalidInputError, UnknownNameError, WeightsUnavailableError
from core.media import encode_wav
from core.sound.yamnet import YAMNET, tag

LABELS = ("Level", "Crossings, rising", "Silence")
CROSSINGS = 1  # column of the scores: rising zero crossings in 0.96 s, over 10,000
WINDOW_S, HOP_S = 0.96, 0.48


@pytest.fixture(scope="module")
def modules(tmp_path_factory):
    """A folder of SavedModels: one that measures each window as YAMNet does, and others."""
    from core.zoo.keras_runtime import tensorflow

    tf = tensorflow()
    folder = tmp_path_factory.mktemp("modules")
    names = folder / "classes.csv"
    rows = [f'{i},/m/{i},"{label}"' for i, label in enumerate(LABELS)]
    names.write_text("\n".join(["index,mid,display_name", *rows, ""]), "utf-8")
    samples = tf.TensorSpec([None], tf.float32)

    def windows(waveform):
        """(frames, 15600): padded as in YAMNet's `features.pad_waveform`."""
        waveform = tf.pad(waveform, [[0, tf.maximum(0, 15_600 - tf.size(waveform))]])
        waveform = tf.pad(waveform, [[0, -(tf.size(waveform) - 15_600) % 7_680]])
        return tf.signal.frame(waveform, 15_600, 7_680)

    class Tagger(tf.Module):
        width = 3

        def __init__(self):
            super().__init__()
            self.names = tf.saved_model.Asset(str(names))

        @tf.function(input_signature=[])
        def class_map_path(self):
            return self.names.asset_path

        @tf.function(input_signature=[samples])
        def __call__(self, waveform):
            frames = windows(waveform)
            level = tf.reduce_max(tf.abs(frames), axis=1)
            rising = tf.logical_and(frames[:, :-1] < 0, frames[:, 1:] >= 0)
            crossings = tf.reduce_sum(tf.cast(rising, tf.float32), axis=1) / 10_000
            columns = [level, crossings, tf.cast(level < 0.01, tf.float32)][: self.width]
            return tf.stack(columns, axis=1), frames[:, :8], tf.zeros([1, 64])

    class Narrow(Tagger):
        width = 2

    class Nameless(tf.Module):
        @tf.function(input_signature=[samples])
        def __call__(self, waveform):
            frames = windows(waveform)
            return frames[:, :3], frames[:, :8], frames

    class Sparse(Tagger):
        @tf.function(input_signature=[samples])
        def __call__(self, waveform):
            frames = windows(waveform)[:1]
            return tf.repeat(frames[:, :3], 9, axis=0), tf.repeat(frames, 9, axis=0), frames

    class Sums(Tagger):
        @tf.function(input_signature=[samples])
        def __call__(self, waveform):
            return tf.reduce_sum(waveform)

    class Texts(Tagger):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def __call__(self, texts):
            return tf.strings.length(texts)

    for kind in (Tagger, Narrow, Nameless, Sparse, Sums, Texts):
        tf.saved_model.save(kind(), str(folder / kind.__name__))
    return folder


def tone(hertz, rate, seconds):
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype("f4")


def test_windows_have_times_scores_and_embeddings_of_their_own(modules):
    silence = np.zeros(16_000, np.float32)
    wav = encode_wav(np.concatenate([silence, tone(440, 16_000, 1), silence]), 16_000)
    tags = tag(wav, module=str(modules / "Tagger"))
    assert tags.labels == LABELS
    assert tags.times.tolist() == pytest.approx([0, 0.48, 0.96, 1.44, 1.92, 2.4])
    assert tags.scores.shape == (6, 3) and tags.scores.dtype == np.float32
    assert tags.embeddings.shape == (6, 8) and tags.embeddings.dtype == np.float32
    # the tone begins in the second window and ends in the fifth
    assert (tags.scores[:, 0] > 0.4).tolist() == [False, True, True, True, True, False]
    assert tags.module == str(modules / "Tagger") and tags.notices == ()
    assert tags.module in {str(entry.key) for entry in engine.pool.entries()}


def test_classes_are_ranked_by_their_mean_score(modules):
    tags = tag(encode_wav(tone(440, 16_000, 2), 16_000), module=str(modules / "Tagger"))
    ranked = tags.ranked()
    assert [label for label, _ in ranked] == ["Level", "Crossings, rising", "Silence"]
    assert [score for _, score in ranked] == pytest.approx(sorted(tags.scores.mean(0))[::-1])


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 48_000])
def test_a_sound_of_any_rate_is_heard_at_its_pitch_and_length(modules, rate):
    tags = tag(encode_wav(tone(1000, rate, 2.0), rate), module=str(modules / "Tagger"))
    assert len(tags.times) == 4  # 2 s: one window, and three more every 0.48 s, the last padded
    hertz = tags.scores[:2, CROSSINGS] * 10_000 * 16_000 / 15_600
    assert hertz == pytest.approx([1000, 1000], rel=0.01)


def test_a_long_sound_has_the_windows_it_would_have_in_one_piece(modules):
    samples = np.random.default_rng(0).uniform(-1, 1, int(16_000 * 70.3)).astype(np.float32)
    tags = tag(encode_wav(samples, 16_000), module=str(modules / "Tagger"))
    starts = np.rint(tags.times * 16_000).astype(int)
    assert len(starts) == 1 + np.ceil((len(samples) - 15_600) / 7_680)
    expected = [samples[start : start + 8] for start in starts]
    np.testing.assert_allclose(tags.embeddings, expected, atol=1e-4)  # of 16 bits


def test_a_single_sample_makes_one_window(modules):
    tags = tag(encode_wav(np.full(1, 0.5, np.float32), 16_000), module=str(modules / "Tagger"))
    assert tags.times.tolist() == [0] and tags.scores.shape == (1, 3)


@pytest.mark.parametrize(
    ("name", "received"),
    [
        ("Narrow", "2 scores and 3 class names"),
        ("Nameless", "without class_map_path"),
        ("Sparse", "for 2 windows"),
        ("Sums", "not three arrays"),
        ("Texts", "cannot be used so"),
    ],
)
def test_a_module_of_another_kind_is_refused(modules, name, received):
    with pytest.raises(InvalidInputError, match=f"(?s)like YAMNet.*{received}"):
        tag(encode_wav(tone(440, 16_000, 1), 16_000), module=str(modules / name))


def test_a_folder_without_a_saved_model_is_refused(tmp_path):
    with pytest.raises(InvalidInputError, match="SavedModel"):
        tag(encode_wav(tone(440, 16_000, 1), 16_000), module=str(tmp_path))


def test_what_is_no_sound_is_refused(modules):
    with pytest.raises(InvalidInputError, match="sound"):
        tag(b"Dear diary, today I renamed a letter.", module=str(modules / "Tagger"))


def test_a_name_that_is_no_sound_network_is_refused():
    with pytest.raises(InvalidInputError, match="network for sounds"):
        tag(b"", module="efficientnet_lite0")
    with pytest.raises(UnknownNameError):
        tag(b"", module="yamnet_of_old")


def test_yamnet_that_is_not_on_disk_says_how_to_fetch_it(own_cache):
    wav = encode_wav(tone(440, 16_000, 1), 16_000)
    with pytest.raises(WeightsUnavailableError, match=f"yamnet.*graft fetch {YAMNET}"):
        tag(wav)
