"""Pairs of columns: rows by group below the diagonal, and what the model draws above it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.ndimage import gaussian_filter
from scipy.stats import spearmanr
from sklearn.impute import SimpleImputer

from skflowmix.plotting.base import (
    check_numbers,
    column_names,
    column_number,
    component_numbers,
    number_columns,
    style_of,
    thinned,
)
from skflowmix.plotting.groups import (
    CERTAIN,
    GAP,
    GroupsDisplay,
    draw_ticks,
    numbered_labels,
)
from skflowmix.plotting.separation import by_distance, distances_to_rest

DISTINCT = 30
"""Up to so many distinct values each has a bar of its own."""
BINS, SMOOTHING = 60, 1.5
"""Along each side of a panel, and over how many of them draws are smoothed."""
INSIDE = (0.95, 0.8, 0.5, 0.2)
"""Shares of the draws inside of the contours of a density."""


class PairDisplay(GroupsDisplay):
    """Every pair of some columns: the rows below the diagonal, the model above it.

    Rows have the colour and the marker of their group, and are hollow where the estimator is not
    certain. Above the diagonal, contours hold 20, 50, 80 and 95% of what the model draws, and a
    line in the colour of each component half of what that draws. On the diagonal are a histogram
    of the rows, in grey, the density of the model, in black, and what each component adds to it.
    Rows with missing values are left out of the panels that need them, and so are columns of
    categories. Make it by `from_estimator`. All parameters are stored as attributes.

    Parameters
    ----------
    draws : ndarray of shape (n_draws, n_axes)
        What the model drew, in the columns of ``points``.
    components : ndarray of int of shape (n_draws,)
        Number of the component that drew each, an index into ``classes``.
    **rows : dict
        Rows and their groups, as in `GroupsDisplay`.

    Attributes
    ----------
    ax_, figure_, axes_, scatter_, legend_
        As in `GroupsDisplay`; no panel is None.

    See Also
    --------
    GroupsDisplay : Groups without densities, of anything that predicts.
    DensityDisplay : The density along one column, larger.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from skflowmix import FlowGMM
    >>> from skflowmix.plotting import PairDisplay
    >>> X, _ = load_wine(return_X_y=True, as_frame=True)
    >>> model = FlowGMM(3, max_iter=0, random_state=0).fit(X)
    >>> columns = ["alcohol", "hue", "proline"]
    >>> display = PairDisplay.from_estimator(model, X, columns=columns)  # doctest: +SKIP
    """

    def __init__(self, *, draws: np.ndarray, components: np.ndarray, **rows: Any):
        super().__init__(**rows)
        self.draws = draws
        self.components = components

    @classmethod
    def from_estimator(  # type: ignore[override]
        cls,
        estimator,
        X: ArrayLike,
        y: ArrayLike | None = None,
        *,
        columns: Sequence[int | str] | None = None,
        max_columns: int = 5,
        n_draws: int = 20_000,
        feature_names: Sequence[str] | None = None,
        max_rows: int = 3000,
        ax=None,
    ) -> "PairDisplay":
        """Draw pairs of columns of a fitted mixture.

        Parameters
        ----------
        estimator : FlowGMM or VariationalFlowMixture
            Fitted.
        X : array-like of shape (n_samples, n_features)
            Rows; NaN is a missing value.
        y : array-like of shape (n_samples,), default=None
            Labels to colour the rows by in place of the predicted groups. Missing ones, as in
            `fit`, are grey.
        columns : sequence of int or str, default=None
            Columns to draw, by numbers or names, in this order. By default those in which the
            predicted groups are farthest from the rest of the rows; with one group, those that go
            with the others most, by their rank correlations.
        max_columns : int, default=5
            How many columns are drawn at most where none are named.
        n_draws : int, default=20000
            How many rows the model draws; they are the same on every call.
        feature_names : sequence of str of length n_features, default=None
            Names of the columns. By default those of the fit, or else x0, x1, ...
        max_rows : int, default=3000
            How many rows are drawn, at most. Which ones depends on their values only.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default. Its place is filled with panels.

        Returns
        -------
        display : PairDisplay
            What was drawn.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If there is no such column, it is one of categories or has no value, if
            ``max_columns`` or ``max_rows`` cannot be used, or if the lengths of names or labels
            do not fit.
        """
        cls._check_can_show(estimator)
        if min(max_columns, max_rows) < 1:
            raise ValueError("max_columns and max_rows must be 1 or more.")
        predicted, classes = component_numbers(estimator, X)
        names = column_names(estimator, X, feature_names)
        rows, of_numbers = number_columns(estimator, X, allow_nan=True)
        if columns is None:
            _check_values(rows[:, of_numbers], [names[j] for j in of_numbers])
            telling = telling_columns(rows[:, of_numbers], predicted, len(classes))
            chosen = of_numbers[telling[:max_columns]]
        else:
            chosen = np.array([column_number(column, names) for column in columns], dtype=int)
            check_numbers([names[j] for j in chosen if j not in of_numbers])
            _check_values(rows[:, chosen], [names[j] for j in chosen])
        if not len(chosen):
            raise ValueError("columns must name 1 or more.")
        groups, classes = _groups_of(y, predicted, np.asarray(classes))
        shown = thinned(rows, predicted, max_rows)
        draws, drawn_by = estimator.sample(n_draws, random_state=0)
        display = cls(
            points=rows[np.ix_(shown, chosen)],
            groups=groups[shown],
            is_certain=estimator.predict_proba(X).max(axis=1)[shown] >= CERTAIN,
            classes=classes,
            counts=np.bincount(groups[groups >= 0], minlength=len(classes)),
            feature_names=names,
            columns=chosen,
            draws=np.asarray(draws)[:, chosen].astype(np.float64),
            components=(drawn_by[:, None] == np.asarray(estimator.classes_)).argmax(axis=1),
        )
        display.plot(ax)
        return display

    def _draw_pairs(self) -> None:
        size = self.points.shape[1]
        self.ax_.set_axis_off()
        self.axes_ = np.full((size, size), None, dtype=object)
        side = (1 - GAP / size * (size - 1)) / size
        for row, column in np.ndindex(size, size):
            left, top = (side + GAP / size) * np.array([column, row])
            panel = self.ax_.inset_axes((left, 1 - top - side, side, side))
            self.axes_[row, column] = panel
            if row < column:
                self._contours(panel, column, row)
                draw_ticks(panel, self._limits(column), self._limits(row))
                panel.tick_params(length=2, labelbottom=False, labelleft=False)
            else:
                self._draw_panel(panel, row, column)
        self.legend_ = self._legend(handles=self._handles(), fontsize=8)

    @property
    def _drawing(self) -> np.ndarray:
        """Numbers of the components that have drawn rows; none where it is one only."""
        found = np.unique(self.components)
        return found if len(found) > 1 else found[:0]

    def _contours(self, panel, across: int, up: int) -> None:
        """Draw the density of two columns, and where half of each component is."""
        ends = self._limits(across), self._limits(up)
        whole, extent = _smoothed(self.draws[:, [across, up]], ends)
        levels = _levels(whole, INSIDE)
        if len(levels):
            colors = ["0.9", "0.8", "0.68", "0.55"][-len(levels) :]
            panel.contourf(*extent, whole, levels=[*levels, np.inf], colors=colors)
        for component in self._drawing:
            own, _ = _smoothed(self.draws[self.components == component][:, [across, up]], ends)
            style = style_of(int(component))
            for level in _levels(own, (0.5,)):
                look = {"colors": [style["color"]], "linestyles": [style["linestyle"]]}
                panel.contour(*extent, own, levels=[level], linewidths=1.2, **look)
        panel.set(xlim=ends[0], ylim=ends[1])

    def _histograms(self, panel, axis: int) -> None:
        low, high = self._limits(axis)
        own, edges = self.points[:, axis], _edges(self.points[:, axis], low, high)
        own = own[~np.isnan(own)]
        panel.stairs(_density(own, edges, len(own)), edges, fill=True, color="0.85")
        total = len(self.draws)
        for component in self._drawing:
            style, drawn = style_of(int(component)), self.draws[self.components == component, axis]
            line = {"edgecolor": style["color"], "linestyle": style["linestyle"]}
            panel.stairs(_density(drawn, edges, total), edges, linewidth=1.1, **line)
        whole = _density(self.draws[:, axis], edges, total)
        panel.stairs(whole, edges, edgecolor="black", linewidth=1.1)
        panel.set(xlim=(low, high), yticks=[])

    def _handles(self) -> list:
        """Entries of the legend, with those of the model."""
        from matplotlib.lines import Line2D
        from matplotlib.patches import Patch

        model = Line2D([], [], color="black", linewidth=1.1, label="model")
        return [*super()._handles(), Patch(color="0.85", label="rows"), model]


def _check_values(rows: np.ndarray, names: list[str]) -> None:
    """Refuse to draw columns of rows ``(n, p)`` that have no value."""
    is_empty = np.isnan(rows).all(axis=0)
    if is_empty.any():
        empty = [name for name, has_none in zip(names, is_empty, strict=True) if has_none]
        raise ValueError(f"The columns {empty} have no value in these rows: leave them out.")


def telling_columns(X: np.ndarray, groups: np.ndarray, n_groups: int) -> np.ndarray:
    """Return numbers of columns ``(d,)``, those first that tell most of groups or of each other.

    Missing values count as the median of their column.
    """
    X = SimpleImputer(strategy="median", keep_empty_features=True).fit_transform(X)
    if len(np.unique(groups)) > 1 or X.shape[1] < 3:
        return by_distance(distances_to_rest(X, groups, n_groups))
    varied = np.ptp(X, axis=0) > 0
    together = np.zeros(X.shape[1])
    if varied.sum() > 2:
        together[varied] = np.abs(spearmanr(X[:, varied]).statistic).sum(axis=0)
    return np.argsort(-together, kind="stable")


def _groups_of(
    y: ArrayLike | None, predicted: np.ndarray, classes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of groups ``(n,)``, of labels where they are given, and names of all groups.

    Labels that are components have the numbers of these; others come after them.
    """
    if y is None:
        return predicted, classes
    numbers, labels = numbered_labels(y, len(predicted))
    known = classes.tolist()
    names = [*known, *(label for label in labels.tolist() if label not in known)]
    places = np.array([names.index(label) for label in labels.tolist()], dtype=int)
    groups = np.full(len(predicted), -1)
    groups[numbers >= 0] = places[numbers[numbers >= 0]]
    return groups, np.array(names, dtype=object)


