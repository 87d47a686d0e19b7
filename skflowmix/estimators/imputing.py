"""Which density fills in missing values best, by values that are there and hidden from it."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.random import RandomState
from sklearn.base import clone
from sklearn.utils import check_random_state

from skflowmix.estimators.flow_gmm import FlowGMM

GAUSSIANS = {"n_layers": 0, "init_params": "kmeans", "early_stopping": False, "max_iter": 20}
CANDIDATES: tuple[dict[str, Any], ...] = (
    {**GAUSSIANS, "n_components": 1, "reg_covar": 0.1},
    {**GAUSSIANS, "n_components": 30, "reg_covar": 0.03, "covariance_type": "tied"},
    {**GAUSSIANS, "n_components": 30, "reg_covar": 0.001, "covariance_type": "tied"},
    {**GAUSSIANS, "n_components": 3, "reg_covar": 0.01},
    {**GAUSSIANS, "n_components": 20, "reg_covar": 0.01},
    {"n_components": 1, "n_estimators": 1},
)
"""Mixtures of Gaussians to choose from, and a flow. More ridge than usual stands for few rows."""
HELD_OUT = 5
"""One in how many rows is held out to choose."""
LEAST_ROWS, MOST_ROWS = 50, 1_000
"""Fewer rows have the first candidate, and of more some are taken to choose."""
LEAST_HELD = 100
"""Rows that are held out in turn, so that those of a small table tell more than one part would."""
LEAST_HIDDEN, MOST_HIDDEN = 0.1, 0.5
"""Shares of the values of held-out rows that are hidden: as many as are missing, within these."""
N_DRAWS = 20
"""Draws of each hidden value."""


@dataclass(frozen=True)
class Trial:
    """Rows to fit, and other rows of which some values are hidden.

    Attributes
    ----------
    shown : ndarray of shape (n, d)
    held : ndarray of shape (m, d)
    is_hidden : ndarray of shape (m, d)
        Which values of those that are there are hidden.
    """

    shown: np.ndarray
    held: np.ndarray
    is_hidden: np.ndarray

    @classmethod
    def of(cls, shown: np.ndarray, held: np.ndarray, random_state: RandomState) -> Self:
        """Hide about as much of what is there in held-out rows as is missing from them."""
        is_there = ~np.isnan(held)
        share = np.clip(1 - is_there.mean(), LEAST_HIDDEN, MOST_HIDDEN)
        return cls(shown, held, is_there & (random_state.uniform(size=held.shape) < share))

    @property
    def tells(self) -> bool:
        """Whether something is hidden, and every column has values to fit."""
        return bool(self.is_hidden.any() and (~np.isnan(self.shown)).any(axis=0).all())

    def error(self, density: FlowGMM) -> float:
        """Mean continuous ranked probability score of what is hidden, in deviations."""
        fitted = density.fit(self.shown)._fitted
        asked = np.where(self.is_hidden, np.nan, self.held)
        random_state = check_random_state(density.random_state)
        draws = fitted.completions(asked, N_DRAWS, random_state)[:, self.is_hidden]  # (S, h)
        truth = self.held[self.is_hidden]
        spread = np.nanstd(self.shown, axis=0)
        unit = np.broadcast_to(np.where(spread > 0, spread, 1), asked.shape)[self.is_hidden]
        return float((ranked_probability(draws, truth) / unit).mean())


def ranked_probability(draws: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Continuous ranked probability scores ``(h,)`` of draws ``(S, h)`` of numbers ``(h,)``."""
    n_draws = len(draws)
    places = 2 * np.arange(n_draws) - n_draws + 1  # how often each is the larger of two draws
    apart = places @ np.sort(draws, axis=0) / (n_draws * (n_draws - 1))
    return np.abs(draws - truth).mean(axis=0) - apart


def trials(rows: np.ndarray, random_state: RandomState) -> list[Trial]:
    """Hold out parts of rows ``(n, d)`` in turn, until these are enough rows."""
    some = rows[random_state.permutation(len(rows))[:MOST_ROWS]]
    parts = np.array_split(some, HELD_OUT)
    n_parts = min(HELD_OUT, -(-LEAST_HELD * HELD_OUT // len(some)))
    others = [np.vstack([*parts[:part], *parts[part + 1 :]]) for part in range(n_parts)]
    return [Trial.of(*each, random_state) for each in zip(others, parts, strict=False)]


def chosen_density(rows: np.ndarray, random_state: RandomState) -> FlowGMM:
    """Return the density whose draws are nearest to hidden values of rows ``(n, d)``, unfitted."""
    seed = random_state.randint(2**31 - 1)
    densities = [
        FlowGMM(**own, random_state=seed)
        for own in CANDIDATES
        if own["n_components"] * HELD_OUT < len(rows)
    ]
    held = trials(rows, random_state) if len(rows) >= LEAST_ROWS else []
    if not held or not all(trial.tells for trial in held):
        return FlowGMM(**CANDIDATES[0], random_state=seed)

    def error(density: FlowGMM) -> float:
        return float(np.mean([trial.error(density) for trial in held]))

    return clone(min(densities, key=error))
