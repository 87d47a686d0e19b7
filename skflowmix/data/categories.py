"""Columns of categories: which they are, their levels, and rows as numbers and back.

Knows numpy, scipy, labels and, of a data frame, its own methods only.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from numbers import Number
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import issparse

from skflowmix.data.labels import is_absent

if TYPE_CHECKING:
    import pandas as pd

FROM_DTYPE = "from_dtype"
"""Categories are the columns of a data frame whose type says so."""
BOOLS, NUMBERS, TEXT = "bools", "numbers", "text"


@dataclass(frozen=True)
class Category:
    """A column of categories.

    Attributes
    ----------
    name : str or int
        Of the column, or its number.
    kind : str
        What its values are, all of them.
    levels : tuple
        Distinct values in the rows of the fit, sorted.
    declared : tuple
        Those and the others that the type of the column has, in its order.
    ordered : bool
        Whether its type says that they have an order.
    """

    name: Any
    kind: str
    levels: tuple
    declared: tuple
    ordered: bool = False

    @classmethod
    def of(cls, column: Any, name: Any, counted: np.ndarray) -> "Category":
        """Look at a column ``(n,)`` of a table, of which some rows are counted."""
        values, kind = values_of(column, name)
        found = {value for value, counts in zip(values, counted, strict=True) if counts}
        levels = tuple(_sorted(found - {None}))
        if not levels:
            raise ValueError(f"The column {name!r} of categories has no value: leave it out.")
        declared, ordered = _declared(column)
        others = tuple(value for value in levels if value not in set(declared))
        return cls(name, kind, levels, declared + others, ordered)

    @cached_property
    def _codes(self) -> dict[Any, float]:
        return {level: float(code) for code, level in enumerate(self.levels)}

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is worked out again."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def codes(self, column: Any) -> np.ndarray:
        """Return the numbers ``(n,)`` of levels; NaN of what is missing or was not in the fit."""
        values, kind = values_of(column, self.name)
        if kind not in (self.kind, ""):
            raise ValueError(
                f"The column {self.name!r} holds {kind}, and held {self.kind} when this was "
                "fitted: give it the type that it had."
            )
        return np.array([self._codes.get(value, np.nan) for value in values], dtype=np.float64)

    def check_seen(self, column: Any) -> None:
        """Refuse a column ``(n,)`` that holds what was not in the fit."""
        others = set(values_of(column, self.name)[0]) - {None, *self.levels}
        if others:
            raise ValueError(
                f"The column {self.name!r} holds {min(others, key=repr)!r}, which was not in the "
                "rows of the fit: give another level, or None to have one drawn."
            )

    def values(self, codes: np.ndarray) -> np.ndarray:
        """Return the levels ``(n,)`` of numbers, None of NaN."""
        levels = np.empty(len(self.levels) + 1, dtype=object)
        levels[:-1], levels[-1] = self.levels, None
        return levels[np.where(np.isnan(codes), -1, codes).astype(int)]

    def as_pandas(self, codes: np.ndarray) -> "pd.Categorical":
        """Return the levels ``(n,)`` of numbers as pandas' categories."""
        import pandas as pd

        dtype = pd.CategoricalDtype(list(self.declared), ordered=self.ordered)
        return pd.Categorical(self.values(codes), dtype=dtype)


