"""Classifiers of sounds of one's own: read, split, trained, taken along."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from core.engine import Pool
from core.errors import InvalidInputError, MemoryBudgetError
from core.learning.card import ModelCard, archive_with_card
from core.learning.feature_cache import FeatureCache
from core.learning.training import split_of
from core.media import encode_wav
from core.sound.transfer.classifier import SoundClassifier, SoundExport, exported
from core.sound.transfer.dataset import SoundDataset
from core.sound.transfer.training import SoundTrainingSettings, train

RATE = 16_000


def tone(pitch, seed, seconds=0.6):
    """A harmonic tone in a little noise, as a WAV file."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * RATE)) / RATE
    sound = sum(np.sin(2 * np.pi * k * pitch * t) / k for k in (1, 2, 3))
    return encode_wav(np.float32(0.2 * sound + 0.01 * rng.standard_normal(len(t))), RATE)


def noise(seed):
    rng = np.random.default_rng(seed)
    return encode_wav(np.float32(0.1 * rng.standard_normal(RATE)), RATE)


@pytest.fixture(scope="module")
def files():
    return {
        "tone": [(f"t{i}.wav", tone(400 + 90 * i, i)) for i in range(5)],
        "noise": [(f"n{i}.wav", noise(i)) for i in range(5)],
    }


@pytest.fixture(scope="module")
def dataset(files):
    return SoundDataset.from_classes(files)


@pytest.fixture(scope="module")
def last(dataset):
    *_, step = train(dataset)
    return step


def test_folders_of_a_zip_are_classes_and_what_cannot_be_used_is_listed(files, pack):
    members = {f"set/{label}/{name}": data for label, own in files.items() for name, data in own}
    members |= {"set/tone/broken.wav": b"RIFF no sound", "loose.wav": noise(9)}
    found = SoundDataset.from_zip(pack(members))
    assert found.classes == ("noise", "tone")
    assert found.counts() == {"noise": 5, "tone": 5}
    assert {file.name for file in found.skipped} == {"set/tone/broken.wav", "loose.wav"}


def test_sounds_are_told_by_their_content_and_silence_is_no_bomb(files, pack):
    members = {f"{label}/{i}": own[i][1] for label, own in files.items() for i in range(3)}
    pause = encode_wav(np.zeros(15 * RATE, np.float32), RATE)
    archive = pack({**members, "noise/pause": pause, "noise/cover.txt": b"notes"})
    assert len(pause) > 200_000
    found = SoundDataset.from_zip(archive)
    assert found.counts() == {"noise": 4, "tone": 3}
    assert [(file.name, "got text" in file.reason) for file in found.skipped] == [
        ("noise/cover.txt", True)
    ]


def test_what_is_wrong_with_the_network_is_blamed_on_no_recording(dataset, monkeypatch):
    """It ends the training, and the next one tries again."""
    cache = FeatureCache()
    with monkeypatch.context() as patch:
        patch.setenv("GRAFT_PRECISION", "f16")
        with pytest.raises(InvalidInputError, match="Expected GRAFT_PRECISION"):
            list(train(dataset, cache=cache))
    assert cache.refusals == {}
    with monkeypatch.context() as patch:
        patch.setattr("core.engine.pool", Pool(lambda: 50 << 20))
        with pytest.raises(MemoryBudgetError, match="birdnet needs about 116 MiB"):
            list(train(dataset, cache=cache))
    assert cache.refusals == {}


def test_recordings_none_of_which_can_be_read_are_refused_with_the_reason(dataset):
    cache = FeatureCache()
    for digest in dataset.digests:
        cache.refuse("birds", digest, InvalidInputError("This is no sound."))
    with pytest.raises(InvalidInputError, match=r"Received: none; .*\.wav: This is no sound\."):
        list(train(dataset, cache=cache))


@pytest.mark.parametrize("name", ["climbing.zip", "damaged.zip", "letters.zip"])
def test_archives_that_are_refused_or_hold_no_sound(odd_files, name):
    with pytest.raises(InvalidInputError):
        SoundDataset.from_zip(odd_files[name])


def test_tones_are_told_from_noise(last, dataset):
    assert last.stage == "done"
    assert last.evaluation.accuracy == 1
    assert set(last.split.train).isdisjoint(last.split.test)
    assert len(last.split.train) + len(last.split.test) == len(dataset.sounds)
    said = last.model.predict([tone(1_000, 99), noise(99)])
    assert said.argmax(axis=1).tolist() == [1, 0]
    np.testing.assert_allclose(said.sum(axis=1), 1, atol=1e-5)


