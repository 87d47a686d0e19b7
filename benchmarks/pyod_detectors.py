"""Detectors of PyOD with the methods of scikit-learn's. PyOD is imported when one is made."""

from importlib import import_module
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, OutlierMixin

MODULES = {"ECOD": "ecod", "KNN": "knn", "CBLOF": "cblof", "MCD": "mcd"}
"""Where in ``pyod.models`` each class is."""


class PyODDetector(OutlierMixin, BaseEstimator):
    """A detector of PyOD whose scores are larger for what is more normal.

    Parameters
    ----------
    name : str
        Name of the class.
    contamination : float
        Share of the rows to call outliers.
    random_state : int or None
        Seed, for those that take one.
    """

    def __init__(self, name: str, contamination: float = 0.1, random_state: int | None = None):
        self.name = name
        self.contamination = contamination
        self.random_state = random_state

    def fit(self, X: np.ndarray, y: Any = None) -> "PyODDetector":
        """Fit PyOD's own."""
        kind = getattr(import_module(f"pyod.models.{MODULES[self.name]}"), self.name)
        # PyOD asks newer scikit-learn about its models, which only knows its own estimators.
        known = type(self.name, (kind, BaseEstimator), {})
        seed = {} if self.random_state is None else {"random_state": self.random_state}
        self.model_ = known(contamination=self.contamination, **seed).fit(X)
        return self

    def score_samples(self, X: np.ndarray) -> np.ndarray:
        """Return minus PyOD's anomaly score, ``(n,)``, of rows ``(n, d)``."""
        return -self.model_.decision_function(X)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Tell outliers, -1, from other rows, 1, by PyOD's threshold."""
        return np.where(self.score_samples(X) < -self.model_.threshold_, -1, 1)
