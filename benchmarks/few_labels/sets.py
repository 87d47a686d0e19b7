"""The sets by groups, each of a family: sets of one source or kind are left out together."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.datasets import make_circles, make_moons

from benchmarks.few_labels import drawn
from benchmarks.tables.sources import CYTOMETRY, SAME_SOURCE, samples, source
from benchmarks.tables.table import numbered, without_small
from skflowmix.datasets import make_pinwheel

Labelled = tuple[np.ndarray, np.ndarray]
"""Rows ``(n, d)`` and their classes ``(n,)``, from 0."""

MOST_ROWS = 5000
"""Of the tables beside the six, drawn anew with every seed."""
MNIST_ROWS = 25_000
LEAST = 8
"""Rows of the smallest class, a fifth of which are for the test."""
SAMPLES = (1, 2, 3)
"""Which gated samples of each kind are taken."""


@dataclass(frozen=True)
class Set:
    """A set of labelled rows.

    Attributes
    ----------
    family : str
    load : callable
        Takes the data folder and a seed.
    pictures : bool, default=False
        Whether rows are pixels, of which principal components are taken.
    """

    family: str
    load: Callable[[Path, int], Labelled]
    pictures: bool = False


def table(name: str, most: int | None = None, pictures: bool = False) -> Set:
    """A source of `benchmarks.tables`, all rows or so many at most."""

    def load(folder: Path, seed: int) -> Labelled:
        X, y = source(folder, name)
        return large_classes(X, numbered(y), most, seed)

    return Set(SAME_SOURCE.get(name, name), load, pictures)


def sample(family: str, number: int) -> Set:
    """A gated sample without the cells that are in no gate."""

    def load(folder: Path, seed: int) -> Labelled:
        return large_classes(*samples(folder, family)[number], MOST_ROWS, seed)

    return Set(family, load)


def large_classes(X: np.ndarray, y: np.ndarray, most: int | None, seed: int) -> Labelled:
    """At most so many random rows of the classes from 1, those of tiny classes left out."""
    rows = np.flatnonzero(y > 0)
    if most is not None:
        rows = np.random.default_rng(seed).permutation(rows)[:most]
    classes = without_small(y[rows], LEAST)
    kept = classes > 0
    return X[rows[kept]].astype(np.float64), classes[kept] - 1


def of_kind(kind: str, draw: Callable[[int], Labelled]) -> Set:
    """A drawn table, another one with every seed."""
    return Set(kind, lambda _, seed: draw(seed))


SHARED: dict[str, Set] = {
    **{n: table(n) for n in ("dry_bean", "letter", "magic_gamma", "optdigits", "pendigits")},
    "mnist": table("mnist", MNIST_ROWS, pictures=True),
}
"""The six tables on which the package has been measured from the beginning."""
MORE: dict[str, Set] = {
    **{n: table(n, MOST_ROWS) for n in ("robot_sensors", "waveform40", "body_performance")},
    **{n: table(n) for n in ("digits", "wine", "breast_cancer")},
    **{n: table(n) for n in ("date_fruit", "olive", "penguins")},
    **{f"{family}-{number}": sample(family, number) for family in CYTOMETRY for number in SAMPLES},
}
"""Other real tables."""
DRAWN: dict[str, Set] = {
    name: of_kind(kind, draw)
    for kind, tables in drawn.KINDS.items()
    for name, draw in tables.items()
}
TOYS: dict[str, Set] = {
    "circles": of_kind(
        "toy", lambda seed: make_circles(1000, noise=0.05, factor=0.4, random_state=seed)
    ),
    "moons": of_kind("toy", lambda seed: make_moons(1000, noise=0.05, random_state=seed)),
    "pinwheel": of_kind("toy", lambda seed: make_pinwheel(1000, random_state=seed)),
}
GROUPS = {"SHARED": SHARED, "MORE": MORE, "DRAWN": DRAWN, "TOYS": TOYS}
SETS = {name: one for sets in GROUPS.values() for name, one in sets.items()}
FAMILIES = tuple(dict.fromkeys(one.family for one in SETS.values()))
