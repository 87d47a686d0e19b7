"""Starts from centres, and from nothing. Knows numpy and scikit-learn only."""

import warnings

import numpy as np
from sklearn.cluster import AgglomerativeClustering, KMeans, kmeans_plusplus
from sklearn.metrics import pairwise_distances_argmin

from skflowmix.starts.problem import Problem

N_CENTRES = 50
"""Centres to begin with before they are merged."""
ROWS_PER_CENTRE = 10
"""No more centres than would have so many rows on average."""


def kmeans(problem: Problem, random_state: np.random.RandomState) -> np.ndarray:
    """Assign rows by k-means."""
    model = kmeans_model(problem.X, problem.n_components, problem.sample_weight, random_state)
    return np.eye(problem.n_components)[model.labels_]


def merged_centres(problem: Problem, random_state: np.random.RandomState) -> np.ndarray:
    """Merge k-means centres by Ward's linkage in the units that the columns came in.

    Each centre counts once, however many rows it has: a group of many rows is not cut in two
    before a few rows far from it are a group.
    """
    X = problem.X * problem.spread
    n_groups = problem.n_components
    n_centres = max(min(N_CENTRES, len(X) // ROWS_PER_CENTRE), n_groups)
    model = kmeans_model(X, n_centres, problem.sample_weight, random_state)
    merged = np.arange(n_groups)
    if n_centres > n_groups:
        merged = AgglomerativeClustering(n_groups).fit(model.cluster_centers_).labels_
    return np.eye(n_groups)[merged[model.labels_]]


def kmeans_model(
    X: np.ndarray,
    n_centres: int,
    weights: np.ndarray,
    random_state: np.random.RandomState,
    n_init: int = 1,
) -> KMeans:
    """Fit k-means to rows ``(n, d)``."""
    model = KMeans(n_centres, n_init=n_init, random_state=random_state)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fewer distinct rows than centres: empty ones are fine
        return model.fit(X, sample_weight=weights)


def seeding(problem: Problem, random_state: np.random.RandomState) -> np.ndarray:
    """Assign rows to the nearest of K rows drawn by k-means++."""
    centres, _ = kmeans_plusplus(
        problem.X,
        problem.n_components,
        sample_weight=problem.sample_weight,
        random_state=random_state,
    )
    return np.eye(problem.n_components)[pairwise_distances_argmin(problem.X, centres)]


def random(problem: Problem, random_state: np.random.RandomState) -> np.ndarray:
    """Draw responsibilities uniformly and normalise them, whatever the rows are."""
    draws = random_state.uniform(size=(len(problem.X), problem.n_components))
    return draws / draws.sum(1, keepdims=True)
