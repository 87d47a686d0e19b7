"""Which columns make rows unusual."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from skflowmix.plotting.base import PALETTE, Display, as_rows, column_names

OTHERS = "0.85"
"""Colour of the columns that have none of their own."""


class OutlierDisplay(Display):
    """Bars of the most unusual rows, each made of what its columns add to minus its score.

    The columns that add most to the rows drawn have colours of their own; all others are grey and
    stand at the end of a bar. Make it by `from_estimator`. All parameters are stored as
    attributes.

    Parameters
    ----------
    contributions : ndarray of shape (n_rows, n_features)
        What columns add, in nats; the most unusual row comes first.
    rows : ndarray of int of shape (n_rows,)
        Numbers of the rows.
    feature_names : sequence of str of length n_features
        Names of the columns.
    threshold : float or None
        Minus the score beyond which rows are outliers.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it is drawn.
    figure_ : matplotlib Figure
        The figure that holds ``ax_``.
    bars_ : list of matplotlib BarContainer
        One for each column with a colour, and one for all others if there are any; the last bar of
        each is of the first row, which is on top.
    line_ : matplotlib Line2D or None
        Where outliers begin; None without a threshold.

    See Also
    --------
    skflowmix.OutlierDetector.explain : The numbers, and what is exact about them.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from skflowmix import OutlierDetector
    >>> from skflowmix.plotting import OutlierDisplay
    >>> X = load_wine(as_frame=True).data
    >>> display = OutlierDisplay.from_estimator(OutlierDetector().fit(X), X)  # doctest: +SKIP
    """

    line_: Any
    bars_: list[Any]

    def __init__(
        self,
        *,
        contributions: np.ndarray,
        rows: np.ndarray,
        feature_names: Sequence[str],
        threshold: float | None = None,
    ):
        self.contributions = contributions
        self.rows = rows
        self.feature_names = feature_names
        self.threshold = threshold

    @classmethod
    def from_estimator(
        cls, estimator, X: ArrayLike, *, n_rows: int = 10, feature_names=None, ax=None
    ) -> "OutlierDisplay":
        """Draw the most unusual of some rows.

        Parameters
        ----------
        estimator : OutlierDetector
            Fitted.
        X : array-like of shape (n_samples, n_features)
            Rows.
        n_rows : int, default=10
            How many of them to draw at most.
        feature_names : sequence of str of length n_features, default=None
            Names of the columns. By default those of the fit, or else x0, x1, ...
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.

        Returns
        -------
        display : OutlierDisplay
            What was drawn.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If ``n_rows`` is below 1, or there is not one name for each column.
        """
        cls._check_can_show(estimator)
        if n_rows < 1:
            raise ValueError(f"n_rows must be 1 or more, got {n_rows}.")
        names = column_names(estimator, X, feature_names)
        rows = np.argsort(estimator.score_samples(X), kind="stable")[:n_rows]
        contributions = estimator.explain(_rows_of(X, rows))
        display = cls(
            contributions=contributions,
            rows=rows,
            feature_names=names,
            threshold=-estimator.offset_,
        )
        return display.plot(ax)

    def plot(self, ax=None, *, n_columns: int = 6) -> "OutlierDisplay":
        """Draw it, once more or for the first time.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.
        n_columns : int, default=6
            How many columns have a colour of their own, at most 7.

        Returns
        -------
        self : OutlierDisplay
            With the attributes of what is drawn.
        """
        self._open(ax)
        self.line_, self.bars_ = None, []
        self._draw_bars(min(n_columns, len(PALETTE)))
        if self.threshold is not None:
            self.line_ = self.ax_.axvline(
                self.threshold, color="0.2", linestyle="--", label="outliers begin"
            )
        self.ax_.set(xlabel="minus score (nats)", ylabel="row")
        self.ax_.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
        return self

    def _draw_bars(self, n_columns: int) -> None:
        order = np.argsort(-self.contributions.sum(0), kind="stable")
        named, others = order[:n_columns], order[n_columns:]
        parts = [(self.contributions[:, j], self.feature_names[j]) for j in named]
        colours = list(PALETTE[: len(parts)])
        if len(others):
            parts.append((self.contributions[:, others].sum(1), f"{len(others)} others"))
            colours.append(OTHERS)
        places, begin = np.arange(len(self.rows)), np.zeros(len(self.rows))
        for (width, name), colour in zip(parts, colours, strict=True):
            self.bars_.append(
                self.ax_.barh(
                    places, width[::-1], left=begin[::-1], color=colour, label=name, height=0.7
                )
            )
            begin = begin + width
        self.ax_.set_yticks(places, [str(row) for row in self.rows[::-1]])


def _rows_of(X: ArrayLike, rows: np.ndarray) -> Any:
    """Return some rows; a table keeps the names of its columns."""
    return X.iloc[rows] if hasattr(X, "iloc") else as_rows(X)[rows]
