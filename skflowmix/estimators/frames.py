"""Data frames at the door: marks of missing values, names in messages, and answers as frames.

Knows numpy, labels and, where a frame is asked for, pandas.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from skflowmix.data.labels import is_absent

if TYPE_CHECKING:
    import pandas as pd


def with_nan(X: Any) -> Any:
    """Return a table with NaN where a mask, or an object such as pandas' NA, stands for no value.

    A table that is neither masked nor of objects stays what it is.
    """
    if isinstance(X, np.ma.MaskedArray):
        mark: Any = np.nan if X.dtype.kind in "biuf" else None
        X = np.where(np.ma.getmaskarray(X), mark, X.data)
    dtypes = X.dtypes if hasattr(X, "columns") else [getattr(X, "dtype", None)]
    if not any(getattr(dtype, "kind", None) == "O" for dtype in dtypes):
        return X
    table = np.asarray(X, dtype=object)
    absent = np.frompyfunc(is_absent, 1, 1)(table)
    return np.where(absent.astype(bool), np.nan, table)


def check_no_times(X: Any) -> None:
    """Refuse a table with columns of dates, times or durations: their unit is arbitrary."""
    if hasattr(X, "columns") and hasattr(X, "dtypes"):
        pairs = zip(list(X.columns), list(X.dtypes), strict=True)
        if times := [name for name, dtype in pairs if _is_time(dtype)]:
            raise ValueError(
                f"The columns {times} hold times: make numbers of them, such as days since a date."
            )


def _is_time(dtype: Any) -> bool:
    """Whether a type is a time of numpy or pandas, or of polars."""
    kind = dtype if isinstance(dtype, type) else type(dtype)
    is_polars = kind.__name__ in ("Date", "Datetime", "Duration", "Time")
    return is_polars or getattr(dtype, "kind", None) in ("m", "M")


@contextmanager
def columns_named(X: ArrayLike, allows_nan: bool = False) -> Iterator[None]:
    """Have an error about values of a table ``(n, d)`` say which columns they are in."""
    try:
        yield
    except (TypeError, ValueError) as error:
        if columns := _columns_at_fault(X, allows_nan):
            first, *others = str(error).split("\n")
            named = f"{first.rstrip('.')}: see the columns {columns}."
            error.args = ("\n".join([named, *others]),)
        raise


def _columns_at_fault(X: ArrayLike, allows_nan: bool) -> list[Any]:
    """Names of the columns that hold something else than finite numbers; numbers in an array."""
    try:
        table = np.asarray(with_nan(X))
    except (TypeError, ValueError):  # as rows of different lengths
        return []
    if table.ndim != 2:
        return []
    names = list(getattr(X, "columns", range(table.shape[1])))
    pairs = zip(names, table.T, strict=True)
    return [name for name, values in pairs if not _is_sound(values, allows_nan)]


def _is_sound(values: np.ndarray, allows_nan: bool) -> bool:
    """Whether values ``(n,)`` are finite real numbers, or may be NaN."""
    if values.dtype.kind == "c":
        return False
    try:
        numbers = values.astype(np.float64)
        return bool((np.isfinite(numbers) | (allows_nan & np.isnan(numbers))).all())
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
