"""Estimators side by side on the same rows: their fits and scores, a table and a picture."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import train_test_split

from skflowmix.data.labels import is_labelled
from skflowmix.plotting import CONTOUR_FRACTIONS, draw_side_by_side

HELD_OUT = 0.2
"""Fraction of the rows that are kept from the fits and scored."""


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
    """

    name: str
    X: np.ndarray
    y: np.ndarray | None
    X_held_out: np.ndarray
    X_known: np.ndarray | None = None
    y_known: np.ndarray | None = None


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


def split(name: str, X: np.ndarray, y: np.ndarray | None, seed: int) -> Comparison:
    """Hold out rows of a table; the labels of held-out rows judge the groups.

    Parameters
    ----------
    name : str
        Of the table.
    X : ndarray of shape (n_samples, n_features)
        Rows.
    y : ndarray of shape (n_samples,) or None
        Labels, -1 for unlabelled rows.
    seed : int
        Of the split.

    Returns
    -------
    comparison : Comparison
    """
    if y is None:
        X, held_out = train_test_split(X, test_size=HELD_OUT, random_state=seed)
        return Comparison(name, X, None, held_out)
    X, held_out, y, y_held_out = train_test_split(
        X, y, test_size=HELD_OUT, random_state=seed, stratify=_strata(y)
    )
    known = is_labelled(y_held_out)
    if not known.any():
        return Comparison(name, X, y, held_out)
    known_classes = y_held_out[known].astype(str)
    return Comparison(name, X, y, held_out, held_out[known], known_classes)


def _strata(y: np.ndarray) -> np.ndarray | None:
    """Keep the proportions of the classes in the split, if they have rows enough for it."""
    strata = np.where(is_labelled(y), "label " + y.astype(str), "unlabelled")
    _, counts = np.unique(strata, return_counts=True)
    return strata if counts.min() > 1 and HELD_OUT * len(y) >= len(counts) else None


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
    return "\n".join([*text, f"Log-likelihood: nats per row, {held_out}."])


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
