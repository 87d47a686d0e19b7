"""Tables of text in CSV files: read, checked, turned into numbers and labels, written."""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from skflowmix.data.labels import UNLABELLED, is_labelled

MISSING = frozenset(
    ["", "?", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "NULL", "null", "None"]
)
"""Cells that say that there is no label, as programs write it: "none" and "Na" may be classes."""
MAX_CLASSES = 20
"""How many classes are told by name."""


@dataclass(frozen=True)
class Table:
    """The text of a CSV file.

    Attributes
    ----------
    name : str
        Of the file.
    header : list of str
        Names of the columns.
    rows : list of list of str
        Cells.
    lines : list of int
        Line of the file that each row is on.
    """

    name: str
    header: list[str]
    rows: list[list[str]]
    lines: list[int]

    def location(self, row: int) -> str:
        """Say where a row is, for messages."""
        return f"{self.name}, line {self.lines[row]}"

    def column(self, name: str) -> list[str]:
        """Return the cells of a column, without blanks around them."""
        position = self.header.index(name)
        return [row[position].strip() for row in self.rows]


# Reading and writing.


def read_table(path: str) -> Table:
    """Read a CSV file with a header, all cells as text.

    Parameters
    ----------
    path : str
        Of the file.

    Returns
    -------
    table : Table

    Raises
    ------
    ValueError
        If it is no table of that form; the message says where.
    """
    name = Path(path).name
    lines, rows = _filled_lines(path, name)
    if not rows:
        raise ValueError(f"{name} is empty: it needs a line of column names, then rows.")
    header = [cell.strip() for cell in rows[0]]
    _check_header(name, header)
    table = Table(name, header, rows[1:], lines[1:])
    _check_rows(table)
    return table


def write_table(table: Table, new_columns: Mapping[str, Sequence[str]], path: str) -> None:
    """Write a table as it was read, with new columns after its own.

    Parameters
    ----------
    table : Table
        What was read.
    new_columns : mapping of str to sequence of str
        By name: a cell for each row.
    path : str
        Of the file to write.
    """
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*table.header, *new_columns])
        for row, *new_cells in zip(table.rows, *new_columns.values(), strict=True):
            writer.writerow([*row, *new_cells])


def _filled_lines(path: str, name: str) -> tuple[list[int], list[list[str]]]:
    """Numbers and cells of the lines that are not blank."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, strict=True)
            numbered = [(reader.line_num, row) for row in reader if row]
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{name} is not a text file in UTF-8: save it as CSV, UTF-8.") from error
    except csv.Error as error:
        raise ValueError(f"{name}, line {reader.line_num} is not CSV: {error}.") from error
    return [line for line, _ in numbered], [row for _, row in numbered]


def _check_header(name: str, header: list[str]) -> None:
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        raise ValueError(f"{name} has one column, {header[0]!r}: separate columns by commas.")
    if all(_number(cell) is not None for cell in header):
        raise ValueError(f"{name} begins with numbers: put a line of column names before them.")
    if "" in header:
        position = header.index("") + 1
        raise ValueError(f"{name}, column {position} has no name: name it, or remove the column.")
    repeated, count = Counter(header).most_common(1)[0]
    if count > 1:
        raise ValueError(f"{name} has {count} columns {repeated!r}: give them different names.")


def _check_rows(table: Table) -> None:
    if not table.rows:
        raise ValueError(f"{table.name} has column names but no rows.")
    n_columns = len(table.header)
    for i, row in enumerate(table.rows):
        if len(row) != n_columns:
            raise ValueError(
                f"{table.location(i)} has {len(row)} cells for {n_columns} columns: add or "
                "remove cells, and quote those that contain a comma."
            )


# Numbers and labels.


def features(table: Table, labels_column: str | None) -> tuple[list[str], np.ndarray]:
    """Convert all columns but that of the labels to numbers.

    Parameters
    ----------
    table : Table
        What was read.
    labels_column : str or None
        The column to leave out.

    Returns
    -------
    names : list of str
        Names of the columns.
    X : ndarray of shape (n_samples, n_features)
        Numbers.

    Raises
    ------
    ValueError
        If a cell is not a number, or no column is left.
    """
    names = [name for name in table.header if name != labels_column]
    if not names:
        raise ValueError(f"{table.name} has no column but the labels: it needs numbers to group.")
    return names, np.column_stack([_numbers(table, name) for name in names])


def labels(table: Table, column: str) -> np.ndarray:
    """Return the labels as the estimators take them.

    Parameters
    ----------
    table : Table
        What was read.
    column : str
        Where the labels are.

    Returns
    -------
    y : ndarray of shape (n_samples,), dtype object
        Text, and the int -1 where the cell is empty or another mark in ``MISSING``.

    Raises
    ------
    ValueError
        If there is no such column, or it marks unlabelled rows by -1.
    """
    if column not in table.header:
        raise ValueError(
            f"{table.name} has no column {column!r} for --labels, only {', '.join(table.header)}."
        )
    cells = table.column(column)
    marked = [i for i, cell in enumerate(cells) if _number(cell) == UNLABELLED]
    if marked:
        raise ValueError(
            f"{table.location(marked[0])}, column {column!r}: the label is {cells[marked[0]]}; "
            "leave the cells of unlabelled rows empty."
        )
    return np.array([UNLABELLED if cell in MISSING else cell for cell in cells], dtype=object)


def describe_labels(y: np.ndarray) -> str:
    """Say which classes there are and how many rows each has, so that a wrong one is seen.

    Parameters
    ----------
    y : ndarray of shape (n_samples,), dtype object
        What `labels` returned.

    Returns
    -------
    text : str
        The classes, those of most rows first, and the number of unlabelled rows.

    Examples
    --------
    >>> describe_labels(np.array(["a", "b", -1, "b"], dtype=object))
    'Classes: b (2 rows), a (1 row). Unlabelled: 1 row.'
    """
    labelled = is_labelled(y)
    counts = sorted(Counter(y[labelled]).items(), key=lambda item: (-item[1], item[0]))
    classes = [f"{name} ({_rows(count)})" for name, count in counts[:MAX_CLASSES]]
    if len(counts) > MAX_CLASSES:
        classes.append(f"and {len(counts) - MAX_CLASSES} more")
    return f"Classes: {', '.join(classes) or 'none'}. Unlabelled: {_rows((~labelled).sum())}."


def _rows(count: int) -> str:
    return f"{count} row" if count == 1 else f"{count} rows"


def _numbers(table: Table, name: str) -> list[float]:
    numbers = []
    for i, cell in enumerate(table.column(name)):
        number = _number(cell)
        if number is None:
            raise ValueError(
                f"{table.location(i)}, column {name!r}: {_advice(cell)}, or remove the column."
            )
        numbers.append(number)
    return numbers


def _number(cell: str) -> float | None:
    """Return the finite number that a cell holds, if it does."""
    try:
        number = float(cell)
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def _advice(cell: str) -> str:
    """Say what is wrong with a cell that holds no number, and what to do about it."""
    if not cell:
        return "the cell is empty; fill it in, remove the row"
    return f"{cell!r} is not a finite number; replace it, name the column by --labels"
