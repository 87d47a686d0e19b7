"""Columns that know nothing of each other: what a model of rows must be better than."""

from functools import partial

import numpy as np
from sklearn.neighbors import KernelDensity

from benchmarks.mixed.models import Arrays, Model, chosen_by_validation
from benchmarks.mixed.tables import Table

BANDWIDTHS = (0.02, 0.05, 0.1, 0.2, 0.4)
"""In deviations of a column."""


def independent_columns(table: Table, seed: int) -> Model:
    """Kernel densities of the numbers, their bandwidth by validation, and frequencies."""
    candidates = [(f"h={h}", partial(_fitted, bandwidth=h)) for h in BANDWIDTHS]
    return chosen_by_validation(candidates, table, seed)


def _fitted(table: Table, seed: int, bandwidth: float) -> Model:
    arrays, rng = Arrays.of(table), np.random.default_rng(seed)
    kernels = [
        KernelDensity(bandwidth=bandwidth, rtol=1e-3).fit(z[:, None]) for z in arrays.noisy(seed).T
    ]
    tables = arrays.frequencies()

    def log_density(Z: np.ndarray, C: np.ndarray) -> np.ndarray:
        numbers = [own.score_samples(z[:, None]) for own, z in zip(kernels, Z.T, strict=True)]
        discrete = [np.log(own)[c] for own, c in zip(tables, C.T, strict=True)]
        return np.sum(numbers + discrete, axis=0)

    def sample(n: int) -> tuple[np.ndarray, np.ndarray]:
        numbers = [own.sample(n, random_state=rng.integers(2**31))[:, 0] for own in kernels]
        return np.column_stack(numbers), np.column_stack(
            [rng.choice(len(own), n, p=own) for own in tables]
        )

    return arrays.model(sample, log_density)
