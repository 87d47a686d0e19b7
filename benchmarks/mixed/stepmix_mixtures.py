"""Latent classes of StepMix: Gaussians beside categories."""

import warnings
from functools import partial

import numpy as np
from stepmix import StepMix

from benchmarks.mixed.models import Arrays, Model, chosen_by_validation
from benchmarks.mixed.products import Products
from benchmarks.mixed.tables import Table

N_COMPONENTS = (1, 2, 4, 8, 16, 32)
FEWEST_ROWS = 10
"""For each component."""


def diagonal(table: Table, seed: int) -> Model:
    """Fit mixtures with independent numbers in a component, their number by validation."""
    return _chosen("gaussian_diag", table, seed)


def full(table: Table, seed: int) -> Model:
    """Fit mixtures with Gaussians of full covariance, their number by validation."""
    return _chosen("gaussian_full", table, seed)


def _chosen(kind: str, table: Table, seed: int) -> Model:
    candidates = [
        (f"K={K}", partial(_fitted, kind=kind, K=K))
        for K in N_COMPONENTS
        if K == 1 or len(table.frame) >= FEWEST_ROWS * K
    ]
    return chosen_by_validation(candidates, table, seed)


def _fitted(table: Table, seed: int, kind: str, K: int) -> Model:
    arrays = Arrays.of(table)
    Z, C = arrays.noisy(seed), arrays.codes(table.frame)
    measurement = {
        "numbers": {"model": kind, "n_columns": Z.shape[1]},
        "categories": {"model": "categorical", "n_columns": C.shape[1]},
    }
    mixture = StepMix(
        K,
        measurement=measurement,
        n_init=3,
        max_iter=200,
        abs_tol=1e-5,
        random_state=seed,
        verbose=0,
        progress_bar=0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of steps that were not the last ones
        mixture.fit(np.hstack([Z, C]))
    products = _products(mixture, arrays)
    rng = np.random.default_rng(seed)
    return arrays.model(partial(products.sample, rng=rng), products.log_density)


def _products(mixture: StepMix, arrays: Arrays) -> Products:
    """The mixture, with one row more in each component that has all levels of a category."""
    found = mixture.get_parameters()
    weights, numbers = found["weights"], found["measurement"]["numbers"]
    covariances = numbers["covariances"]
    if covariances.ndim == 2:  # (K, p)
        covariances = np.stack([np.diag(own) for own in covariances])
    categories = found["measurement"]["categories"]
    most = int(categories["max_n_outcomes"])
    n_rows = weights * len(arrays.frame)
    tables = []
    for place, n_levels in enumerate(arrays.n_levels):
        table = categories["pis"][:, place * most : place * most + n_levels]  # (K, n_levels)
        counts = table * n_rows[:, None] + 1 / n_levels
        tables.append(counts / counts.sum(axis=1, keepdims=True))
    return Products(weights / weights.sum(), numbers["means"], covariances, tables)
