"""Estimators side by side on the same rows: their fits and scores, a table and a picture."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any

import numpy as np
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import train_test_split

from skflowmix.data.dequantising import dequantising_noise, noise_widths
from skflowmix.data.labels import is_labelled
from skflowmix.data.scaling import Scaling
from skflowmix.plotting import CONTOUR_FRACTIONS, draw_side_by_side

HELD_OUT = 0.2
"""Fraction of the rows that are kept from the fits and scored."""


@dataclass(frozen=True)
class Columns:
    """What became of the columns of a table, so that all estimators are asked the same.

    Attributes
    ----------
    compared : tuple of str
        Names of those that are compared.
    noisy : tuple of str
        Names of those of few values, which have uniform noise as wide as their steps.
    constant : tuple of str
        Names of those that are left out.
    """

    compared: tuple[str, ...] = ()
    noisy: tuple[str, ...] = ()
    constant: tuple[str, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """Rows to fit, and rows to judge the fits by.

    Attributes
    ----------
    name : str
        What to call it.
    X : ndarray of shape (n_train, n_features)
        Rows to fit.
    y : ndarray of shape (n_train,) or None
        Labels that the fits may use, -1 for unlabelled rows.
    X_held_out : ndarray of shape (n_held_out, n_features)
        Rows for the log-likelihood.
    X_known, y_known : ndarray or None
        Rows whose classes are known and kept from the fits, for the adjusted Rand index.
    columns : Columns
        What became of the columns.
    """

    name: str
    X: np.ndarray
    y: np.ndarray | None
    X_held_out: np.ndarray
    X_known: np.ndarray | None = None
    y_known: np.ndarray | None = None
    columns: Columns = Columns()


@dataclass(frozen=True)
class Result:
    """A fitted estimator and how good it is.

    Attributes
    ----------
    comparison : Comparison
        What it was fitted to and judged by.
    estimator : object
        The fitted mixture.
    seconds : float
        What the fit took.
    log_likelihood : float
        Mean over the rows held out, in nats.
    adjusted_rand : float or None
        Agreement of its groups with the known classes; None if there are none.
    """

    comparison: Comparison
    estimator: Any
    seconds: float
    log_likelihood: float
    adjusted_rand: float | None

    @property
    def name(self) -> str:
        """Name of the estimator."""
        return type(self.estimator).__name__


def split(
    name: str,
    X: np.ndarray,
    y: np.ndarray | None,
    seed: int,
    names: Sequence[str] | None = None,
) -> Comparison:
    """Hold out rows of a table; the labels of held-out rows judge the groups.

    Columns are as `on_equal_terms` makes them.

    Parameters
    ----------
    name : str
        Of the table.
    X : ndarray of shape (n_samples, n_features)
        Rows.
    y : ndarray of shape (n_samples,) or None
        Labels, -1 for unlabelled rows.
    seed : int
        Of the split and of noise.
    names : sequence of str, default=None
        Of the columns; their numbers by default.

    Returns
    -------
    comparison : Comparison
    """
    if y is None:
        X, held_out = train_test_split(X, test_size=HELD_OUT, random_state=seed)
        X, held_out, columns = on_equal_terms(X, held_out, seed, names)
        return Comparison(name, X, None, held_out, columns=columns)
    X, held_out, y, y_held_out = train_test_split(
        X, y, test_size=HELD_OUT, random_state=seed, stratify=_strata(y)
    )
    X, held_out, columns = on_equal_terms(X, held_out, seed, names)
    known = is_labelled(y_held_out)
    comparison = Comparison(name, X, y, held_out, columns=columns)
    if not known.any():
        return comparison
    return replace(comparison, X_known=held_out[known], y_known=y_held_out[known].astype(str))


def _strata(y: np.ndarray) -> np.ndarray | None:
    """Keep the proportions of the classes in the split, if they have rows enough for it."""
    strata = np.where(is_labelled(y), "label " + y.astype(str), "unlabelled")
    _, counts = np.unique(strata, return_counts=True)
    return strata if counts.min() > 1 and HELD_OUT * len(y) >= len(counts) else None


def on_equal_terms(
    X: np.ndarray, X_held_out: np.ndarray, seed: int, names: Sequence[str] | None = None
) -> tuple[np.ndarray, np.ndarray, Columns]:
    """Make columns such that the densities of all estimators can be compared.

    The density of a column of few values has no bound, and an estimator that does not add noise
    of its own while fitting finds ever more of it. So such columns get uniform noise as wide as
    their steps, once, the same for all estimators. Constant columns are left out, unless there
    are no others: with noise they would hide the groups, and without it any density does.

    Parameters
    ----------
    X : ndarray of shape (n_train, n_features)
        Rows to fit, which say what columns are like.
    X_held_out : ndarray of shape (n_held_out, n_features)
        Rows to score.
    seed : int
        Of the noise.
    names : sequence of str, default=None
        Of the columns; their numbers by default.

    Returns
    -------
    X, X_held_out : ndarray
        The rows, without constant columns and with noise.
    columns : Columns
        What became of the columns.
    """
    all_names = np.array(range(X.shape[1]) if names is None else names).astype(str)
    standardised = Scaling.of(X, np.ones(len(X))).apply(X)
    varies = standardised.std(0) > 0.5  # it is 1, and next to 0 in constant columns
    kept = varies if varies.any() else ~varies
    X, X_held_out = np.compress(kept, X, axis=1), np.compress(kept, X_held_out, axis=1)
    widths, random_state = noise_widths(X), np.random.RandomState(seed)
    X = X + dequantising_noise(X.shape, widths, random_state)
    X_held_out = X_held_out + dequantising_noise(X_held_out.shape, widths, random_state)
    compared = all_names[kept]
    told = (compared, compared[widths > 0], all_names[~kept])
    return X, X_held_out, Columns(*(tuple(some.tolist()) for some in told))


def compare(comparison: Comparison, estimators: Iterable[Any]) -> list[Result]:
    """Fit and score each of the estimators.

    Parameters
    ----------
    comparison : Comparison
        Rows and labels.
    estimators : iterable of mixtures
        With ``fit``, ``predict`` and ``score``.

    Returns
    -------
    results : list of Result
        In the order of the estimators.
    """
    return [_result(comparison, estimator) for estimator in estimators]


def _result(comparison: Comparison, estimator: Any) -> Result:
    began = time.perf_counter()
    estimator.fit(comparison.X, comparison.y)
    seconds = time.perf_counter() - began
    adjusted_rand = None
    if comparison.X_known is not None:
        groups = estimator.predict(comparison.X_known)
        adjusted_rand = adjusted_rand_score(comparison.y_known, groups)
    score = estimator.score(comparison.X_held_out)
    return Result(comparison, estimator, seconds, score, adjusted_rand)


# The table.


def report(results: Sequence[Result], known_rows: str) -> str:
    """Lay out a table of results, and say below it what the columns are.

    Parameters
    ----------
    results : sequence of Result
        One line each.
    known_rows : str
        Which rows the adjusted Rand index is over.

    Returns
    -------
    text : str
    """
    is_known = any(result.adjusted_rand is not None for result in results)
    header = ["data set", "estimator", "adjusted Rand index", "log-likelihood", "seconds"]
    lines = [header] + [_cells(result) for result in results]
    if not is_known:
        lines = [[*line[:2], *line[3:]] for line in lines]
    text = [aligned(lines, n_left=2), ""]
    if is_known:
        text.append(f"Adjusted Rand index: groups against true classes, over {known_rows}.")
    elif results[0].comparison.y is not None:
        text.append("No adjusted Rand index: too few labels to keep any from the fit.")
    held_out = f"over the {HELD_OUT:.0%} of the rows kept from the fit"
    text.append(f"Log-likelihood: nats per row, {held_out}.")
    comparisons = {result.comparison.name: result.comparison for result in results}
    return "\n".join([*text, *filter(None, map(_about_columns, comparisons.values()))])


def _about_columns(comparison: Comparison) -> str:
    """Say in one line which columns are not as they came; nothing if all are."""
    columns, said = comparison.columns, []
    if columns.noisy:
        said.append(
            f"{', '.join(columns.noisy)} of few values, with uniform noise as wide as their "
            "steps, the same for all"
        )
    if columns.constant:
        said.append(f"{', '.join(columns.constant)} constant, left out")
    return f"Columns of {comparison.name}: {'; '.join(said)}." if said else ""


def _cells(result: Result) -> list[str]:
    adjusted_rand = "" if result.adjusted_rand is None else f"{result.adjusted_rand:.3f}"
    log_likelihood, seconds = f"{result.log_likelihood:.3f}", f"{result.seconds:.1f}"
    return [result.comparison.name, result.name, adjusted_rand, log_likelihood, seconds]


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


# The picture.


def save_picture(results: Sequence[Result], path: str, axes: Sequence[str] = ("", "")) -> str:
    """Draw a row of panels for each comparison, in it a panel for each estimator.

    Parameters
    ----------
    results : sequence of Result
        Of comparisons with two columns.
    path : str
        Of the file to write; its ending says in which format.
    axes : sequence of two str, default=("", "")
        Names of the columns.

    Returns
    -------
    message : str
        Where the picture is, or that it needs matplotlib.
    """
    if not find_spec("matplotlib"):
        return "No picture: it needs matplotlib, see `pip install matplotlib`."
    from matplotlib.figure import Figure  # draws to a file, whatever screen there is

    names = list(dict.fromkeys(result.comparison.name for result in results))
    figure = Figure(figsize=(13, 4.4 * len(names) + 0.3), layout="constrained")
    rows = figure.subfigures(len(names), squeeze=False)[:, 0]
    for row, name in zip(rows, names, strict=True):
        _draw(row, [result for result in results if result.comparison.name == name], axes)
    figure.supxlabel(_caption(), fontsize=11)
    figure.savefig(path, dpi=110)
    return f"Picture: {path}"


def _draw(figure: Any, results: Sequence[Result], axes: Sequence[str]) -> None:
    comparison = results[0].comparison
    title = f"{comparison.name} ({len(comparison.X)} rows of the fit)"
    figure.suptitle(title, fontsize=15, fontweight="bold")
    estimators = [result.estimator for result in results]
    displays = draw_side_by_side(figure, estimators, comparison.X)
    for result, display in zip(results, displays, strict=True):
        display.ax_.set(title=_title(result), xlabel=axes[0])
    displays[0].ax_.set_ylabel(axes[1])


def _caption() -> str:
    inside = ", ".join(f"{fraction:.0%}" for fraction in sorted(CONTOUR_FRACTIONS))
    return (
        f"Colours: groups.  Greys: the densest regions, with {inside} of these rows.  "
        "Log-likelihood: nats per row, of other rows."
    )


def _title(result: Result) -> str:
    adjusted_rand = ""
    if result.adjusted_rand is not None:
        adjusted_rand = f"adjusted Rand index {result.adjusted_rand:.2f}, "
    return f"{result.name}\n{adjusted_rand}log-likelihood {result.log_likelihood:.2f}"
