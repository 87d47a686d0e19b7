"""Tables without groups, and resamples of tables without the groups that they had."""

from collections.abc import Callable

import numpy as np
from scipy import stats

from benchmarks.tables.pieces import draw_root, draw_width, in_units, log_uniform
from benchmarks.tables.table import Table, made_table

Generator = np.random.Generator


def draw_rows(rng: Generator) -> int:
    """A number of rows from 100 to 1,500, log-uniform."""
    return round(log_uniform(rng, 100, 1500))


def gaussian(rng: Generator) -> np.ndarray:
    """A Gaussian of random covariance in 2 to 30 columns."""
    d = draw_width(rng, 2, 30)
    return rng.normal(size=(draw_rows(rng), d)) @ draw_root(rng, d).T


def box(rng: Generator) -> np.ndarray:
    """Uniform in a box."""
    return rng.uniform(size=(draw_rows(rng), draw_width(rng, 2, 30)))


def ball(rng: Generator) -> np.ndarray:
    """Uniform in a ball."""
    Z = rng.normal(size=(draw_rows(rng), draw_width(rng, 2, 30)))
    n, d = Z.shape
    return Z / np.linalg.norm(Z, axis=1, keepdims=True) * rng.uniform(size=(n, 1)) ** (1 / d)


def bent(rng: Generator) -> np.ndarray:
    """A Gaussian bent along one of its axes."""
    d = draw_width(rng, 2, 30)
    Z = rng.normal(size=(draw_rows(rng), d)) * np.append(1, rng.uniform(0.2, 0.8, d - 1))
    curved = Z + rng.uniform(0.2, 1) * Z[:, :1] ** 2 * np.append(0, rng.normal(size=d - 1))
    return curved @ np.linalg.qr(rng.normal(size=(d, d)))[0]


def skewed(rng: Generator) -> np.ndarray:
    """Correlated log-normal columns."""
    Z = gaussian(rng)
    return np.exp(rng.uniform(0.3, 1, Z.shape[1]) * Z / Z.std(axis=0))


def heavy_tailed(rng: Generator) -> np.ndarray:
    """A multivariate t."""
    Z, degrees = gaussian(rng), rng.uniform(2, 6)
    return Z * np.sqrt(degrees / rng.chisquare(degrees, (len(Z), 1)))


def curve(rng: Generator) -> np.ndarray:
    """A line or a curve, with noise around it."""
    n, d = draw_rows(rng), draw_width(rng, 2, 30)
    t = rng.uniform(-1, 1, n)
    powers = np.stack([t, t**2, t**3], axis=1) * [1, *(rng.uniform(0, 1, 2) * rng.integers(2))]
    X = powers @ rng.normal(size=(3, d))
    return X + rng.normal(size=(n, d)) * rng.uniform(0.02, 0.4)


def rounded(rng: Generator) -> np.ndarray:
    """A Gaussian measured coarsely."""
    Z = gaussian(rng)
    return np.round(Z / Z.std(axis=0) * rng.uniform(1, 5, Z.shape[1]))


CLOUDS: dict[str, Callable[[Generator], np.ndarray]] = {
    "gaussian": gaussian,
    "box": box,
    "ball": ball,
    "bent": bent,
    "skewed": skewed,
    "heavy_tailed": heavy_tailed,
    "curve": curve,
    "rounded": rounded,
}


def ungrouped(number: int) -> Table:
    """Table without groups: its one reference is one group. Kinds take turns."""
    kind = list(CLOUDS)[number % len(CLOUDS)]
    rng = np.random.default_rng([0, number])
    X = CLOUDS[kind](rng)
    if rng.random() < 0.5:
        X = in_units(rng, X)
    return made_table("ungrouped", f"{kind}-{number}", X, np.ones(len(X)), rng)


def copula_resample(X: np.ndarray, rng: Generator) -> np.ndarray:
    """Rows ``(n, d)`` of a Gaussian copula with the columns and rank correlations of a table.

    Ranks become normal scores, whose correlation a Gaussian sample gets; the sample goes back
    through the columns' quantiles. No group is left that more than one column would show,
    but a column that was bimodal still is: such a resample may well look grouped.
    """
    n = len(X)
    scores = stats.norm.ppf(stats.rankdata(X, axis=0) / (n + 1))
    spread = np.cov(scores, rowvar=False).reshape(X.shape[1], -1)
    Z = rng.multivariate_normal(np.zeros(len(spread)), spread, size=n, method="eigh")
    shares = stats.norm.cdf(Z / np.sqrt(np.diag(spread)))
    columns = [
        np.quantile(x, share, method="inverted_cdf")
        for x, share in zip(X.T, shares.T, strict=True)
    ]
    return np.stack(columns, axis=1)
