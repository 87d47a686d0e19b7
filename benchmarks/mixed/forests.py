"""Adversarial random forests of arfpy, and their density, which that package does not compute.

A row has the density of its leaf in each tree: the share of the rows that are in it, a truncated
Gaussian for each number, and a table for each category, with a pseudocount.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from unittest.mock import patch

import numpy as np
from arfpy import arf
from scipy.special import logsumexp, ndtr
from scipy.stats import norm

from benchmarks.mixed.models import Arrays, Model, chosen_by_validation
from benchmarks.mixed.tables import Frame, Table

LEAST_SIZES = (5, 20)
"""Rows in a leaf; the first is the default."""
WIDE = 1.96
"""Deviations of half a leaf in which all numbers are the same."""


def adversarial_forest(table: Table, seed: int) -> Model:
    """Fit an adversarial random forest, the least size of a leaf by validation."""
    candidates = [(f"{size} rows a leaf", partial(_fitted, size=size)) for size in LEAST_SIZES]
    return chosen_by_validation(candidates, table, seed)


@contextmanager
def _as_arfpy_expects(seed: int) -> Iterator[None]:
    """It draws from the global state, and calls a function that NumPy has removed since."""
    state = np.random.get_state()  # noqa: NPY002
    np.random.seed(seed)  # noqa: NPY002
    with warnings.catch_warnings(), patch.object(np, "in1d", np.isin, create=True):
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            np.random.set_state(state)  # noqa: NPY002


def _fitted(table: Table, seed: int, size: int) -> Model:
    arrays = Arrays.of(table)
    Z, C = arrays.noisy(seed), arrays.codes(table.frame)
    with _as_arfpy_expects(seed):
        forest = arf.arf(
            _frame(arrays, Z, C), verbose=False, random_state=seed, min_node_size=size
        )
        forest.forde()

    def sample(n: int) -> tuple[np.ndarray, np.ndarray]:
        with _as_arfpy_expects(seed + n):
            drawn = forest.forge(n)
        p = Z.shape[1]
        codes = [drawn[name].cat.codes for name in drawn.columns[p:]]
        return drawn.iloc[:, :p].to_numpy(dtype=float), np.column_stack(codes)

    trees = [_Tree(forest, place, Z, C, arrays.n_levels) for place in range(forest.num_trees)]

    def log_density(Z: np.ndarray, C: np.ndarray) -> np.ndarray:
        leaves = forest.clf.apply(np.hstack([Z, C]))  # (n, trees)
        found = [tree.log_density(Z, C, leaf) for tree, leaf in zip(trees, leaves.T, strict=True)]
        return logsumexp(found, axis=0) - np.log(len(trees))

    return arrays.model(sample, log_density)


def _frame(arrays: Arrays, Z: np.ndarray, C: np.ndarray) -> Frame:
    """Columns have places as names: arfpy takes names for places."""
    import pandas as pd

    frame = pd.DataFrame(np.hstack([Z, C]))
    for place, n_levels in enumerate(arrays.n_levels, Z.shape[1]):
        codes = pd.Categorical.from_codes(C[:, place - Z.shape[1]], categories=range(n_levels))
        frame[place] = codes
    return frame


class _Tree:
    """Densities of the leaves of one tree, by the rows that it was fitted to."""

    def __init__(
        self, forest: arf.arf, place: int, Z: np.ndarray, C: np.ndarray, n_levels: list[int]
    ) -> None:
        leaf = forest.clf.estimators_[place].apply(np.hstack([Z, C]).astype(np.float32))
        self.leaves, where, counts = np.unique(leaf, return_inverse=True, return_counts=True)
        bounds = forest.bnds[forest.bnds["tree"] == place]
        p, d = Z.shape[1], Z.shape[1] + C.shape[1]
        low, high = (self._edges(bounds, name, d) for name in ("min", "max"))  # (m, d)
        self.mean, self.deviation = _moments(Z, where, counts, _half_width(low, high, Z) / WIDE)
        edges = [(edge[:, :p] - self.mean) / self.deviation for edge in (low, high)]
        inside = ndtr(edges[1]) - ndtr(edges[0])  # (m, p)
        scale = np.log(inside * self.deviation).sum(axis=1)
        self.log_share = np.log(counts / len(Z)) - scale  # (m,)
        self.log_tables = [
            _log_table(where, code, _inside(low[:, j], high[:, j], n))
            for j, code, n in zip(range(p, d), C.T, n_levels, strict=True)
        ]

    def _edges(self, bounds: Frame, name: str, d: int) -> np.ndarray:
        """Bounds ``(m, d)`` of the leaves."""
        wide = bounds.pivot(index="nodeid", columns="variable", values=name)
        return wide.reindex(self.leaves)[list(range(d))].to_numpy(dtype=float)

    def log_density(self, Z: np.ndarray, C: np.ndarray, leaf: np.ndarray) -> np.ndarray:
        """Logs ``(n,)`` for rows in known leaves ``(n,)``; minus infinity in one without rows."""
        own = np.searchsorted(self.leaves, leaf).clip(max=len(self.leaves) - 1)
        logs = norm.logpdf((Z - self.mean[own]) / self.deviation[own]).sum(axis=1)
        logs += self.log_share[own]
        for table, code in zip(self.log_tables, C.T, strict=True):
            logs += table[own, code]
        return np.where(self.leaves[own] == leaf, logs, -np.inf)


def _moments(
    Z: np.ndarray, where: np.ndarray, counts: np.ndarray, least: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Means and deviations ``(m, p)`` of numbers in leaves; the least where all are the same."""
    mean, square = (np.zeros((len(counts), Z.shape[1])) for _ in range(2))
    np.add.at(mean, where, Z)
    mean /= counts[:, None]
    np.add.at(square, where, (Z - mean[where]) ** 2)
    deviation = np.sqrt(square / np.maximum(counts - 1, 1)[:, None])
    return mean, np.where(deviation > 0, deviation, least)


def _inside(low: np.ndarray, high: np.ndarray, n_levels: int) -> np.ndarray:
    """Which levels of a category are in leaves, ``(m, n_levels)``."""
    levels = np.arange(n_levels)
    return (levels > low[:, None]) & (levels < high[:, None])


def _log_table(where: np.ndarray, code: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Logs ``(m, n_levels)`` of probabilities in leaves: one row more has all levels of a leaf."""
    table = inside / inside.sum(axis=1, keepdims=True)
    np.add.at(table, (where, code), 1)
    with np.errstate(divide="ignore"):  # outside of a leaf
        return np.log(table / table.sum(axis=1, keepdims=True))


def _half_width(low: np.ndarray, high: np.ndarray, Z: np.ndarray) -> np.ndarray:
    """In numbers of leaves, ``(m, p)``, within the rows that there are."""
    p = Z.shape[1]
    inner, outer = np.maximum(low[:, :p], Z.min(axis=0)), np.minimum(high[:, :p], Z.max(axis=0))
    return np.maximum((outer - inner) / 2, 1e-6)
