"""Rows that are standardised part by part, and what is found for the parts put together."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np

from skflowmix.data.scaling import Scaling


@dataclass(frozen=True)
class StandardisedRows:
    """Rows that are standardised when they are asked for, slice by slice.

    Attributes
    ----------
    X : ndarray of shape (n, d)
        Rows in the units of the data; they may be more than fit into the memory.
    scaling : Scaling
    offset : ndarray of shape (d,) or float
        Added to the standardised rows.
    """

    X: np.ndarray
    scaling: Scaling
    offset: np.ndarray | float = 0.0

    def __len__(self) -> int:
        return len(self.X)

    def __getitem__(self, index: slice) -> np.ndarray:
        return self.scaling.apply(self.X[index]) + self.offset


def joined(n_rows: int, parts: Iterator[np.ndarray]) -> np.ndarray:
    """Lay parts ``(m, ...)`` of so many rows one behind the other as they come, none twice."""
    first = next(parts)
    if len(first) == n_rows:
        return first
    whole, begin = np.empty((n_rows, *first.shape[1:]), first.dtype), 0
    for part in chain([first], parts):
        whole[begin : begin + len(part)] = part
        begin += len(part)
    return whole
