"""Families of tables with drawn rows, each after a kind of table that people measure.

A generator draws everything, from the numbers of rows, groups and columns to the difficulty.
"""

from collections.abc import Callable

import numpy as np
from scipy import stats

from benchmarks.tables import pictures
from benchmarks.tables.pieces import (
    apart,
    deviations,
    draw_centres,
    draw_labels,
    draw_roots,
    draw_width,
    gaussian_rows,
    in_units,
    log_uniform,
    noise_columns,
    placed,
    split_rows,
    standardised,
)
from benchmarks.tables.table import Table, made_table

Rows = tuple[np.ndarray, np.ndarray]
"""Rows ``(n, d)`` and their groups ``(n,)``, or ``(n, R)`` where there are R references."""
Generator = np.random.Generator


def gaussian(rng: Generator) -> Rows:
    """Gaussian groups of different covariances, well or badly conditioned."""
    y = draw_labels(rng)
    return gaussian_rows(rng, y, draw_width(rng), low=0.55), y


def unequal_spread(rng: Generator) -> Rows:
    """Gaussian groups of very different spread, small beside or inside large ones."""
    y, d = draw_labels(rng), draw_width(rng)
    spreads = np.exp(rng.normal(0, rng.uniform(0.5, 1.0), y.max()))
    roots = draw_roots(rng, y.max(), d) * spreads[:, None, None]
    return placed(rng, y, deviations(rng, y, roots), low=0.55), y


def _skewing(rng: Generator) -> Callable[[np.ndarray], np.ndarray]:
    """A monotone map of a standard normal column to a skewed one."""
    kind, strength = rng.integers(3), rng.uniform(0.3, 1.0)
    if kind == 0:
        return lambda z: np.expm1(strength * z) / strength
    if kind == 1:
        return lambda z: stats.gamma.ppf(stats.norm.cdf(z), 0.5 / strength**2) * strength
    return lambda z: np.sinh((np.arcsinh(z) + strength) / rng.uniform(0.7, 1.1))


def skewed(rng: Generator) -> Rows:
    """Groups with log-normal, gamma or sinh-arcsinh columns that are correlated."""
    y, d = draw_labels(rng), draw_width(rng)
    E = deviations(rng, y, draw_roots(rng, y.max(), d))
    for k in range(1, y.max() + 1):
        sign = rng.choice([1, 1, 1, -1], size=d)
        columns = [_skewing(rng)(z) for z in standardised(E[y == k]).T]
        E[y == k] = standardised(np.stack(columns, axis=1)) * sign * rng.uniform(0.5, 1.5)
    return placed(rng, y, E, low=0.6), y


def heavy_tailed(rng: Generator) -> Rows:
    """Groups with multivariate t rows; up to 5% of the rows are outliers and in no group."""
    y, d = draw_labels(rng), draw_width(rng)
    E = deviations(rng, y, draw_roots(rng, y.max(), d))
    centres = draw_centres(rng, y.max(), d)
    centres = apart(rng, centres, E, y, low=0.6)
    degrees = rng.uniform(2, 7)
    X = centres[y - 1] + E * np.sqrt(degrees / rng.chisquare(degrees, (len(y), 1)))
    return _with_outliers(rng, X, y)


def _with_outliers(rng: Generator, X: np.ndarray, y: np.ndarray) -> Rows:
    """Add rows of group 0 in a box somewhat wider than the middle nine tenths of the rows."""
    n_out = int(rng.uniform(0, 0.05) * len(X)) * int(rng.integers(2))
    low, high = np.quantile(X, [0.05, 0.95], axis=0)
    far = (high - low) * rng.uniform(0.1, 0.8)
    outliers = rng.uniform(low - far, high + far, (n_out, X.shape[1]))
    return np.concatenate([X, outliers]), np.concatenate([y, np.zeros(n_out, dtype=y.dtype)])


def with_noise_columns(rng: Generator) -> Rows:
    """Groups in a few columns; the other columns are noise of various kinds."""
    y, d = draw_labels(rng), draw_width(rng, 5)
    q = int(rng.integers(2, max(3, min(d - 1, 10))))
    X = standardised(gaussian_rows(rng, y, q, low=0.75))
    noise = noise_columns(rng, len(y), d - q)
    return _shuffled(rng, np.column_stack([X, noise])), y


