"""Text and tables as files."""

import gzip
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from skflowmix.command_line.reading import BLANKS, PARQUET, Form, cells_of
from skflowmix.command_line.tables import Table
from skflowmix.whole_files import replacing

if TYPE_CHECKING:
    from pandas import DataFrame


def write_text(text: str, path: Path) -> None:
    """Write text in UTF-8, all of it or nothing."""
    with replacing(path) as beside:
        beside.write_text(text, encoding="utf-8")


def check_new_columns(table: Table, names: tuple[str, ...]) -> None:
    """Refuse to add columns to a table that has some of their names."""
    taken = [name for name in names if name in table.file.frame.columns]
    if taken:
        raise ValueError(
            f"{table.file.name} already has a column {taken[0]!r}, which --out adds: rename it."
        )


def write_table(table: Table, answers: Mapping[str, np.ndarray], path: Path) -> None:
    """Write a table as it was read, with answers after its own columns.

    Parameters
    ----------
    table : Table
        What was read.
    answers : mapping of str to ndarray of shape (n_used,)
        New columns, which are empty in rows that were left out.
    path : Path
        Of the file to write: parquet by its suffix, compressed if it ends in ``.gz``, separated
        by tabs if it ends in ``.tsv``, and else as the table that was read.
    """
    with replacing(path) as beside:
        if path.suffix.lower() in PARQUET:
            _with_answers(table, answers).infer_objects().to_parquet(beside, index=False)
        else:
            data = _encoded(table, answers, _form(table.file.form or Form(), path))
            beside.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)


def _with_answers(table: Table, answers: Mapping[str, np.ndarray]) -> "DataFrame":
    cells = cells_of(table.file).copy()
    for name, answer in answers.items():
        column = np.full(table.n_rows, None, dtype=object)
        column[table.rows] = answer
        cells[name] = column
    return cells


def _encoded(table: Table, answers: Mapping[str, np.ndarray], form: Form) -> bytes:
    text = {name: _as_text(answer, form.decimal) for name, answer in answers.items()}
    cells = _with_answers(table, text)
    lines = cells.to_csv(
        index=False, sep=form.separator, decimal=form.decimal, lineterminator="\n"
    )
    return lines.encode(form.encoding)


def _form(form: Form, path: Path) -> Form:
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    if ".tsv" in suffixes or form.separator == BLANKS:
        return replace(form, separator="\t")
    return form


def _as_text(answer: np.ndarray, decimal: str) -> np.ndarray:
    """Six digits of fractions, and everything else as it is."""
    if answer.dtype.kind != "f":
        return answer
    return np.array([f"{number:.6g}".replace(".", decimal) for number in answer], dtype=object)