def test_the_figures_are_those_of_the_unseen_part(last, dataset):
    unseen = dataset.at(last.split.test)
    probabilities = last.model.predict([sound.data for sound in unseen.sounds])
    np.testing.assert_array_equal(last.evaluation.labels, unseen.labels)
    np.testing.assert_allclose(last.evaluation.confidences, probabilities.max(axis=1), atol=1e-5)


def test_what_was_heard_once_is_not_heard_again(dataset, last, monkeypatch):
    from core.sound.transfer import vectors

    cache = FeatureCache()
    *_, first = train(dataset, cache=cache)
    assert len(cache.vectors) == len(dataset.sounds)
    monkeypatch.setattr(vectors, "vector_of", lambda *_: pytest.fail("it was heard again"))
    *_, again = train(dataset, SoundTrainingSettings(seed=0), cache)
    np.testing.assert_array_equal(again.model.layer.weights, first.model.layer.weights)
    np.testing.assert_array_equal(first.model.layer.weights, last.model.layer.weights)


def test_a_recording_that_is_damaged_behind_its_header_is_left_out(files):
    damaged = tone(500, 7)[:60]
    with_it = {**files, "tone": [*files["tone"], ("cut.wav", damaged)]}
    dataset = SoundDataset.from_classes(with_it)
    *_, step = train(dataset)
    names = [sound.name for sound in dataset.sounds]
    used = {names[i] for i in (*step.split.train, *step.split.test)}
    assert (
        used == {names[i] for i in step.decoded} == {*names} - {file.name for file in step.skipped}
    )
    assert len(step.vectors) == len(step.decoded)
    assert step.evaluation.accuracy == 1


@pytest.mark.parametrize(
    ("counts", "share", "sentence"),
    [((5, 2), 0.3, "at least three recordings"), ((5, 5), 1.0, "test_share between 0 and 1")],
)
def test_too_few_recordings_and_odd_shares_are_refused(files, counts, share, sentence):
    some = {label: own[:n] for (label, own), n in zip(files.items(), counts, strict=True)}
    with pytest.raises(InvalidInputError, match=sentence):
        split_of(SoundDataset.from_classes(some), SoundTrainingSettings(test_share=share))


def test_the_script_says_the_same_in_a_clean_process(last):
    short, long = tone(700, 5), tone(900, 6, seconds=7.3)
    *_, checked = exported(last.model, [short, long])
    assert isinstance(checked, SoundExport)
    assert checked.examples == 2
    assert checked.largest < 1e-4
    card = replace(last.card, missing="Whispers.")
    with zipfile.ZipFile(io.BytesIO(archive_with_card(checked.archive, card))) as archive:
        assert archive.namelist().count("card.json") == 1
        assert ModelCard.from_json(archive.read("card.json")) == card
        assert archive.testzip() is None


def test_the_card_names_the_network_and_its_licence_and_lies_in_the_file(last, tmp_path):
    last.model.export(tmp_path / "mine.zip")
    with zipfile.ZipFile(tmp_path / "mine.zip") as archive:
        card = ModelCard.from_json(archive.read("card.json"))
    assert card == last.card
    assert "not for commercial use" in card.backbone.note or "NC" in card.backbone.licence
    assert card.training["inverse_penalty"] == last.inverse_penalty
    assert card.figures.tested == len(last.split.test)


def test_the_script_hears_recordings_of_all_sorts_as_the_page_does(last):
    stereo = 0.1 * np.random.default_rng(0).standard_normal((44_100, 2))
    broken = stereo.astype(np.float32)
    broken[500] = np.nan
    recordings = []
    for samples, form, subtype in (
        (stereo, "FLAC", None),
        (stereo, "MP3", None),
        (stereo, "OGG", "VORBIS"),
        (broken, "WAV", "FLOAT"),
    ):
        file = io.BytesIO()
        soundfile.write(file, samples, 44_100, format=form, subtype=subtype)
        recordings.append(file.getvalue())
    recordings.append(recordings[1] * 2)  # two MP3s joined
    named = SoundClassifier(replace(last.model.layer, classes=("Geräusch", "音")))
    *_, checked = exported(named, recordings)
    assert checked.largest < 1e-4


def test_the_same_recording_twice_is_there_once(files):
    (_, first), *_ = files["tone"]
    found = SoundDataset.from_classes({**files, "noise": [*files["noise"], ("again.wav", first)]})
    assert found.counts() == {"noise": 5, "tone": 5}
    (skipped,) = found.skipped
    assert skipped.name in {"again.wav", "t0.wav"}
    assert "The same as" in skipped.reason


def test_it_is_written_to_a_zip_alone(last, tmp_path):
    with pytest.raises(InvalidInputError, match=r"\.zip"):
        last.model.export(tmp_path / "mine.bin")