def _shuffled(rng: Generator, X: np.ndarray) -> np.ndarray:
    """Columns in random order."""
    return X[:, rng.permutation(X.shape[1])]


def factors(rng: Generator) -> Rows:
    """Groups in a few factors, on which many correlated columns depend."""
    y, d = draw_labels(rng), draw_width(rng, 5)
    r = int(rng.integers(1, min(d, 7)))
    F = standardised(gaussian_rows(rng, y, r, low=0.6))
    loadings = rng.normal(size=(r, d)) * (rng.random((r, d)) < rng.uniform(0.4, 1))
    noise = rng.normal(size=(len(y), d)) * rng.uniform(0.05, rng.uniform(0.1, 1), d)
    return F @ loadings + noise, y


def _monotone(rng: Generator, z: np.ndarray) -> np.ndarray:
    """A standardised column seen through a random monotone scale."""
    kind, strength = rng.integers(5), rng.uniform(0.4, 1.3)
    if kind == 0:
        return np.exp(strength * z)
    if kind == 1:
        a, b = rng.uniform(0.4, 4, 2)
        return stats.beta.ppf((stats.rankdata(z) - 0.5) / len(z), a, b)
    if kind == 2:
        return np.tanh(1.2 * strength * (z - rng.normal(0, 0.5)))
    if kind == 3:
        return np.sign(z) * np.abs(z) ** (1 + strength)
    return z


def marginals(rng: Generator) -> Rows:
    """Gaussian groups whose columns are seen through monotone scales that the groups share."""
    y = draw_labels(rng)
    Z = standardised(gaussian_rows(rng, y, draw_width(rng), low=0.55))
    return np.stack([_monotone(rng, z) for z in Z.T], axis=1), y


def _score(rng: Generator, z: np.ndarray) -> np.ndarray:
    """Scores of 3 to 8 levels."""
    return np.digitize(z, np.sort(rng.normal(0, 1.2, rng.integers(2, 8)))).astype(float)


def _count(rng: Generator, z: np.ndarray) -> np.ndarray:
    """Poisson counts, more of them the higher the column."""
    return rng.poisson(np.exp(rng.uniform(0, 3) + rng.uniform(0.4, 1) * np.clip(z, -4, 4))) * 1.0


def _share(rng: Generator, z: np.ndarray) -> np.ndarray:
    """Binomial counts out of 5 to 30."""
    return rng.binomial(rng.integers(5, 31), stats.norm.cdf(z)) * 1.0


def _binary(rng: Generator, z: np.ndarray) -> np.ndarray:
    """Yes or no."""
    return (z > rng.normal(0, 0.6)) * 1.0


def _rounded(rng: Generator, z: np.ndarray) -> np.ndarray:
    """A measurement to half a standard deviation or finer."""
    return np.round(z * rng.uniform(2, 8))


DISCRETE = (_score, _count, _share, _binary, _rounded)


def discrete(rng: Generator) -> Rows:
    """Scores, counts, yes or no and rounded columns, of one kind or mixed."""
    y, d = draw_labels(rng, most=8), draw_width(rng, 3)
    Z = standardised(gaussian_rows(rng, y, d, low=0.9))
    kinds = rng.integers(len(DISCRETE), size=d)
    only = rng.integers(len(DISCRETE))
    if rng.random() < 0.6 and not (d < 8 and DISCRETE[only] is _binary):
        kinds[:] = only
    X = np.stack([DISCRETE[kind](rng, z) for kind, z in zip(kinds, Z.T, strict=True)], axis=1)
    return X, y


def compositions(rng: Generator) -> Rows:
    """Shares of a whole: logistic-normal or Dirichlet, at times counted and so with zeros."""
    y, d = draw_labels(rng, most=8), draw_width(rng, 3, 30)
    Z = gaussian_rows(rng, y, d, low=0.9)
    shares = np.exp(standardised(Z) * rng.uniform(0.4, 1.1) + rng.normal(0, 1, d))
    shares /= shares.sum(axis=1, keepdims=True)  # (n, d)
    kind = rng.integers(3)
    if kind == 1:
        total = round(log_uniform(rng, 200, 5000))
        shares = rng.multinomial(total, shares) / total
    if kind == 2:
        gammas = rng.gamma(shares * log_uniform(rng, 200, 3000)) + 1e-12
        shares = gammas / gammas.sum(axis=1, keepdims=True)
    return shares, y


