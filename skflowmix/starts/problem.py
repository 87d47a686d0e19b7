"""What a start may look at, and what it owes to the labels.

Knows numpy, scipy, scikit-learn and torch only.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import pairwise_distances_argmin

FORBIDDEN = -1e30
"""Log-mask of a component that a row's label excludes: no probability, yet no NaN from 0 * inf."""


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
    spread : ndarray of shape (d,) or float, default=1.0
        Of the columns before they were standardised, up to a common factor.
    """

    X: np.ndarray
    codes: np.ndarray
    n_components: int
    sample_weight: np.ndarray
    reg_covar: float
    spread: np.ndarray | float = 1.0

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
"""Proposes responsibilities ``(n, K)``."""


def some_rows(labelled: np.ndarray, most: int, random_state: np.random.RandomState) -> np.ndarray:
    """Numbers of all labelled rows and, up to ``most`` in all, of random unlabelled ones."""
    others = np.flatnonzero(~labelled)
    room = max(most - int(labelled.sum()), 0)
    if len(others) > room:
        others = random_state.choice(others, room, replace=False)
    return np.sort(np.concatenate([np.flatnonzero(labelled), others]))


def nearest_of(X: np.ndarray, some: np.ndarray) -> np.ndarray:
    """For each row, which one of ``some`` of the rows it is nearest to, ``(n,)``."""
    return np.arange(len(X)) if len(some) == len(X) else pairwise_distances_argmin(X, X[some])


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
