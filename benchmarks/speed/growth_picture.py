"""The picture of what a fit costs: seconds and memory, along each axis, of each estimator."""

from collections.abc import Sequence
from typing import Any

from skflowmix.plotting import MARKERS, PALETTE

WHAT = {"n": "rows", "d": "columns", "K": "groups"}
QUANTITIES = {"seconds": 3, "MiB above X": 4}
"""Where they stand in a line of the table."""
WIDTH, HEIGHT = 5.2, 2.1
"""Inches of the figure, and of each row of panels: letters are large if it is 400 pixels wide."""


def drawn(lines: Sequence[tuple]) -> Any:
    """A figure of lines ``(axis, value, estimator, seconds, MiB, ...)``, a row for each axis."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    names = list(dict.fromkeys(line[0] for line in lines))
    size = (WIDTH, HEIGHT * len(names) + 0.9)
    figure, axes = plt.subplots(len(names), 2, figsize=size, layout="constrained", squeeze=False)
    for row, name in zip(axes, names, strict=True):
        own = [line for line in lines if line[0] == name]
        for ax, quantity in zip(row, QUANTITIES, strict=True):
            _draw_panel(ax, own, quantity)
            ax.set_xlabel(f"{WHAT[name]} {name}")
    for ax, quantity in zip(axes[0], QUANTITIES, strict=True):
        ax.set_title(quantity)
    figure.legend(
        *axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2, fontsize=9
    )
    return figure


def _draw_panel(ax: Any, lines: Sequence[tuple], quantity: str) -> None:
    place = QUANTITIES[quantity]
    for number, estimator in enumerate(dict.fromkeys(line[2] for line in lines)):
        own = [line for line in lines if line[2] == estimator and line[place] > 0]
        points = [[line[column] for line in own] for column in (1, place)]
        look = {"color": PALETTE[number], "marker": MARKERS[number], "label": estimator}
        ax.plot(*points, markersize=4.5, linewidth=1.3, **look)
    is_known = any(0 < line[place] < float("inf") for line in lines)
    ax.set(xscale="log", yscale="log" if is_known else "linear")  # else matplotlib complains
    ax.grid(color="0.9", linewidth=0.6)
