"""The nearest of many vectors, exactly and by a graph."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidInputError
from core.learning.findings.neighbours import NeighbourSearch, unit_rows


def clustered(count: int, width: int = 24, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centres = rng.normal(0, 1, (20, width))
    return (centres[rng.integers(0, 20, count)] + rng.normal(0, 0.5, (count, width))).astype("f4")


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    return clustered(1500)


@pytest.mark.parametrize("most_exact", [10_000, 0], ids=["exact", "graph"])
def test_the_nearest_come_first_with_their_cosines(vectors, most_exact):
    search = NeighbourSearch(vectors, most_exact=most_exact)
    positions, cosines = search.around(np.arange(1500), 10)
    units = unit_rows(vectors)
    every = units @ units.T
    np.fill_diagonal(every, -2)
    expected = np.argsort(-every, axis=1)[:, :10]
    found = np.mean([len({*a} & {*b}) / 10 for a, b in zip(positions, expected, strict=True)])
    assert found == 1 if most_exact else found > 0.97
    np.testing.assert_allclose(cosines, np.take_along_axis(every, positions, axis=1), atol=1e-5)
    assert (np.diff(cosines, axis=1) <= 0).all()
    assert not (positions == np.arange(1500)[:, None]).any()


def test_of_many_columns_the_main_directions_lead_to_the_nearest():
    rng = np.random.default_rng(0)
    hidden = rng.normal(0, 1, (1500, 300)) * 0.97 ** np.arange(300)
    vectors = (hidden @ np.linalg.qr(rng.normal(0, 1, (300, 300)))[0]).astype(np.float32)
    rows = np.arange(200)
    exact, graph = (
        NeighbourSearch(vectors, most_exact=most).around(rows, 5)[0] for most in (10_000, 0)
    )
    assert np.mean([len({*a} & {*b}) / 5 for a, b in zip(exact, graph, strict=True)]) > 0.95


def test_the_graph_is_built_in_steps_and_goes_on_where_it_was_left(vectors):
    search = NeighbourSearch(np.tile(vectors, (2, 1)), most_exact=0)
    first = next(search.build())
    rest = list(search.build())
    assert 0 < first < rest[0] < 1 and rest[-1] == 1
    assert not list(search.build())


def test_the_same_vectors_make_the_same_graph(vectors):
    first, second = (
        NeighbourSearch(vectors, most_exact=0).nearest(clustered(50, seed=1), 10)[0]
        for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("most_exact", [10_000, 0], ids=["exact", "graph"])
def test_fewer_come_where_there_are_fewer(most_exact):
    search = NeighbourSearch(clustered(3), most_exact=most_exact)
    assert search.nearest(clustered(2, seed=1), 8)[0].shape == (2, 3)
    assert search.around(np.array([0, 2]), 8)[0].shape == (2, 2)
    assert search.nearest(np.empty((0, 24), np.float32), 8)[0].shape == (0, 3)
    alone = NeighbourSearch(clustered(1), most_exact=most_exact)
    assert alone.around(np.array([0]), 8)[0].shape == (1, 0)


@pytest.mark.parametrize("most_exact", [10_000, 0], ids=["exact", "graph"])
def test_among_many_equal_vectors_none_is_its_own_neighbour(most_exact):
    search = NeighbourSearch(np.ones((300, 4), np.float32), most_exact=most_exact)
    positions, cosines = search.around(np.arange(300), 5)
    assert positions.shape == (300, 5)
    assert not (positions == np.arange(300)[:, None]).any()
    np.testing.assert_allclose(cosines, 1, atol=1e-6)


@pytest.mark.parametrize("most_exact", [10_000, 0], ids=["exact", "graph"])
def test_a_vector_of_zeros_is_like_nothing(most_exact):
    vectors = clustered(40)
    vectors[7] = 0
    positions, cosines = NeighbourSearch(vectors, most_exact=most_exact).around(np.arange(40), 39)
    assert np.isfinite(cosines).all()
    assert (cosines[positions == 7] == 0).all()


@pytest.mark.parametrize("vectors", [np.empty((0, 4)), np.ones(3)])
def test_what_is_no_matrix_is_refused(vectors):
    with pytest.raises(InvalidInputError, match="vectors in rows"):
        NeighbourSearch(vectors)
