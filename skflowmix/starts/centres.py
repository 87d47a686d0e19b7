"""Starts from centres, and from nothing. Knows numpy and scikit-learn only."""

import warnings

import numpy as np
from sklearn.cluster import KMeans, kmeans_plusplus
from sklearn.metrics import pairwise_distances_argmin

from skflowmix.starts.problem import Problem


def kmeans(problem: Problem, random_state: np.random.RandomState) -> np.ndarray:
    """Assign rows by k-means."""
    model = KMeans(problem.n_components, n_init=1, random_state=random_state)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fewer distinct rows than clusters: empty ones are fine
        labels = model.fit(problem.X, sample_weight=problem.sample_weight).labels_
    return np.eye(problem.n_components)[labels]


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
