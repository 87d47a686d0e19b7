"""The rows that a detector learns from, as all views see them."""

from dataclasses import dataclass

import numpy as np

from skflowmix.data.distinct import Distinct
from skflowmix.data.scaling import Scaling
from skflowmix.outliers.densities import Blend
from skflowmix.outliers.support import find_support

SUPPORT = 0.75
"""Share of the weight of the rows that is believed to be free of anomalies. Of .6, .75 and .9 it
did best on the tables of ``benchmarks/anomalies.py``."""


@dataclass(frozen=True)
class TrainingRows:
    """Distinct rows, in an order that depends on their values alone.

    So nothing depends on the order in which rows came, and a row that came twice is one of twice
    the weight.

    Attributes
    ----------
    scaling : Scaling
        Of the columns.
    Z : ndarray of shape (n, d)
        Standardised rows.
    weights : ndarray of shape (n,)
        How many rows each of them stands for.
    core : ndarray of shape (n,)
        How much of the weight is in the densest part, see `find_support`.
    support : Blend
        The density of that part.
    """

    scaling: Scaling
    Z: np.ndarray
    weights: np.ndarray
    core: np.ndarray
    support: Blend

    @classmethod
    def of(cls, X: np.ndarray, sample_weight: np.ndarray) -> "TrainingRows":
        """Prepare rows ``(n, d)`` in the units of the data; those of weight 0 are absent."""
        X, weights = X[sample_weight > 0], _counts(sample_weight[sample_weight > 0])
        distinct = Distinct.of(X, weights)
        X = np.asarray(X[distinct.first], dtype=np.float64)
        weights = np.bincount(distinct.inverse, weights)  # whole numbers stay whole
        scaling = Scaling.of(X, weights)
        Z = scaling.apply(X)
        return cls(scaling, Z, weights, *find_support(Z, weights, SUPPORT))


def _counts(weights: np.ndarray) -> np.ndarray:
    """Weights as numbers of rows: as they are, unless a row then were less than one on average."""
    if weights.mean() >= 1:
        return weights
    weights = weights / weights.max()
    return weights / weights.mean()
