"""Experts that are forests, kept as arrays. Knows numpy and scikit-learn."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from skflowmix.experts.base import Expert, Learner
from skflowmix.experts.evidence import Evidence
from skflowmix.experts.spaces import Space

N_TREES = 50
STEPS = 4
"""Steps through trees between two looks at who has arrived: 1 took twice the time, 6 the same."""
SEED = 0
"""Of the chance in trees, so that what they say does not depend on ``random_state``."""


@dataclass(frozen=True)
class Forest(Expert):
    """Trees that vote.

    Trees are grown until their leaves are pure, so a leaf is its class. All nodes stand in one
    array. Kept so a forest is a tenth of its pickle by scikit-learn, and is no matter of its
    version.

    Attributes
    ----------
    space : Space
    doubt : float
    n_classes : int
    roots : ndarray of shape (T,)
        Number of the first node of each tree.
    column, threshold : ndarray of shape (N,)
        A value above the threshold goes to the right.
    children : ndarray of shape (N, 2)
        Nodes to the left and to the right; of a leaf, the leaf itself.
    classes : ndarray of shape (N,)
        What a leaf votes for.
    """

    n_classes: int
    roots: np.ndarray
    column: np.ndarray
    threshold: np.ndarray
    children: np.ndarray
    classes: np.ndarray

    def proba(self, X: np.ndarray) -> np.ndarray:
        """Return shares of the votes."""
        n_rows, n_trees = len(X), len(self.roots)
        rows = np.repeat(np.arange(n_rows), n_trees)
        leaves = self._leaves(X.astype(np.float32))  # as trees do
        votes = rows * self.n_classes + self.classes[leaves].ravel()
        counts = np.bincount(votes, minlength=n_rows * self.n_classes)
        return counts.reshape(n_rows, -1) / n_trees

    def _leaves(self, X: np.ndarray) -> np.ndarray:
        """Return the leaf of each row in each tree, ``(n, T)``.

        Walks are taken all at once. To leave out those that have ended costs as much as a step,
        and a step from a leaf leads to itself, so that is done after every few steps only.
        """
        (n_rows, d), n_trees = X.shape, len(self.roots)
        values, children = X.ravel(), self.children.ravel()
        node = np.tile(self.roots, n_rows)  # (n * T,)
        going, at = np.arange(len(node)), node
        first = np.repeat(np.arange(n_rows) * d, n_trees)  # place of a row's first value
        while len(going):
            for _ in range(STEPS):
                before = at
                is_right = values.take(first + self.column.take(at)) > self.threshold.take(at)
                at = children.take(2 * at + is_right)
            node[going] = at
            on = np.flatnonzero(at != before)
            going, at, first = going.take(on), at.take(on), first.take(on)
        return node.reshape(n_rows, n_trees)


class ForestLearner(Learner):
    """A forest of scikit-learn's on the labelled rows.

    Parameters
    ----------
    evidence : Evidence
    space : Space
    kind : callable
        Makes a forest from ``n_estimators`` and ``random_state``.
    """

    def __init__(self, evidence: Evidence, space: Space, kind: Callable[..., Any]):
        super().__init__(evidence, space)
        self.kind = kind

    def learn(self, evidence: Evidence) -> Forest:
        """Grow the trees."""
        rows, classes, weights = evidence.plain_examples()
        grown = self.kind(n_estimators=N_TREES, random_state=SEED)
        grown.fit(self.X[rows], classes, sample_weight=weights)
        trees = [each.tree_ for each in grown.estimators_]
        roots = np.cumsum([0, *(tree.node_count for tree in trees)])[:-1]
        return Forest(
            self.space,
            evidence.doubt,
            evidence.n_classes,
            roots.astype(np.int32),
            np.concatenate([np.maximum(tree.feature, 0) for tree in trees]).astype(np.int32),
            np.concatenate([tree.threshold for tree in trees]),
            np.concatenate([_children(t, root) for t, root in zip(trees, roots, strict=True)]),
            grown.classes_[np.concatenate([tree.value[:, 0].argmax(axis=1) for tree in trees])],
        )


def _children(tree: Any, root: int) -> np.ndarray:
    """Nodes ``(N, 2)`` below each node of a tree, numbered among all trees."""
    below = np.column_stack([tree.children_left, tree.children_right])
    own = np.arange(tree.node_count)[:, None]
    return (np.where(below < 0, own, below) + root).astype(np.int32)