@dataclass(frozen=True)
class Categories:
    """Which columns of a table are categories, and what these are.

    The model's order of columns is that of the table, but that categories come last.

    Attributes
    ----------
    n_columns : int
        D, of the table.
    places : tuple of int
        Which columns are categories, in increasing order.
    categories : tuple of Category
        What these are.
    of_floats : bool
        Whether the table was an array of numbers, as its rows then are again.
    """

    n_columns: int
    places: tuple[int, ...]
    categories: tuple[Category, ...]
    of_floats: bool = False

    @classmethod
    def of(
        cls, X: Any, places: Sequence[int], names: np.ndarray | None, counted: np.ndarray
    ) -> "Categories":
        """Look at the columns of a table ``(n, D)`` that are categories."""
        n_columns = n_columns_of(X)
        if len(places) == n_columns:
            raise ValueError(
                "All columns are categories: at least one of numbers is needed, see "
                "categorical_features."
            )
        known: Sequence[Any] | np.ndarray = range(n_columns) if names is None else names.tolist()
        found = tuple(Category.of(column_of(X, j), known[j], counted) for j in places)
        is_array = not hasattr(X, "columns")
        return cls(
            n_columns,
            tuple(places),
            found,
            of_floats=is_array and all(each.kind == NUMBERS for each in found),
        )

    @property
    def n_levels(self) -> tuple[int, ...]:
        """Number of levels of each category."""
        return tuple(len(each.levels) for each in self.categories)

    @property
    def n_numbers(self) -> int:
        """How many columns are numbers, p."""
        return self.n_columns - len(self.places)

    @property
    def order(self) -> np.ndarray:
        """Columns ``(D,)`` of the table in the order of the model."""
        others = np.setdiff1d(np.arange(self.n_columns), self.places)
        return np.concatenate([others, np.array(self.places, dtype=int)])

    def numbers_of(self, X: Any) -> Any:
        """Return the columns of a table that are no categories."""
        return columns_of(X, self.order[: self.n_numbers])

    def codes_of(self, X: Any) -> np.ndarray:
        """Return the levels' numbers in the categories of a table, ``(n, q)``."""
        pairs = zip(self.categories, self.places, strict=True)
        return np.column_stack([each.codes(column_of(X, j)) for each, j in pairs])

    def check_seen(self, X: Any) -> None:
        """Refuse a table ``(n, D)`` with levels that were not in the fit."""
        for each, j in zip(self.categories, self.places, strict=True):
            each.check_seen(column_of(X, j))

    def decoded(self, rows: np.ndarray) -> np.ndarray:
        """Return rows ``(n, D)`` in the order of the model as they are in a table.

        Columns are in the order of the table, and numbers stand for no level any more.
        """
        table = np.empty(rows.shape, dtype=object)
        table[:, self.order[: self.n_numbers]] = rows[:, : self.n_numbers]
        for each, j, codes in zip(
            self.categories, self.places, rows.T[self.n_numbers :], strict=True
        ):
            table[:, j] = each.values(codes)
        return table.astype(np.float64) if self.of_floats else table

    def framed(self, rows: np.ndarray, names: Sequence[str]) -> "pd.DataFrame":
        """Return rows ``(n, D)`` in the order of the model as a frame with columns of names."""
        import pandas as pd

        columns: dict[int, Any] = dict(zip(self.order.tolist(), rows.T, strict=True))
        for each, j in zip(self.categories, self.places, strict=True):
            columns[j] = each.as_pandas(columns[j])
        frame = pd.DataFrame({j: columns[j] for j in range(self.n_columns)})
        return frame.set_axis(list(names), axis=1)


def values_of(column: Any, name: Any) -> tuple[list, str]:
    """Return the values ``(n,)`` of a column, None where they are missing, and their kind.

    The kind of no value at all is empty.
    """
    values = np.asarray(column, dtype=object).tolist()
    values = [None if is_absent(value) else value for value in values]
    kinds = {_kind(value) for value in set(map(type, values)) - {type(None)}}
    if len(kinds) > 1:
        raise ValueError(
            f"The column {name!r} of categories holds {' and '.join(sorted(kinds))}: give all "
            "its values one type."
        )
    kind = kinds.pop() if kinds else ""
    if not _distinct(values, name).isdisjoint((math.inf, -math.inf)):
        raise ValueError(f"The column {name!r} of categories holds infinity.")
    return values, kind


def _distinct(values: list, name: Any) -> set:
    try:
        return set(values)
    except TypeError as error:
        raise ValueError(
            f"The column {name!r} of categories holds values that cannot be levels: {error}."
        ) from error


def _kind(kind: type) -> str:
    if issubclass(kind, bool | np.bool_):
        return BOOLS
    if issubclass(kind, Number):
        return NUMBERS
    return TEXT if issubclass(kind, str) else kind.__name__


def _sorted(levels: set) -> list:
    try:
        return sorted(levels)
    except TypeError:  # of a type without an order
        return sorted(levels, key=repr)


