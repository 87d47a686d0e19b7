"""Groups that are shapes: points on rings, arcs, bars, spirals and spheres."""

from collections.abc import Callable

import numpy as np

Shape = Callable[[np.random.Generator, int], np.ndarray]


def ring(rng: np.random.Generator, n: int) -> np.ndarray:
    """Points ``(n, 2)`` on the unit circle."""
    return _polar(np.ones(n), rng.uniform(0, 2 * np.pi, n))


def arc(rng: np.random.Generator, n: int) -> np.ndarray:
    """Points ``(n, 2)`` on a part of the unit circle."""
    return _polar(np.ones(n), rng.uniform(0, rng.uniform(1.5, 4.5), n))


def bar(rng: np.random.Generator, n: int) -> np.ndarray:
    """Points ``(n, 2)`` in a narrow rectangle."""
    return rng.uniform(-1, 1, (n, 2)) * [1, rng.uniform(0.05, 0.7)]


def blob(rng: np.random.Generator, n: int) -> np.ndarray:
    """Points ``(n, 2)`` of a Gaussian."""
    return rng.normal(size=(n, 2)) * rng.uniform(0.15, 0.5, 2)


def spiral(rng: np.random.Generator, n: int) -> np.ndarray:
    """Points ``(n, 2)`` on a spiral of a turn or two."""
    t = np.sqrt(rng.uniform(0.03, 1, n))
    return _polar(t, t * rng.uniform(5, 11))


def disc(rng: np.random.Generator, n: int) -> np.ndarray:
    """Points ``(n, 2)`` in the unit disc."""
    return 0.7 * _polar(np.sqrt(rng.uniform(size=n)), rng.uniform(0, 2 * np.pi, n))


SHAPES: tuple[Shape, ...] = (ring, arc, bar, blob, blob, spiral, disc)


def _polar(radius: np.ndarray, angle: np.ndarray) -> np.ndarray:
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


def turned(rng: np.random.Generator, P: np.ndarray) -> np.ndarray:
    """Points in a random orientation."""
    return P @ np.linalg.qr(rng.normal(size=(P.shape[1], P.shape[1])))[0]


def rings_in_rings(rng: np.random.Generator, y: np.ndarray) -> np.ndarray:
    """Concentric circles ``(n, 2)``, the first group innermost."""
    return _polar(y * 1.0, rng.uniform(0, 2 * np.pi, len(y)))


def spheres_in_spheres(rng: np.random.Generator, y: np.ndarray) -> np.ndarray:
    """Concentric spheres ``(n, 3)`` or of a higher dimension."""
    Z = rng.normal(size=(len(y), rng.integers(3, 6)))
    return Z / np.linalg.norm(Z, axis=1, keepdims=True) * (y - 0.7)[:, None]


def moons(rng: np.random.Generator, y: np.ndarray) -> np.ndarray:
    """Half circles ``(n, 2)`` that reach into each other in a row."""
    angle = rng.uniform(0, np.pi, len(y))
    up = np.where(y % 2, 1, -1)
    return np.column_stack([np.cos(angle) + y, up * (np.sin(angle) - rng.uniform(0.2, 0.4))])


def spirals(rng: np.random.Generator, y: np.ndarray) -> np.ndarray:
    """Arms ``(n, 2)`` of one spiral."""
    t = np.sqrt(rng.uniform(0.02, 1, len(y)))
    return 4 * _polar(t, rng.uniform(2, 7) * t + 2 * np.pi * y / y.max())


def chains(rng: np.random.Generator, y: np.ndarray) -> np.ndarray:
    """Links ``(n, 3)`` of a chain, each ring through the next."""
    angle = rng.uniform(0, 2 * np.pi, len(y))
    across = np.sin(angle)
    odd = y % 2 == 1
    return np.column_stack(
        [np.cos(angle) + 1.2 * y, np.where(odd, across, 0), np.where(odd, 0, across)]
    )


def waves(rng: np.random.Generator, y: np.ndarray) -> np.ndarray:
    """Parallel waves ``(n, 2)``."""
    t = rng.uniform(0, 6, len(y))
    return np.column_stack([t, np.sin(t * rng.uniform(0.5, 1.5)) + y])


ARRANGEMENTS = (rings_in_rings, spheres_in_spheres, moons, spirals, chains, waves)


def picture(rng: np.random.Generator, y: np.ndarray) -> np.ndarray:
    """Random shapes ``(n, 2)`` of the groups beside each other, of different scales."""
    P = np.empty((len(y), 2))
    middles = spread_middles(rng, y.max(), gap=rng.uniform(0.6, 1.8))
    for k, middle in enumerate(middles, 1):
        rows = y == k
        shape = SHAPES[rng.integers(len(SHAPES))]
        P[rows] = turned(rng, shape(rng, rows.sum())) * rng.uniform(0.4, 1.3) + middle
    return P + rng.normal(0, rng.uniform(0.01, 0.12), P.shape)


def spread_middles(rng: np.random.Generator, K: int, gap: float) -> np.ndarray:
    """Random points ``(K, 2)`` at least ``gap`` apart, in a square that grows until they fit."""
    middles: list[np.ndarray] = []
    width = gap * np.sqrt(K)
    while len(middles) < K:
        middle = rng.uniform(-width / 2, width / 2, 2)
        width *= 1.02
        if all(np.linalg.norm(middle - other) >= gap for other in middles):
            middles.append(middle)
    return np.stack(middles)


def stroke_images(rng: np.random.Generator, y: np.ndarray, side: int) -> np.ndarray:
    """Images ``(n, side^2)`` of strokes: a prototype a group, moved and bent from row to row."""
    K, S = y.max(), int(rng.integers(1, 4))
    ends = rng.uniform(0, side - 1, (K, S, 2, 2))[y - 1]  # (n, S, start and end, 2)
    ends = ends + rng.normal(0, rng.uniform(0.05, 0.6), ends.shape)
    ends += rng.normal(0, rng.uniform(0.05, 0.7), (len(y), 1, 1, 2))
    grid = np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1).reshape(-1, 2)
    ink = np.exp(-_squares_from(ends, grid) / rng.uniform(0.4, 1.2))  # (n, S, pixels)
    return ink.max(axis=1) * np.exp(rng.normal(0, 0.15, (len(y), 1)))


def _squares_from(ends: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Squared distances ``(n, S, pixels)`` of pixels from segments."""
    start, way = ends[:, :, :1], ends[:, :, 1:] - ends[:, :, :1]  # (n, S, 1, 2)
    along = ((grid - start) * way).sum(-1) / ((way**2).sum(-1) + 1e-9)
    nearest = start + np.clip(along, 0, 1)[..., None] * way
    return ((grid - nearest) ** 2).sum(-1)
