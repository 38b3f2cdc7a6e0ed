"""Where examples lie among others: a map of their embeddings, and the neighbours of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, get_args

import numpy as np

from core.engine import with_heartbeat
from core.errors import InvalidInputError, UnknownNameError

MapMethod = Literal["pca", "tsne", "umap"]

_KEPT_DIMENSIONS = 50  # van der Maaten and Hinton reduce to 30; 50 is scikit-learn's advice
_PERPLEXITY = 30
# Of 4,000 embeddings: KL divergence 1.67 after 500 steps and 1.56 after 1,000, at twice the time.
_STEPS = 500
_ANGLE = 0.7  # a fifth less time than 0.5, at the same divergence


def map_2d(vectors: np.ndarray, method: MapMethod = "tsne", *, seed: int = 0) -> np.ndarray:
    """Lay vectors out on a plane, alike ones close together.

    The vectors are brought to length 1 first: their direction is what tells examples apart.

    Parameters
    ----------
    vectors : (N, D) float32, N >= 1
    method : `"pca"` keeps large distances, `"tsne"` and `"umap"` neighbourhoods; the last
        needs the package umap-learn. Fewer than six vectors are always laid out by PCA.
    seed : int >= 0

    Returns
    -------
    (N, 2) float32, any unit, without order

    Raises
    ------
    UnknownNameError
        If there is no such method.
    InvalidInputError
        If the package for it is missing, or the vectors are no matrix.

    References
    ----------
    van der Maaten and Hinton, Visualizing Data using t-SNE, JMLR 2008.
    McInnes et al., UMAP: Uniform Manifold Approximation and Projection, 2018.
    """
    if method not in get_args(MapMethod):
        raise UnknownNameError.among("map", method, get_args(MapMethod))
    if vectors.ndim != 2 or not vectors.size:
        raise InvalidInputError(f"Expected vectors in rows. Received: shape {vectors.shape}.")
    directions = _directions(vectors)
    if method == "pca" or len(vectors) < 6:
        return _pca(directions, 2, seed)
    reduced = _pca(directions, _KEPT_DIMENSIONS, seed)
    if method == "umap":
        return _umap(reduced, seed)
    return _tsne(reduced, seed)


def lay_out(vectors: np.ndarray, method: MapMethod, seed: int = 0) -> Iterator[np.ndarray]:
    """`map_2d` as long work: its only snapshot is the map. For `core.engine.run_in_process`."""
    yield map_2d(vectors, method, seed=seed)


def map_steps(vectors: np.ndarray, *, seed: int = 0) -> Iterator[np.ndarray | None]:
    """The t-SNE map as long work: None several times a second, then the map."""
    return with_heartbeat(lambda: map_2d(vectors, "tsne", seed=seed))


def neighbours(vectors: np.ndarray, position: int, count: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """The vectors most like the one at `position`, itself left out.

    Parameters
    ----------
    vectors : (N, D) float32
    position : int in 0..N-1
    count : int >= 1; fewer come if there are fewer.

    Returns
    -------
    (K,) int64 positions and (K,) float32 cosines in [-1, 1], descending

    Raises
    ------
    InvalidInputError
        If there is no such position.
    """
    if not 0 <= position < len(vectors):
        raise InvalidInputError(
            f"Expected a position in 0..{len(vectors) - 1}. Received: position={position}."
        )
    directions = _directions(vectors)
    cosines = directions @ directions[position]
    order = np.argsort(-cosines, kind="stable")
    order = order[order != position][:count]
    return order, cosines[order]


def _directions(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def _pca(vectors: np.ndarray, dimensions: int, seed: int) -> np.ndarray:
    """(N, `dimensions`) float32; zeros where the vectors have fewer."""
    from sklearn.decomposition import PCA

    result = np.zeros((len(vectors), dimensions), np.float32)
    if np.ptp(vectors, axis=0).any():
        kept = min(dimensions, *vectors.shape)
        result[:, :kept] = PCA(kept, random_state=seed).fit_transform(vectors)
    return result


def _tsne(vectors: np.ndarray, seed: int) -> np.ndarray:
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    if not vectors.any():  # all alike: there is nothing to lay apart
        return vectors[:, :2]
    perplexity = min(_PERPLEXITY, (len(vectors) - 1) / 3)
    layout = TSNE(perplexity=perplexity, max_iter=_STEPS, angle=_ANGLE, random_state=seed)
    # its threads wait for each other in a loop: with cores that others use too, two of them
    # took 16 to 19 s where one took 6 to 8; the limit holds for this thread alone
    with threadpool_limits(1, user_api="openmp"):
        return layout.fit_transform(vectors)


def _umap(vectors: np.ndarray, seed: int) -> np.ndarray:
    try:
        from umap import UMAP
    except ImportError as err:
        raise InvalidInputError(
            "A UMAP needs a package that is not here; install it with: pip install umap-learn. "
            "t-SNE shows neighbourhoods too."
        ) from err
    neighbourhood = min(15, len(vectors) - 1)  # 15 is the package's default
    layout = UMAP(n_neighbors=neighbourhood, random_state=seed, n_jobs=1)
    return layout.fit_transform(vectors).astype(np.float32)