def _sinusoids(P: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Waves ``(n, d)`` of an amplitude, frequency, phase and level each."""
    amplitude, frequency, phase, level = P.T[:4, :, None]
    return np.exp(0.4 * amplitude) * np.sin(6 * np.exp(0.25 * frequency) * t + phase) + level / 2


def _growth(P: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Logistic growth to a height, at a rate, from a level."""
    height, rate, middle, level = P.T[:4, :, None]
    middle = 0.5 + 0.2 * middle
    return np.exp(0.3 * height) / (1 + np.exp(-8 * np.exp(0.4 * rate) * (t - middle))) + level / 6


def _peaks(P: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Spectra of two peaks on a sloping ground."""
    first, second, height, slope = P.T[:4, :, None]
    one = np.exp(-(((t - 0.3 - 0.1 * first) / 0.1) ** 2))
    other = np.exp(-(((t - 0.7 - 0.1 * second) / 0.1) ** 2))
    return one * np.exp(0.4 * height) + other + 0.3 * slope * t


def _smooth(P: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Sums of slow cosines."""
    waves = np.cos(np.pi * np.arange(P.shape[1])[:, None] * t)  # (p, d)
    return P @ waves


CURVES = (_sinusoids, _growth, _peaks, _smooth)


def curves(rng: Generator) -> Rows:
    """Noisy curves whose height, place and shape vary within the groups, at 8 to 50 points."""
    y, d = draw_labels(rng), draw_width(rng, 8)
    shape = CURVES[rng.integers(len(CURVES))]
    P = standardised(gaussian_rows(rng, y, 4, low=0.65))
    X = shape(P, np.linspace(0, 1, d))
    return X + rng.normal(size=X.shape) * rng.uniform(0.02, 0.5) * X.std(), y


def _bent(rng: Generator, Z: np.ndarray, strength: float) -> np.ndarray:
    """Standardised rows ``(n, d)``, some columns shifted by squares of others."""
    d = Z.shape[1]
    bends = rng.normal(size=(d, d)) * (rng.random((d, d)) < 1.5 / d)
    return Z + strength * (Z**2 - 1) @ np.triu(bends, 1)


def _networked(rng: Generator, Z: np.ndarray, strength: float) -> np.ndarray:
    """Standardised rows ``(n, d)`` moved by a small random network."""
    d = Z.shape[1]
    W, U = rng.normal(size=(d, 2 * d)) / np.sqrt(d), rng.normal(size=(2 * d, d)) / np.sqrt(2 * d)
    return Z + 2 * strength * np.tanh(1.5 * Z @ W + rng.normal(size=2 * d)) @ U


def warped(rng: Generator) -> Rows:
    """Gaussian groups bent by smooth maps, all by one or each by its own."""
    y, d = draw_labels(rng), draw_width(rng)
    bend, strength = (_bent, _networked)[rng.integers(2)], rng.uniform(0.3, 1.0)
    if rng.random() < 0.5:
        Z = standardised(gaussian_rows(rng, y, d, low=0.55))
        return _shuffled(rng, bend(rng, Z, strength)), y
    E = deviations(rng, y, draw_roots(rng, y.max(), d))
    for k in range(1, y.max() + 1):
        E[y == k] = standardised(bend(rng, standardised(E[y == k]), strength))
    return _shuffled(rng, placed(rng, y, E)), y


def embedded_shapes(rng: Generator) -> Rows:
    """Rings, spheres, moons, spirals, chains or waves in up to 20 columns, some only noise."""
    y = draw_labels(rng, most=5)
    arrange = pictures.ARRANGEMENTS[rng.integers(len(pictures.ARRANGEMENTS))]
    P = arrange(rng, y)
    P = standardised(P + rng.normal(0, rng.uniform(0.01, 0.16), P.shape))
    d = draw_width(rng, max(3, P.shape[1]), 20)
    q = int(rng.integers(P.shape[1], d + 1))
    loadings = np.linalg.qr(rng.normal(size=(q, q)))[0][: P.shape[1]]
    X = P @ loadings + rng.normal(0, rng.uniform(0, 0.06), (len(y), q))
    noise = noise_columns(rng, len(y), d - q) * X.std() * rng.uniform(0.05, 0.6)
    return np.column_stack([X, noise]), y


def shapes(rng: Generator) -> Rows:
    """Pictures of rings, arcs, bars, blobs and spirals, some with rows of no group."""
    y = draw_labels(rng)
    P = pictures.picture(rng, y)
    if rng.random() < 0.4:
        height = rng.normal(0, rng.uniform(0.2, 1), y.max())[y - 1]
        P = pictures.turned(rng, np.column_stack([P, height + rng.normal(0, 0.2, len(y))]))
    return _with_outliers(rng, P, y)


def pixels(rng: Generator) -> Rows:
    """Small images of strokes, moved, bent and noisy."""
    y = draw_labels(rng)
    X = pictures.stroke_images(rng, y, int(rng.integers(5, 8)))
    X = X + rng.normal(size=X.shape) * rng.uniform(0.02, 0.35)
    return np.clip(X, 0, 1) if rng.random() < 0.4 else X, y


def shared_covariance(rng: Generator) -> Rows:
    """Groups of one elongated covariance, beside each other along a narrow direction."""
    y, d = draw_labels(rng, most=6), draw_width(rng)
    axes = np.sort(np.exp(rng.uniform(0, np.log(log_uniform(rng, 2, 12)), d)))
    E = rng.normal(size=(len(y), d)) * axes
    centres = rng.normal(0, 0.2, (y.max(), d))
    places = np.arange(y.max()) + rng.uniform(-0.2, 0.2, y.max())
    centres[:, 0] = 3 * rng.permutation(places)
    rotation = np.linalg.qr(rng.normal(size=(d, d)))[0]
    return placed(rng, y, E, centres, low=0.8) @ rotation, y


def hierarchical(rng: Generator) -> Rows:
    """Groups of one to three groups each: both levels are references, the coarse one first."""
    n, K, d = round(log_uniform(rng, 150, 1500)), int(rng.integers(2, 5)), draw_width(rng)
    parts = rng.integers(1, 4, K)
    parts[rng.integers(K)] = rng.integers(2, 4)
    coarse_of_fine = np.repeat(np.arange(K), parts)
    fine = split_rows(rng, n, len(coarse_of_fine))
    centres = draw_centres(rng, len(coarse_of_fine), d)
    centres += rng.uniform(1, 4) * draw_centres(rng, K, d)[coarse_of_fine]
    E = deviations(rng, fine, draw_roots(rng, fine.max(), d))
    y = np.column_stack([coarse_of_fine[fine - 1] + 1, fine])
    return placed(rng, fine, E, centres), y


GENERATORS: dict[str, Callable[[Generator], Rows]] = {
    "gaussian": gaussian,
    "unequal_spread": unequal_spread,
    "skewed": skewed,
    "heavy_tailed": heavy_tailed,
    "noise_columns": with_noise_columns,
    "factors": factors,
    "marginals": marginals,
    "discrete": discrete,
    "compositions": compositions,
    "curves": curves,
    "warped": warped,
    "embedded_shapes": embedded_shapes,
    "shapes": shapes,
    "pixels": pixels,
    "shared_covariance": shared_covariance,
    "hierarchical": hierarchical,
}


def generated(family: str, number: int) -> Table:
    """Table of a family; the same number gives the same table.

    About half of the tables have columns in units of their own.

    Raises
    ------
    KeyError
        If there is no such family.
    """
    generator = GENERATORS[family]
    rng = np.random.default_rng([list(GENERATORS).index(family) + 1, number])
    X, y = generator(rng)
    if rng.random() < 0.5:
        X = in_units(rng, X)
    return made_table(family, f"{family}-{number}", X, y, rng)
