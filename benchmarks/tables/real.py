"""Real tables, and the clustering suites, as families of tables with known groups.

A family is a source: all tables that were taken from it are of one family.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sklearn.decomposition import PCA

from benchmarks.data_sets import DATA, MissingDataError
from benchmarks.tables.pieces import log_uniform, split_rows
from benchmarks.tables.sources import (
    CYTOMETRY,
    LABELLED,
    LOADERS,
    WHOLE,
    arrays,
    samples,
    source,
)
from benchmarks.tables.table import Table, made_table, numbered, without_small

SUITES = ("fcps", "graves", "other", "deric")
SUBSETS = (*LABELLED, "date_fruit", "digits", "mnist")
"""Sources of which random classes, rows and columns are taken."""
MOST_SUITE_ROWS = 2500
MOST_ROWS = 1500
MOST_ANOMALY_COLUMNS = 60
LEAST_ANOMALIES = 0.12
"""Share from which on the anomalies of a table count as a group."""


def families() -> list[str]:
    """Names of the families of real tables."""
    names = [*SUITES, *WHOLE, "iris", *LOADERS, *CYTOMETRY, *SUBSETS, "anomaly"]
    return list(dict.fromkeys(names))


def real(folder: Path = DATA, n_subsets: int = 15) -> Iterator[Table]:
    """All real tables, with ``n_subsets`` subsets of each source of many classes.

    Raises
    ------
    MissingDataError
        If the folder is not there or lacks a file.
    """
    if not (folder / "clustering").is_dir():
        raise MissingDataError(
            f"there are no clustering sets in {folder}: name the data by --data"
        )
    yield from _suites(folder)
    yield from _whole(folder)
    yield from _samples(folder)
    for place, name in enumerate(SUBSETS):
        X, y = source(folder, name)
        for number in range(n_subsets):
            rng = np.random.default_rng([200 + place, number])
            yield subset(name, number, X, numbered(y), rng)
    yield from _two_classes(folder)


def _thinned(
    family: str, name: str, X: np.ndarray, y: np.ndarray, most: int, rng: np.random.Generator
) -> Table:
    """A table of at most so many random rows; groups that become too small are noise."""
    kept = rng.permutation(len(X))[:most]
    least = 8 if len(X) > most else 1
    references = [without_small(column[kept], least) for column in y.reshape(len(X), -1).T]
    return made_table(family, name, X[kept], np.stack(references, axis=1), rng)


def _set(path: Path, family: str) -> Table:
    """A set with reference labels ``y0``, ``y1`` and so on."""
    found = arrays(path)
    references = np.stack([found[key] for key in sorted(found) if key != "X"], axis=1)
    rng = np.random.default_rng(100)
    return _thinned(family, path.stem, found["X"], references, MOST_SUITE_ROWS, rng)


def _suites(folder: Path) -> Iterator[Table]:
    """The clustering suites; iris, which is among them, is a family of its own."""
    for suite in SUITES:
        for path in sorted((folder / "clustering" / suite).glob("*.npz")):
            yield _set(path, "iris" if path.stem.startswith("iris") else suite)


def _whole(folder: Path) -> Iterator[Table]:
    """Real tables with classes as they are."""
    for name in WHOLE:
        yield _set(folder / "clustering/real" / f"{name}.npz", name)
    for name in LOADERS:
        X, y = source(folder, name)
        yield made_table(name, name, X, numbered(y), np.random.default_rng(101))


def _samples(folder: Path) -> Iterator[Table]:
    """Gated samples of cells, thinned; cells in no gate or a tiny one are noise."""
    for family in CYTOMETRY:
        for number, (X, gates) in samples(folder, family).items():
            rng = np.random.default_rng([102, number])
            yield _thinned(family, f"{family}-{number}", X, gates, MOST_ROWS, rng)


def subset(
    family: str, number: int, X: np.ndarray, y: np.ndarray, rng: np.random.Generator
) -> Table:
    """Rows of 2 to 8 random classes with random shares, at times not all of the columns.

    More than a hundred columns become 10 to 40 principal components.
    """
    rows = _drawn_rows(y, rng)
    drawn = X[rows].astype(np.float64)
    if X.shape[1] > 100:
        drawn = PCA(int(rng.integers(10, 41)), random_state=0).fit_transform(drawn)
    if rng.random() < 1 / 3:
        d = drawn.shape[1]
        drawn = drawn[:, rng.permutation(d)[: rng.integers((d + 1) // 2, d + 1)]]
    return made_table(family, f"{family}-{number}", drawn, numbered(y[rows]), rng)


def _drawn_rows(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Indices of 150 to 1,500 rows of 2 to 8 classes."""
    K = int(rng.integers(2, min(8, y.max()) + 1))
    classes = rng.choice(np.arange(1, y.max() + 1), K, replace=False)
    counts = np.bincount(split_rows(rng, round(log_uniform(rng, 150, MOST_ROWS)), K))[1:]
    return np.concatenate(
        [
            rng.permutation(np.flatnonzero(y == label))[:count]
            for label, count in zip(classes, counts, strict=True)
        ]
    )


def _two_classes(folder: Path) -> Iterator[Table]:
    """Tables with anomalies that are many enough to be a group."""
    for path in sorted((folder / "anomaly").glob("*.npz")):
        found = arrays(path)
        X, y = found["X"], found["y"]
        if y.mean() >= LEAST_ANOMALIES and X.shape[1] <= MOST_ANOMALY_COLUMNS:
            rng = np.random.default_rng(103)
            yield _thinned("anomaly", path.stem, X, numbered(y), MOST_ROWS, rng)
