"""What the families of tables with drawn rows share: sizes, groups, spreads and separations."""

from collections.abc import Sequence

import numpy as np
from sklearn.covariance import ledoit_wolf
from sklearn.metrics import adjusted_rand_score

N_GROUPS = (0.22, 0.24, 0.18, 0.13, 0.08, 0.04, 0.03, 0.03, 0.02, 0.02, 0.01)
"""Shares of the tables with 2, 3, ... 12 groups."""


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """A number whose logarithm is uniform."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def draw_width(rng: np.random.Generator, least: int = 2, most: int = 50) -> int:
    """A number of columns, above five in at least two of three tables."""
    if least < 6 and rng.random() < 0.3:
        return int(rng.integers(least, min(most, 5) + 1))
    return round(log_uniform(rng, max(least, 6), most))


def draw_labels(rng: np.random.Generator, most: int = 12, least: int = 2) -> np.ndarray:
    """Sorted groups 1 to K of 100 to 1,500 rows, unequal, each with 2% and 8 rows or more."""
    n = round(log_uniform(rng, 100, 1500))
    weights = np.array(N_GROUPS[least - 2 : most - 1])
    K = min(int(rng.choice(np.arange(least, most + 1), p=weights / weights.sum())), n // 12)
    return split_rows(rng, n, K)


def split_rows(rng: np.random.Generator, n: int, K: int) -> np.ndarray:
    """Sorted groups 1 to K of n rows with random shares."""
    least = max(8, int(np.ceil(0.02 * n)))
    shares = rng.dirichlet(np.full(K, log_uniform(rng, 0.7, 10)))
    return np.repeat(np.arange(1, K + 1), least + rng.multinomial(n - K * least, shares))


def draw_root(rng: np.random.Generator, d: int) -> np.ndarray:
    """Root ``(d, d)`` of a random covariance, anything from a ball to a needle."""
    axes = np.exp(rng.normal(0, rng.uniform(0, 1.2), d))
    rotation = np.linalg.qr(rng.normal(size=(d, d)))[0]
    return rotation * axes / np.sqrt(np.mean(axes**2))


def draw_roots(rng: np.random.Generator, K: int, d: int) -> np.ndarray:
    """Roots ``(K, d, d)`` of the groups' covariances, which may have much in common."""
    own = rng.uniform(0, 1)
    common = draw_root(rng, d)
    return np.stack([own * draw_root(rng, d) + (1 - own) * common for _ in range(K)])


def deviations(rng: np.random.Generator, y: np.ndarray, roots: np.ndarray) -> np.ndarray:
    """Gaussian deviations ``(n, d)`` of rows from the centres of their groups."""
    Z = rng.normal(size=(len(y), roots.shape[-1]))
    return np.einsum("nij,nj->ni", roots[y - 1], Z)


def draw_centres(rng: np.random.Generator, K: int, d: int) -> np.ndarray:
    """Centres ``(K, d)``, often in a few directions only."""
    r = int(rng.integers(1, min(d, 2 * K) + 1))
    return rng.normal(size=(K, r)) @ rng.normal(size=(r, d)) / np.sqrt(r)


def separation(centres: np.ndarray, E: np.ndarray, y: np.ndarray, target: float) -> float:
    """Factor of the centres at which a Gaussian classifier reaches the adjusted Rand index.

    The classifier knows the centres ``(K, d)`` and has (shrunk) covariances and shares of the
    groups from the deviations of every other row, so that it is about the best there can be.
    It is judged on the other rows. Groups ``(n,)`` are sorted.
    """
    known_E, known_y, E, y = E[::2], y[::2], E[1::2], y[1::2]
    terms = [
        _distance_terms(centre, known_E[known_y == k], centres[y - 1], E)
        for k, centre in enumerate(centres, 1)
    ]
    squares, products, rests = np.stack(terms, axis=1)  # (K, n / 2) each
    prior = 2 * np.log(np.bincount(y)[1:, None] / len(y))  # (K, 1)
    low, high = np.log(1e-2), np.log(1e3)
    for _ in range(14):
        middle = (low + high) / 2
        s = np.exp(middle)
        groups = (s**2 * squares + 2 * s * products + rests - prior).argmin(axis=0)
        low, high = (low, middle) if adjusted_rand_score(y, groups) >= target else (middle, high)
    return float(np.exp(high))


def _distance_terms(
    centre: np.ndarray, own: np.ndarray, centres_of_rows: np.ndarray, E: np.ndarray
) -> np.ndarray:
    """Terms ``(3, n)`` of the distances of rows to a group: in s^2, in 2s, and without s."""
    covariance = ledoit_wolf(own)[0] + 1e-9 * np.eye(E.shape[1])
    root = np.linalg.cholesky(covariance)
    A = np.linalg.solve(root, (centres_of_rows - centre).T)  # (d, n)
    B = np.linalg.solve(root, E.T)
    log_volume = 2 * np.log(np.diag(root)).sum()
    return np.stack([(A**2).sum(axis=0), (A * B).sum(axis=0), (B**2).sum(axis=0) + log_volume])


def apart(
    rng: np.random.Generator, centres: np.ndarray, E: np.ndarray, y: np.ndarray, low: float
) -> np.ndarray:
    """Centres as far from each other as a random difficulty asks.

    Someone who knows the groups reaches an adjusted Rand index from ``low`` to 1; some of the
    tables, where it is almost 1, have groups yet farther apart.
    """
    target = rng.uniform(low, 1.15)
    factor = separation(centres, E, y, min(target, 0.99))
    return centres * factor * (rng.uniform(1, 1.8) if target > 0.99 else 1)


def placed(
    rng: np.random.Generator,
    y: np.ndarray,
    E: np.ndarray,
    centres: np.ndarray | None = None,
    low: float = 0.45,
) -> np.ndarray:
    """Rows ``(n, d)``: deviations around centres as far apart as `apart` makes them."""
    if centres is None:
        centres = draw_centres(rng, y.max(), E.shape[1])
    return apart(rng, centres, E, y, low)[y - 1] + E


def gaussian_rows(
    rng: np.random.Generator, y: np.ndarray, d: int, low: float = 0.45
) -> np.ndarray:
    """Gaussian groups ``(n, d)`` of different covariances."""
    return placed(rng, y, deviations(rng, y, draw_roots(rng, y.max(), d)), low=low)


def standardised(X: np.ndarray) -> np.ndarray:
    """Columns of mean 0 and standard deviation 1."""
    return (X - X.mean(axis=0)) / (X.std(axis=0) + 1e-12)


def in_units(rng: np.random.Generator, X: np.ndarray) -> np.ndarray:
    """Columns in units and with offsets of their own."""
    d = X.shape[1]
    return (X + rng.normal(0, 3, d) * X.std(axis=0)) * np.exp(rng.normal(0, 2, d))


def noise_columns(rng: np.random.Generator, n: int, d: int) -> np.ndarray:
    """Columns ``(n, d)`` without groups: Gaussian, correlated, skewed, flat or heavy-tailed."""
    Z = rng.normal(size=(n, d))
    if rng.random() < 0.5 and d > 1:
        Z = Z @ draw_root(rng, d).T
    kinds = rng.integers(4, size=d)
    changed: Sequence[np.ndarray] = (Z, np.exp(0.7 * Z), rng.uniform(-2, 2, Z.shape), Z**3 / 4)
    return np.choose(kinds, changed)
