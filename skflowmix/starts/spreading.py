"""The start from labels that spread over a neighbour graph."""

import warnings

import numpy as np
import scipy.sparse as sp
from scipy.special import softmax
from sklearn.semi_supervised import LabelSpreading

from skflowmix.starts.centres import kmeans
from skflowmix.starts.graph import jaccard_graph
from skflowmix.starts.problem import Problem, nearest_of, some_rows

SPREADING_ROWS = 20_000
"""Most rows in the graph that labels spread over; further rows ask their neighbours in it."""

N_NEIGHBORS, FEWEST_NEIGHBORS = 20, 5
"""Neighbours of a row in that graph: a tenth of the rows within these bounds."""

DOUBT = 3
"""How steeply undecided rows lose their say; 0 leaves spread labels as they are."""


def label_spreading(problem: Problem, random_state: np.random.RandomState) -> np.ndarray:
    """Spread labels over the neighbour graph; find components beyond the classes by k-means.

    Rows that k-means puts into clusters without a labelled row belong to the new groups, all
    others share the classes as scikit-learn's LabelSpreading does.
    """
    if not problem.n_classes:
        raise ValueError("init_params='label_spreading' needs labels in y: choose another start.")
    groups = _new_groups(problem, random_state)
    responsibilities = np.eye(problem.n_components)[groups]
    known = np.flatnonzero(groups < 0)
    responsibilities[known] = 0.0
    responsibilities[known, : problem.n_classes] = _spread(
        problem.X[known], problem.codes[known], random_state
    )
    return responsibilities


def _new_groups(problem: Problem, random_state: np.random.RandomState) -> np.ndarray:
    """Component of the rows in the largest k-means clusters without a labelled row, else -1."""
    groups = np.full(len(problem.X), -1)
    if problem.n_components == problem.n_classes:
        return groups
    clusters = kmeans(problem, random_state).argmax(1)
    sizes = np.bincount(clusters, minlength=problem.n_components)
    sizes[clusters[problem.codes >= 0]] = 0
    largest = np.argsort(-sizes, kind="stable")[: problem.n_components - problem.n_classes]
    for component, cluster in enumerate(largest[sizes[largest] > 0], start=problem.n_classes):
        groups[clusters == cluster] = component
    return groups


def _spread(X: np.ndarray, codes: np.ndarray, random_state: np.random.RandomState) -> np.ndarray:
    """Class probabilities ``(n, C)`` of all rows from those with ``codes >= 0``."""
    labelled = codes >= 0
    if labelled.all():
        return np.eye(codes.max() + 1)[codes]
    chosen = some_rows(labelled, SPREADING_ROWS, random_state)
    # The first labels to reach a far row are faint: a looser tolerance would stop before them.
    spreading = LabelSpreading(kernel=_links, alpha=0.99, tol=1e-9, max_iter=3000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # parts of the graph without labels: see below
        known = spreading.fit(X[chosen], codes[chosen]).label_distributions_
    reached = np.isfinite(known).all(1) & (known.sum(1) > 0)
    known[~reached] = 1 / known.shape[1]
    return _doubted(known[nearest_of(X, chosen)])


def _links(X: np.ndarray, _: np.ndarray) -> sp.csr_array:
    """Links between neighbours, squared: labels shall not pass where groups hardly touch."""
    n_neighbors = min(max(len(X) // 10, FEWEST_NEIGHBORS), N_NEIGHBORS, len(X) - 1)
    return jaccard_graph(X, n_neighbors).power(2)


def _doubted(probabilities: np.ndarray) -> np.ndarray:
    """Flatten the rows that are undecided anyway, and leave those alone that are certain.

    Where groups touch, labels reach a row from several sides and the largest share is often
    the wrong one; there the densities shall decide.
    """
    n_classes = probabilities.shape[1]
    if n_classes == 1:
        return probabilities
    log_probabilities = np.log(np.maximum(probabilities, 1e-12))
    entropy = -(probabilities * log_probabilities).sum(1, keepdims=True) / np.log(n_classes)
    return softmax((1 - entropy) ** DOUBT * log_probabilities, axis=1)
