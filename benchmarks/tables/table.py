"""A table of rows whose groups are known, and what is done to every table."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Table:
    """Rows and the groups that they are known to be in.

    Attributes
    ----------
    family : str
        Tables of one family are alike: a rule is judged on families that it has not seen.
    name : str
    X : ndarray of shape (n, d)
    references : tuple of int ndarrays of shape (n,)
        Alternative true groups, numbered from 1. Rows of group 0 are noise: they are grouped
        with the others, but not scored.
    """

    family: str
    name: str
    X: np.ndarray
    references: tuple[np.ndarray, ...]

    @property
    def sizes(self) -> list[int]:
        """The distinct numbers of groups of the references, sorted, noise left out."""
        return sorted({len(set(reference[reference > 0])) for reference in self.references})


def varying(X: np.ndarray) -> np.ndarray:
    """The columns that are not constant."""
    return X[:, np.ptp(X, axis=0) > 0]


def numbered(y: np.ndarray) -> np.ndarray:
    """Groups ``(n,)`` numbered anew from 1, in the order of their labels."""
    return np.unique(y, return_inverse=True)[1] + 1


def without_small(y: np.ndarray, least: int = 8) -> np.ndarray:
    """Groups of fewer than ``least`` rows become noise; the others are numbered anew."""
    labels, counts = np.unique(y[y > 0], return_counts=True)
    kept = np.isin(y, labels[counts >= least])
    renumbered = np.zeros(len(y), dtype=np.int64)
    renumbered[kept] = numbered(y[kept])
    return renumbered


def made_table(
    family: str, name: str, X: np.ndarray, references: np.ndarray, rng: np.random.Generator
) -> Table:
    """A table in random order without constant columns; references ``(n,)`` or ``(n, R)``."""
    order = rng.permutation(len(X))
    columns = references.reshape(len(X), -1)[order].astype(np.int64).T  # (R, n)
    return Table(family, name, varying(X[order].astype(np.float64)), tuple(columns))
