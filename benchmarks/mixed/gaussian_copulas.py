"""Gaussian copulas of the package copulas, with categories as intervals, as SDV has them.

A category is a uniform variable between 0 and 1, of which each level has an interval as long as it
is frequent. The probability of levels is a mean over points of their intervals.
"""

import warnings
from dataclasses import dataclass
from functools import partial

import numpy as np
from copulas.multivariate import GaussianMultivariate
from copulas.univariate import BetaUnivariate, GaussianKDE, UniformUnivariate
from scipy.stats import multivariate_normal, norm

from benchmarks.mixed.models import Arrays, Model, chosen_by_validation
from benchmarks.mixed.tables import Table

MARGINS = {"beta": BetaUnivariate, "kernel density": GaussianKDE}
"""Of numbers; the first are SDV's default."""
POINTS = 8
EPSILON = 1e-6
"""Of a share, so that its normal score is finite."""


def gaussian_copula(table: Table, seed: int) -> Model:
    """Fit a Gaussian copula, the kind of its margins by validation."""
    candidates = [(name, partial(_fitted, margin=kind)) for name, kind in MARGINS.items()]
    return chosen_by_validation(candidates, table, seed)


@dataclass(frozen=True)
class Intervals:
    """Levels of categories as parts of the unit interval.

    Attributes
    ----------
    edges : list of ndarray of shape (n_levels + 1,)
    """

    edges: list[np.ndarray]

    @classmethod
    def of(cls, frequencies: list[np.ndarray]) -> "Intervals":
        """The first level is the lowest."""
        return cls([np.r_[0.0, np.cumsum(own)[:-1], 1.0] for own in frequencies])

    def shares(self, codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Random points ``(n, q)`` of the intervals of codes."""
        ends = [(own[c], own[c + 1]) for own, c in zip(self.edges, codes.T, strict=True)]
        return np.column_stack([rng.uniform(low, high) for low, high in ends])

    def codes(self, shares: np.ndarray) -> np.ndarray:
        """The levels ``(n, q)`` that points are in."""
        pairs = zip(self.edges, shares.T, strict=True)
        return np.column_stack([np.searchsorted(own[1:-1], u, "right") for own, u in pairs])

    def log_lengths(self, codes: np.ndarray) -> np.ndarray:
        """Logs ``(n,)`` of the product of the lengths of the intervals of rows."""
        pairs = zip(self.edges, codes.T, strict=True)
        return np.sum([np.log(np.diff(own))[c] for own, c in pairs], axis=0)


@dataclass(frozen=True)
class Copula:
    """A fitted copula.

    Attributes
    ----------
    found : GaussianMultivariate
    intervals : Intervals
    n_numbers : int
    """

    found: GaussianMultivariate
    intervals: Intervals
    n_numbers: int

    def log_density(self, Z: np.ndarray, C: np.ndarray) -> np.ndarray:
        """Logs ``(n,)`` of the density of numbers times the probability of categories."""
        margins = self.found.univariates[: self.n_numbers]
        pairs = list(zip(margins, Z.T, strict=True))
        with np.errstate(divide="ignore"):  # outside of a margin
            own = np.sum([np.log(m.probability_density(z)) for m, z in pairs], axis=0)
        numbers = _scores(np.column_stack([m.cumulative_distribution(z) for m, z in pairs]))
        R, rng = np.asarray(self.found.correlation), np.random.default_rng(0)
        joint = multivariate_normal(cov=R, allow_singular=True)
        logs = []
        for _ in range(POINTS):
            scores = np.hstack([numbers, _scores(self.intervals.shares(C, rng))])
            logs.append(joint.logpdf(scores) - norm.logpdf(scores).sum(axis=1))
        mean = np.logaddexp.reduce(logs) - np.log(POINTS)
        return own + mean + self.intervals.log_lengths(C)

    def sample(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Draw numbers ``(n, p)``, none beyond those of the fit, and codes ``(n, q)``."""
        drawn = self.found.sample(n).to_numpy()
        return drawn[:, : self.n_numbers], self.intervals.codes(drawn[:, self.n_numbers :])


def _scores(shares: np.ndarray) -> np.ndarray:
    return norm.ppf(shares.clip(EPSILON, 1 - EPSILON))


def _fitted(table: Table, seed: int, margin: type) -> Model:
    import pandas as pd

    arrays = Arrays.of(table)
    intervals, rng = Intervals.of(arrays.frequencies()), np.random.default_rng(seed)
    Z, C = arrays.noisy(seed), arrays.codes(table.frame)
    rows = pd.DataFrame(np.hstack([Z, intervals.shares(C, rng)]))
    kinds = {name: margin if name < Z.shape[1] else UniformUnivariate for name in rows}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of searches that end early
        found = GaussianMultivariate(distribution=kinds, random_state=seed)
        found.fit(rows)
    copula = Copula(found, intervals, Z.shape[1])

    def sample(n: int) -> tuple[np.ndarray, np.ndarray]:
        numbers, codes = copula.sample(n)
        return numbers.clip(Z.min(axis=0), Z.max(axis=0)), codes  # shares near 1 give infinity

    return arrays.model(sample, copula.log_density)
