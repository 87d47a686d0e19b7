"""An expert that asks the labelled rows near by. Knows numpy and scipy."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import softmax

from skflowmix.experts.base import Expert, Learner
from skflowmix.experts.evidence import Evidence
from skflowmix.experts.spaces import Space

MOST_CENTRES = 2000
"""Most labelled rows that it asks, as time grows with the cube of their number. By hand."""
RIDGE = 0.1
SHARPNESS = 4.0
"""What fitted indicators of classes are multiplied with before softmax. By hand."""
NARROWNESS = 3.0
"""Squared median distance of rows over the squared width of the kernel, times a half."""
SOME_ROWS = 500
"""How many rows the median distance is of."""


@dataclass(frozen=True)
class KernelRidge(Expert):
    """Softmax of indicators of classes that were fitted by least squares.

    Attributes
    ----------
    space : Space
    doubt : float
    centres : ndarray of shape (L, d)
    coefficients : ndarray of shape (L, C)
    shares : ndarray of shape (C,)
        What is said far from all centres.
    narrowness : float
        What squared distances are multiplied with.
    """

    centres: np.ndarray
    coefficients: np.ndarray
    shares: np.ndarray
    narrowness: float

    def proba(self, X: np.ndarray) -> np.ndarray:
        """Return softmax of the fitted indicators."""
        kernel = np.exp(-self.narrowness * cdist(X, self.centres, "sqeuclidean"))
        return softmax(SHARPNESS * (kernel @ self.coefficients + self.shares), axis=1)


class KernelLearner(Learner):
    """Ridge regression of indicators of classes on a Gaussian kernel.

    References
    ----------
    Suykens and Vandewalle (1999), Least squares support vector machine classifiers.
    """

    def __init__(self, evidence: Evidence, space: Space):
        super().__init__(evidence, space)
        some = cdist(self.X[:SOME_ROWS], self.X[:SOME_ROWS], "sqeuclidean")
        apart = some[some > 0]  # none where the others are out of all bounds
        median = float(np.median(apart)) if len(apart) else 1.0
        self.narrowness = NARROWNESS / max(median, np.finfo(float).tiny)

    def learn(self, evidence: Evidence) -> KernelRidge:
        """Fit the indicators."""
        rows, classes, weights = (part[:MOST_CENTRES] for part in evidence.examples())
        centres = self.X[rows]
        kernel = np.exp(-self.narrowness * cdist(centres, centres, "sqeuclidean"))
        indicators = np.eye(evidence.n_classes)[classes]
        shares = np.average(indicators, axis=0, weights=weights)
        system = kernel + RIDGE * np.diag(1 / weights)
        coefficients = np.linalg.solve(system, indicators - shares)
        return KernelRidge(
            self.space, evidence.doubt, centres, coefficients, shares, self.narrowness
        )
