"""Starting points of training, each one matrix of responsibilities ``(n, K)``.

Whatever proposes a grouping (centres, a Gaussian mixture, a neighbour graph with labels, an
array of the user's own) ends up as such a matrix; nothing else knows where it came from.
Rows are standardised numpy arrays; labels are integers below K, with -1 for unlabelled.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from scipy.special import softmax
from sklearn.cluster import KMeans, kmeans_plusplus
from sklearn.metrics import pairwise_distances_argmin
from sklearn.neighbors import NearestNeighbors
from sklearn.semi_supervised import LabelSpreading

from skflowmix.graph import graph_groups
from skflowmix.mixtures import fit_gaussians

FORBIDDEN = -1e30
"""Log-mask of a component that a row's label excludes: no probability, yet no NaN from 0 * inf."""

SPREADING_ROWS = 20_000
"""Most rows in the graph that labels spread over; further rows ask their neighbours in it."""

DOUBT = 3
"""How steeply undecided rows lose their say; 0 leaves spread labels as they are."""

GRAPH_ROWS = 20_000
"""Most rows in the graph that is cut into groups; further rows follow their nearest in it."""

EM_RESTARTS, EM_MAX_ITER, EM_TOL, EM_ROWS = 5, 100, 1e-3, 20_000
"""How often a Gaussian mixture starts anew, when EM stops, and on how many rows it runs."""


@dataclass(frozen=True)
class Problem:
    """What a start may look at.

    Attributes
    ----------
    X : ndarray of shape (n, d)
        Standardised rows.
    codes : ndarray of shape (n,)
        Component of each labelled row, -1 for the others.
    n_components : int
        K, at least the number of classes.
    sample_weight : ndarray of shape (n,)
        Positive weights.
    reg_covar : float
        Added to the diagonals of covariances.
    """

    X: np.ndarray
    codes: np.ndarray
    n_components: int
    sample_weight: np.ndarray
    reg_covar: float

    @property
    def n_classes(self) -> int:
        """Number of labelled components; they come first."""
        return int(self.codes.max()) + 1

    @property
    def log_mask(self) -> np.ndarray:
        """``(n, K)``: 0 where a row may belong, `FORBIDDEN` where its label says otherwise."""
        mask = np.zeros((len(self.X), self.n_components))
        labelled = self.codes >= 0
        mask[labelled] = FORBIDDEN
        mask[labelled, self.codes[labelled]] = 0.0
        return mask

    def take(self, index: np.ndarray) -> "Problem":
        """The problem of some of the rows."""
        return replace(
            self,
            X=self.X[index],
            codes=self.codes[index],
            sample_weight=self.sample_weight[index],
        )

    def as_tensors(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Rows, log-mask and weights as float64 tensors."""
        return (
            torch.from_numpy(self.X),
            torch.from_numpy(self.log_mask),
            torch.from_numpy(self.sample_weight),
        )


Start = Callable[[Problem, np.random.RandomState], np.ndarray]


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


def gaussian_mixture(problem: Problem, random_state: np.random.RandomState) -> np.ndarray:
    """Fit Gaussian mixtures by EM from k-means and return the posteriors of the likeliest."""
    some = _some_rows(problem.codes >= 0, EM_ROWS, random_state)
    sample = problem.take(some)
    fits = [
        fit_gaussians(
            torch.from_numpy(respect_labels(kmeans(sample, random_state), sample.codes))[None],
            sample.as_tensors(),
            problem.reg_covar,
            EM_MAX_ITER,
            EM_TOL,
        )
        for _ in range(EM_RESTARTS if problem.n_components > 1 else 1)
    ]
    best, _ = max(fits, key=lambda fit: float(fit[1]))
    parts = [
        (best.joint_log_prob(x) + log_mask).softmax(-1)[0].detach()
        for x, log_mask in zip(*(t.split(EM_ROWS) for t in problem.as_tensors()[:2]), strict=True)
    ]
    return torch.cat(parts).numpy()


def neighbour_graph(problem: Problem, random_state: np.random.RandomState) -> np.ndarray:
    """Group the rows that hang together in their neighbour graph, whatever the shape."""
    some = _some_rows(problem.codes >= 0, GRAPH_ROWS, random_state)
    groups = graph_groups(problem.X[some], problem.n_components, random_state)
    if len(some) < len(problem.X):
        groups = groups[pairwise_distances_argmin(problem.X, problem.X[some])]
    return np.eye(problem.n_components)[groups]


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
    chosen = _some_rows(labelled, SPREADING_ROWS, random_state)
    # The first labels to reach a far row are faint: a looser tolerance would stop before them.
    spreading = LabelSpreading(
        kernel="knn", n_neighbors=min(10, len(chosen)), alpha=0.99, tol=1e-9, max_iter=3000
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # parts of the graph without labels: see below
        known = spreading.fit(X[chosen], codes[chosen]).label_distributions_
    reached = np.isfinite(known).all(1) & (known.sum(1) > 0)
    known[~reached] = 1 / known.shape[1]
    neighbours = NearestNeighbors(n_neighbors=1).fit(X[chosen])
    nearest = neighbours.kneighbors(X, return_distance=False)[:, 0]
    return _doubted(known[nearest])


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


def _some_rows(labelled: np.ndarray, most: int, random_state: np.random.RandomState) -> np.ndarray:
    """Numbers of all labelled rows and, up to ``most`` in all, of random unlabelled ones."""
    others = np.flatnonzero(~labelled)
    room = max(most - int(labelled.sum()), 0)
    if len(others) > room:
        others = random_state.choice(others, room, replace=False)
    return np.sort(np.concatenate([np.flatnonzero(labelled), others]))


def respect_labels(responsibilities: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Order the columns to suit the labelled rows, and give these rows their class."""
    labelled = codes >= 0
    if not labelled.any():
        return responsibilities
    n_components = responsibilities.shape[1]
    one_hot = np.eye(n_components)[codes[labelled]]
    shared = one_hot.T @ responsibilities[labelled]  # (K classes, K columns)
    _, order = linear_sum_assignment(-shared)
    ordered = responsibilities[:, order].copy()
    ordered[labelled] = one_hot
    return ordered


STARTS: dict[str, Start] = {
    "kmeans": kmeans,
    "k-means++": seeding,
    "random": random,
    "gaussian_mixture": gaussian_mixture,
    "neighbour_graph": neighbour_graph,
    "label_spreading": label_spreading,
}
"""Every start by the name that the estimators' ``init_params`` takes."""

RIVALS = ("gaussian_mixture", "neighbour_graph")
"""The starts that ``init_params="auto"`` trains side by side where no row has a label."""
