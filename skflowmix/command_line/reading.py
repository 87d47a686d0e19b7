"""Files of tables, read by pandas: separator, decimal mark and encoding are found out."""

import codecs
import csv
import gzip
import io
import re
import warnings
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pandas import DataFrame

SEPARATORS = (",", "\t", ";", "|")
BLANKS = r"\s+"
"""What separates cells where none of the separators does."""
MISSING = ("?",)
"""Cells that are empty beside those that pandas knows, such as NA, NaN, NULL, None and n/a."""
PARQUET = (".parquet", ".pq")
SAMPLE = 100_000
"""Characters that say which separator there is."""
NUMBER = re.compile(r"\s*[-+]?(\d+[.,]?\d*|[.,]\d+)(e[-+]?\d+)?\s*", re.IGNORECASE)
GZIP_MAGIC = b"\x1f\x8b"


class MissingPackageError(ImportError):
    """A package that what is asked for needs is not installed."""


@dataclass(frozen=True)
class Form:
    """How a file writes a table.

    Attributes
    ----------
    separator : str
        Between cells.
    decimal : str
        Mark of decimals.
    encoding : str
        Of the characters.
    """

    separator: str = ","
    decimal: str = "."
    encoding: str = "utf-8"


@dataclass(frozen=True, eq=False)
class File:
    """A table as pandas has read it.

    Attributes
    ----------
    path : Path
        Where it is.
    frame : DataFrame of shape (n_rows, n_columns)
        The table, with names that are strings.
    form : Form or None
        How it is written; None if it is a parquet file.
    """

    path: Path
    frame: "DataFrame"
    form: Form | None

    @property
    def name(self) -> str:
        """Name of the file, without folders."""
        return self.path.name


def pandas() -> Any:
    """Return the module pandas.

    Raises
    ------
    MissingPackageError
        If it is not installed.
    """
    try:
        import pandas as found
    except ImportError as error:
        raise MissingPackageError(
            'tables are read by pandas, which is not installed: pip install "skflowmix[cli]".'
        ) from error
    return found


def read_file(path: str | Path) -> File:
    """Read a table from a text file, which may be compressed by gzip, or from a parquet file.

    Parameters
    ----------
    path : str or Path
        Of the file. Its name says whether it is parquet; its bytes say everything else.

    Returns
    -------
    file : File

    Raises
    ------
    MissingPackageError
        If there is no pandas, or nothing that reads parquet.
    ValueError
        If it cannot be read as a table with names of columns; the message says why.
    """
    pandas()
    path = Path(path)
    if path.suffix.lower() in PARQUET:
        file = File(path, _parquet(path), None)
    else:
        text, encoding = _decoded(_bytes_of(path), path.name)
        file = _table_of_text(path, text, encoding)
    if not len(file.frame):
        raise ValueError(f"{path.name} has column names but no rows.")
    return file


def cells_of(file: File) -> "DataFrame":
    """Read all cells of a file once more, as they are written.

    Parameters
    ----------
    file : File
        Read before.

    Returns
    -------
    cells : DataFrame of shape (n_rows, n_columns)
        Strings, or what a parquet file holds.
    """
    if file.form is None:
        return file.frame
    text, _ = _decoded(_bytes_of(file.path), file.name)
    return _parsed(text, file.form, dtype=str, keep_default_na=False, na_values=[])


# Bytes and characters.


def _bytes_of(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}.") from error
    if not data.startswith(GZIP_MAGIC):
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{path.name} is compressed and damaged: {error}.") from error


def _decoded(data: bytes, name: str) -> tuple[str, str]:
    """Characters, and the encoding that they were found to have."""
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if not wide and b"\0" in data:
        raise ValueError(f"{name} is not a text file: save it as CSV or parquet.")
    for encoding in ["utf-16"] if wide else ["utf-8-sig", "cp1252"]:
        try:
            return data.decode(encoding), encoding.removesuffix("-sig")
        except UnicodeDecodeError:
            continue
    raise ValueError(f"{name} holds bytes of no known encoding: save it as CSV in UTF-8.")


# Tables.


def _parquet(path: Path) -> "DataFrame":
    try:
        frame = pandas().read_parquet(path)
    except ImportError as error:
        raise MissingPackageError(
            "parquet files are read by pyarrow, which is not installed: pip install pyarrow."
        ) from error
    except OSError as error:
        reason = error.strerror or "it is no parquet file"
        raise ValueError(f"{path} cannot be read: {reason}.") from error
    except ValueError as error:  # of pyarrow
        raise ValueError(f"{path.name} is no parquet file: {error}") from error
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    frame.columns = frame.columns.map(str)
    _check_names(path.name, list(frame.columns))
    return frame


