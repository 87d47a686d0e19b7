"""Rows, groups and density of a fitted mixture in two dimensions, and several side by side."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linear_sum_assignment

from skflowmix.plotting.base import MARKERS, PALETTE, Display, as_rows, component_numbers
from skflowmix.scikit_learn_private import check_matplotlib_support

GREYS = (0.94, 0.66)
"""Of the outermost and of the innermost region: lighter than every colour but yellow."""
CONTOUR_FRACTIONS = (0.95, 0.75, 0.5, 0.25)
"""Fractions of the rows that the regions inside the contours hold."""


class MixtureDisplay(Display):
    """Rows coloured by component, over contours of the log-density, in two dimensions.

    Make it by `from_estimator`. All parameters are stored as attributes.

    Parameters
    ----------
    X : ndarray of shape (n_samples, 2)
        Rows.
    components : ndarray of shape (n_samples,)
        Number of the component of each row, an index into ``classes``.
    classes : array-like of shape (n_components,)
        Name of each component.
    grid : tuple of two ndarrays of shape (grid_resolution,)
        Where the log-density is known, along each axis.
    log_density : ndarray of shape (grid_resolution, grid_resolution)
        The log-density at ``grid``; rows are positions along the second axis.
    levels : ndarray of shape (n_levels,)
        Log-densities of the contours, increasing.
    feature_names : tuple of two str, default=None
        Labels of the axes.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it is drawn.
    figure_ : matplotlib Figure
        The figure that holds ``ax_``.
    scatter_ : list of matplotlib PathCollection
        The rows of each component that has any, labelled for ``ax_.legend()``.
    contours_ : list of matplotlib QuadContourSet
        Filled regions and their outlines; empty if the density is too peaked for the grid.

    Examples
    --------
    >>> from sklearn.mixture import GaussianMixture
    >>> from skflowmix.datasets import make_pinwheel
    >>> from skflowmix.plotting import MixtureDisplay
    >>> X, _ = make_pinwheel(100, random_state=0)
    >>> mixture = GaussianMixture(5, random_state=0).fit(X)
    >>> display = MixtureDisplay.from_estimator(mixture, X)  # doctest: +SKIP
    """

    def __init__(
        self,
        *,
        X: np.ndarray,
        components: np.ndarray,
        classes: ArrayLike,
        grid: tuple[np.ndarray, np.ndarray],
        log_density: np.ndarray,
        levels: np.ndarray,
        feature_names: tuple[str, str] | None = None,
    ):
        self.X = X
        self.components = components
        self.classes = classes
        self.grid = grid
        self.log_density = log_density
        self.levels = levels
        self.feature_names = feature_names

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X: ArrayLike,
        *,
        ax=None,
        grid_resolution: int = 150,
        palette: Sequence | None = None,
        markers: Sequence | None = None,
        scatter_kwargs: dict[str, Any] | None = None,
        contour_kwargs: dict[str, Any] | None = None,
    ) -> "MixtureDisplay":
        """Draw what a fitted mixture makes of rows.

        Parameters
        ----------
        estimator : object
            A fitted mixture with ``predict`` and ``score_samples``: one of this package or a
            `sklearn.mixture.GaussianMixture`.
        X : array-like of shape (n_samples, 2)
            Rows.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.
        grid_resolution : int, default=150
            Number of positions along each axis at which the density is computed.
        palette : sequence of matplotlib colors, default=None
            Color of each component, starting over if it is too short; `PALETTE` by default.
        markers : sequence of matplotlib markers, default=None
            Marker of each component, likewise; `MARKERS` by default. When colors start over,
            markers move by one, so that no two components look alike.
        scatter_kwargs : dict, default=None
            Passed to `matplotlib.axes.Axes.scatter`.
        contour_kwargs : dict, default=None
            Passed to `matplotlib.axes.Axes.contourf`.

        Returns
        -------
        display : MixtureDisplay
            What was drawn.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If X does not have two columns, or ``grid_resolution`` is below 2.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        rows = _two_columns(X)
        grid = _grid(rows, grid_resolution)
        points = np.stack(np.meshgrid(*grid), axis=-1).reshape(-1, 2)
        log_density = estimator.score_samples(_in_container_of(X, points))
        components, classes = component_numbers(estimator, X)
        display = cls(
            X=rows,
            components=components,
            classes=classes,
            grid=grid,
            log_density=log_density.reshape(grid_resolution, grid_resolution),
            levels=density_levels(estimator.score_samples(X)),
            feature_names=_feature_names(X),
        )
        return display.plot(
            ax,
            palette=palette,
            markers=markers,
            scatter_kwargs=scatter_kwargs,
            contour_kwargs=contour_kwargs,
        )

    def plot(
        self,
        ax=None,
        *,
        palette: Sequence | None = None,
        markers: Sequence | None = None,
        scatter_kwargs: dict[str, Any] | None = None,
        contour_kwargs: dict[str, Any] | None = None,
    ) -> "MixtureDisplay":
        """Draw it, once more or for the first time.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.
        palette : sequence of matplotlib colors, default=None
            Color of each component, starting over if it is too short; `PALETTE` by default.
        markers : sequence of matplotlib markers, default=None
            Marker of each component, likewise; `MARKERS` by default. When colors start over,
            markers move by one, so that no two components look alike.
        scatter_kwargs : dict, default=None
            Passed to `matplotlib.axes.Axes.scatter`.
        contour_kwargs : dict, default=None
            Passed to `matplotlib.axes.Axes.contourf`.

        Returns
        -------
        self : MixtureDisplay
            With the attributes of what is drawn.
        """
        self._open(ax)
        self.contours_ = self._draw_contours(contour_kwargs or {})
        self.scatter_ = self._draw_rows(
            PALETTE if palette is None else palette,
            MARKERS if markers is None else markers,
            scatter_kwargs or {},
        )
        if self.feature_names is not None:
            self.ax_.set(xlabel=self.feature_names[0], ylabel=self.feature_names[1])
        return self

    def _draw_contours(self, kwargs: dict[str, Any]) -> list:
        """Draw greys that darken towards the peaks, with thin outlines."""
        density = np.ma.masked_invalid(self.log_density)
        lowest, highest = density.filled(np.inf).min(), density.filled(-np.inf).max()
        levels = self.levels[self.levels < highest]
        if not len(levels):
            return []
        style: dict[str, Any] = {"levels": np.append(levels, highest + 1)}
        if "cmap" not in kwargs:
            style["colors"] = [str(grey) for grey in np.linspace(*GREYS, len(levels))]
        drawn = [self.ax_.contourf(*self.grid, density, **{**style, **kwargs})]
        levels = levels[levels > lowest]  # matplotlib warns of a level it cannot draw
        if len(levels):
            lines = {"levels": levels, "colors": "0.4", "linewidths": 0.6, "linestyles": "solid"}
            drawn.append(self.ax_.contour(*self.grid, density, **lines))
        return drawn

    def _draw_rows(self, palette: Sequence, markers: Sequence, kwargs: dict[str, Any]) -> list:
        shared = {"s": 11, "edgecolors": "white", "linewidths": 0.3, **kwargs}
        drawn = []
        for number in np.unique(self.components):
            own = {
                "color": palette[number % len(palette)],
                "marker": markers[(number + number // len(palette)) % len(markers)],
                "label": str(np.asarray(self.classes)[number]),
            }
            rows = self.X[self.components == number]
            drawn.append(self.ax_.scatter(*rows.T, **{**own, **shared}))
        return drawn


def draw_side_by_side(figure, estimators: Sequence, X: ArrayLike) -> list[MixtureDisplay]:
    """Draw mixtures of the same rows in panels, with groups of the same rows in one colour.

    Parameters
    ----------
    figure : matplotlib Figure or SubFigure
        Where to draw.
    estimators : sequence of mixtures
        Fitted ones; see `MixtureDisplay.from_estimator`. The first has the colours of `PALETTE`
        in turn, and those of the others follow it.
    X : array-like of shape (n_samples, 2)
        Rows.

    Returns
    -------
    displays : list of MixtureDisplay
        One for each estimator, from left to right.
    """
    panels = figure.subplots(1, len(estimators), sharex=True, sharey=True, squeeze=False)[0]
    reference, _ = component_numbers(estimators[0], X)
    displays = []
    for ax, estimator in zip(panels, estimators, strict=True):
        components, classes = component_numbers(estimator, X)
        n_colours = max(len(classes), reference.max() + 1)
        palette, markers = _matching_looks(reference, components, n_colours)
        looks: dict[str, Any] = {"palette": palette, "markers": markers}
        displays.append(MixtureDisplay.from_estimator(estimator, X, ax=ax, **looks))
    return displays


def _matching_looks(
    reference: np.ndarray, components: np.ndarray, n_colours: int
) -> tuple[Sequence[str], Sequence[str]]:
    """Choose colours and markers: of the reference's component that shares most rows with each.

    No two components get one colour; components beyond `PALETTE` differ by their markers.
    """
    if n_colours > len(PALETTE):
        return PALETTE, MARKERS
    shared = np.zeros((n_colours, n_colours))  # rows in a component and in one of the reference
    np.add.at(shared, (components, reference), 1)
    _, partners = linear_sum_assignment(shared, maximize=True)
    return [PALETTE[partner] for partner in partners], [MARKERS[partner] for partner in partners]


def density_levels(log_density: ArrayLike) -> np.ndarray:
    """Choose log-densities of contours by what fraction of the rows lies inside.

    Quantiles of the rows, so that a row far away does not move them.

    Parameters
    ----------
    log_density : array-like of shape (n_samples,)
        Log-density of each row.

    Returns
    -------
    levels : ndarray of shape (n_levels,)
        At most one for each of `CONTOUR_FRACTIONS`, increasing.
    """
    log_density = np.asarray(log_density)
    finite = log_density[np.isfinite(log_density)]
    if not len(finite):
        return np.empty(0)
    return np.unique(np.quantile(finite, 1 - np.array(CONTOUR_FRACTIONS)))


def _two_columns(X: ArrayLike) -> np.ndarray:
    rows = as_rows(X)
    if rows.shape[1] != 2:
        raise ValueError(
            f"X has {rows.shape[1]} columns, and this picture needs 2: PairDisplay and "
            "GroupsDisplay draw any number of them."
        )
    return rows


def _grid(X: np.ndarray, resolution: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions along each axis, a little beyond the rows."""
    if resolution < 2:
        raise ValueError(f"grid_resolution must be 2 or more, got {resolution}.")
    low, high = X.min(axis=0), X.max(axis=0)
    margin = np.where(high > low, 0.08 * (high - low), 1.0)
    along_x, along_y = np.linspace(low - margin, high + margin, resolution).T
    return along_x, along_y


def _in_container_of(X: ArrayLike, points: np.ndarray) -> ArrayLike:
    """Points as a data frame if X is one: an estimator that knows names warns without."""
    columns = getattr(X, "columns", None)
    if columns is None:
        return points
    make: Any = type(X)
    return make(dict(zip(columns, points.T, strict=True)))


def _feature_names(X: ArrayLike) -> tuple[str, str] | None:
    columns = getattr(X, "columns", None)
    return None if columns is None else (str(columns[0]), str(columns[1]))
