"""Where the data is, and what is done to it before anyone sees it."""

from pathlib import Path

import numpy as np

DATA = Path("../shared/data")
"""Where the data folder is looked for unless a command is told otherwise."""


class MissingDataError(Exception):
    """A data set is not there; the message says where to get it."""


def dequantised(X: np.ndarray, seed: int = 0) -> np.ndarray:
    """Add uniform noise of one unit to integer columns, whose densities would be unbounded."""
    return spread(X.astype(np.float64), (np.round(X) == X).all(axis=0), seed)


def spread(X: np.ndarray, widths: np.ndarray, seed: int = 0) -> np.ndarray:
    """Add uniform noise to columns ``(n, d)``, of which each may have another width, ``(d,)``."""
    return X + np.random.default_rng(seed).uniform(size=X.shape) * widths


def hide_labels(y: np.ndarray, n_kept: int | np.ndarray, seed: int) -> np.ndarray:
    """Labels of ``n_kept`` random rows a class, -1 for all others.

    It is one number for all classes, or one for each, in their order.
    """
    rng = np.random.default_rng(seed)
    classes = np.unique(y)
    kept = [
        rng.choice(np.flatnonzero(y == label), count, replace=False)
        for label, count in zip(classes, np.broadcast_to(n_kept, classes.shape), strict=True)
    ]
    hidden = np.full_like(y, -1)
    hidden[np.concatenate(kept)] = y[np.concatenate(kept)]
    return hidden
