"""Points that a training can go on from: as files, of which training, with which features."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from core.errors import InvalidInputError
from core.learning import resuming
from core.learning.feature_cache import FeatureCache
from core.learning.kept_features import KeptFeatures, restore_features
from core.learning.resuming import ResumePoint, ResumePoints

DIGESTS = [f"{i:032x}" for i in range(4)]
POINT = ResumePoint(
    3,
    {"epochs": [{"loss": 0.1}]},
    {
        "weights/a": np.arange(6, dtype=np.float32).reshape(2, 3).T,
        "seeds": np.array([1, 2], np.uint32),
        "none": np.empty((0, 4)),
        "step": np.array(7),
    },
)


def rewritten(data: bytes, packed: bool = False, **parts: bytes) -> bytes:
    """The file with some of its members changed."""
    file = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", method) as new:
        for name in old.namelist():
            new.writestr(name, parts.get(name, old.read(name)))
    return file.getvalue()


def described(**changes) -> bytes:
    """What a file says of itself, with changes."""
    with zipfile.ZipFile(io.BytesIO(POINT.to_bytes())) as file:
        return json.dumps({**json.loads(file.read("about.json")), **changes}).encode()


def test_a_point_is_the_same_after_a_file():
    again = ResumePoint.from_bytes(POINT.to_bytes())
    assert (again.number, again.about) == (POINT.number, POINT.about)
    assert list(again.arrays) == list(POINT.arrays)
    for name, array in POINT.arrays.items():
        assert again.arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(again.arrays[name], array)


def flipped(data: bytes) -> bytes:
    place = data.index(POINT.arrays["seeds"].tobytes())
    return data[:place] + b"\xff" + data[place + 1 :]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:-40],
        flipped,
        lambda data: rewritten(data, packed=True),
        lambda data: rewritten(data, **{"0": b"short"}),
        lambda data: rewritten(data, **{"about.json": b"[" * 100_000}),
        lambda data: rewritten(data, **{"about.json": described(format="another")}),
        lambda data: rewritten(data, **{"about.json": described(number=-1)}),
        lambda data: rewritten(data, **{"about.json": described(number="1")}),
        lambda data: rewritten(data, **{"about.json": described(about=[])}),
        lambda data: rewritten(data, **{"about.json": described(arrays=[["a", "|O", [1]]])}),
        lambda data: rewritten(data, **{"about.json": described(arrays=[["a", "<f4", [-1]]])}),
        lambda data: rewritten(data, **{"about.json": described(arrays=[["a", "<f4", [1 << 62]]])}),
        lambda data: rewritten(data, **{"about.json": described(arrays={"a": 1})}),
    ],
)
def test_files_that_are_damaged_or_something_else_are_refused(damage):
    with pytest.raises(InvalidInputError, match="Expected a training that was saved here"):
        ResumePoint.from_bytes(damage(POINT.to_bytes()))


def test_numbers_and_time_go_on_after_a_pause(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(resuming.time, "perf_counter", lambda: now[0])
    points = ResumePoints("photos", "d", {"seed": 0})
    assert points.latest is None
    now[0] += 5
    assert not points.is_due
    now[0] += 5
    assert points.is_due
    first = points.make({}, {})
    assert not points.is_due
    second = points.make({}, {})
    assert (first.number, second.number, points.latest) == (1, 2, second)
    now[0] += 1000
    going_on = ResumePoints("photos", "d", {"seed": 0}, second)
    assert going_on.latest is second
    assert going_on.seconds == 10
    now[0] += 2
    third = going_on.make({"a": 1}, {})
    assert (third.number, third.about["seconds"], third.about["a"]) == (3, 12, 1)


def test_a_setting_that_came_later_is_not_set_in_points_of_before():
    before = {"seed": 0, "depth": None}
    point = ResumePoints("photos", "d", [before]).make({}, {})
    later = ResumePoints("photos", "d", [{**before, "hidden_units": None}], point)
    assert later.latest is point
    with pytest.raises(InvalidInputError, match="the same settings"):
        ResumePoints("photos", "d", [{**before, "hidden_units": 16}], point)


@pytest.mark.parametrize(
    ("of", "sentence"),
    [
        (("texts", "d", {"seed": 0}), "Expected a training on texts"),
        (("photos", "e", {"seed": 0}), "the same photos with the same classes"),
        (("photos", "d", {"seed": 1}), "the same settings"),
    ],
)
def test_a_point_of_another_training_is_refused(of, sentence):
    point = ResumePoints("photos", "d", {"seed": 0}).make({}, {})
    with pytest.raises(InvalidInputError, match=sentence):
        ResumePoints(*of, point)


@pytest.mark.parametrize(
    "about", [{}, {"of": 1}, {"of": {}}, {"seconds": "x"}, {"seconds": -1}, {"seconds": 1e999}]
)
def test_a_point_that_does_not_say_what_it_is_of_is_refused(about):
    point = ResumePoints("photos", "d", {}).make({}, {})
    damaged = replace(point, about={**point.about, **about} if about else {})
    with pytest.raises(InvalidInputError, match="damaged"):
        ResumePoints("photos", "d", {}, damaged)


@pytest.fixture
def cache() -> FeatureCache:
    cache = FeatureCache()
    cache.add("net", DIGESTS[:3], np.arange(6, dtype=np.float32).reshape(3, 2), 3.0)
    cache.add("net", ["f" * 32], np.ones((1, 2), np.float32), 1.0)  # of another data set
    cache.refuse("net", DIGESTS[3], InvalidInputError("It is damaged."))
    return cache


def test_features_of_a_data_set_go_through_a_point(cache):
    kept = KeptFeatures(cache, "net", [*DIGESTS, DIGESTS[0]])
    point = ResumePoint.from_bytes(ResumePoint(1, kept.about(), kept.arrays()).to_bytes())
    other = FeatureCache()
    restore_features(point, other, "net", DIGESTS, lambda: 2)
    assert {digest for _, digest in other.vectors} == {*DIGESTS[:3]}
    np.testing.assert_array_equal(other.stack("net", DIGESTS[:3]), cache.stack("net", DIGESTS[:3]))
    assert other.spent("net", DIGESTS) == cache.spent("net", DIGESTS) == 3
    assert str(other.refusals["net", DIGESTS[3]]) == "It is damaged."
    restore_features(point, other, "another", DIGESTS, lambda: 2)
    assert {network for network, _ in other.vectors} == {"net"}


def test_features_are_copied_again_only_when_there_are_more(cache):
    kept = KeptFeatures(cache, "net", DIGESTS)
    assert kept.have_grown
    first = kept.arrays()
    assert not kept.have_grown
    assert all(array is first[name] for name, array in kept.arrays().items())
    cache.add("net", [DIGESTS[3]], np.ones((1, 2), np.float32), 1.0)
    assert kept.have_grown
    assert len(kept.arrays()["features/net/vectors"]) == 4


@pytest.mark.parametrize(
    ("part", "damaged"),
    [
        ("vectors", np.zeros((3, 5), np.float32)),
        ("vectors", np.zeros((2, 2), np.float32)),
        ("vectors", np.full((3, 2), np.nan, np.float32)),
        ("vectors", np.zeros((3, 2))),
        ("digests", np.zeros((3, 15), np.uint8)),
        ("digests", np.full((3, 16), 255, np.uint8)),  # of no example of the data set
        ("seconds", np.full(3, -1.0)),
        ("seconds", np.zeros(4)),
    ],
)
def test_features_that_are_damaged_are_refused(cache, part, damaged):
    kept = KeptFeatures(cache, "net", DIGESTS)
    arrays = {**kept.arrays(), f"features/net/{part}": damaged}
    other = FeatureCache()
    with pytest.raises(InvalidInputError, match="damaged"):
        restore_features(ResumePoint(1, {}, arrays), other, "net", DIGESTS, lambda: 2)
    assert not other.vectors


@pytest.mark.parametrize(
    "refusals", [1, {"net": 1}, {"net": [["x"]]}, {"net": [["f" * 32, "why"]]}]
)
def test_refusals_that_are_damaged_are_refused(refusals):
    point = ResumePoint(1, {"refusals": refusals}, {})
    with pytest.raises(InvalidInputError, match="damaged"):
        restore_features(point, FeatureCache(), "net", DIGESTS, lambda: 2)
