"""Several experts and a density, pooled. Knows numpy, scipy and experts."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.special import log_softmax, logsumexp

from skflowmix.experts.base import Expert, doubted


@dataclass(frozen=True)
class Pool:
    """A logarithmic opinion pool: the weighted sum of what experts say, as log-probabilities.

    It says which of the classes a row is of, if it is of any. Which rows belong to new groups
    the density decides.

    Attributes
    ----------
    experts : tuple of Expert
        Those of positive weight.
    weights : ndarray of shape (J,)
        Positive.
    density_weight : float
        Weight of the posterior of the density.
    doubt : float
        Share of the uniform distribution in what the density says.
    log_shift : ndarray of shape (C,)
        Added for the shares of the classes.

    References
    ----------
    Genest and Zidek (1986), Combining probability distributions: a critique and an annotated
    bibliography, section 3.
    """

    experts: tuple[Expert, ...]
    weights: np.ndarray
    density_weight: float
    doubt: float
    log_shift: np.ndarray

    def log_proba(
        self, joint: np.ndarray, X: np.ndarray, n_features: int | None = None
    ) -> np.ndarray:
        """Return log-probabilities of all components.

        Parameters
        ----------
        joint : ndarray of shape (n, K)
            Log p(x, k) of the density, the classes first.
        X : ndarray of shape (n, d)
            Standardised rows, as the experts see them.
        n_features : int, optional
            Columns of the density, if they are not these.

        Returns
        -------
        log_proba : ndarray of shape (n, K)
        """
        n_classes = len(self.log_shift)
        d = X.shape[1] if n_features is None else n_features
        by_density = density_log_proba(joint, d)
        among_classes = density_among_classes(joint[:, :n_classes], d, self.doubt)
        said = sum_of(self.weights, (expert.log_proba(X) for expert in self.experts))
        said = said + self.density_weight * among_classes + self.log_shift
        of_classes = logsumexp(by_density[:, :n_classes], axis=1, keepdims=True)
        return np.hstack([log_softmax(said, axis=1) + of_classes, by_density[:, n_classes:]])


def density_log_proba(joint: np.ndarray, n_features: int) -> np.ndarray:
    """Return the posterior ``(n, K)`` of log p(x, k), of a temperature of the root of d."""
    return log_softmax(joint / np.sqrt(n_features), axis=1)


def density_among_classes(joint: np.ndarray, n_features: int, doubt: float) -> np.ndarray:
    """Return what a density says among classes, as an expert, by log p(x, k) ``(n, C)``."""
    return doubted(np.exp(density_log_proba(joint, n_features)), doubt)


def sum_of(weights: np.ndarray, answers: Iterable[np.ndarray]) -> np.ndarray | float:
    """Return the weighted sum of answers ``(n, C)``, which are made one after the other."""
    total: np.ndarray | float = 0.0
    for weight, answer in zip(weights, answers, strict=True):
        total = total + weight * answer
    return total
