"""Which values are hidden, and the scores of what stands in their place."""

from collections.abc import Callable

import numpy as np
from scipy.stats import rankdata

AT_RANDOM, BY_A_COLUMN = "at random", "by a seen column"


def _at_random(X: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    return rng.random(X.shape) < share


def _by_a_column(X: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """The larger the value of one column, the more of the row is hidden; never that column."""
    seen = rng.integers(X.shape[1])
    ranks = (rankdata(X[:, seen]) - 0.5) / len(X)  # (n,), their mean is one half
    is_hidden = rng.random(X.shape) < 2 * share * ranks[:, None]
    is_hidden[:, seen] = False
    return is_hidden


MECHANISMS: dict[str, Callable[[np.ndarray, float, np.random.Generator], np.ndarray]] = {
    AT_RANDOM: _at_random,
    BY_A_COLUMN: _by_a_column,
}
"""Each returns which values of rows ``(n, d)`` are hidden, a share of one half at most."""


def hidden(X: np.ndarray, mechanism: str, share: float, seed: int) -> np.ndarray:
    """Which values of rows ``(n, d)`` are hidden, ``(n, d)``."""
    return MECHANISMS[mechanism](X, share, np.random.default_rng([seed, round(100 * share)]))


def with_gaps(X: np.ndarray, is_hidden: np.ndarray) -> np.ndarray:
    """Rows ``(n, d)`` with NaN where values are hidden."""
    return np.where(is_hidden, np.nan, X)


def root_mean_square(errors: np.ndarray) -> float:
    """Root of the mean square of errors ``(m,)``."""
    return float(np.sqrt((errors**2).mean()))


def ranked_probability(draws: np.ndarray, truth: np.ndarray) -> float:
    """Mean continuous ranked probability score of draws ``(S, m)`` of values ``(m,)``.

    It is E|a - t| - E|a - b| / 2 for two draws a and b and the truth t, without the bias that
    pairs of a draw with itself would have. That of a single draw is the absolute error. See
    Gneiting and Raftery (2007), Strictly proper scoring rules, JASA, section 4.2.
    """
    n_draws = len(draws)
    error = float(np.abs(draws - truth).mean())
    if n_draws == 1:
        return error
    places = 2 * np.arange(n_draws) - n_draws + 1  # how often each is the larger, less the smaller
    apart = places @ np.sort(draws, axis=0) / (n_draws * (n_draws - 1))  # (m,), E|a - b| / 2
    return error - float(apart.mean())
