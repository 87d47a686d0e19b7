"""Figures: accuracy against labels on the six tables, and what is decided on the toys."""

from typing import Any

import numpy as np

from benchmarks.data_sets import DATA, hide_labels
from benchmarks.few_labels.peers import BASELINE, FAR, POISSON
from benchmarks.few_labels.sets import SHARED, TOYS
from benchmarks.few_labels.splitting import ALL, EQUAL
from benchmarks.papers import pictures
from benchmarks.papers.rivals import FLOWS, Fit
from benchmarks.papers.runs import fitted
from benchmarks.resumable import Runs
from skflowmix import FlowGMM

SHOWN = (
    BASELINE,
    FAR,
    "SelfTraining(logistic)",
    "logistic",
    "logistic, C chosen",
    "forest",
    POISSON,
    "MLP",
    *FLOWS,
)
"""More lines could not be told apart."""


def draw(runs: Runs) -> Any:
    """A figure of accuracy against labels a class: means, and the seeds from worst to best."""
    import matplotlib.pyplot as plt

    few = {c: r for c, r in runs.items() if c.labels != ALL and c.draw == EQUAL}
    figure, axes = plt.subplots(2, 3, figsize=(9, 5.5), sharex=True, layout="constrained")
    for ax, data in zip(axes.flat, SHARED, strict=True):
        _draw_set(ax, data, {c: r for c, r in few.items() if c.data == data})
    counts = sorted({cell.labels for cell in few})
    axes[0, 0].set_xticks(counts, [str(count) for count in counts])
    axes[1, 1].set_xlabel("labelled rows a class")
    for ax in axes[:, 0]:
        ax.set_ylabel("test accuracy")
    named = {
        label: handle
        for ax in axes.flat
        for handle, label in zip(*ax.get_legend_handles_labels(), strict=True)
    }
    figure.legend(named.values(), named.keys(), loc="outside lower center", ncols=4)
    return figure


def _draw_set(ax: Any, data: str, runs: Runs) -> None:
    for number, name in enumerate(SHOWN):
        _draw_line(ax, {c: r for c, r in runs.items() if c.estimator == name}, number)
    ax.set(title=data, xscale="log")
    ax.minorticks_off()


def _draw_line(ax: Any, runs: Runs, number: int) -> None:
    counts = sorted({cell.labels for cell in runs})
    if not counts:
        return
    scores = [
        [run.metrics.accuracy for run in runs.values() if run.cell.labels == count]
        for count in counts
    ]
    name = SHOWN[number]
    look = {"color": f"C{number}", "linewidth": 2.2 if name in FLOWS else 1.0}
    ax.plot(counts, [np.mean(s) for s in scores], marker="o", markersize=3, label=name, **look)
    lowest, highest = [min(s) for s in scores], [max(s) for s in scores]
    ax.fill_between(counts, lowest, highest, color=look["color"], alpha=0.15, linewidth=0)


def regions(n_labels: int = 3) -> Any:
    """A figure of the toys: what `FlowGMM` decides by the labelled rows alone, and by all."""
    fits = {}
    for data, toy in TOYS.items():
        X, y = toy.load(DATA, 0)
        shown = hide_labels(y, n_labels, 0)
        for title, rows in (("labelled rows", shown >= 0), ("all rows", slice(None))):
            model, seconds = fitted(FlowGMM(random_state=0), X[rows], shown[rows])
            accuracy = float((model.predict(X) == y)[shown < 0].mean())
            names = {c: c for c in np.unique(y).tolist()}
            fits[data, title] = Fit(model, X, y, shown, names, accuracy, seconds)
    return pictures.compare(fits, pictures.draw_regions, estimators_down=True)
