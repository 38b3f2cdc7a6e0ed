"""A trained classifier: explained, exported, run by strangers, opened again, or refused."""

from __future__ import annotations

import gc
import io
import json
import os
import pickle
import runpy
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms, ImageDraw, PngImagePlugin

from core import engine, zoo
from core.errors import InvalidInputError
from core.learning.card import ModelCard
from core.learning.export import read_probabilities, run_script
from core.learning.novelty import novelty_in
from core.media import encode_jpeg
from core.vision.explanation import class_activation_map
from core.vision.preparation import centre_square, prepare
from core.vision.transfer import (
    ImageDataset,
    TrainingSettings,
    converted,
    export_forms,
    train,
    trained_model,
)
from core.vision.transfer import exported as exported_files
from core.vision.transfer.classifiers import small_cnn, untrained_classifier
from core.vision.transfer.loader_scripts import loader_script
from core.vision.transfer.trained_model import Checkpoint, TrainedModel
from core.zoo.keras_runtime import keras
from tests.waiting import wait_until

NONE = "none of these"
COLOURS = {"blue": (40, 60, 200), "green": (40, 180, 70), "red": (200, 50, 40)}


@pytest.fixture(scope="module")
def dataset() -> ImageDataset:
    """Twelve noisy pictures of each of three colours."""
    rng = np.random.default_rng(0)

    def picture(colour):
        noisy = np.array(colour) + rng.normal(0, 30, (100, 120, 3))
        return encode_jpeg(noisy.clip(0, 255).astype(np.uint8))

    return ImageDataset.from_classes(
        {name: [(f"{name}{i}.jpg", picture(c)) for i in range(12)] for name, c in COLOURS.items()}
    )


@pytest.fixture(scope="module")
def model(dataset) -> TrainedModel:
    *_, last = train(dataset, TrainingSettings())
    return last.model


@pytest.fixture(scope="module")
def some(dataset) -> list[bytes]:
    return [photo.data for photo in dataset.photos[::5]]


@pytest.fixture(scope="module")
def exported(model, tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("export") / "mine.keras"
    model.export(path)
    return path.read_bytes()


@pytest.fixture(scope="module")
def changed(exported) -> Callable[..., bytes]:
    """A function that packs the exported file anew with other members; None leaves one out."""

    def pack(members: dict[str, bytes | None]) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(exported)) as old, zipfile.ZipFile(buffer, "w") as new:
            every = {name: old.read(name) for name in old.namelist()} | members
            for name, data in every.items():
                if data is not None:
                    new.writestr(name, data, zipfile.ZIP_DEFLATED)
        return buffer.getvalue()

    return pack


@pytest.fixture
def nothing_stays(tmp_path, monkeypatch):
    """Temporary folders must be gone after the test, and those that stay are named."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    yield
    assert list(scratch.iterdir()) == []


@pytest.fixture
def in_this_process(monkeypatch):
    """Files are opened here: that it is another process is tested where one is opened again."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    monkeypatch.setattr(exported_files, "_limit_memory", lambda: None)
    monkeypatch.setattr(
        trained_model, "run_in_process", lambda work, *arguments, background: work(*arguments)
    )


def configuration(exported: bytes) -> dict:
    with zipfile.ZipFile(io.BytesIO(exported)) as archive:
        return json.loads(archive.read("config.json"))


def test_a_class_is_explained_by_its_name(dataset, model):
    photo = dataset.photos[0].data
    found, other = model.explain(photo), model.explain(photo, target="red")
    assert (found.label, found.wnid, found.method) == ("blue", "", "cam")
    assert found.score == pytest.approx(model.predict([photo])[0].max())
    assert found.region == centre_square(120, 100)
    assert (other.label, other.values.shape) == ("red", (7, 7))
    assert found.values.mean() > other.values.mean()


