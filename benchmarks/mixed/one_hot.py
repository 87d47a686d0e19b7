"""Gaussian mixtures of scikit-learn on numbers and indicators of categories.

Their density is one of indicators, not of categories, so they have no log-probability.
"""

import warnings
from itertools import pairwise

import numpy as np
from sklearn.mixture import GaussianMixture

from benchmarks.mixed.models import VALIDATION_SHARE, Arrays, Model
from benchmarks.mixed.tables import Table

N_COMPONENTS = (1, 2, 4, 8, 16)


def gaussian_mixture(table: Table, seed: int) -> Model:
    """Fit to indicators, the number of components by validation; the largest one is drawn."""
    arrays = Arrays.of(table)
    codes = arrays.codes(table.frame)
    indicators = [np.eye(n)[c] for n, c in zip(arrays.n_levels, codes.T, strict=True)]
    rows = np.hstack([arrays.noisy(seed), *indicators])
    K = _best_number(rows, seed)
    mixture = _fitted(rows, K, seed)

    def sample(n: int) -> tuple[np.ndarray, np.ndarray]:
        drawn = mixture.sample(n)[0]
        edges = np.cumsum([len(arrays.units), *arrays.n_levels])
        largest = [drawn[:, a:b].argmax(axis=1) for a, b in pairwise(edges)]
        return drawn[:, : edges[0]], np.column_stack(largest)

    return Model(lambda n: arrays.frame_of(*sample(n)), chosen=f"K={K}")


def _best_number(rows: np.ndarray, seed: int) -> int:
    order = np.random.default_rng(seed).permutation(len(rows))
    rest, part = np.split(rows[order], [int(VALIDATION_SHARE * len(rows))])
    scores = {K: _fitted(part, K, seed).score(rest) for K in N_COMPONENTS}
    return max(scores, key=lambda K: scores[K])


def _fitted(rows: np.ndarray, K: int, seed: int) -> GaussianMixture:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of steps that were not the last ones
        return GaussianMixture(K, n_init=3, random_state=seed).fit(rows)