def _declared(column: Any) -> tuple[tuple, bool]:
    """Levels that the type of a column has, and whether they have an order."""
    dtype = getattr(column, "dtype", None)
    categories: Any = getattr(dtype, "categories", None)  # of pandas, and of an Enum of polars
    if not hasattr(categories, "to_list"):
        return (), False
    return tuple(categories.to_list()), bool(getattr(dtype, "ordered", False))


# Tables of any kind, by their columns.


def n_columns_of(X: Any) -> int:
    """Return the number of columns of a table, D."""
    return len(X.columns) if hasattr(X, "columns") else _as_array(X).shape[1]


def column_of(X: Any, j: int) -> Any:
    """Return a column ``(n,)`` of a table, with its type."""
    if hasattr(X, "iloc"):
        return X.iloc[:, j]
    return X[:, j] if hasattr(X, "columns") else _as_array(X)[:, j]


def columns_of(X: Any, which: np.ndarray) -> Any:
    """Return some columns of a table, which stays a frame if it is one."""
    if hasattr(X, "iloc"):
        return X.iloc[:, which]
    return X[:, which.tolist()] if hasattr(X, "columns") else _as_array(X)[:, which]


def _as_array(X: ArrayLike) -> np.ndarray:
    """Return a table that is no frame as an array; lists may mix text and numbers."""
    if issparse(X):
        raise TypeError("Sparse data was passed for X, but dense data is required: X.toarray().")
    if isinstance(X, np.ma.MaskedArray):
        X, is_masked = X.data.astype(object), np.ma.getmaskarray(X)
        X[is_masked] = None
    return X if isinstance(X, np.ndarray) else np.asarray(X, dtype=object)


# What a user says.


def places_of(X: Any, wanted: Any, names: np.ndarray | None) -> list[int]:
    """Return the numbers of the columns of a table that are categories, in increasing order.

    Parameters
    ----------
    X : frame or array-like of shape (n, D)
    wanted : "from_dtype", None or array-like
        As `sklearn.ensemble.HistGradientBoostingClassifier` has it: by type, none, or those of a
        mask, of numbers or of names.
    names : ndarray of shape (D,) or None
        Of the columns.
    """
    if wanted is None:
        return []
    if isinstance(wanted, str) and wanted == FROM_DTYPE:
        return _categorical_by_type(X)
    asked = np.asarray(wanted)
    if not asked.size:
        return []
    if asked.ndim != 1 or asked.dtype.kind not in "biuUSO":
        raise ValueError(
            f"categorical_features must be a mask, or numbers or names of columns, got {wanted!r}."
        )
    if asked.dtype.kind in "USO":
        return _by_name(asked.tolist(), names)
    return _by_number(asked, n_columns_of(X))


def _categorical_by_type(X: Any) -> list[int]:
    if not hasattr(X, "columns") or not hasattr(X, "dtypes"):
        return []
    return [j for j, dtype in enumerate(X.dtypes) if _is_categorical(dtype)]


def _is_categorical(dtype: Any) -> bool:
    """Whether a type is pandas' category, or polars' Categorical or Enum."""
    kind = dtype if isinstance(dtype, type) else type(dtype)
    return kind.__name__ in ("CategoricalDtype", "Categorical", "Enum")


def _by_name(wanted: list, names: np.ndarray | None) -> list[int]:
    if names is None:
        raise ValueError(
            f"categorical_features={wanted} are names, and the columns of X have none."
        )
    unknown = sorted(set(map(str, wanted)) - set(names))
    if unknown:
        raise ValueError(f"categorical_features has {unknown}, which are no columns of X.")
    return [j for j, name in enumerate(names) if name in wanted]


def _by_number(wanted: np.ndarray, n_columns: int) -> list[int]:
    if wanted.dtype.kind == "b":
        if len(wanted) != n_columns:
            raise ValueError(
                f"categorical_features is a mask of {len(wanted)} columns, and X has {n_columns}."
            )
        return np.flatnonzero(wanted).tolist()
    if wanted.min() < 0 or wanted.max() >= n_columns:
        raise ValueError(
            f"categorical_features must be numbers of columns from 0 to {n_columns - 1}, got "
            f"{wanted.tolist()}."
        )
    return np.unique(wanted).tolist()