def _smoothed(
    draws: np.ndarray, ends: tuple[tuple[float, float], tuple[float, float]]
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Shares of draws ``(n, 2)`` in the bins of a panel, smoothed, and the middles of the bins."""
    counts, across, up = np.histogram2d(draws[:, 0], draws[:, 1], BINS, np.array(ends))
    shares = gaussian_filter(counts.T, SMOOTHING, mode="constant") / max(len(draws), 1)
    return shares, ((across[1:] + across[:-1]) / 2, (up[1:] + up[:-1]) / 2)


def _levels(shares: np.ndarray, inside: Sequence[float]) -> np.ndarray:
    """Heights above which bins hold some shares of all, the lowest first; none twice."""
    heights = np.sort(shares, axis=None)[::-1]
    held = heights.cumsum()
    if not held[-1] > 0:
        return np.empty(0)
    places = [min(np.searchsorted(held, share * held[-1]), len(held) - 1) for share in inside]
    levels = np.unique(heights[places])
    return levels[levels > 0]


def _edges(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Ends of bins: between distinct values where they are few, else even."""
    distinct = np.unique(values[(values >= low) & (values <= high)])
    if 1 < len(distinct) <= DISTINCT and len(distinct) < len(values) / 3:
        return np.array([low, *(distinct[1:] + distinct[:-1]) / 2, high])
    return np.linspace(low, high, 31)


def _density(values: np.ndarray, edges: np.ndarray, total: int) -> np.ndarray:
    """Share of values, of so many in total, by the width of each bin."""
    return np.histogram(values, edges)[0] / max(total, 1) / np.diff(edges)