def test_a_map_adds_up_to_the_logits_but_for_the_biases(dataset, model):
    pixels = prepare(dataset.photos[0].data, model.input_size)
    sums = [class_activation_map(model.predictor, pixels, k)[0].mean() for k in range(3)]
    embedding = model.predictor(pixels[None], "embedding")[0][0]
    np.testing.assert_allclose(sums, embedding @ model.predictor.head_kernel, rtol=1e-4)


@pytest.mark.parametrize("target", ["tabby", "", "n02123045"])
def test_a_class_that_it_does_not_know_is_refused(dataset, model, target):
    with pytest.raises(InvalidInputError, match="one of 3 classes"):
        model.explain(dataset.photos[0].data, target=target)


def test_both_files_predict_what_the_page_does(model, some, nothing_stays):
    *before, check = model.checking(some, (".keras", ".zip"))
    assert before == [None] * len(before)
    assert check.examples == len(some)
    assert list(check.differences) == ["classify_keras.py", "classify_openvino.py"]
    assert max(check.differences.values()) == check.largest < 1e-4


def test_its_network_is_in_the_pool_and_goes_with_it(model, some, tmp_path):
    model.write_archive(tmp_path / "model.zip")
    copy = TrainedModel.from_archive(tmp_path / "model.zip")
    key, before = copy._key, copy.predict(some)
    (entry,) = [entry for entry in engine.pool.entries() if entry.key == key]
    assert entry.bytes > 100 << 20 and key.name.startswith("trained classifier ")
    engine.pool.evict(key)  # as where others need the room
    np.testing.assert_array_equal(copy.predict(some), before)
    del copy
    gc.collect()
    wait_until(lambda: key not in [entry.key for entry in engine.pool.entries()])


def test_it_can_be_used_still_once_its_files_were_handed_over_and_removed(model, some, tmp_path):
    model.write_archive(tmp_path / "model.zip")
    copy = TrainedModel.from_archive(tmp_path / "model.zip")
    before = copy.predict(some)
    pickle.dumps(copy)  # for another process, which removes the files when it likes
    engine.pool.evict(copy._key)
    shutil.rmtree(copy._folder)
    np.testing.assert_array_equal(copy.predict(some), before)


def test_a_check_without_photos_is_refused(model):
    with pytest.raises(InvalidInputError, match="at least one photo"):
        next(model.checking([]))


def test_a_check_can_be_left_within_a_second(model, some, nothing_stays):
    steps = model.checking(some)
    for _ in range(8):
        next(steps)
    left = time.monotonic()
    steps.close()
    assert time.monotonic() - left < 1


@pytest.fixture(scope="module")
def album(dataset, tmp_path_factory, cat) -> dict[str, Path]:
    """Photos of all sorts: small, large enough to be decoded at a fraction, turned, cut out, of
    few bits in 16, with a profile, for print, grey, broken off, of a phone."""
    rng = np.random.default_rng(1)
    large = rng.integers(0, 256, (9, 13, 3), np.uint8).repeat(100, axis=0).repeat(100, axis=1)
    turned = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: lies on its side
    Image.fromarray(large[:300, :500]).save(turned, "JPEG", exif=exif)
    folder = tmp_path_factory.mktemp("album")
    disc = Image.new("RGBA", (90, 70), (0, 0, 0, 0))
    ImageDraw.Draw(disc).ellipse((20, 10, 70, 60), fill=(200, 60, 40, 255))
    grey = np.asarray(Image.fromarray(large).convert("L"))[::3, ::3]

    def packed(picture, form, **options):
        buffer = io.BytesIO()
        picture.save(buffer, form, **options)
        return buffer.getvalue()

    phone = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(large[:300, :500])).save(phone)
    text = PngImagePlugin.PngInfo()
    text.add_text("workflow", "n" * (2 << 20), zip=True)
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    photos = {
        "cut_out.png": packed(disc, "PNG"),
        "palette.gif": packed(disc.convert("P"), "GIF", transparency=0),
        "twelve_bits.png": packed(Image.fromarray(grey.astype(np.uint16) * 16), "PNG"),
        "print.jpg": packed(disc.convert("CMYK"), "JPEG"),
        "grey_with_alpha.png": packed(disc.convert("LA"), "PNG"),
        "broken_profile.png": packed(disc.convert("RGB"), "PNG", icc_profile=lab),
        "long_text.png": packed(disc, "PNG", pnginfo=text),
        "no_end.jpg": packed(Image.fromarray(large), "JPEG")[:-2],
        "phone.heic": phone.getvalue(),
        "small.jpg": dataset.photos[0].data,
        "cat.png": cat,
        "large.jpg": encode_jpeg(large),
        "turned.jpg": turned.getvalue(),
    }
    for name, data in photos.items():
        (folder / name).write_bytes(data)
    return {name: folder / name for name in photos}


