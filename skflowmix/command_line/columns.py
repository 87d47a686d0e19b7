"""What the columns of a table are, and which of them are used."""

import re
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np

from skflowmix.command_line.reading import File, pandas
from skflowmix.command_line.requests import Request, option
from skflowmix.data.dequantising import comes_in_steps

if TYPE_CHECKING:
    from pandas import Series

ID_NAMES = re.compile(r"id|index|uuid|guid|row|row ?(names?|numbers?)|unnamed: 0", re.IGNORECASE)
FEWEST_DISTINCT = 20
"""Rows from which on whole numbers that are all different look like identifiers: in fewer rows
ages and prices often are."""
TYPES = {
    "boolean": "true or false",
    "integer": "whole numbers",
    "floating": "numbers",
    "decimal": "numbers",
    "datetime64": "dates",
    "datetime": "dates",
    "date": "dates",
    "empty": "empty",
}
"""What the types that pandas infers are called here; all others are text."""
NUMERIC = ("true or false", "whole numbers", "numbers")
CATEGORIES = "categories"
FEWEST_OF_A_LEVEL, MOST_LEVELS = 5, 100
"""Rows that a level has in the mean, and levels, within which text is categories. By hand, from
1,420 text columns of tables in packages of R: words with more levels, or fewer rows of each, were
mostly names, keys and days, as those of a panel's countries or of a team's players. Of 1,426
columns of other tables 85% are categories by it. Of 30 that are left out though their words come
twice or more, about a third would have been categories to a reader, most in fewer than 60 rows."""
DAY = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?")
"""How text looks that is a date."""


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    name : str
    kind : str
        "numbers", "whole numbers", "true or false", "categories", "dates", "text" or "empty".
        Text that is used is "categories".
    n_missing : int
        Number of cells that are empty, or hold infinity.
    n_distinct : int
        Number of distinct values.
    low, high : float or None
        Range; None if it holds no numbers.
    in_steps : bool
        Whether its values are few, or one of them is that of most rows.
    left_out : str
        Why it is not used; empty if it is used.
    """

    name: str
    kind: str
    n_missing: int
    n_distinct: int
    low: float | None = None
    high: float | None = None
    in_steps: bool = False
    left_out: str = ""

    @property
    def is_numeric(self) -> bool:
        """Whether its cells are numbers."""
        return self.kind in NUMERIC


def as_numbers(series: "Series") -> np.ndarray:
    """Return a column of numbers as floats, NaN where a cell is empty or infinite, ``(n,)``."""
    numbers = series.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def as_words(series: "Series") -> "Series":
    """Return cells as strings without blanks around them, None where a cell is empty."""
    words = series.astype(object).map(lambda cell: str(cell).strip(), na_action="ignore")
    return words.where(words.notna() & (words != ""), None)


def describe_columns(file: File, request: Request) -> tuple[Column, ...]:
    """Say what each column is, and whether it is used.

    Parameters
    ----------
    file : File
        What was read.
    request : Request
        What is asked for, which may name columns.

    Returns
    -------
    columns : tuple of Column
        In the order of the file.

    Raises
    ------
    ValueError
        If there is no column of a name that is asked for, or one of them cannot be used.
    """
    _check_named(file, request)
    found = [_chosen(_described(file, name), file, request) for name in file.frame.columns]
    if request.columns:  # identifiers are taken back
        for column in found:
            is_asked_for = column.name in request.columns and column.kind in ("text", "dates")
            if is_asked_for and column.left_out:
                raise ValueError(
                    f"--columns names {column.name!r}, which is left out: {column.left_out}."
                )
    return tuple(found)


def _check_named(file: File, request: Request) -> None:
    known = list(file.frame.columns)
    for field in ("columns", "drop", "labels", "index"):
        asked = getattr(request, field)
        for name in [asked] if isinstance(asked, str) else asked or ():
            if name not in known:
                raise ValueError(
                    f"{file.name} has no column {name!r} for {option(field)}{_hint(name, known)}"
                )


def _hint(name: str, known: list[str]) -> str:
    folded = {each.casefold(): each for each in known}
    near = get_close_matches(name.casefold(), folded, n=1)
    if near:
        return f": did you mean {folded[near[0]]!r}?"
    return f", only {', '.join(known)}."


# One column.


def _described(file: File, name: str) -> Column:
    series = file.frame[name]
    kind = _kind(series)
    if kind not in NUMERIC:
        words = as_words(series)
        return Column(name, kind, int(words.isna().sum()), int(words.nunique()))
    numbers = as_numbers(series)
    present = numbers[~np.isnan(numbers)]
    column = Column(name, kind, len(numbers) - len(present), len(np.unique(present)))
    if not len(present):
        return replace(column, kind="empty")
    if kind == "numbers" and (present == np.floor(present)).all():
        column = replace(column, kind="whole numbers")
    low, high = float(present.min()), float(present.max())
    return replace(column, low=low, high=high, in_steps=comes_in_steps(present))


def _kind(series: "Series") -> str:
    inferred = pandas().api.types.infer_dtype(series, skipna=True)
    if series.dtype != object and series.dtype.kind in "iuf":
        inferred = "floating"
    if inferred in TYPES:
        return TYPES[inferred]
    words = as_words(series).dropna()
    if not len(words):
        return "empty"
    return "dates" if all(map(DAY.fullmatch, words.unique())) else "text"


def _chosen(column: Column, file: File, request: Request) -> Column:
    reason = _reason(column, file.frame[column.name], request)
    kind = CATEGORIES if column.kind == "text" and not reason else column.kind
    return replace(column, kind=kind, left_out=reason)


def _reason(column: Column, series: "Series", request: Request) -> str:
    """Say why a column is left out; nothing if it is used."""
    for field, word in (("labels", "labels"), ("index", "names of rows")):
        if column.name == getattr(request, field):
            return word
    if column.name in request.drop:
        return "by --drop"
    if request.columns and column.name not in request.columns:
        return "not in --columns"
    if column.kind == "empty":
        return "all empty"
    if column.kind == "dates":
        return "dates"
    if column.n_distinct == 1:
        return "constant"
    if column.kind == "text" and (reason := _reason_against_words(column, series, request)):
        return reason
    if request.columns:
        return ""
    return "" if not (sign := _sign_of_id(column, series)) else f"looks like an ID: {sign}"


def _reason_against_words(column: Column, series: "Series", request: Request) -> str:
    """Say why a column of text is no categories that are used; nothing if it is."""
    if not request.wants_groups:
        return f"text, and outliers are found by numbers{_example(series)}"
    n_cells = len(series) - column.n_missing
    is_common = FEWEST_OF_A_LEVEL * column.n_distinct <= n_cells
    if request.columns or (is_common and column.n_distinct <= MOST_LEVELS):
        return ""
    return f"text, {column.n_distinct:,} different in {n_cells:,} rows{_example(series)}"


def _example(series: "Series") -> str:
    """Show a cell that is no number."""
    words = as_words(series)
    numbers = pandas().to_numeric(words, errors="coerce")
    strange = np.flatnonzero((numbers.isna() & words.notna()).to_numpy(dtype=bool))
    return (
        f", such as {_short(words.iloc[strange[0]])} in row {strange[0]}" if len(strange) else ""
    )


def _short(cell: Any) -> str:
    text = str(cell)
    return repr(text if len(text) <= 20 else text[:19] + "…")


def _sign_of_id(column: Column, series: "Series") -> str:
    """Say by what a column is known to name rows; nothing if it does not."""
    if ID_NAMES.fullmatch(column.name):
        return "its name"
    if not column.is_numeric:
        return ""
    numbers = as_numbers(series)
    numbers = numbers[~np.isnan(numbers)]
    if column.kind != "whole numbers" or column.n_distinct < len(numbers) or len(numbers) < 3:
        return ""
    if (np.diff(numbers) == 1).all():
        return "it counts the rows"
    if len(numbers) >= FEWEST_DISTINCT and numbers.min() >= 0:
        return "whole numbers, all different"
    return ""
