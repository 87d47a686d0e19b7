"""Estimators side by side on the same rows: their fits and scores, a table and a picture."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import adjusted_rand_score

from skflowmix.command_line.text_tables import aligned
from skflowmix.data.dequantising import dequantising_noise, noise_widths
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
    X_held_out : ndarray of shape (n_held_out, n_features)
        Rows for the log-likelihood.
    y : ndarray of shape (n_train,)
        True classes, which no fit sees, for the adjusted Rand index.
    columns : Columns, default=Columns()
        What became of the columns.
    """

    name: str
    X: np.ndarray
    X_held_out: np.ndarray
    y: np.ndarray
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
    adjusted_rand : float
        Agreement of its groups with the true classes.
    """

    comparison: Comparison
    estimator: Any
    seconds: float
    log_likelihood: float
    adjusted_rand: float

    @property
    def name(self) -> str:
        """Name of the estimator."""
        return type(self.estimator).__name__


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
    estimator.fit(comparison.X)
    seconds = time.perf_counter() - began
    agreement = adjusted_rand_score(comparison.y, estimator.predict(comparison.X))
    score = estimator.score(comparison.X_held_out)
    return Result(comparison, estimator, seconds, score, agreement)


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
    header = ["data set", "estimator", "adjusted Rand index", "log-likelihood", "seconds"]
    text = [
        aligned([header, *map(_cells, results)], n_left=2),
        "",
        f"Adjusted Rand index: groups against true classes, over {known_rows}.",
        f"Log-likelihood: nats per row, over the {HELD_OUT:.0%} of the rows kept from the fit.",
    ]
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
    scores = [f"{result.adjusted_rand:.3f}", f"{result.log_likelihood:.3f}"]
    return [result.comparison.name, result.name, *scores, f"{result.seconds:.1f}"]


# The picture.


def comparison_figure(results: Sequence[Result]) -> Any:
    """Draw a row of panels for each comparison, in it a panel for each estimator.

    Parameters
    ----------
    results : sequence of Result
        Of comparisons with two columns.

    Returns
    -------
    figure : matplotlib Figure
    """
    from matplotlib.figure import Figure  # draws to a file, whatever screen there is

    names = list(dict.fromkeys(result.comparison.name for result in results))
    figure = Figure(figsize=(13, 4.4 * len(names) + 0.3), layout="constrained")
    rows = figure.subfigures(len(names), squeeze=False)[:, 0]
    for row, name in zip(rows, names, strict=True):
        _draw(row, [result for result in results if result.comparison.name == name])
    figure.supxlabel(_caption(), fontsize=11)
    return figure


def _draw(figure: Any, results: Sequence[Result]) -> None:
    comparison = results[0].comparison
    title = f"{comparison.name} ({len(comparison.X)} rows of the fit)"
    figure.suptitle(title, fontsize=15, fontweight="bold")
    estimators = [result.estimator for result in results]
    displays = draw_side_by_side(figure, estimators, comparison.X)
    for result, display in zip(results, displays, strict=True):
        display.ax_.set(title=_title(result))


def _caption() -> str:
    inside = ", ".join(f"{fraction:.0%}" for fraction in sorted(CONTOUR_FRACTIONS))
    return (
        f"Colours: groups.  Greys: the densest regions, with {inside} of these rows.  "
        "Log-likelihood: nats per row, of other rows."
    )


def _title(result: Result) -> str:
    agreement, score = result.adjusted_rand, result.log_likelihood
    return f"{result.name}\nadjusted Rand index {agreement:.2f}, log-likelihood {score:.2f}"
