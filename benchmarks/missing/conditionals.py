"""Draws of what is missing in a row beside the exact conditional distribution.

One column of a row is left out, the other columns are given. The exact distribution is that of
the density of the complete row, along a fine grid of the column that is left out. Reported is the
Kolmogorov distance of the draws to it. The distance of as many exact draws is beside it: it is
what chance alone makes.
"""

from itertools import product
from typing import Any, NamedTuple

import numpy as np
from scipy.integrate import cumulative_trapezoid
from scipy.stats import kstest

from benchmarks import reports
from benchmarks.missing.part import Asked, Part
from benchmarks.missing.tables import split
from benchmarks.papers.runs import fitted
from benchmarks.resumable import Runs, commits
from skflowmix import FlowGMM
from skflowmix.datasets import make_pinwheel, make_smile, make_two_bananas

N_DRAWS, QUICK_DRAWS = 10_000, 200
N_ROWS, QUICK_ROWS = 5, 1
GRID = 4001
BEYOND = 1.0
"""How far a grid goes beyond the rows of the fit, in their ranges."""
NEGLIGIBLE = 1e-9
"""A second grid leaves out where densities are less than this share of the largest, as steps of
the first may be as wide as all of a narrow distribution."""
FLAT = {"pinwheel": make_pinwheel, "smile": make_smile, "two bananas": make_two_bananas}
METHODS = {
    "FlowGMM, no flow": lambda seed: FlowGMM(
        n_layers=0, components_per_class=3, random_state=seed
    ),
    "FlowGMM": lambda seed: FlowGMM(random_state=seed),
}
DATA = (*FLAT, "gvhd", "protein")
HEADER = (
    *("data", "d", "method", "seeds", "mean distance", "largest distance"),
    *("mean of exact draws", "largest of exact draws", reports.COMMIT),
)


class Cell(NamedTuple):
    """One run."""

    data: str
    method: str
    seed: int


class Metrics(NamedTuple):
    """Kolmogorov distances over some rows, of the draws and of exact draws."""

    n_features: int
    mean: float
    largest: float
    exact_mean: float
    exact_largest: float


class Conditional(NamedTuple):
    """The distribution of a column given the others, on a grid ``(m,)``."""

    grid: np.ndarray
    cumulative: np.ndarray

    def distance(self, draws: np.ndarray) -> float:
        """Kolmogorov distance of draws ``(S,)``."""
        return float(kstest(draws, lambda x: np.interp(x, self.grid, self.cumulative)).statistic)

    def exact_draws(self, n_draws: int, rng: np.random.Generator) -> np.ndarray:
        """Draws by the inverse of the distribution function, ``(S,)``."""
        return np.interp(rng.random(n_draws), self.cumulative, self.grid)


def cells(asked: Asked) -> list[Cell]:
    """All runs."""
    data = DATA[:1] if asked.is_quick else DATA
    return [Cell(name, method, seed) for seed, name, method in product(asked.seeds, data, METHODS)]


def rows_of(cell: Cell, asked: Asked) -> np.ndarray:
    """Complete rows of the fit, ``(n, d)``."""
    if cell.data in FLAT:
        return FLAT[cell.data](200 if asked.is_quick else 1000, random_state=cell.seed)[0]
    return split(cell.data, asked.folder, cell.seed, asked.is_quick, spread=True).train


def conditional(model: Any, X: np.ndarray, row: np.ndarray, column: int) -> Conditional:
    """The distribution of a column of a row ``(d,)`` by densities of complete rows."""
    low, high = X[:, column].min(), X[:, column].max()
    edge = BEYOND * (high - low)
    coarse = np.linspace(low - edge, high + edge, GRID)
    seen = np.flatnonzero(density_along(model, coarse, row, column) > NEGLIGIBLE)
    ends = np.clip([seen[0] - 1, seen[-1] + 1], 0, GRID - 1)
    grid = np.linspace(*coarse[ends], GRID)
    area = cumulative_trapezoid(density_along(model, grid, row, column), grid, initial=0)
    return Conditional(grid, area / area[-1])


def density_along(model: Any, grid: np.ndarray, row: np.ndarray, column: int) -> np.ndarray:
    """Density ``(m,)`` of a row whose column has the values of a grid, over the largest."""
    rows = np.tile(row, (len(grid), 1))
    rows[:, column] = grid
    log_prob = model.score_samples(rows)
    return np.exp(log_prob - log_prob.max())


def measure(cell: Cell, asked: Asked) -> Metrics:
    """Fit, and draw a column of some rows of the fit."""
    rng, X = np.random.default_rng(cell.seed), rows_of(cell, asked)
    model, _ = fitted(METHODS[cell.method](cell.seed), X)
    n_draws = QUICK_DRAWS if asked.is_quick else N_DRAWS
    found = []
    for row in X[: QUICK_ROWS if asked.is_quick else N_ROWS]:
        column = int(rng.integers(X.shape[1]))
        exact = conditional(model, X, row, column)
        given = row[None].copy()
        given[0, column] = np.nan
        draws = drawn(model, given, n_draws, cell.seed)[:, column]
        distances = [exact.distance(d) for d in (draws, exact.exact_draws(n_draws, rng))]
        found.append(distances)
    own, chance = np.array(found).T
    return Metrics(X.shape[1], *map(float, (own.mean(), own.max(), chance.mean(), chance.max())))


def drawn(model: Any, given: np.ndarray, n_draws: int, seed: int) -> np.ndarray:
    """Draws ``(S, d)`` of an incomplete row ``(1, d)``."""
    rows, _ = model.sample(n_draws, random_state=seed, given=given)
    return rows.reshape(n_draws, -1)


def lines(runs: Runs) -> list[tuple]:
    """A line for each table and method, over seeds."""
    found = []
    for name, method in product(DATA, METHODS):
        own = [run for cell, run in runs.items() if cell[:2] == (name, method)]
        if own:
            figures = np.array([run.metrics[1:] for run in own])  # (seeds, 4)
            means, largest = figures.mean(axis=0).tolist(), figures.max(axis=0).tolist()
            summary = (means[0], largest[1], means[2], largest[3])
            d = own[0].metrics.n_features
            found.append((name, d, method, len(own), *summary, commits(own)))
    return found


PART = Part(
    "conditionals",
    Cell,
    Metrics,
    tuple(METHODS),
    tuple(METHODS),
    cells,
    measure,
    {"": (HEADER, lines)},
)