@pytest.fixture(scope="module")
def small() -> TrainedModel:
    """A small network of random weights, sure enough of itself to tell photos apart."""
    keras().utils.set_random_seed(0)
    head = [np.random.default_rng(0).normal(0, 4, (128, 3)), np.zeros(3)]
    checkpoint = Checkpoint(tuple(COLOURS), partial(small_cnn, 3), {"predictions": head})
    return TrainedModel.from_checkpoint(checkpoint)


def printed_by(model: TrainedModel, folder: Path, suffix: str, photos: list[bytes]) -> np.ndarray:
    """(N, C): what the script prints that goes with an exported file, in a clean process."""
    model.export(folder / f"mine{suffix}")
    (folder / "classify.py").write_text(loader_script(f"mine{suffix}"), "utf-8")
    names = [f"photo {number}" for number in range(len(photos))]
    for name, photo in zip(names, photos, strict=True):
        (folder / name).write_bytes(photo)
    steps = run_script(folder, "classify.py", names)
    while True:
        try:
            next(steps)
        except StopIteration as ended:
            return read_probabilities(ended.value, model.classes)


@pytest.mark.parametrize("suffix", [".tflite", ".onnx"])
def test_converted_files_predict_what_the_page_does(
    small, album, tmp_path, suffix, in_this_process
):
    photos = [path.read_bytes() for path in album.values()]
    ours = small.predict(photos)
    assert np.ptp(ours, axis=0).max() > 0.2
    printed = printed_by(small, tmp_path, suffix, photos)
    np.testing.assert_allclose(printed, ours, atol=1e-4)
    with zipfile.ZipFile(tmp_path / f"mine{suffix}") as archive:
        assert json.loads(archive.read("labels.json")) == ["blue", "green", "red"]
        assert "graft_photos/vision/preparation.py" in archive.namelist()


def test_an_onnx_file_is_one_of_its_publisher_with_any_number_of_photos(
    small, tmp_path, in_this_process
):
    import onnx
    import onnxruntime

    small.export(tmp_path / "mine.onnx")
    onnx.checker.check_model(tmp_path / "mine.onnx", full_check=True)
    network = onnxruntime.InferenceSession(tmp_path / "mine.onnx")
    shapes = [
        (array.name, array.shape) for array in (*network.get_inputs(), *network.get_outputs())
    ]
    width = small.predictor.info.layer(small.predictor.info.features).channels
    assert shapes == [
        ("photos", ["N", 64, 64, 3]),
        ("scores", ["N", 3]),
        ("embedding", ["N", width]),
    ]
    pixels = np.random.default_rng(0).integers(0, 256, (5, 64, 64, 3), np.uint8)
    received = network.run(None, {"photos": pixels.astype(np.float32)})
    expected = small.predictor(pixels, "scores", "embedding")
    for array, own in zip(received, expected, strict=True):
        np.testing.assert_allclose(array, own, rtol=1e-4, atol=1e-5)


