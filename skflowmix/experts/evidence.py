"""What labels say, as weights of classes on distinct rows.

Knows numpy, scipy, scikit-learn, the data layer, spaces, and from the starts how neighbours are
linked and how rows follow those that are looked at.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from sklearn.neighbors import NearestNeighbors

from skflowmix.data.distinct import Distinct
from skflowmix.data.problem import Problem
from skflowmix.experts.spaces import Ranks, Standardised
from skflowmix.starts.graph import jaccard_graph, normalised
from skflowmix.starts.thinning import nearest_of

MOST_ROWS = 20_000
"""Most rows that experts look at, at most half of them labelled where some are not. By hand, for
time and for the size of what is kept."""
N_NEIGHBORS = 10
"""Neighbours of a row, in graphs and of rows that are not in them. By hand."""
FOLDS = 5
"""Parts that the labelled rows of a class are split into."""
LEAST_WEIGHT = 1e-12
"""A label of less weight than this, beside a mean of 1, has this weight: no class is to lose all
its labels to rounding."""
SUSPICIOUS = 20
"""With more rows than this, scikit-learn asks whether their classes are numbers."""
ENOUGH = 500
"""No further part is asked for once so many labelled rows have been. By hand: with more, what the
experts are worth is known better than it matters."""


@dataclass(frozen=True)
class Evidence:
    """Distinct rows and what labels say of them, in an order that depends on the rows alone.

    A row that is there twice is one row of weight 2, so its copies are never on both sides of a
    split. Nor does anything that is learned from them depend on the order they came in.

    Attributes
    ----------
    X : ndarray of shape (m, d)
        Standardised rows, no two of them alike.
    label_weights : ndarray of shape (m, C)
        Weight of each class on each row, all 0 where a row has no label; 1 in the mean of those
        that have, if they are of a `Sample`.
    sample_weight : ndarray of shape (m,)
        Positive weights of the rows.
    is_complete : bool, default=True
        Whether every row is of one of these classes.
    """

    X: np.ndarray
    label_weights: np.ndarray
    sample_weight: np.ndarray
    is_complete: bool = True

    @property
    def n_classes(self) -> int:
        """Number of classes, C."""
        return self.label_weights.shape[1]

    @property
    def labelled(self) -> np.ndarray:
        """Which rows have a label, ``(m,)``."""
        return self.label_weights.max(axis=1) > 0

    @property
    def label_shares(self) -> np.ndarray:
        """Share of each class in the labels, ``(C,)``."""
        totals = self.label_weights.sum(axis=0)
        return totals / totals.sum()

    @property
    def doubt(self) -> float:
        """Probability that the next label is unlike any before, by Laplace's rule of succession.

        Who has seen nothing but the labels cannot be surer. On 29 real tables with three labels a
        class this took the log-loss of pools from .68 to .62, with ten from .44 to .43.
        """
        return float(1 / (self.label_weights.sum() + 2))

    @cached_property
    def ranks(self) -> Ranks:
        """The map of rows to normal scores."""
        return Ranks.of(self.X)

    @cached_property
    def links(self) -> sp.csr_array:
        """Links ``(m, m)`` of neighbours, by the neighbours in common, over roots of degrees."""
        X = Standardised().apply(self.X)
        search = NearestNeighbors(n_neighbors=min(N_NEIGHBORS, len(X) - 1)).fit(X)
        return normalised(jaccard_graph(search.kneighbors(return_distance=False)))

    @cached_property
    def single(self) -> np.ndarray:
        """The rows in single precision, one array for all that keep it."""
        return self.X.astype(np.float32)

    @cached_property
    def codes(self) -> np.ndarray:
        """Class that the labels of each row speak for most, ``(m,)``; -1 without one."""
        return np.where(self.labelled, self.label_weights.argmax(axis=1), -1)

    def examples(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return rows, classes and weights, ``(L,)`` each, of all labels."""
        rows, classes = np.nonzero(self.label_weights)
        return rows, classes, self.label_weights[rows, classes]

    def plain_examples(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return `examples` that no classifier of scikit-learn warns of.

        It takes classes for numbers where they are more than half as many as the rows. Each row
        twice, at half its weight, teaches the same, but that forests draw more rows for a tree.
        """
        rows, classes, weights = self.examples()
        if len(rows) <= SUSPICIOUS or 2 * len(np.unique(classes)) < len(rows):
            return rows, classes, weights
        return np.repeat(rows, 2), np.repeat(classes, 2), np.repeat(weights, 2) / 2

    def without(self, held: np.ndarray) -> "Evidence":
        """Return the same rows with the labels of some of them hidden."""
        return replace(self, label_weights=np.where(held[:, None], 0.0, self.label_weights))

    def folds(self) -> list[np.ndarray]:
        """Return masks ``(m,)`` of labelled rows to hide in turn, classes in equal shares.

        The only labelled row of a class is never hidden: nobody could know of its class then.
        """
        fold = np.full(len(self.X), -1)
        begun = 0
        for label in range(self.n_classes):
            own = np.flatnonzero(self.codes == label)
            if len(own) > 1:
                fold[own] = (begun + np.arange(len(own))) % FOLDS
                begun += len(own)
        parts = [fold == number for number in range(FOLDS) if (fold == number).any()]
        n_asked = np.cumsum([part.sum() for part in parts])
        return [
            part for part, before in zip(parts, [0, *n_asked], strict=False) if before < ENOUGH
        ]


@dataclass(frozen=True)
class Sample:
    """Evidence on some of the rows of a problem, and which of them every row follows.

    Attributes
    ----------
    evidence : Evidence
        On m rows.
    rows : ndarray of shape (m,)
        Numbers of these rows in the problem.
    nearest : ndarray of shape (n,)
        Which of them each row of the problem is, or is nearest to.
    """

    evidence: Evidence
    rows: np.ndarray
    nearest: np.ndarray

    @classmethod
    def of(cls, problem: Problem, X: np.ndarray, most: int = MOST_ROWS) -> "Sample":
        """Gather the evidence on a problem whose rows came as ``X (n, d)``."""
        distinct = Distinct.of(X, problem.sample_weight)
        labels = np.zeros((len(distinct.first), problem.n_classes))
        known = np.flatnonzero(problem.labelled)
        where = (distinct.inverse[known], problem.codes[known])
        np.add.at(labels, where, problem.sample_weight[known])
        labels *= len(np.unique(where[0])) / labels.sum()
        labels[where] = np.maximum(labels[where], LEAST_WEIGHT)
        kept = kept_kinds(labels, most)
        rows = problem.X[distinct.first]
        nearest = distinct.inverse
        if len(kept) < len(rows):
            nearest = nearest_of(rows, kept)[distinct.inverse]
        is_complete = problem.n_components == problem.n_classes
        evidence = Evidence(rows[kept], labels[kept], distinct.weights[kept], is_complete)
        return cls(evidence, distinct.first[kept], nearest)


def kept_kinds(label_weights: np.ndarray, most: int) -> np.ndarray:
    """Numbers of the first rows to keep, in order: labelled ones, as classes are, and others."""
    is_labelled = label_weights.max(axis=1) > 0
    labelled, others = np.flatnonzero(is_labelled), np.flatnonzero(~is_labelled)
    n_labelled = max(most // 2, most - len(others))
    kept = _in_equal_shares(labelled, label_weights.argmax(axis=1)[labelled])[:n_labelled]
    return np.sort(np.concatenate([kept, others[: most - len(kept)]]))


def _in_equal_shares(rows: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Order rows so that however many come first, they have all classes in the same shares."""
    place = np.zeros(len(rows))
    for label in np.unique(classes):
        own = np.flatnonzero(classes == label)
        place[own] = np.arange(len(own)) / len(own)
    return rows[np.argsort(place, kind="stable")]
