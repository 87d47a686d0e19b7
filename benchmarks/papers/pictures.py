"""Pictures of the experiments: panels of groups over density contours, coloured alike."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.colors import to_rgb
from PIL import Image

from benchmarks.papers.rivals import Fit, predicted
from benchmarks.papers.runs import matching
from benchmarks.reports import RESULTS
from skflowmix.plotting import PALETTE, MixtureDisplay, component_numbers, density_levels

WIDTH = 9.0
"""Inches of a figure with several columns."""
PANEL = 3.0
"""Inches of a panel's sides at most."""
DPI = 130
NO_CLASS = "black"
"""The colour of a group that stands for no class."""
PALE = 0.22
"""How much of its class's colour a decision region has; the rest is white."""
RESOLUTION = 300
"""Positions along each axis: thin rings need more than `MixtureDisplay` has by default."""


def panels(n_rows: int, n_columns: int) -> tuple[Any, np.ndarray]:
    """A figure without ticks and its axes ``(n_rows, n_columns)``."""
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    side = min(PANEL, WIDTH / n_columns)
    figure, axes = plt.subplots(
        n_rows,
        n_columns,
        figsize=(side * n_columns, (side + 0.15) * n_rows),
        squeeze=False,
        layout="constrained",
    )
    for ax in axes.flat:
        ax.set(xticks=[], yticks=[], box_aspect=1)
        ax.set_aspect("equal", "datalim")
        ax.spines[:].set(color="0.6", linewidth=0.6)
    return figure, axes


def save(figure: Any, name: str, folder: str = "papers") -> Path:
    """Write a figure to ``results/folder/name.png`` and close it."""
    import matplotlib.pyplot as plt

    path = RESULTS / folder / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=DPI)
    plt.close(figure)
    with Image.open(path) as image:  # a palette takes a third of the bytes
        fewer = image.convert("RGB").quantize(256, kmeans=3, dither=Image.Dither.NONE)
    fewer.save(path, optimize=True)
    print(f"Picture: {path}")
    return path


def draw_groups(ax: Any, estimator: Any, X: np.ndarray, truth: np.ndarray) -> None:
    """Draw rows coloured by the class that their group matches, over the density if any."""
    order = np.unique(truth)
    names = matching(truth, estimator.predict(X))
    _draw_rows(
        ax, estimator, X, {group: np.searchsorted(order, name) for group, name in names.items()}
    )


def draw_fit(ax: Any, fit: Fit) -> None:
    """Draw rows coloured by the class that their group stands for, over the density if any."""
    _draw_rows(ax, fit.model, fit.X, fit.names)


def draw_regions(ax: Any, fit: Fit) -> None:
    """Draw the classes' regions, contours of the density if any, and all rows in them."""
    grid = _square_around(fit.X)
    points = np.stack(np.meshgrid(*grid), axis=-1).reshape(-1, 2)
    extent = [along[end] for along in grid for end in (0, -1)]
    image = _pale(fit, points).reshape(RESOLUTION, RESOLUTION, 3)
    ax.imshow(image, extent=extent, origin="lower", aspect="auto")
    if hasattr(fit.model, "score_samples"):
        density = fit.model.score_samples(points).reshape(image.shape[:2])
        levels = density_levels(fit.model.score_samples(fit.X))
        levels = levels[(levels > density.min()) & (levels < density.max())]
        ax.contour(*grid, density, levels=levels, colors="0.4", linewidths=0.5, linestyles="solid")
    _draw_labels(ax, fit)


def compare(
    fits: Mapping[tuple[str, str], Fit],
    draw: Callable[[Any, Fit], None] = draw_fit,
    estimators_down: bool = False,
) -> Any:
    """A figure of fits by set and estimator, sets down the rows unless estimators are."""
    turn = -1 if estimators_down else 1
    down, along = [list(dict.fromkeys(names)) for names in zip(*fits, strict=True)][::turn]
    figure, axes = panels(len(down), len(along))
    for names, fit in fits.items():
        row, column = names[::turn]
        ax = axes[down.index(row), along.index(column)]
        draw(ax, fit)
        ax.set_title(f"{column}: {fit.accuracy:.1%}", fontsize=8.5)
    for ax, row in zip(axes[:, 0], down, strict=True):
        ax.set_ylabel(row, fontsize=10)
    return figure


def _draw_rows(ax: Any, estimator: Any, X: np.ndarray, names: Mapping[int, int]) -> None:
    groups, known = component_numbers(estimator, X)
    palette = [_colour(names, group) for group in known.tolist()]
    look = {"s": 6, "linewidths": 0.15}
    if hasattr(estimator, "score_samples"):
        display = MixtureDisplay.from_estimator(
            estimator, X, ax=ax, grid_resolution=RESOLUTION, palette=palette, scatter_kwargs=look
        )
        for lines in display.contours_[1:]:
            lines.set_linewidth(0.4)  # many lines side by side would hide the colours
    else:
        ax.scatter(*X.T, c=[palette[group] for group in groups], edgecolors="white", **look)
    ax.set(xticks=[], yticks=[])


def _draw_labels(ax: Any, fit: Fit) -> None:
    """Draw rows in the colours of their true classes, labelled ones with black outlines."""
    shown = fit.labels >= 0
    colours = np.array(PALETTE)[fit.y % len(PALETTE)]
    ax.scatter(*fit.X[~shown].T, c=colours[~shown], s=2.5, linewidths=0)
    look = {"s": 18, "linewidths": 0.9, "edgecolors": "black", "zorder": 3}
    ax.scatter(*fit.X[shown].T, c=colours[shown], **look)


def _pale(fit: Fit, points: np.ndarray) -> np.ndarray:
    """Colours ``(n, 3)`` of the classes that points are put into."""
    groups, numbers = np.unique(predicted(fit.model, points), return_inverse=True)
    colours = np.array([to_rgb(_colour(fit.names, group)) for group in groups.tolist()])
    return (1 - PALE + PALE * colours)[numbers]


def _colour(names: Mapping[int, int], group: int) -> str:
    return PALETTE[names[group] % len(PALETTE)] if group in names else NO_CLASS


def _square_around(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions along each axis of a square with all rows and a margin."""
    low, high = X.min(axis=0), X.max(axis=0)
    half = 0.56 * (high - low).max()
    corners = (low + high) / 2 + half * np.array([[-1], [1]])
    along_x, along_y = np.linspace(*corners, RESOLUTION).T
    return along_x, along_y