def test_maps_are_resized_in_onnx_as_in_keras(tmp_path):
    import onnxruntime

    k = keras()
    photo = k.Input((18, 18, 3))
    smaller = k.layers.Resizing(14, 14)(photo)
    maps = [k.layers.Conv2D(4, 3, 2, padding="same")(each) for each in (photo, smaller)]
    resized = k.layers.Resizing(9, 9)(maps[1])  # from 7: the float32 of 9/7 is a little less
    resized = k.layers.Concatenate()([maps[0], resized])
    pool = k.layers.GlobalAveragePooling2D(name="pool")(resized)
    network = k.Model(photo, k.layers.Dense(2, activation="softmax")(pool))
    converted.write_converted(network, tmp_path / "model.onnx")
    pixels = np.random.default_rng(0).normal(0, 9, (2, 18, 18, 3)).astype(np.float32)
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    (scores,) = session.run(["scores"], {"photos": pixels})
    np.testing.assert_allclose(scores, network.predict_on_batch(pixels), atol=1e-5)


def test_networks_side_by_side_are_built_from_pixels_for_every_export():
    spec = zoo.image_network("efficientnet_lite0+efficientnet_lite1")
    network = untrained_classifier(spec, 3)
    own = [layer.name for layer in network.layers if layer.name.endswith("_own_preprocess")]
    assert own == [f"{part.name}_own_preprocess" for part in reversed(spec.parts)]
    assert network.output_shape == (None, 3)


@pytest.mark.parametrize("suffix", [".tflite", ".onnx"])
def test_a_package_that_is_missing_is_named_before_anything_is_written(
    model, tmp_path, monkeypatch, suffix
):
    monkeypatch.setattr(export_forms, "find_spec", lambda module: None)
    name = next(iter(export_forms.EXPORT_FORMS[suffix].packages))
    with pytest.raises(InvalidInputError, match=f"without {name}.*pip install {name}"):
        model.export(tmp_path / f"mine{suffix}")
    assert list(tmp_path.iterdir()) == []
    model.export(tmp_path / "mine.zip")  # which needs none of them


@pytest.mark.slow
@pytest.mark.parametrize("suffix", list(export_forms.EXPORT_FORMS))
def test_odd_photos_of_others_are_prepared_by_every_script_as_by_the_page(model, tmp_path, suffix):
    maker = Path(__file__).parents[5] / "shared" / "cases" / "make_cases.py"
    if not maker.exists():
        pytest.skip("needs shared/cases beside the repository")
    photos = dict(runpy.run_path(str(maker))["pictures"]())
    assert {"i02_twelve_bits_in_sixteen.png", "i06_display_p3.png", "i17_cut_out.png"} <= {*photos}
    printed = printed_by(model, tmp_path, suffix, [*photos.values()])
    for name, row, ours in zip(photos, printed, model.predict([*photos.values()]), strict=True):
        np.testing.assert_allclose(row, ours, atol=1e-3, err_msg=name)


