"""The quick start: ``python -m skflowmix``.

Without a table it compares both estimators and scikit-learn's `GaussianMixture` on data that
comes with the package. With a table, a CSV file with a header, it does so on the table and writes
the component of every row. See ``python -m skflowmix --help``.
"""

import csv
import sys
import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.callback import ProgressBar
from sklearn.datasets import load_digits, load_wine, make_moons
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skflowmix import FlowGMM, VariationalFlowMixture
from skflowmix._labels import UNLABELLED, is_labelled
from skflowmix.datasets import make_pinwheel
from skflowmix.plotting import HELD_FRACTIONS, PALETTE, MixtureDisplay, component_numbers

HELD_OUT = 0.2
"""Fraction of the rows that are kept from the fits and scored."""
NEW_COLUMNS = ("component", "log_likelihood")


class DataSet(NamedTuple):
    """Data of the quick start and how its columns are prepared."""

    name: str
    load: Callable[[int], tuple[np.ndarray, np.ndarray]]
    n_components: int
    preparation: Any = FunctionTransformer()


DATA_SETS = (
    DataSet("pinwheel", lambda seed: make_pinwheel(1000, random_state=seed), 5),
    DataSet("moons", lambda seed: make_moons(1000, noise=0.05, random_state=seed), 2),
    DataSet("wine", lambda seed: load_wine(return_X_y=True), 3, StandardScaler()),
    DataSet("digits", lambda seed: load_digits(return_X_y=True), 10, PCA(10)),
)


@dataclass(frozen=True)
class Problem:
    """Rows to fit, and rows to judge the fits by.

    Attributes
    ----------
    name : str
        What to call it.
    n_components : int
        Of every estimator.
    X : ndarray of shape (n_train, n_features)
        Rows to fit.
    y : ndarray of shape (n_train,) or None
        Labels that the fits may use, -1 for unlabelled rows.
    X_held_out : ndarray of shape (n_held_out, n_features)
        Rows for the log-likelihood.
    X_known, y_known : ndarray or None
        Rows whose classes are known and kept from the fits, for the adjusted Rand index.
    """

    name: str
    n_components: int
    X: np.ndarray
    y: np.ndarray | None
    X_held_out: np.ndarray
    X_known: np.ndarray | None = None
    y_known: np.ndarray | None = None


