"""Drawn tables whose difficulty is of one known kind, in two or three ways each.

Gaussian groups come from the pieces of `benchmarks.tables`; those in the corners of a cube from
scikit-learn's ``make_classification``. A seed gives a table.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.datasets import make_classification

from benchmarks.tables import generated
from benchmarks.tables.pieces import (
    deviations,
    draw_centres,
    draw_root,
    draw_width,
    gaussian_rows,
    separation,
    split_rows,
)

Labelled = tuple[np.ndarray, np.ndarray]
"""Rows ``(n, d)`` and their classes ``(n,)``, from 0."""

N_ROWS = 2000
FALL = 3.0
"""How many times as many rows as the next smaller class each of the unequal classes has."""
CLUMPS = 3
"""Clumps of each class that has many."""
OVERLAP = 0.5
"""Adjusted Rand index of someone who knows the overlapping groups."""


def unequal_gaussian(seed: int) -> Labelled:
    """Four Gaussian classes of which each is a third of the one before."""
    rng = np.random.default_rng([1, seed])
    y = np.repeat(np.arange(1, 5), np.round(N_ROWS * _falling(4)).astype(int))
    return gaussian_rows(rng, y, draw_width(rng), low=0.55), y - 1


def _falling(K: int) -> np.ndarray:
    shares = FALL ** -np.arange(K, dtype=float)
    return shares / shares.sum()


def clumps_gaussian(seed: int) -> Labelled:
    """Nine Gaussian groups, three of them in each of three classes at random."""
    rng = np.random.default_rng([2, seed])
    groups = split_rows(rng, N_ROWS, 3 * CLUMPS)
    class_of = rng.permutation(np.repeat(np.arange(3), CLUMPS))
    return gaussian_rows(rng, groups, draw_width(rng), low=0.75), class_of[groups - 1]


def overlap_gaussian(seed: int) -> Labelled:
    """Four Gaussian classes of one covariance that lie over one another."""
    rng = np.random.default_rng([3, seed])
    y, d = split_rows(rng, N_ROWS, 4), draw_width(rng)
    E = deviations(rng, y, np.stack([draw_root(rng, d)] * 4))
    centres = draw_centres(rng, 4, d)
    return centres[y - 1] * separation(centres, E, y, OVERLAP) + E, y - 1


def first_reference(family: str) -> Callable[[int], Labelled]:
    """Return what draws tables of a family of `benchmarks.tables`, with its coarsest groups."""

    def draw(seed: int) -> Labelled:
        table = generated(family, seed)
        return table.X, table.references[0] - 1

    return draw


def in_corners(**parameters: Any) -> Callable[[int], Labelled]:
    """Return what draws groups in the corners of a cube in six of twelve columns."""
    usual = {
        "n_features": 12,
        "n_informative": 6,
        "n_redundant": 2,
        "n_classes": 4,
        "n_clusters_per_class": 1,
        "flip_y": 0.0,
    }

    def draw(seed: int) -> Labelled:
        return make_classification(N_ROWS, **{**usual, **parameters}, random_state=seed)

    return draw


KINDS: dict[str, dict[str, Callable[[int], Labelled]]] = {
    "unequal": {
        "unequal_gaussian": unequal_gaussian,
        "unequal_corners": in_corners(weights=_falling(4).tolist()),
    },
    "noise": {
        "noise_gaussian": first_reference("noise_columns"),
        "noise_corners": in_corners(n_features=36, n_redundant=0),
    },
    "clumps": {
        "clumps_gaussian": clumps_gaussian,
        "clumps_nested": first_reference("hierarchical"),
        "clumps_corners": in_corners(n_classes=3, n_clusters_per_class=CLUMPS),
    },
    "overlap": {
        "overlap_gaussian": overlap_gaussian,
        "overlap_corners": in_corners(class_sep=0.5),
    },
}
"""Each kind of difficulty and the tables that have it."""
