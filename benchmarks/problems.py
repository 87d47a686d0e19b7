"""Data for the benchmarks: a name, rows, labels where there are any, and a number of groups."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

DATA = Path("../shared/data")
"""Where the data folder is looked for unless a command is told otherwise."""


@dataclass(frozen=True)
class Problem:
    """Rows to model.

    Attributes
    ----------
    name : str
    X : ndarray of shape (n, d)
    n_components : int
        Number of groups to ask for.
    """

    name: str
    X: np.ndarray
    n_components: int


def gated_samples(folder: Path) -> Iterator[Problem]:
    """The first four GvHD samples, gated cells only, one group a gate."""
    file = np.load(folder / "clustering/cytometry/flowcap1_gvhd12.npz")
    X, gates, samples = file["X"], file["y"], file["sample"]
    for number, sample in enumerate(np.unique(samples)[:4], start=1):
        chosen = (samples == sample) & (gates > 0)
        n_gates = len(np.unique(gates[chosen]))
        yield Problem(f"gvhd sample {number}", dequantised(X[chosen]), n_gates)


def pendigits(folder: Path) -> Iterator[Problem]:
    """Handwritten digits as pen positions, ten groups."""
    yield Problem("pendigits", dequantised(np.load(folder / "semisup/pendigits.npz")["X"]), 10)


def power(folder: Path) -> Iterator[Problem]:
    """Household power readings in the file's own random order, ten groups."""
    file = np.load(folder / "density/power_head48k.npz")
    yield Problem("power", dequantised(file["X"][file["perm"]]), 10)


TABLES: tuple[Callable[[Path], Iterator[Problem]], ...] = (power, pendigits, gated_samples)
"""Loaders of real tables; each takes the data folder."""


def dequantised(X: np.ndarray, seed: int = 0) -> np.ndarray:
    """Add uniform noise of one unit to integer columns, whose densities would be unbounded."""
    X = X.astype(np.float64)
    whole = (np.round(X) == X).all(axis=0)
    noise = np.random.default_rng(seed).uniform(size=X.shape)
    return X + np.where(whole, noise, 0.0)


def hide_labels(y: np.ndarray, n_kept: int, seed: int) -> np.ndarray:
    """Labels of ``n_kept`` random rows a class, -1 for all others."""
    rng = np.random.default_rng(seed)
    kept = [rng.choice(np.flatnonzero(y == label), n_kept, replace=False) for label in set(y)]
    hidden = np.full_like(y, -1)
    hidden[np.concatenate(kept)] = y[np.concatenate(kept)]
    return hidden
