"""Groups in any number of columns: pairs of columns, or the two directions that tell most."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from skflowmix.data.labels import known_labels
from skflowmix.plotting.base import (
    Display,
    check_numbers,
    column_names,
    column_number,
    component_numbers,
    font_size,
    inches_of,
    number_columns,
    shortened,
    signed,
    style_of,
    text_inches,
    thinned,
)
from skflowmix.plotting.separation import by_distance, distances_to_rest, projected

CERTAIN = 0.8
"""Probability of its group from which a row counts as certain."""
NO_LABEL = {"color": "0.75", "marker": "."}
"""How rows without a label look."""
GAP = 0.06
"""Of a panel's side, between panels."""


class GroupsDisplay(Display):
    """Rows by group, in the columns or along the directions that tell the groups apart.

    Each group has a colour and a marker. A row of which the estimator is not certain is hollow.
    Make it by `from_estimator`. All parameters are stored as attributes.

    Parameters
    ----------
    points : ndarray of shape (n_points, n_axes)
        Positions of the rows that are drawn: values in some columns, or along two directions.
    groups : ndarray of int of shape (n_points,)
        Number of the group of each, an index into ``classes``; -1 without one.
    is_certain : ndarray of bool of shape (n_points,)
        Whether the probability of the predicted group is .8 or more.
    classes : array-like of shape (n_groups,)
        Name of each group.
    counts : ndarray of int of shape (n_groups,)
        How many of all rows each group has.
    feature_names : sequence of str of length n_features
        Names of the columns.
    columns : ndarray of int of shape (n_axes,), default=None
        Which columns are drawn in pairs; None along directions.
    correlations : ndarray of shape (n_features, 2), default=None
        Of the columns with the two directions, by which the axes are named; None in pairs.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it is drawn; in pairs, the frame of all panels.
    figure_ : matplotlib Figure
        The figure that holds ``ax_``.
    axes_ : ndarray of shape (n_axes, n_axes), or (1, 1)
        The panels; None above the diagonal.
    scatter_ : list of matplotlib PathCollection
        The rows of each group in the last panel, those that are certain before the others.
    legend_ : matplotlib Legend
        Names of the groups, with their counts and shares.

    See Also
    --------
    MixtureDisplay : Two columns, with the density.
    PairDisplay : Pairs of columns, with the density.
    ProfileDisplay : What makes a group.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from skflowmix import FlowGMM
    >>> from skflowmix.plotting import GroupsDisplay
    >>> X, _ = load_wine(return_X_y=True, as_frame=True)
    >>> model = FlowGMM(3, max_iter=0, random_state=0).fit(X)
    >>> display = GroupsDisplay.from_estimator(model, X)  # doctest: +SKIP
    """

    axes_: Any
    scatter_: list
    legend_: Any

    def __init__(
        self,
        *,
        points: np.ndarray,
        groups: np.ndarray,
        is_certain: np.ndarray,
        classes: ArrayLike,
        counts: np.ndarray,
        feature_names: Sequence[str],
        columns: np.ndarray | None = None,
        correlations: np.ndarray | None = None,
    ):
        self.points = points
        self.groups = groups
        self.is_certain = is_certain
        self.classes = classes
        self.counts = counts
        self.feature_names = feature_names
        self.columns = columns
        self.correlations = correlations

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X: ArrayLike,
        *,
        y: ArrayLike | None = None,
        columns: Sequence[int | str] | None = None,
        max_columns: int = 5,
        kind: str = "auto",
        feature_names: Sequence[str] | None = None,
        max_rows: int = 3000,
        ax=None,
    ) -> "GroupsDisplay":
        """Draw the groups that an estimator puts rows into.

        Parameters
        ----------
        estimator : object
            Fitted, with `predict`: a mixture or a classifier. With `predict_proba`, rows that it
            is not certain of are hollow.
        X : array-like of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,), default=None
            Labels to colour by in place of the predicted groups, to compare the two pictures: rows
            have the same places in both. Missing ones, as in `fit`, are grey.
        columns : sequence of int or str, default=None
            Columns to draw, by numbers or names; by default all but categories.
        max_columns : int, default=5
            How many columns are drawn in pairs, at most: those in which the predicted groups are
            farthest from the rest of the rows, see `ProfileDisplay`. The farthest comes first.
        kind : {"auto", "pairs", "projection"}, default="auto"
            "pairs" draws every pair of columns, with a histogram of each group on the diagonal.
            "projection" draws the two directions that tell the predicted groups apart: a linear
            discriminant analysis of the standardised columns, with principal components where it
            has fewer than two. Its axes name the columns that go with them most, by their
            correlations. "auto" is "pairs" unless there are more than ``max_columns``.
        feature_names : sequence of str of length n_features, default=None
            Names of the columns. By default those of the fit, or else x0, x1, ...
        max_rows : int, default=3000
            How many rows are drawn, at most. Which ones depends on their values only.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default. In pairs, its place is filled with panels.

        Returns
        -------
        display : GroupsDisplay
            What was drawn.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If ``kind``, a column, ``max_columns`` or ``max_rows`` cannot be used, a column is one
            of categories, or the lengths of names or labels do not fit.
        """
        cls._check_can_show(estimator)
        _check(kind, max_columns, max_rows)
        predicted, classes = component_numbers(estimator, X)
        names = column_names(estimator, X, feature_names)
        rows, of_numbers = number_columns(estimator, X)
        used = of_numbers
        if columns is not None:
            used = np.array([column_number(column, names) for column in columns], dtype=int)
            check_numbers([names[j] for j in used if j not in of_numbers])
        is_certain = _is_certain(estimator, X)
        groups = predicted
        if y is not None:
            groups, classes = numbered_labels(y, len(rows))
        drawn = thinned(rows, predicted, max_rows)
        found = _places(rows[np.ix_(drawn, used)], predicted[drawn], kind, max_columns)
        points, chosen, correlations = found
        display = cls(
            points=points,
            groups=groups[drawn],
            is_certain=is_certain[drawn],
            classes=classes,
            counts=np.bincount(groups[groups >= 0], minlength=len(classes)),
            feature_names=names if chosen is not None else [names[j] for j in used],
            columns=None if chosen is None else used[chosen],
            correlations=correlations,
        )
        return display.plot(ax)

    def plot(self, ax=None) -> "GroupsDisplay":
        """Draw it, once more or for the first time.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.

        Returns
        -------
        self : GroupsDisplay
            With the attributes of what is drawn.
        """
        if self.columns is None:
            self._open(ax)
            self._draw_directions()
        else:
            side = 1.6 * len(self.columns) + 1.6
            self._open(ax, figsize=(max(side, 4.8), max(side - 0.6, 3.8)))
            self._draw_pairs()
        return self

    # Two directions.

    def _draw_directions(self) -> None:
        self.axes_ = np.array([[self.ax_]], dtype=object)
        self._scatter(self.ax_, 0, 1)
        self._name_groups()
        points = font_size(inches_of(self.ax_)[0])
        self.ax_.tick_params(labelsize=points)
        self.legend_ = self._legend(handles=self._handles(), fontsize=points)
        self.ax_.set(xlabel="\n", ylabel="\n")  # the room that names will need
        self._settle()
        width, height = inches_of(self.ax_)
        self.ax_.set_xlabel(self._direction(0, width, points), fontsize=points)
        self.ax_.set_ylabel(self._direction(1, height, points), fontsize=points)

    def _direction(self, axis: int, inches: float, points: float) -> str:
        """Columns that go with a direction, the first ones first, as many as two lines hold."""
        assert self.correlations is not None
        own, lines = self.correlations[:, axis], ["r ="]
        for j in np.argsort(-np.abs(own), kind="stable")[:4]:
            name = shortened(self.feature_names[j], inches * 0.7, points)
            part = f" {signed(own[j], 2)} {name}"
            if text_inches(lines[-1] + part, points) > inches and lines[-1] != "r =":
                lines.append("")
            lines[-1] += part + ","
        return "\n".join(line.strip() for line in lines[:2]).rstrip(",")

    def _name_groups(self) -> None:
        """Write the name of each group where its median is."""
        from matplotlib.patheffects import withStroke

        for group, name in enumerate(np.asarray(self.classes)):
            own = self.points[self.groups == group]
            if len(own):
                self.ax_.annotate(
                    shortened(str(name), 1, 9),
                    np.median(own, axis=0),
                    ha="center",
                    va="center",
                    fontsize=9,
                    fontweight="bold",
                    path_effects=[withStroke(linewidth=2.5, foreground="white")],
                    zorder=5,
                )

    # Pairs of columns.

    def _draw_pairs(self) -> None:
        size = self.points.shape[1]
        self.ax_.set_axis_off()
        self.axes_ = np.full((size, size), None, dtype=object)
        side = (1 - GAP / size * (size - 1)) / size
        for row in range(size):
            for column in range(row + 1):
                left, top = (side + GAP / size) * np.array([column, row])
                panel = self.ax_.inset_axes((left, 1 - top - side, side, side))
                self.axes_[row, column] = panel
                self._draw_panel(panel, row, column)
        self.legend_ = self._legend_of_pairs()

    def _draw_panel(self, panel, row: int, column: int) -> None:
        if row == column:
            self._histograms(panel, row)
        else:
            self._scatter(panel, column, row)
        draw_ticks(panel, self._limits(column), self._limits(row) if row != column else None)
        self._name_panel(panel, row, column)

    def _name_panel(self, panel, row: int, column: int) -> None:
        """Write names and numbers at the left and at the bottom only."""
        is_bottom, is_left = row == self.points.shape[1] - 1, column == 0
        width, height = inches_of(panel)
        points = font_size(width)
        panel.tick_params(
            labelsize=points - 1, length=2, labelbottom=is_bottom, labelleft=is_left and row > 0
        )
        for axis in (panel.xaxis, panel.yaxis):
            axis.get_offset_text().set_fontsize(points - 1)
        if is_bottom:
            panel.set_xlabel(self._column(column, width, points), fontsize=points)
        if is_left:
            named = "density" if row == 0 else self._column(row, height, points)
            panel.set_ylabel(named, fontsize=points)

    def _column(self, axis: int, inches: float, points: float) -> str:
        assert self.columns is not None
        return shortened(self.feature_names[self.columns[axis]], inches, points)

    def _histograms(self, panel, axis: int) -> None:
        low, high = self._limits(axis)
        panel.set(xlim=(low, high), yticks=[])
        for group, style in self._styles():
            own = self.points[self.groups == group, axis]
            own = own[(own >= low) & (own <= high)]
            if len(own):
                line = {name: style[name] for name in ("color", "linestyle") if name in style}
                bins = np.linspace(low, high, 26)
                panel.hist(own, bins=bins, density=True, histtype="step", linewidth=1.1, **line)

    def _legend_of_pairs(self) -> Any:
        """Put the legend over the empty triangle; with one column, where there is room."""
        size, handles = self.points.shape[1], self._handles()
        points = font_size(inches_of(self.ax_)[0] / 3)
        if size == 1:
            return self._legend(handles=handles, fontsize=points)
        columns = 2 if size > 2 and len(handles) > 3 * (size - 1) else 1
        return self.ax_.legend(
            handles=handles,
            loc="upper right",
            frameon=False,
            borderaxespad=0,
            fontsize=points,
            ncols=columns,
        )

    # Rows.

    def _styles(self) -> list[tuple[int, dict[str, Any]]]:
        """Numbers and looks of the groups, the largest first, as others would hide under it."""
        order = np.argsort(-self.counts, kind="stable").tolist()
        unlabelled = [(-1, NO_LABEL)] if (self.groups < 0).any() else []
        return [*unlabelled, *((group, style_of(group)) for group in order)]

    def _scatter(self, panel, across: int, up: int) -> None:
        self.scatter_ = []
        n_drawn = len(self.points) / inches_of(panel)[0] ** 2
        size = float(np.clip(4000 / max(n_drawn, 1), 4, 22))
        for group, style in self._styles():
            for is_certain in (True, False):
                rows = (self.groups == group) & (self.is_certain == is_certain)
                if rows.any():
                    look = _filled(style, is_certain)
                    x, y = self.points[rows][:, [across, up]].T
                    self.scatter_.append(panel.scatter(x, y, s=size, **look))
        panel.set(xlim=self._limits(across), ylim=self._limits(up))

    def _limits(self, axis: int) -> tuple[float, float]:
        """Ends of an axis: all rows but those that are far from all others of their group."""
        values = self.points[:, axis]
        ends = []
        for group in np.unique(self.groups):
            own = values[(self.groups == group) & ~np.isnan(values)]
            if not len(own):
                continue
            low, high = np.quantile(own, [0.005, 0.995])
            ends.append([max(own.min(), low - (high - low)), min(own.max(), high + (high - low))])
        low, high = np.min(ends), np.max(ends)
        margin = 0.04 * (high - low) or 0.5
        return float(low - margin), float(high + margin)

    def _handles(self) -> list:
        """Entries of the legend: groups with counts and shares, and what hollow rows are."""
        from matplotlib.lines import Line2D

        total, handles = max(len(self.counts) and self.counts.sum(), 1), []
        style: dict[str, Any] = {"linestyle": "none", "markersize": 5}
        for group, name in enumerate(np.asarray(self.classes)):
            count = self.counts[group]
            label = f"{shortened(str(name), 1.2, 9)}: {count:,} ({count / total:.0%})"
            handles.append(Line2D([], [], label=label, **{**style_of(group), **style}))
        if (self.groups < 0).any():
            handles.append(Line2D([], [], label="no label", **{**NO_LABEL, **style}))
        if not self.is_certain.all():
            hollow = {"marker": "o", "color": "0.3", "markerfacecolor": "none"}
            handles.append(Line2D([], [], label=f"probability < {CERTAIN}", **{**hollow, **style}))
        return handles


