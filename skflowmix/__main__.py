"""The quick start: ``python -m skflowmix``.

Without a table it compares both estimators and scikit-learn's `GaussianMixture` on data that
comes with the package. With a table, a CSV file with a header, it does so on the table, chooses
how many groups there are unless that is given, and writes the component of every row. See
``python -m skflowmix --help``.
"""

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.callback import ProgressBar
from sklearn.datasets import load_digits, load_wine, make_moons
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skflowmix import FlowGMM, VariationalFlowMixture
from skflowmix.comparison import (
    HELD_OUT,
    Comparison,
    Result,
    aligned,
    compare,
    on_equal_terms,
    report,
    save_picture,
    split,
)
from skflowmix.data.labels import is_labelled
from skflowmix.data.tables import Table, describe_labels, features, labels, read_table, write_table
from skflowmix.datasets import make_pinwheel

__all__ = ["aligned", "features", "labels", "main", "read_table"]

NEW_COLUMNS = ("component", "log_likelihood")
"""What ``--out`` adds to a table."""
AUTO = "auto"
"""Number of groups where it is to be chosen."""


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
            _compare_data_sets(arguments)
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
    add(
        "--n-components",
        type=_number,
        metavar="K",
        help='number of groups in the table, or "auto" to have it chosen, the default without '
        "labels",
    )
    add(
        "--labels",
        metavar="COLUMN",
        help="column of class labels; unlabelled are the rows where it is empty or, in this "
        "spelling, NA, N/A, n/a, #N/A, <NA>, NaN, nan, NULL, null, None or ?",
    )
    add("--out", metavar="PATH", help="write the table here, with the component of every row")
    add("--picture", metavar="PATH", default="skflowmix.png", help="default: %(default)s")
    add("--random-state", type=int, metavar="SEED", default=0, help="default: %(default)s")
    return parser


def _number(text: str) -> int | str:
    """Read a number of groups, or that it is to be chosen."""
    if text == AUTO:
        return AUTO
    try:
        return int(text)
    except ValueError as error:
        raise ArgumentTypeError(f'it is a number or "auto", got {text!r}.') from error


def _check_arguments(arguments: Namespace) -> None:
    """Refuse what would fail after the fits, or be ignored."""
    if arguments.table is None:
        for name in ("n_components", "labels", "out"):
            if getattr(arguments, name) is not None:
                raise ValueError(f"--{name.replace('_', '-')} needs a table.")
    elif isinstance(arguments.n_components, int) and arguments.n_components < 1:
        raise ValueError(f"--n-components must be 1 or more, got {arguments.n_components}.")
    for path in (arguments.picture, arguments.out):
        if path is not None and not Path(path).parent.is_dir():
            raise ValueError(
                f"there is no folder {str(Path(path).parent)!r} to write {path!r} to."
            )


# Without a table.


def _compare_data_sets(arguments: Namespace) -> None:
    seed = arguments.random_state
    results = [
        result
        for data_set in DATA_SETS
        for result in _results(demonstration(data_set, seed), data_set.n_components, seed)
    ]
    print(report(results, "all rows of the fit, which saw no labels"))
    flat = [result for result in results if result.comparison.X.shape[1] == 2]
    print(save_picture(flat, arguments.picture))


def demonstration(data_set: DataSet, seed: int) -> Comparison:
    """Split a data set, and prepare its columns as the rows of the fit have it.

    Parameters
    ----------
    data_set : DataSet
        What to load.
    seed : int
        Of the data and of the split.

    Returns
    -------
    comparison : Comparison
        The fits see no labels; their groups are judged by the classes of the rows of the fit.
    """
    X, y = data_set.load(seed)
    X, X_held_out, y, _ = train_test_split(X, y, test_size=HELD_OUT, random_state=seed)
    preparation = data_set.preparation.fit(X)
    prepared = preparation.transform(X), preparation.transform(X_held_out)
    X, X_held_out, columns = on_equal_terms(*prepared, seed)
    return Comparison(data_set.name, X, None, X_held_out, X, y, columns)


# With a table.


def _group_table(arguments: Namespace) -> None:
    seed = arguments.random_state
    table = read_table(arguments.table)
    if arguments.out is not None:
        _check_new_columns(table)
    y = None if arguments.labels is None else labels(table, arguments.labels)
    names, X = features(table, arguments.labels)
    if y is not None:
        print(describe_labels(y), end="\n\n")
    n_components = _n_components(arguments.n_components, y)
    comparison = split(table.name, X, y, seed, names)
    results = _results(comparison, n_components, seed)
    n_known = 0 if comparison.y_known is None else len(comparison.y_known)
    print(report(results, f"the {n_known} labelled rows kept from the fit"))
    found = results[-1].estimator.n_components_
    if n_components == AUTO:
        print(f"Number of groups: {found}, chosen by FlowGMM from the rows of its fit.")
    if arguments.out is not None:
        estimator = _with_progress(VariationalFlowMixture(found, random_state=seed))
        write_table(table, _groups(estimator.fit(X, y), X), arguments.out)
        print(f"Groups: {arguments.out}, by {type(estimator).__name__} fitted to all rows")
    compared = comparison.columns.compared
    if len(compared) == 2:
        print(save_picture(results, arguments.picture, compared))


def _check_new_columns(table: Table) -> None:
    taken = [column for column in NEW_COLUMNS if column in table.header]
    if taken:
        raise ValueError(
            f"{table.name} already has a column {taken[0]!r}, which --out adds: rename it."
        )


def _n_components(wanted: int | str | None, y: np.ndarray | None) -> int | str:
    """One component for each class at least, though some may have no row in a split."""
    n_classes = 0 if y is None else len(set(y[is_labelled(y)]))
    if isinstance(wanted, int):
        return max(wanted, n_classes)
    return n_classes or AUTO


def _groups(estimator: Any, X: np.ndarray) -> dict[str, list[str]]:
    """Cells of the new columns."""
    components = [str(component) for component in estimator.predict(X)]
    log_likelihoods = [f"{value:.6g}" for value in estimator.score_samples(X)]
    return dict(zip(NEW_COLUMNS, (components, log_likelihoods), strict=True))


# The estimators.


def _results(comparison: Comparison, n_components: int | str, seed: int) -> list[Result]:
    """Compare three estimators with one number of groups, which the first to fit may choose."""
    flow = _with_progress(FlowGMM(n_components, random_state=seed))
    chosen = compare(comparison, [flow])
    found = flow.n_components_
    plain = GaussianMixture(found, n_init=5, random_state=seed)
    variational = _with_progress(VariationalFlowMixture(found, random_state=seed))
    return compare(comparison, [plain]) + chosen + compare(comparison, [variational])


def _with_progress(estimator: Any) -> Any:
    """Show the progress of the fit if there is anyone to see it and rich to draw it."""
    if sys.stdout.isatty() and find_spec("rich"):
        estimator.set_callbacks(ProgressBar())
    return estimator


if __name__ == "__main__":
    main()
