"""Data frames at the door: names of columns in messages, and answers as frames.

Knows numpy and, where a frame is asked for, pandas.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    import pandas as pd


@contextmanager
def columns_named(X: ArrayLike) -> Iterator[None]:
    """Have an error about values of a table ``(n, d)`` say which columns they are in."""
    try:
        yield
    except (TypeError, ValueError) as error:
        if columns := _columns_at_fault(X):
            first, *others = str(error).split("\n")
            named = f"{first.rstrip('.')}: see the columns {columns}."
            error.args = ("\n".join([named, *others]),)
        raise


def _columns_at_fault(X: ArrayLike) -> list[Any]:
    """Names of the columns that hold something else than finite numbers; numbers in an array."""
    try:
        table = np.asarray(X)
    except (TypeError, ValueError):  # as rows of different lengths
        return []
    if table.ndim != 2:
        return []
    names = list(getattr(X, "columns", range(table.shape[1])))
    return [name for name, values in zip(names, table.T, strict=True) if not _is_sound(values)]


def _is_sound(values: np.ndarray) -> bool:
    """Whether values ``(n,)`` are finite real numbers."""
    if values.dtype.kind == "c":
        return False
    try:
        return bool(np.isfinite(values.astype(np.float64)).all())
    except (TypeError, ValueError):
        return False


def framed(
    rows: np.ndarray, names: Sequence[str] | np.ndarray, like: ArrayLike | None = None
) -> "pd.DataFrame":
    """Return an array ``(n, d)`` as a data frame, with the index of one that it is ``like``."""
    import pandas as pd

    index = like.index if isinstance(like, pd.DataFrame) else None
    return pd.DataFrame(rows, columns=list(names), index=index)


def series_of(components: np.ndarray) -> "pd.Series":
    """Return the names of the components of rows, ``(n,)``, as a series."""
    import pandas as pd

    return pd.Series(components, name="component")
