"""What makes a group: the columns in which it is far from all other rows."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from skflowmix.plotting.base import (
    Display,
    column_names,
    component_numbers,
    font_size,
    inches_of,
    number_columns,
    shortened,
    signed,
    standardised,
    style_of,
    text_inches,
    thinned,
)
from skflowmix.plotting.separation import by_distance, distances_to_rest, median_differences

REST = "0.8"
"""Colour of the rows outside of the group."""


class ProfileDisplay(Display):
    """The columns in which a group is farthest from all other rows, or those of all groups.

    Make it by `from_estimator`. All parameters are stored as attributes.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_features)
        Rows in standardised columns.
    groups : ndarray of int of shape (n_rows,)
        Number of the group of each, an index into ``classes``.
    classes : array-like of shape (n_groups,)
        Name of each group.
    distances : ndarray of shape (n_groups, n_features)
        How far each group is from the rest of the rows in each column: the Wasserstein distance of
        order one, in standard deviations of the column. NaN of a group that has no rows, or all.
    differences : ndarray of shape (n_groups, n_features)
        Median of each group less that of the rest, in standard deviations; NaN likewise.
    feature_names : sequence of str of length n_features
        Names of the columns.
    component : int, default=None
        Number of the group that is drawn; all by default.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it is drawn.
    figure_ : matplotlib Figure
        The figure that holds ``ax_``.
    columns_ : ndarray of int
        Numbers of the columns that are drawn, from the farthest on, which is on top.
    shapes_ : list
        For one group, its violins or boxes, and then those of the rest.
    image_ : matplotlib AxesImage or None
        For all groups, the differences of columns, from the top, and groups.
    legend_ : matplotlib Legend or None
        For one group, which side is which.

    See Also
    --------
    GroupsDisplay : All groups in the columns that tell them apart.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from skflowmix import FlowGMM
    >>> from skflowmix.plotting import ProfileDisplay
    >>> X, _ = load_wine(return_X_y=True, as_frame=True)
    >>> model = FlowGMM(3, max_iter=0, random_state=0).fit(X)
    >>> display = ProfileDisplay.from_estimator(model, X, 2)  # doctest: +SKIP
    """

    columns_: np.ndarray
    shapes_: list
    image_: Any
    legend_: Any

    def __init__(
        self,
        *,
        values: np.ndarray,
        groups: np.ndarray,
        classes: ArrayLike,
        distances: np.ndarray,
        differences: np.ndarray,
        feature_names: Sequence[str],
        component: int | None = None,
    ):
        self.values = values
        self.groups = groups
        self.classes = classes
        self.distances = distances
        self.differences = differences
        self.feature_names = feature_names
        self.component = component

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X: ArrayLike,
        component: Any = None,
        *,
        kind: str = "violin",
        max_columns: int = 10,
        feature_names: Sequence[str] | None = None,
        max_rows: int = 10_000,
        ax=None,
    ) -> "ProfileDisplay":
        """Draw what makes a group that an estimator has found.

        Parameters
        ----------
        estimator : object
            Fitted, with `predict`: a mixture or a classifier.
        X : array-like of shape (n_samples, n_features)
            Rows. Columns of categories are left out.
        component : entry of ``classes_``, default=None
            Name of the group, as `predict` gives it; by default all groups.
        kind : {"violin", "box"}, default="violin"
            What is drawn of one group and of the rest of the rows, beside each other.
        max_columns : int, default=10
            How many columns are drawn, at most.
        feature_names : sequence of str of length n_features, default=None
            Names of the columns. By default those of the fit, or else x0, x1, ...
        max_rows : int, default=10000
            How many rows are looked at, at most. Which ones depends on their values only.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.

        Returns
        -------
        display : ProfileDisplay
            What was drawn. Its ``distances`` are those of all groups and columns.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If there is no such component or ``kind``, ``max_columns`` or ``max_rows`` is below 1,
            or there is not one name for each column.
        """
        cls._check_can_show(estimator)
        if max_rows < 1:
            raise ValueError(f"max_rows must be 1 or more, got {max_rows}.")
        groups, classes = component_numbers(estimator, X)
        number = None if component is None else _number(component, classes)
        names = column_names(estimator, X, feature_names)
        rows, of_numbers = number_columns(estimator, X)
        names, rows = [names[j] for j in of_numbers], rows[:, of_numbers]
        used = thinned(rows, groups, max_rows)
        rows, groups = rows[used], groups[used]
        display = cls(
            values=standardised(rows),
            groups=groups,
            classes=classes,
            distances=distances_to_rest(rows, groups, len(classes)),
            differences=median_differences(rows, groups, len(classes)),
            feature_names=names,
            component=number,
        )
        return display.plot(ax, kind=kind, max_columns=max_columns)

    def plot(self, ax=None, *, kind: str = "violin", max_columns: int = 10) -> "ProfileDisplay":
        """Draw it, once more or for the first time.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.
        kind : {"violin", "box"}, default="violin"
            What is drawn of one group and of the rest of the rows, beside each other.
        max_columns : int, default=10
            How many columns are drawn, at most.

        Returns
        -------
        self : ProfileDisplay
            With the attributes of what is drawn.

        Raises
        ------
        ValueError
            If there is no such ``kind``, or ``max_columns`` is below 1.
        """
        if kind not in ("violin", "box"):
            raise ValueError(f"kind must be 'violin' or 'box', got {kind!r}.")
        if max_columns < 1:
            raise ValueError(f"max_columns must be 1 or more, got {max_columns}.")
        groups = slice(None) if self.component is None else [self.component]
        self.columns_ = by_distance(self.distances[groups])[:max_columns]
        self._open(ax, figsize=(6.4, max(0.36 * len(self.columns_) + 1.2, 3)))
        self.shapes_, self.image_, self.legend_ = [], None, None
        if self.component is None:
            self._draw_all_groups()
        else:
            self._draw_group(self.component, kind)
        return self

    # One group.

    def _draw_group(self, group: int, kind: str) -> None:
        is_own = self.groups == group
        name = str(np.asarray(self.classes)[group])
        sides = [(is_own, "high", style_of(group)["color"], name), (~is_own, "low", REST, "rest")]
        handles = []
        for rows, side, colour, label in sides:
            if rows.any():
                draw = self._violins if kind == "violin" else self._boxes
                self.shapes_.extend(draw(self.values[rows][:, self.columns_], side, colour))
                handles.append(_patch(colour, f"{shortened(label, 1, 9)}: {rows.sum():,}"))
        self.ax_.set_xlim(self._limits())
        points = self._name_columns(np.arange(len(self.columns_))[::-1])
        self.ax_.set_xlabel("standard deviations from the mean", fontsize=points)
        self._write_distances(group, points)
        style = {"handlelength": 1, "columnspacing": 1, "frameon": False, "fontsize": points}
        above = {"loc": "lower center", "bbox_to_anchor": (0.5, 1)}
        self.legend_ = self.ax_.legend(handles=handles, ncols=2, **style, **above)

    def _violins(self, values: np.ndarray, side: str, colour: str) -> list:
        """Half violins of columns ``(n, m)``, with medians."""
        places = np.arange(values.shape[1])[::-1]
        drawn = self.ax_.violinplot(
            values,
            places,
            orientation="horizontal",
            side=side,
            widths=0.9,
            showextrema=False,
            showmedians=True,
        )
        for body in drawn["bodies"]:
            body.set(facecolor=colour, edgecolor="0.25", linewidth=0.6, alpha=1)
        drawn["cmedians"].set(color="black", linewidth=1.4)
        return drawn["bodies"]

    def _boxes(self, values: np.ndarray, side: str, colour: str) -> list:
        """Boxes of columns ``(n, m)``; whiskers end at 5% and 95% of the rows."""
        places = np.arange(values.shape[1])[::-1] + (0.2 if side == "high" else -0.2)
        drawn = self.ax_.boxplot(
            values,
            positions=places,
            orientation="horizontal",
            widths=0.32,
            whis=(5, 95),
            showfliers=False,
            patch_artist=True,
            medianprops={"color": "black", "linewidth": 1.4},
            boxprops={"facecolor": colour, "edgecolor": "0.25", "linewidth": 0.6},
        )
        return drawn["boxes"]

    def _limits(self) -> tuple[float, float]:
        """Ends of the axis: nearly all values of the columns that are drawn."""
        low, high = np.quantile(self.values[:, self.columns_], [0.003, 0.997])
        margin = 0.05 * (high - low) or 0.5
        return float(low - margin), float(high + margin)

    def _write_distances(self, group: int, points: float) -> None:
        """Write how far the group is from the rest at the right end of each column."""
        if np.isnan(self.distances[group]).any():
            return
        at_right = {"xycoords": self.ax_.get_yaxis_transform(), "fontsize": points, "va": "center"}
        for place, column in enumerate(self.columns_[::-1]):
            self.ax_.annotate(f"{self.distances[group, column]:.2f}", (1.01, place), **at_right)
        self.ax_.annotate(
            "distance from the rest",
            (1.01, (len(self.columns_) - 1) / 2),
            xytext=(3 * points, 0),
            textcoords="offset points",
            rotation=270,
            **at_right,
        )

    # All groups.

    def _draw_all_groups(self) -> None:
        drawn = self.differences[:, self.columns_].T  # (columns, groups)
        is_known = ~np.isnan(drawn)
        limit = max(1.0, np.abs(drawn[is_known]).max(initial=0.0))
        self.ax_.set_facecolor("0.85")  # seen where nothing is known
        self.image_ = self.ax_.imshow(
            np.ma.masked_invalid(drawn), cmap="RdBu_r", vmin=-limit, vmax=limit, aspect="auto"
        )
        points = self._name_columns(np.arange(len(self.columns_)))
        self._name_groups(points)
        bar = self.figure_.colorbar(self.image_, ax=self.ax_, aspect=30, pad=0.02)
        bar.set_label("median beyond that of the rest (sd)", fontsize=points)
        bar.ax.tick_params(labelsize=points)
        if is_known.any():
            self._write_differences(drawn, limit)
        else:
            words = {"ha": "center", "va": "center", "fontsize": points}
            self.ax_.text(0.5, 0.5, "one group: no rest", transform=self.ax_.transAxes, **words)

    def _name_groups(self, points: float) -> None:
        labels = [shortened(str(name), 1.2, points) for name in np.asarray(self.classes)]
        width = 0.5 * inches_of(self.ax_)[0] / len(labels)
        rotation = 90 if text_inches(max(labels, key=len), points) > width else 0
        self.ax_.set_xticks(range(len(labels)), labels, fontsize=points, rotation=rotation)
        self.ax_.set_xlabel("group", fontsize=points)

    def _write_differences(self, drawn: np.ndarray, limit: float) -> None:
        """Write numbers with signs into the cells, or signs alone where cells are small."""
        width, height = inches_of(self.ax_)
        points = float(np.clip(30 * min(0.7 * width / drawn.shape[1], height / len(drawn)), 5, 8))
        has_room = 0.5 * width / drawn.shape[1] > 0.3
        for (row, column), value in np.ndenumerate(drawn):
            if np.isfinite(value):
                text = signed(value, 1) if has_room else _sign(value)
                colour = "white" if abs(value) > 0.6 * limit else "black"
                words = {"ha": "center", "va": "center", "fontsize": points, "color": colour}
                self.ax_.text(column, row, text, **words)

    def _name_columns(self, places: np.ndarray) -> float:
        """Write the names of the columns, and return the points of all text."""
        width = inches_of(self.ax_)[0]
        points = font_size(width)
        names = [shortened(self.feature_names[j], 0.38 * width, points) for j in self.columns_]
        self.ax_.set_yticks(places, names, fontsize=points)
        self.ax_.tick_params(labelsize=points)
        return points


def _number(component: Any, classes: ArrayLike) -> int:
    """Number of the group of a name."""
    names = np.asarray(classes).tolist()
    if component not in names:
        raise ValueError(f"There is no component {component!r}: predict answers {names}.")
    return names.index(component)


def _sign(value: float) -> str:
    """Sign of a difference that is not small."""
    return "" if abs(value) < 0.5 else signed(value, 0)[0]


def _patch(colour: str, label: str) -> Any:
    from matplotlib.patches import Patch

    return Patch(facecolor=colour, edgecolor="0.25", linewidth=0.6, label=label)