@dataclass(frozen=True)
class Result:
    """A fitted estimator and how good it is."""

    problem: Problem
    estimator: Any
    seconds: float
    log_likelihood: float
    adjusted_rand: float | None

    @property
    def name(self) -> str:
        """Name of the estimator."""
        return type(self.estimator).__name__


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, default=None
        Arguments, those of the process by default.
    """
    parser = _parser()
    arguments = parser.parse_args(argv)
    try:
        _check_arguments(arguments)
        if arguments.table is None:
            _quick_start(arguments)
        else:
            _group_table(arguments)
    except (ValueError, OSError) as error:
        parser.error(" ".join(str(error).split()))


# The command line.


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="python -m skflowmix",
        description="Compare mixtures of normalizing flows with a Gaussian mixture: on data that "
        "comes with the package, or on a table, whose rows it can sort into groups.",
    )
    add = parser.add_argument
    add("table", nargs="?", metavar="table.csv", help="a CSV file with a header")
    add("--n-components", type=int, metavar="K", help="number of groups in the table")
    add("--labels", metavar="COLUMN", help="column of class labels; empty cell: unlabelled row")
    add("--out", metavar="PATH", help="write the table here, with the component of every row")
    add("--picture", metavar="PATH", default="skflowmix.png", help="default: %(default)s")
    add("--random-state", type=int, metavar="SEED", default=0, help="default: %(default)s")
    return parser


def _check_arguments(arguments: Namespace) -> None:
    """Refuse what would fail after the fits, or be ignored."""
    if arguments.table is None:
        for name in ("n_components", "labels", "out"):
            if getattr(arguments, name) is not None:
                raise ValueError(f"--{name.replace('_', '-')} needs a table.")
    elif arguments.labels is None and arguments.n_components is None:
        raise ValueError("give the number of groups by --n-components, or classes by --labels.")
    elif arguments.n_components is not None and arguments.n_components < 1:
        raise ValueError(f"--n-components must be 1 or more, got {arguments.n_components}.")
    for path in (arguments.picture, arguments.out):
        if path is not None and not Path(path).parent.is_dir():
            raise ValueError(
                f"there is no folder {str(Path(path).parent)!r} to write {path!r} to."
            )


def _quick_start(arguments: Namespace) -> None:
    seed = arguments.random_state
    problems = [_demonstration(data_set, seed) for data_set in DATA_SETS]
    results = [result for problem in problems for result in _compare(problem, seed)]
    _report(results, "all rows of the fit, which saw no labels")
    _save_picture([r for r in results if r.problem.X.shape[1] == 2], arguments.picture)


def _group_table(arguments: Namespace) -> None:
    seed = arguments.random_state
    table = read_table(arguments.table)
    if arguments.out is not None:
        _check_new_columns(table)
    y = None if arguments.labels is None else labels(table, arguments.labels)
    names, X = features(table, arguments.labels)
    n_components = _n_components(arguments.n_components, y)
    problem = _table_problem(table.name, X, y, n_components, seed)
    results = _compare(problem, seed)
    n_known = 0 if problem.y_known is None else len(problem.y_known)
    _report(results, f"the {n_known} labelled rows kept from the fit")
    if arguments.out is not None:
        estimator = VariationalFlowMixture(n_components, random_state=seed)
        _write_groups(table, _shown(estimator).fit(X, y), X, arguments.out)
    if len(names) == 2:
        _save_picture(results, arguments.picture, names)


def _n_components(wanted: int | None, y: np.ndarray | None) -> int:
    """One component for each class at least, though some may have no row in a split."""
    n_classes = 0 if y is None else len(set(y[is_labelled(y)]))
    if wanted is None and not n_classes:
        raise ValueError("no row has a label: give the number of groups by --n-components.")
    return max(wanted or 0, n_classes)


# Problems.


def _demonstration(data_set: DataSet, seed: int) -> Problem:
    X, y = data_set.load(seed)
    X, X_held_out, y, _ = train_test_split(X, y, test_size=HELD_OUT, random_state=seed)
    preparation = data_set.preparation.fit(X)
    X, X_held_out = preparation.transform(X), preparation.transform(X_held_out)
    return Problem(data_set.name, data_set.n_components, X, None, X_held_out, X, y)


def _table_problem(
    name: str, X: np.ndarray, y: np.ndarray | None, n_components: int, seed: int
) -> Problem:
    """Split a table; labels of held-out rows are kept to judge the groups by."""
    if y is None:
        X, held_out = train_test_split(X, test_size=HELD_OUT, random_state=seed)
        return Problem(name, n_components, X, None, held_out)
    X, held_out, y, y_held_out = train_test_split(
        X, y, test_size=HELD_OUT, random_state=seed, stratify=_strata(y)
    )
    known = is_labelled(y_held_out)
    if not known.any():
        return Problem(name, n_components, X, y, held_out)
    known_classes = y_held_out[known].astype(str)
    return Problem(name, n_components, X, y, held_out, held_out[known], known_classes)


def _strata(y: np.ndarray) -> np.ndarray | None:
    """Keep the proportions of the classes in the split, if they have rows enough for it."""
    strata = np.where(is_labelled(y), "label " + y.astype(str), "unlabelled")
    _, counts = np.unique(strata, return_counts=True)
    return strata if counts.min() > 1 and HELD_OUT * len(y) >= len(counts) else None


# Fits.


def _compare(problem: Problem, seed: int) -> list[Result]:
    k = problem.n_components
    estimators = (
        GaussianMixture(k, n_init=5, random_state=seed),
        _shown(FlowGMM(k, random_state=seed)),
        _shown(VariationalFlowMixture(k, random_state=seed)),
    )
    return [_fitted(problem, estimator) for estimator in estimators]


def _shown(estimator: Any) -> Any:
    """Show the progress of the fit if there is anyone to see it and rich to draw it."""
    if sys.stdout.isatty() and find_spec("rich"):
        estimator.set_callbacks(ProgressBar())
    return estimator


def _fitted(problem: Problem, estimator: Any) -> Result:
    began = time.perf_counter()
    estimator.fit(problem.X, problem.y)
    seconds = time.perf_counter() - began
    agreement = None
    if problem.X_known is not None:
        agreement = adjusted_rand_score(problem.y_known, estimator.predict(problem.X_known))
    return Result(problem, estimator, seconds, estimator.score(problem.X_held_out), agreement)


# The report.


def _report(results: Sequence[Result], known_rows: str) -> None:
    is_known = any(result.adjusted_rand is not None for result in results)
    header = ["data set", "estimator", "adjusted Rand index", "log-likelihood", "seconds"]
    lines = [header] + [_cells(result) for result in results]
    print(aligned(lines if is_known else [[*line[:2], *line[3:]] for line in lines], n_left=2))
    print()
    if is_known:
        print(f"Adjusted Rand index: groups against true classes, over {known_rows}.")
    elif results[0].problem.y is not None:
        print("No adjusted Rand index: too few labels to keep any from the fit.")
    print(f"Log-likelihood: nats per row, over the {HELD_OUT:.0%} of the rows kept from the fit.")


def _cells(result: Result) -> list[str]:
    agreement = "" if result.adjusted_rand is None else f"{result.adjusted_rand:.3f}"
    log_likelihood, seconds = f"{result.log_likelihood:.3f}", f"{result.seconds:.1f}"
    return [result.problem.name, result.name, agreement, log_likelihood, seconds]


def aligned(lines: Sequence[Sequence[str]], *, n_left: int) -> str:
    """Lay out a header and lines of cells in columns.

    Parameters
    ----------
    lines : sequence of sequence of str
        The header, then the lines.
    n_left : int
        Number of columns that are aligned to the left; the others are to the right.

    Returns
    -------
    text : str

    Examples
    --------
    >>> print(aligned([["name", "n"], ["a", "10"]], n_left=1))
    name   n
    ----  --
    a     10
    """
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    header, *rest = lines
    alignments = ["<" if i < n_left else ">" for i in range(len(widths))]
    return "\n".join(
        "  ".join(f"{c:{a}{w}}" for c, a, w in zip(line, alignments, widths, strict=True)).rstrip()
        for line in (header, ["-" * width for width in widths], *rest)
    )


def _save_picture(results: Sequence[Result], path: str, axes: Sequence[str] = ("", "")) -> None:
    """Draw a row of panels for each problem and a panel for each estimator."""
    if not find_spec("matplotlib"):
        print("No picture: it needs matplotlib, see `pip install matplotlib`.")
        return
    from matplotlib.figure import Figure  # draws to a file, whatever screen there is

    problems = list(dict.fromkeys(result.problem.name for result in results))
    figure = Figure(figsize=(13, 4.4 * len(problems) + 0.3), layout="constrained")
    rows = figure.subfigures(len(problems), squeeze=False)[:, 0]
    for row, name in zip(rows, problems, strict=True):
        _draw(row, [result for result in results if result.problem.name == name], axes)
    figure.supxlabel(_caption(), fontsize=11)
    figure.savefig(path, dpi=110)
    print(f"Picture: {path}")


def _draw(figure: Any, results: Sequence[Result], axes: Sequence[str]) -> None:
    problem = results[0].problem
    figure.suptitle(
        f"{problem.name} ({len(problem.X)} rows of the fit)", fontsize=15, fontweight="bold"
    )
    panels = figure.subplots(1, len(results), sharex=True, sharey=True)
    reference, _ = component_numbers(results[0].estimator, problem.X)
    for ax, result in zip(panels, results, strict=True):
        groups, classes = component_numbers(result.estimator, problem.X)
        palette = _matching(reference, groups, max(len(classes), reference.max() + 1))
        MixtureDisplay.from_estimator(result.estimator, problem.X, ax=ax, palette=palette)
        ax.set(title=_title(result), xlabel=axes[0])
    panels[0].set_ylabel(axes[1])


def _caption() -> str:
    held = ", ".join(f"{fraction:.0%}" for fraction in sorted(HELD_FRACTIONS))
    return (
        f"Colours: groups.  Greys: the densest regions, with {held} of these rows.  "
        "Log-likelihood: nats per row, of other rows."
    )


def _title(result: Result) -> str:
    agreement = result.adjusted_rand
    known = "" if agreement is None else f"adjusted Rand index {agreement:.2f}, "
    return f"{result.name}\n{known}log-likelihood {result.log_likelihood:.2f}"


def _matching(reference: np.ndarray, groups: np.ndarray, n_groups: int) -> list[str]:
    """Colour of each group such that groups of the same rows look the same in all panels."""
    if n_groups > len(PALETTE):  # groups of one colour differ by their markers
        return list(PALETTE)
    both = np.zeros((n_groups, n_groups))
    np.add.at(both, (groups, reference), 1)
    _, partners = linear_sum_assignment(both, maximize=True)
    return [PALETTE[partner] for partner in partners]


# Tables.


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

    def at(self, row: int) -> str:
        """Say where a row is, for messages."""
        return f"{self.name}, line {self.lines[row]}"


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
    if not numbered:
        raise ValueError(f"{name} is empty: it needs a line of column names, then rows.")
    header = [cell.strip() for cell in numbered[0][1]]
    _check_header(name, header)
    lines, rows = [line for line, _ in numbered[1:]], [row for _, row in numbered[1:]]
    table = Table(name, header, rows, lines)
    _check_rows(table)
    return table


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
                f"{table.at(i)} has {len(row)} cells for {n_columns} columns: add or remove "
                "cells, and quote those that contain a comma."
            )


def _check_new_columns(table: Table) -> None:
    taken = [column for column in NEW_COLUMNS if column in table.header]
    if taken:
        raise ValueError(
            f"{table.name} already has a column {taken[0]!r}, which --out adds: rename it."
        )


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


def _numbers(table: Table, name: str) -> list[float]:
    position = table.header.index(name)
    found = []
    for i, row in enumerate(table.rows):
        cell = row[position].strip()
        number = _number(cell)
        if number is None:
            raise ValueError(
                f"{table.at(i)}, column {name!r}: {_complaint(cell)}, or remove the column."
            )
        found.append(number)
    return found


def _complaint(cell: str) -> str:
    if not cell:
        return "the cell is empty; fill it in, remove the row"
    return f"{cell!r} is not a finite number; replace it, name the column by --labels"


def _number(cell: str) -> float | None:
    try:
        number = float(cell)
    except ValueError:
        return None
    return number if np.isfinite(number) else None


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
        Text, and the int -1 where the cell is empty.

    Raises
    ------
    ValueError
        If there is no such column, or it marks unlabelled rows by "-1".
    """
    if column not in table.header:
        raise ValueError(
            f"{table.name} has no column {column!r} for --labels, only {', '.join(table.header)}."
        )
    cells = [row[table.header.index(column)].strip() for row in table.rows]
    if str(UNLABELLED) in cells:
        raise ValueError(
            f"{table.at(cells.index(str(UNLABELLED)))}, column {column!r}: the label is -1; leave "
            "the cells of unlabelled rows empty."
        )
    return np.array([cell or UNLABELLED for cell in cells], dtype=object)


def _write_groups(table: Table, estimator: Any, X: np.ndarray, path: str) -> None:
    """Write the table as it was, with a component and a log-likelihood for each row."""
    groups, log_likelihoods = estimator.predict(X), estimator.score_samples(X)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*table.header, *NEW_COLUMNS])
        for row, group, log_likelihood in zip(table.rows, groups, log_likelihoods, strict=True):
            writer.writerow([*row, group, f"{log_likelihood:.6g}"])
    print(f"Groups: {path}, by {type(estimator).__name__} fitted to all rows")


if __name__ == "__main__":
    main()