def draw_ticks(panel, across: tuple[float, float], up: tuple[float, float] | None = None) -> None:
    """Set a few ticks between the ends of the axes of a panel."""
    panel.set_xticks(_ticks(*across, inches_of(panel)[0]))
    if up is not None:
        panel.set_yticks(_ticks(*up, inches_of(panel)[1]))


def _ticks(low: float, high: float, inches: float) -> np.ndarray:
    """Two or three positions that are not so near an end that labels run into the next panel."""
    from matplotlib.ticker import MaxNLocator

    ticks = np.asarray(MaxNLocator(3 if inches > 1 else 2).tick_values(low, high))
    margin = 0.1 * (high - low)
    inside = ticks[(ticks > low + margin) & (ticks < high - margin)]
    return inside if len(inside) else np.array([(low + high) / 2])


def _check(kind: str, max_columns: int, max_rows: int) -> None:
    if kind not in ("auto", "pairs", "projection"):
        raise ValueError(f"kind must be 'auto', 'pairs' or 'projection', got {kind!r}.")
    if max_columns < 1:
        raise ValueError(f"max_columns must be 1 or more, got {max_columns}.")
    if max_rows < 1:
        raise ValueError(f"max_rows must be 1 or more, got {max_rows}.")


def _is_certain(estimator, X: ArrayLike) -> np.ndarray:
    """Whether the most probable group of each row is certain, ``(n,)``."""
    if not hasattr(estimator, "predict_proba"):
        return np.full(np.shape(X)[0], True)
    return estimator.predict_proba(X).max(axis=1) >= CERTAIN


def numbered_labels(y: ArrayLike, n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of labels ``(n,)``, -1 where they are missing, and their names."""
    labelled, labels = known_labels(y, n_rows)
    classes, numbers = np.unique(labels, return_inverse=True)
    groups = np.full(n_rows, -1)
    groups[labelled] = numbers
    return groups, classes


def _places(
    X: np.ndarray, groups: np.ndarray, kind: str, max_columns: int
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None]:
    """Positions of rows, with the numbers of columns or the correlations with directions."""
    if kind == "projection" or (kind == "auto" and X.shape[1] > max_columns):
        points, correlations = projected(X, groups)
        return points, None, correlations
    distances = distances_to_rest(X, groups, groups.max() + 1)
    columns = by_distance(distances)[:max_columns]
    return X[:, columns], columns, None


def _filled(style: dict[str, Any], is_certain: bool) -> dict[str, Any]:
    """Look of rows: filled, or hollow."""
    look: dict[str, Any] = {"marker": style["marker"], "linewidths": 0.7}
    if is_certain:
        return {**look, "color": style["color"], "edgecolors": "white", "linewidths": 0.2}
    return {**look, "facecolors": "none", "edgecolors": style["color"]}
