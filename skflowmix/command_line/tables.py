"""A table that is ready to be fitted: rows of numbers and categories, and labels."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from skflowmix.command_line.columns import Column, as_numbers, as_words, describe_columns
from skflowmix.command_line.reading import File, pandas, read_file
from skflowmix.command_line.requests import Request
from skflowmix.data.labels import UNLABELLED

if TYPE_CHECKING:
    from pandas import DataFrame, Series

FEWEST_ROWS = 2


@dataclass(frozen=True, eq=False)
class Table:
    """What was read, and what of it is fitted.

    Attributes
    ----------
    file : File
        All of it.
    columns : tuple of Column
        What the columns are, and which are used.
    X : DataFrame of shape (n_used, n_features)
        Used columns of the rows that are fitted, floats or pandas' categories, NaN where a cell
        is empty. Groups are found of all rows that are not empty, outliers alone of those without
        empty cells.
    rows : ndarray of int of shape (n_used,)
        Numbers of these rows in the file, from 0 on.
    y : ndarray of shape (n_used,) or None
        Labels of these rows, None where there is none; None without labels.
    counts : dict of str to int
        Classes and how many rows each has, those of most rows first.
    row_names : tuple of str or None
        Names of all rows of the file.
    """

    file: File
    columns: tuple[Column, ...]
    X: "DataFrame"
    rows: np.ndarray
    y: np.ndarray | None
    counts: dict[str, int]
    row_names: tuple[str, ...] | None

    @property
    def n_rows(self) -> int:
        """Number of rows of the file."""
        return len(self.file.frame)

    @property
    def used(self) -> tuple[Column, ...]:
        """The columns that are used."""
        return tuple(column for column in self.columns if not column.left_out)

    @property
    def numbers(self) -> list[str]:
        """Names of the used columns of numbers."""
        return [column.name for column in self.used if column.is_numeric]

    @property
    def categories(self) -> list[str]:
        """Names of the used columns of categories."""
        return [column.name for column in self.used if not column.is_numeric]

    @property
    def n_with_gaps(self) -> int:
        """Number of the rows that are fitted of which some cells are empty."""
        return int(self.X.isna().any(axis=1).sum())

    def name_of(self, row: int) -> str:
        """Return what a row of the file is called."""
        return str(row) if self.row_names is None else self.row_names[row]


def read_table(request: Request) -> Table:
    """Read the table that is asked for, and choose what of it is fitted.

    Parameters
    ----------
    request : Request
        What is asked for.

    Returns
    -------
    table : Table

    Raises
    ------
    ValueError
        If it cannot be read, or there is nothing to fit; the message says why.
    """
    file = read_file(str(request.table))
    columns = describe_columns(file, request)
    X = _cells(file, columns)
    empty = X.isna().to_numpy()  # (n, d)
    is_used = ~empty.all(axis=1) if request.wants_groups else ~empty.any(axis=1)
    _check_enough(file, columns, request, int(is_used.sum()))
    y, counts = None, {}
    if request.labels is not None:
        y = labels_of(file, request.labels)[is_used]
        counts = dict(Counter(label for label in y if label is not None).most_common())
    names = None
    if request.index is not None:
        names = tuple(file.frame[request.index].map(str))
    return Table(file, columns, X[is_used], np.flatnonzero(is_used), y, counts, names)


def _cells(file: File, columns: tuple[Column, ...]) -> "DataFrame":
    """Return used columns ``(n, d)``, as floats or as categories."""
    used = [column for column in columns if not column.left_out]
    if not any(column.is_numeric for column in used):
        reasons = "; ".join(f"{each.name}: {each.left_out or each.kind}" for each in columns[:5])
        more = f"; and {len(columns) - 5} more" if len(columns) > 5 else ""
        raise ValueError(f"{file.name} has no column of numbers to use ({reasons}{more}).")
    cells = file.frame
    return pandas().DataFrame(
        {
            column.name: as_numbers(cells[column.name])
            if column.is_numeric
            else pandas().Categorical(as_words(cells[column.name]))
            for column in used
        }
    )


def _check_enough(file: File, columns: tuple[Column, ...], request: Request, n_used: int) -> None:
    wanted = request.n_components if isinstance(request.n_components, int) else 0
    needed = max(FEWEST_ROWS, wanted)
    if n_used >= needed:
        return
    worst = max(
        (column for column in columns if not column.left_out), key=lambda each: each.n_missing
    )
    advice, has = "", "a value in" if request.wants_groups else "no empty cell in"
    if worst.n_missing:
        advice = f"; {worst.name!r} is empty in {worst.n_missing}: leave it out by --drop"
    raise ValueError(
        f"{file.name} has too few rows: {n_used} of {len(file.frame)} have {has} a used column, "
        f"and {needed} are needed{advice}."
    )


def labels_of(file: File, column: str) -> np.ndarray:
    """Return labels as the estimators take them.

    Parameters
    ----------
    file : File
        What was read.
    column : str
        Where the labels are.

    Returns
    -------
    y : ndarray of shape (n_rows,), dtype object
        Text, and None where the cell is empty.

    Raises
    ------
    ValueError
        If labels are fractions, or -1, which elsewhere marks rows without a label.
    """
    series = file.frame[column]
    if pandas().api.types.is_float_dtype(series):
        series = _as_whole(series, column)
    present = series.notna().to_numpy(dtype=bool)
    text = [str(cell).strip() for cell in series]
    if str(UNLABELLED) in text:
        raise ValueError(
            f"--labels {column} holds -1: leave the cells of rows without a label empty, or give "
            "the class another name."
        )
    return np.array(
        [cell if there else None for cell, there in zip(text, present, strict=True)], dtype=object
    )


def _as_whole(series: "Series", column: str) -> "Series":
    """Whole numbers, which pandas makes floats beside empty cells."""
    present = series.dropna()
    fractions = present[present != np.floor(present)]
    if len(fractions):
        raise ValueError(
            f"--labels {column} holds fractions, such as {fractions.iloc[0]}: they are no classes."
        )
    return series.astype("Int64")
