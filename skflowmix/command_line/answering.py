"""From a table to answers: read, tell, fit, tell, write."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from skflowmix.command_line import pictures
from skflowmix.command_line.findings import Findings, find, place_of
from skflowmix.command_line.fitting import Fit, fit
from skflowmix.command_line.page import page
from skflowmix.command_line.requests import ESTIMATORS, Request
from skflowmix.command_line.tables import Table, read_table
from skflowmix.command_line.telling import fit_text, found_text, read_text, row_text
from skflowmix.command_line.writing import (
    check_new_columns,
    write_table,
    write_text,
)
from skflowmix.whole_files import check_writable

GROUP_COLUMNS = ("component", "probability", "log_likelihood")
OUTLIER_COLUMNS = ("outlier", "score")
"""What ``--out`` adds to a table."""


def answer(request: Request) -> None:
    """Answer a request for a table.

    Parameters
    ----------
    request : Request
        With a table.

    Raises
    ------
    ValueError
        If it cannot be answered; before the fit, as far as that can be known.
    MissingPackageError
        If a package is missing.
    """
    request = with_checked_files(request)
    table = read_table(request)
    _check_answerable(table, request)
    if not request.quiet:
        print(read_text(table, adds_noise=request.wants_groups), end="\n\n")
        print(fit_text(table, request.estimator or ESTIMATORS[0]), end="\n\n", flush=True)
    fitted = fit(table, request)
    findings = find(table, fitted, request)
    if not request.quiet:
        print(found_text(findings))
    if findings.row is not None:
        print(("" if request.quiet else "\n") + row_text(findings.row))
    for line in _write(table, fitted, findings, request):
        if not request.quiet:
            print(line)


def with_checked_files(request: Request) -> Request:
    """Refuse files that cannot be written, and complete the suffix of the picture.

    Parameters
    ----------
    request : Request

    Returns
    -------
    request : Request
        With the path that the picture will have.

    Raises
    ------
    ValueError
        If a file cannot be written, or two of them are one.
    """
    if request.picture is not None and request.table is not None:
        pictures.check_possible()
    if request.picture is not None and pictures.is_possible():
        request = replace(request, picture=pictures.with_suffix(request.picture))
    files = [path for path in (request.out, request.report, request.picture) if path is not None]
    for path in files:
        check_writable(path)
    if len({path.resolve() for path in files}) < len(files):
        raise ValueError("--out, --report and --picture must be different files.")
    return request


def _check_answerable(table: Table, request: Request) -> None:
    for option, path in (("--report", request.report), ("--picture", request.picture)):
        if path is not None and path.resolve() == table.file.path.resolve():
            raise ValueError(f"{option} would replace the table {table.file.name}.")
    if request.out is not None:
        check_new_columns(table, GROUP_COLUMNS if request.wants_groups else OUTLIER_COLUMNS)
    if request.row is not None:
        place_of(table, request.row)


def _write(table: Table, fitted: Fit, findings: Findings, request: Request) -> list[str]:
    """Write the files that are asked for, and say where they are."""
    written = []
    if request.out is not None:
        write_table(table, _answers(findings), request.out)
        written.append(f"Table: {request.out}")
    wants_pictures = request.picture is not None or request.report is not None
    drawn = pictures.figures(fitted, table) if wants_pictures and pictures.is_possible() else None
    if request.picture is not None and drawn:
        pictures.save(next(iter(drawn.values())), request.picture)
        written.append(f"Picture: {request.picture}")
    if request.report is not None:
        shown = drawn and {name: pictures.embedded(figure) for name, figure in drawn.items()}
        write_text(page(table, findings, request, shown), request.report)
        written.append(f"Report: {request.report}")
    return written


def _answers(findings: Findings) -> Mapping[str, np.ndarray]:
    if findings.groups is not None:
        groups = findings.groups
        found = (groups.components, groups.probability, groups.log_likelihood)
        return dict(zip(GROUP_COLUMNS, found, strict=True))
    if findings.outliers is None:
        raise ValueError("nothing was found")
    outliers = findings.outliers
    return dict(zip(OUTLIER_COLUMNS, (outliers.is_outlier, outliers.scores), strict=True))