@pytest.mark.parametrize(
    ("file_name", "run"),
    [("mine.keras", "classify.py"), ("mine.zip", "classify.py"), ("mine.zip", "mine.zip")],
)
def test_the_script_that_goes_with_a_file_or_in_it_predicts_what_the_page_does(
    model, album, tmp_path, file_name, run
):
    model.export(tmp_path / file_name)
    (tmp_path / "classify.py").write_text(loader_script(file_name), "utf-8")
    elsewhere = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHONPATH", "GRAFT"))}
    done = subprocess.run(
        [sys.executable, str(tmp_path / run), *map(str, album.values())],
        cwd="/",
        env=elsewhere,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    printed = done.stdout.splitlines()
    lines = [line.split("  ") for line in printed if not line.startswith(NONE)]
    assert len(lines) == 3 * len(album)
    photos = [path.read_bytes() for path in album.values()]
    novel = np.concatenate([model.novelty.is_novel(e) for _, e in model.outputs(photos)])
    assert 0 < novel.sum() < len(photos)
    marked = [line for line in printed if line.startswith(NONE)]
    assert len(marked) == novel.sum()
    for row in np.flatnonzero(novel):  # before its classes
        assert printed[3 * row + novel[:row].sum()].startswith(NONE)
    for number, path in enumerate(album.values()):
        rows = lines[3 * number : 3 * number + 3]
        found = {name: float(figure) for figure, name in rows}
        assert all(float(a[0]) >= float(b[0]) for a, b in pairwise(rows))
        ours = model.predict([path.read_bytes()])[0]
        np.testing.assert_allclose(
            [found[name] for name in model.classes], ours, atol=1e-4, err_msg=path.name
        )


def test_a_file_can_be_opened_again(model, exported, some):
    again = TrainedModel.load(exported)
    assert again.classes == model.classes
    assert again.card == model.card is not None
    assert again.novelty.to_json() == model.novelty.to_json()
    np.testing.assert_allclose(again.predict(some), model.predict(some), atol=1e-5)
    folder = again._folder
    del again
    assert not folder.exists()


def test_a_file_holds_the_card_that_it_is_exported_with(model, exported, tmp_path):
    card = replace(model.card, purpose="To sort colours.")
    for name in ("mine.keras", "mine.zip"):
        model.export(tmp_path / name, card)
        with zipfile.ZipFile(tmp_path / name) as archive:
            assert ModelCard.from_json(archive.read("card.json")) == card
            assert archive.read("MODEL_CARD.md").decode() == card.to_markdown()
    with zipfile.ZipFile(io.BytesIO(exported)) as archive:
        assert ModelCard.from_json(archive.read("card.json")) == model.card


def test_the_openvino_export_holds_graph_and_labels(model, tmp_path):
    model.export(tmp_path / "mine.zip")
    with zipfile.ZipFile(tmp_path / "mine.zip") as archive:
        names = {name for name in archive.namelist() if not name.startswith("graft_photos/")}
        assert names == {
            "model.xml",
            "model.bin",
            "labels.json",
            "__main__.py",
            "novelty.json",
            "card.json",
            "MODEL_CARD.md",
        }
        assert ModelCard.from_json(archive.read("card.json")) == model.card
        assert json.loads(archive.read("labels.json")) == ["blue", "green", "red"]


def test_another_ending_is_refused(model, tmp_path):
    with pytest.raises(InvalidInputError, match=r"\.keras, \.zip, \.tflite or \.onnx"):
        model.export(tmp_path / "mine.h5")


def test_a_lambda_is_refused_before_keras_sees_it(tmp_path, nothing_stays):
    k = keras()
    network = k.Sequential([k.Input((8, 8, 3)), k.layers.Lambda(lambda x: x * 2)])
    network.save(tmp_path / "evil.keras")
    with zipfile.ZipFile(tmp_path / "evil.keras", "a") as archive:
        archive.writestr("labels.json", '["a", "b"]')
    with pytest.raises(InvalidInputError, match=r"exported here.*code of its own"):
        TrainedModel.load((tmp_path / "evil.keras").read_bytes())


@pytest.mark.parametrize(
    "part",
    [
        {"module": "os", "class_name": "system", "config": "touch /tmp/evil"},
        {"module": "keras.layers", "class_name": "TFSMLayer", "config": {"filepath": "/tmp"}},
        {"class_name": "__lambda__", "config": {"value": "4wEA"}},
    ],
)
def test_a_configuration_that_names_a_program_is_refused(exported, changed, part, nothing_stays):
    config = configuration(exported)
    config["config"]["layers"].append(part)
    with pytest.raises(InvalidInputError, match="code of its own"):
        TrainedModel.load(changed({"config.json": json.dumps(config).encode()}))


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"labels.json": None}, r"no labels\.json"),
        ({"model.weights.h5": None}, r"no model\.weights\.h5"),
        ({"labels.json": b"{"}, r"labels\.json is not JSON"),
        ({"labels.json": b'["one"]'}, "two or more different names"),
        ({"labels.json": b'["a", "b", "a"]'}, "two or more different names"),
        ({"labels.json": b'{"a": 1, "b": 2}'}, "two or more different names"),
        ({"labels.json": b'["a", 1, ""]'}, "something else than names"),
        ({"config.json": b"[" * 200_000 + b"]" * 200_000}, "config.json is not JSON"),
        ({"model.weights.h5": bytes(64 << 20)}, "Keras cannot read the network"),
        ({"../climb": b"x"}, "leads out of it"),
        ({"card.json": b"{}"}, "model card.*a damaged one"),
        ({"card.json": b" " * (9 << 20)}, "model card of at most"),
        ({"novelty.json": b"{}"}, "knows of its training examples"),
    ],
)
def test_a_file_that_lacks_something_or_does_harm_is_refused(
    changed, nothing_stays, members, reason
):
    with pytest.raises(InvalidInputError, match=f"exported here.*{reason}"):
        TrainedModel.load(changed(members))