def _table_of_text(path: Path, text: str, encoding: str) -> File:
    if not text.strip():
        raise ValueError(f"{path.name} is empty: it needs a line of column names, then rows.")
    separator = separator_of(text)
    _check_header(path.name, _first_lines(text, separator)[0])
    form = Form(separator, ".", encoding)
    frame = _read(path.name, text, form)
    if separator != ",":
        other = Form(separator, ",", encoding)
        with_commas = _read(path.name, text, other)
        if _n_numeric(with_commas) > _n_numeric(frame):
            return File(path, with_commas, other)
    return File(path, frame, form)


def _read(name: str, text: str, form: Form) -> "DataFrame":
    errors = pandas().errors
    try:
        return _parsed(text, form, na_values=list(MISSING))
    except errors.ParserWarning as error:
        raise ValueError(
            f"{name} has more cells in a line than there are column names: add names, and quote "
            "cells that contain the separator."
        ) from error
    except errors.ParserError as error:
        said = str(error).removeprefix("Error tokenizing data. C error: ").strip()
        raise ValueError(f"{name} cannot be read as a table: {said}.") from error


def _parsed(text: str, form: Form, **settings: Any) -> "DataFrame":
    read = pandas().read_csv
    with warnings.catch_warnings():
        warnings.simplefilter("error", pandas().errors.ParserWarning)
        frame = read(
            io.StringIO(text, newline=""),
            sep=form.separator,
            decimal=form.decimal,
            skipinitialspace=True,
            index_col=False,
            low_memory=False,
            **settings,
        )
    frame.columns = [str(name).strip() for name in frame.columns]
    return frame


def _n_numeric(frame: "DataFrame") -> int:
    return frame.select_dtypes("number").shape[1]


def _check_header(name: str, header: list[str]) -> None:
    """Refuse names that are a row of numbers; 0, 1, 2, ... are names that pandas writes."""
    cells = [cell for cell in header if cell.strip()]
    if cells and all(NUMBER.fullmatch(cell) for cell in cells) and not _count_up(cells):
        raise ValueError(f"{name} begins with numbers: put a line of column names before them.")
    _check_names(name, [cell.strip() for cell in cells])


def _count_up(cells: list[str]) -> bool:
    if not all(cell.strip().isdecimal() for cell in cells):
        return False
    numbers = [int(cell) for cell in cells]
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def _check_names(name: str, names: list[str]) -> None:
    repeated, count = Counter(names).most_common(1)[0] if names else ("", 0)
    if count > 1:
        raise ValueError(f"{name} has {count} columns {repeated!r}: give them different names.")


# The separator.


def separator_of(text: str) -> str:
    r"""Find out what separates the cells of a table.

    Parameters
    ----------
    text : str
        The table, a line of names first.

    Returns
    -------
    separator : str
        The one by which most lines have as many cells as the names, and of several such the one
        with most numbers in its cells. Without any it is a comma.

    Examples
    --------
    >>> separator_of("length;width\n1,5;2,5\n")
    ';'
    """
    scores = {separator: _score(_first_lines(text, separator)) for separator in SEPARATORS}
    best = max(scores, key=lambda separator: scores[separator])
    if scores[best] > (0, 0, 0):
        return best
    return BLANKS if _score(_first_lines(text, BLANKS))[0] > 0.5 else ","


def _score(lines: list[list[str]]) -> tuple[float, float, int]:
    """How much lines of cells look like a table of several columns."""
    header, *rest = lines
    if len(header) == 1:
        return 0, 0, 0
    alike = sum(len(line) == len(header) for line in rest) / max(len(rest), 1)
    cells = [cell for line in rest for cell in line if cell.strip()]
    numbers = sum(NUMBER.fullmatch(cell) is not None for cell in cells) / max(len(cells), 1)
    return alike, numbers, len(header)


def _first_lines(text: str, separator: str) -> list[list[str]]:
    """Cells of the lines that are not blank, as far as the sample goes."""
    sample = text[:SAMPLE]
    if len(text) > SAMPLE and "\n" in sample:
        sample = sample[: sample.rindex("\n")]
    if separator == BLANKS:
        return [line.split() for line in sample.splitlines() if line.strip()]
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
    try:
        return [line for line in reader if any(cell.strip() for cell in line)] or [[""]]
    except csv.Error:  # as of a cell without end
        return [[""]]
