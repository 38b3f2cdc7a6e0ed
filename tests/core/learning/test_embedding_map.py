"""Maps that keep alike things together, and the neighbours of each."""

from __future__ import annotations

import sys
import types

import numpy as np
import pytest

from core.errors import InvalidInputError, UnknownNameError
from core.learning.embedding_map import map_2d, neighbours


@pytest.fixture(scope="module")
def clusters():
    """(120, 64) float32: three directions with noise, forty vectors each."""
    generator = np.random.default_rng(0)
    centres = generator.normal(size=(3, 64)).repeat(40, axis=0)
    return (centres + generator.normal(0, 0.2, (120, 64))).astype(np.float32)


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_what_is_alike_lies_together(clusters, method):
    places = map_2d(clusters, method)
    assert (places.shape, places.dtype) == ((120, 2), np.float32)
    groups = places.reshape(3, 40, 2)
    middles = groups.mean(axis=1)
    to_all = np.linalg.norm(places[:, None] - middles, axis=2)
    np.testing.assert_array_equal(to_all.argmin(axis=1), np.arange(3).repeat(40))


def test_length_does_not_count(clusters):
    lengths = np.random.default_rng(1).uniform(1, 50, (120, 1)).astype(np.float32)
    places = map_2d(clusters, "pca")
    np.testing.assert_allclose(map_2d(clusters * lengths, "pca"), places, atol=1e-4)


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_the_seed_decides(clusters, method):
    first, second = (map_2d(clusters, method, seed=5) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("method", ["pca", "tsne"])
@pytest.mark.parametrize("count", [1, 2, 3, 5, 6, 7, 20])
def test_a_few_vectors_have_a_map_too(clusters, method, count):
    places = map_2d(clusters[::6][:count], method)
    assert places.shape == (count, 2) and np.isfinite(places).all()


@pytest.mark.parametrize("method", ["pca", "tsne"])
@pytest.mark.parametrize("value", [0, 1])
def test_vectors_that_are_all_the_same_lie_in_one_place(method, value):
    places = map_2d(np.full((10, 16), value, np.float32), method)
    np.testing.assert_array_equal(places, np.zeros((10, 2)))


def test_vectors_of_one_number_lie_on_a_line():
    places = map_2d(np.array([[1], [2], [-3]], np.float32), "pca")
    assert not places[:, 1].any() and places[0, 0] == places[1, 0] != places[2, 0]


def test_an_unknown_map_is_refused_with_a_suggestion(clusters):
    with pytest.raises(UnknownNameError, match="tsne"):
        map_2d(clusters, "t-sne")


@pytest.mark.parametrize("shape", [(0, 4), (4,), (2, 2, 2)])
def test_what_is_no_matrix_is_refused(shape):
    with pytest.raises(InvalidInputError, match="vectors in rows"):
        map_2d(np.ones(shape, np.float32))


@pytest.mark.slow  # it is compiled first
def test_umap_keeps_groups_apart(clusters):
    pytest.importorskip("umap")
    laid_out = map_2d(clusters, "umap", seed=1)
    assert laid_out.shape == (len(clusters), 2) and np.isfinite(laid_out).all()
    near, _ = neighbours(laid_out - laid_out.min(), 0, 1)
    assert near.size == 1


def test_umap_without_its_package_is_refused_with_the_remedy(clusters, monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(InvalidInputError, match="pip install umap-learn"):
        map_2d(clusters, "umap")


def test_umap_is_used_where_its_package_is(clusters, monkeypatch):
    class UMAP:
        def __init__(self, *, n_neighbors, random_state, n_jobs):
            assert (n_neighbors, random_state, n_jobs) == (15, 3, 1)

        def fit_transform(self, vectors):
            assert vectors.shape == (120, 50)
            return vectors[:, :2].astype(np.float64)

    monkeypatch.setitem(sys.modules, "umap", types.SimpleNamespace(UMAP=UMAP))
    assert map_2d(clusters, "umap", seed=3).dtype == np.float32


def test_neighbours_are_the_vectors_of_the_closest_direction():
    vectors = np.array([[1, 0], [0, 1], [9, 1], [-1, 0], [1, 1]], np.float32)
    places, cosines = neighbours(vectors, 0, 3)
    assert places.tolist() == [2, 4, 1]
    np.testing.assert_allclose(cosines, [9 / 82**0.5, 0.5**0.5, 0], rtol=1e-5)


def test_no_vector_is_its_own_neighbour_not_even_among_copies():
    places, cosines = neighbours(np.ones((4, 3), np.float32), 2, 10)
    assert places.tolist() == [0, 1, 3]
    np.testing.assert_allclose(cosines, 1, rtol=1e-6)


@pytest.mark.parametrize("position", [-1, 3])
def test_a_vector_that_is_not_there_has_no_neighbours(position):
    with pytest.raises(InvalidInputError, match=r"0\.\.2.*position"):
        neighbours(np.ones((3, 2), np.float32), position)
