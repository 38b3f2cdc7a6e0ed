"""Groups of like vectors, by k-means."""

from __future__ import annotations

import warnings

import numpy as np


def cluster(
    x: np.ndarray,
    clusters: int,
    *,
    starts: int = 1,
    seed: int = 0,
    weights: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Divide (N, D) vectors into groups.

    Parameters
    ----------
    clusters : int in 1..N; some stay empty if there are fewer different vectors.
    starts : int >= 1, of which the best counts.
    weights : (N,) > 0, how much each vector counts; None for all alike.

    Returns
    -------
    (N,) int64 in 0..clusters-1, and (N, clusters) distances to the middle of each
    """
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    means = KMeans(clusters, n_init=starts, random_state=seed)
    # its threads wait for each other in a loop: with cores that others use too, that takes longer
    with threadpool_limits(1, user_api="openmp"), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # equal vectors
        distances = means.fit_transform(x, sample_weight=weights)
    return means.labels_.astype(np.int64), distances
