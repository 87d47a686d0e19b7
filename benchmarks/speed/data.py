"""Rows: round groups, bent ones, a cloud, and files of many rows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from scipy.spatial.distance import pdist

CHUNK = 80_000
"""Rows of a file that are drawn at once; a multiple of the number of groups."""


def round_groups(n: int, d: int, K: int) -> np.ndarray:
    """Gaussian groups, the closest two of them four deviations apart."""
    return _around_centres(np.random.default_rng(1).normal(size=(n, d)), K)


def bent_groups(n: int, d: int, K: int, seed: int = 1) -> np.ndarray:
    """The same groups, every column moved by the square of the one before."""
    z = np.random.default_rng(seed).normal(size=(n, d))
    z[:, 1:] += z[:, :-1] ** 2 - 1
    return _around_centres(z, K)


def one_cloud(n: int, d: int, K: int) -> np.ndarray:
    """A single Gaussian, however many groups are asked for."""
    return np.random.default_rng(1).normal(size=(n, d))


def _around_centres(z: np.ndarray, K: int) -> np.ndarray:
    centres = np.random.default_rng(0).normal(size=(K, z.shape[1]))
    deviation = pdist(centres).min() / 4 if K > 1 else 1.0
    return centres[np.arange(len(z)) % K] + z * deviation


DATA: dict[str, Callable[[int, int, int], np.ndarray]] = {
    "round groups": round_groups,
    "bent groups": bent_groups,
    "one cloud": one_cloud,
}


@contextmanager
def bent_groups_in_a_file(n: int, d: int, K: int, dtype: str = "float64") -> Iterator[Path]:
    """A file with an array of bent groups, drawn chunk by chunk, that is gone afterwards."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "X.npy"
        X = np.lib.format.open_memmap(path, "w+", dtype=dtype, shape=(n, d))
        for seed, begin in enumerate(range(0, n, CHUNK)):
            rows = X[begin : begin + CHUNK]
            rows[:] = bent_groups(len(rows), d, K, seed)
        X.flush()
        yield path
