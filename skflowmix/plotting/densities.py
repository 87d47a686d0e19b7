"""The density along one column: of the rows, of the model, and of its components."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from skflowmix.data.categories import columns_of
from skflowmix.plotting.base import (
    LINE_STYLES,
    Display,
    as_rows,
    column_names,
    column_number,
    font_size,
    inches_of,
    shortened,
    style_of,
)

DISTINCT = 30
"""Up to so many distinct values each has a bar of its own."""


class DensityDisplay(Display):
    """Histogram of a column, with what the model draws in its place, by component.

    Rows and draws are counted in the same bins, so that nothing is smoothed. Make it by
    `from_estimator`. All parameters are stored as attributes.

    Parameters
    ----------
    values : ndarray of shape (n_rows,)
        Values of the rows.
    draws : ndarray of shape (n_draws,)
        Values that the model drew.
    components : ndarray of int of shape (n_draws,)
        Number of the component that drew each, an index into ``classes``.
    classes : array-like of shape (n_components,)
        Name of each component.
    feature_name : str
        Name of the column.
    marked : dict, default=None
        Values of the rows to show, by their names.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it is drawn.
    figure_ : matplotlib Figure
        The figure that holds ``ax_``.
    bin_edges_ : ndarray
        Ends of the bins. Few distinct values have one each.
    rows_ : matplotlib StepPatch
        The rows.
    model_ : matplotlib StepPatch
        The density of the model.
    components_ : list of matplotlib StepPatch
        What components of more than one add to it.
    marks_ : list of matplotlib Line2D
        Where the rows to show lie.
    legend_ : matplotlib Legend
        Names.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skflowmix import FlowGMM
    >>> from skflowmix.plotting import DensityDisplay
    >>> X, _ = load_iris(return_X_y=True, as_frame=True)
    >>> model = FlowGMM(3, max_iter=0, random_state=0).fit(X)
    >>> name = "petal length (cm)"
    >>> display = DensityDisplay.from_estimator(model, X, name, row=100)  # doctest: +SKIP
    """

    bin_edges_: np.ndarray
    rows_: Any
    model_: Any
    components_: list
    marks_: list
    legend_: Any

    def __init__(
        self,
        *,
        values: np.ndarray,
        draws: np.ndarray,
        components: np.ndarray,
        classes: ArrayLike,
        feature_name: str,
        marked: dict[str, float] | None = None,
    ):
        self.values = values
        self.draws = draws
        self.components = components
        self.classes = classes
        self.feature_name = feature_name
        self.marked = marked

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X: ArrayLike,
        column: int | str,
        *,
        row: int | Sequence[int] | None = None,
        n_draws: int = 20_000,
        log_scale: bool = False,
        feature_names: Sequence[str] | None = None,
        ax=None,
    ) -> "DensityDisplay":
        """Draw the density along one column.

        Parameters
        ----------
        estimator : FlowGMM or VariationalFlowMixture
            Fitted.
        X : array-like of shape (n_samples, n_features)
            Rows.
        column : int or str
            Number or name of the column.
        row : int or sequence of int, default=None
            Rows of X to show by lines, by their places, that have a value of the column.
        n_draws : int, default=20000
            How many rows the model draws; they are the same on every call.
        log_scale : bool, default=False
            Whether the axis of the density is logarithmic, as to look at tails.
        feature_names : sequence of str of length n_features, default=None
            Names of the columns. By default those of the fit, or else x0, x1, ...
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.

        Returns
        -------
        display : DensityDisplay
            What was drawn.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If there is no such column, it is not of numbers or has no value, or there is not one
            name for each.
        IndexError
            If there is no such row.
        """
        cls._check_can_show(estimator)
        names = column_names(estimator, X, feature_names)
        number = column_number(column, names)
        values = as_rows(columns_of(X, np.array([number])), allow_nan=True)[:, 0]
        if np.isnan(values).all():
            raise ValueError(f"The column {names[number]!r} has no value in these rows.")
        places = [] if row is None else np.atleast_1d(np.asarray(row)).tolist()
        draws, drawn_by = estimator.sample(n_draws, random_state=0)
        display = cls(
            values=values[~np.isnan(values)],
            draws=draws[:, number].astype(np.float64),
            components=(drawn_by[:, None] == estimator.classes_).argmax(axis=1),
            classes=estimator.classes_,
            feature_name=names[number],
            marked={
                f"row {place}": float(values[place])
                for place in places
                if not np.isnan(values[place])
            },
        )
        return display.plot(ax, log_scale=log_scale)

    def plot(self, ax=None, *, log_scale: bool = False) -> "DensityDisplay":
        """Draw it, once more or for the first time.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.
        log_scale : bool, default=False
            Whether the axis of the density is logarithmic, as to look at tails.

        Returns
        -------
        self : DensityDisplay
            With the attributes of what is drawn.
        """
        self._open(ax)
        self.bin_edges_ = self._bins()
        self._draw_densities()
        styles = [LINE_STYLES[place % len(LINE_STYLES)] for place in range(len(self.marked or {}))]
        self.marks_ = [
            self.ax_.axvline(value, color="black", linewidth=1, linestyle=style, label=name)
            for (name, value), style in zip((self.marked or {}).items(), styles, strict=True)
        ]
        width = inches_of(self.ax_)[0]
        points = font_size(width)
        self.ax_.tick_params(labelsize=points)
        self.legend_ = self._legend(fontsize=points)
        if log_scale:
            self.ax_.set_yscale("log")
        self._settle()
        width = inches_of(self.ax_)[0]
        self.ax_.set_xlabel(shortened(self.feature_name, width, points), fontsize=points)
        self.ax_.set_ylabel("density", fontsize=points)
        return self

    def _draw_densities(self) -> None:
        own, edges = self._density(self.values, len(self.values)), self.bin_edges_
        rows = {"fill": True, "facecolor": "0.85", "edgecolor": "0.6", "label": "rows"}
        self.rows_ = self.ax_.stairs(own, edges, **rows)
        total = len(self.draws)
        model = self._density(self.draws, total)
        line: dict[str, Any] = {"linewidth": 1.6, "edgecolor": "black", "label": "model"}
        self.model_ = self.ax_.stairs(model, edges, **line)
        self.components_ = []
        names = np.asarray(self.classes)
        for number in range(len(names) if len(names) > 1 else 0):
            drawn = self.draws[self.components == number]
            style = style_of(number)
            look = {"edgecolor": style["color"], "linestyle": style["linestyle"]}
            label = f"{shortened(str(names[number]), 1, 9)}: {len(drawn) / total:.0%}"
            part = self.ax_.stairs(self._density(drawn, total), edges, **look, label=label)
            self.components_.append(part)

    def _density(self, values: np.ndarray, total: int) -> np.ndarray:
        """Share of values, of so many in total, by the width of each bin."""
        counts, _ = np.histogram(values, self.bin_edges_)
        return counts / total / np.diff(self.bin_edges_)

    def _bins(self) -> np.ndarray:
        """Ends of the bins: between distinct values, or even where these are many."""
        distinct = np.unique(self.values)
        if len(distinct) <= DISTINCT:
            gaps = np.diff(distinct) if len(distinct) > 1 else np.array([1.0])
            middles = distinct[:-1] + gaps[: len(distinct) - 1] / 2
            ends = [distinct[0] - gaps[0] / 2], [distinct[-1] + gaps[-1] / 2]
            return np.concatenate([ends[0], middles, ends[1]])
        low, high = np.quantile(self.values, [0.005, 0.995])
        shown = [low - (high - low) / 2, high + (high - low) / 2]  # farther rows are left out
        low, high = max(shown[0], distinct[0]), min(shown[1], distinct[-1])
        marked = list((self.marked or {}).values())
        low, high = min([low, *marked]), max([high, *marked])
        n_bins = int(np.clip(np.sqrt(len(self.values)), 10, 60))
        return np.linspace(low, high, n_bins + 1)
