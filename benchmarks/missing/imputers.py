"""The imputers that are compared, each made from a seed, and what they fill in."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer

from skflowmix.impute import FlowImputer

N_DRAWS = 20
"""Draws of each value, of those that draw."""
N_TREES, N_ROUNDS = 20, 5
"""Of the imputer by trees, which takes long."""
OURS = "FlowImputer"
RIDGE, TREES = "IterativeImputer, BayesianRidge", "IterativeImputer, ExtraTrees"
IMPUTERS: dict[str, Callable[[int], Any]] = {
    "SimpleImputer, mean": lambda seed: SimpleImputer(),
    "KNNImputer": lambda seed: KNNImputer(),
    RIDGE: lambda seed: IterativeImputer(random_state=seed),
    TREES: lambda seed: IterativeImputer(
        ExtraTreesRegressor(N_TREES, random_state=seed), max_iter=N_ROUNDS, random_state=seed
    ),
    OURS: lambda seed: FlowImputer(random_state=seed),
}
"""They fill in one number for each value."""
CAN_DRAW = (RIDGE, OURS)


def filled(imputer: Any, train: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Fit to incomplete rows, and fill others, ``(n, d)``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a peer that has not converged is still a result
        return imputer.fit(train).transform(rows)


def drawn(imputer: Any, train: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Fit to incomplete rows, and fill others by draws, ``(N_DRAWS, n, d)``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        imputer.set_params(sample_posterior=True).fit(train)
        return np.stack([imputer.transform(rows) for _ in range(N_DRAWS)])