@pytest.mark.parametrize("file", [b"not a model", b""])
def test_something_else_is_refused(file, nothing_stays):
    with pytest.raises(InvalidInputError, match="could not be opened"):
        TrainedModel.load(file)


def test_labels_of_another_number_are_refused(changed, in_this_process, nothing_stays):
    others = {"labels.json": b'["a", "b", "c", "d"]'}
    with pytest.raises(InvalidInputError, match=r"novelty\.json is of other classes"):
        TrainedModel.load(changed(others))
    with pytest.raises(InvalidInputError, match=r"4 labels and has answers of shape \(None, 3\)"):
        TrainedModel.load(changed({**others, "novelty.json": None}))


def test_photos_of_other_things_are_none_of_these(dataset, model, cat):
    """Of 36 pictures a few are validation photos, so that a share is a coarse promise."""
    *_, (_, embedding) = model.outputs([cat])
    assert model.novelty.is_novel(embedding)[0]
    photos = [photo.data for photo in dataset.photos]
    known = np.concatenate([model.novelty.is_novel(e) for _, e in model.outputs(photos)])
    assert known.mean() < 0.35


def test_an_export_takes_the_share_that_is_asked_for(model, tmp_path):
    model.export(tmp_path / "mine.zip", novelty=replace(model.novelty, share=0.2))
    with zipfile.ZipFile(tmp_path / "mine.zip") as archive:
        assert novelty_in(archive).share == 0.2
        assert len(archive.namelist()) == len({*archive.namelist()})
    assert model.novelty.share == 0.05


def test_what_it_knows_of_its_photos_comes_along_to_another_process(model):
    _, arguments = model.__reduce__()
    assert arguments[-1] is model.novelty


def test_a_network_that_takes_no_photos_is_refused(tmp_path, in_this_process, nothing_stays):
    k = keras()
    network = k.Sequential([k.Input((7,)), k.layers.Dense(2, activation="softmax")])
    network.save(tmp_path / "table.keras")
    with zipfile.ZipFile(tmp_path / "table.keras", "a") as archive:
        archive.writestr("labels.json", '["a", "b"]')
    with pytest.raises(InvalidInputError, match=r"does not take RGB photos.*\(None, 7\)"):
        TrainedModel.load((tmp_path / "table.keras").read_bytes())


def test_opening_can_be_left_within_a_second(exported, nothing_stays):
    threads = threading.active_count()
    steps = TrainedModel.loading(exported)
    for _ in range(8):
        assert next(steps) is None
    left = time.monotonic()
    steps.close()
    assert time.monotonic() - left < 1
    assert threading.active_count() == threads


def test_a_process_ends_once_its_networks_are_closed(python):
    code = """
import time
from core.vision.transfer import trained_model

def evict(key):
    time.sleep(0.3)
    print("closed", key)

trained_model.pool.evict = evict
trained_model._evict("it")
"""
    assert python(code) == "closed it\n"
