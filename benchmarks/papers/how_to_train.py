"""Ciobanu (2022), five ways to train the same mixture of flows."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from sklearn.cluster import KMeans
from sklearn.datasets import make_circles, make_moons
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import train_test_split
from torch import Tensor

from benchmarks.papers import pictures
from benchmarks.papers.runs import (
    Metrics,
    Options,
    Results,
    fitted,
    matched_accuracy,
    over_seeds,
    report_over_seeds,
)
from skflowmix import VariationalFlowMixture, datasets
from skflowmix._architecture import Model
from skflowmix._rows import Rows
from skflowmix._variational import _elbo
from skflowmix.plotting import PALETTE
from skflowmix.training import Objective

EPOCHS, QUICK_EPOCHS = 100, 10
QUICK_SHARE = 0.25
TEST_SHARE = 0.2
ROUNDS = 10
"""E-steps of an EM training; between two of them the flows have a tenth of the epochs."""
COOLING, COOLED_AT = 0.96, 0.5
"""Factor of the temperature from epoch to epoch, and when in the training it is down to 1: while
the learning rate, which falls to zero, still moves something."""


class _Alternative(VariationalFlowMixture):
    """The same mixture from the Gaussian mixture of a plain EM, trained for something else."""

    def _objective(self, model: Model, rows: Rows, score: Callable[[], Tensor]) -> Objective:
        def loss(index: Tensor, progress: Tensor) -> Tensor:
            batch = rows.take(index)
            return -batch.mean(self._gain(model, batch, index, progress))

        return Objective(model.mixture, loss, score)

    def _gain(self, model: Model, batch: Rows, index: Tensor, progress: Tensor) -> Tensor:
        """What training raises, per start and row of a batch, ``(R, n)``."""
        raise NotImplementedError


class Gradients(_Alternative):
    """Gradients of the exact log-likelihood."""

    def _gain(self, model, batch, index, progress):
        return _joint(model, batch).logsumexp(-1)


class Variational(_Alternative):
    """The evidence lower bound from the first step, under a temperature that falls to 1."""

    def _gain(self, model, batch, index, progress):
        epochs_left = self.max_iter * (COOLED_AT - progress).clamp(min=0)
        temperature = COOLING**-epochs_left
        joint = model.mixture.joint_log_prob(batch.x)
        return _elbo(joint, model.posterior(batch.x) / temperature, batch.log_mask)


class SoftEM(_Alternative):
    """Rounds of fixed responsibilities, and gradients of what they make of the likelihood."""

    def _objective(self, model, rows, score):
        self._fixed = self._e_step(model, rows)
        inner = super()._objective(model, rows, score)

        def after_epoch(progress: float) -> None:
            if round(progress * self.max_iter) % max(self.max_iter // ROUNDS, 1) == 0:
                self._fixed.copy_(self._e_step(model, rows))

        return Objective(inner.scored, inner.loss, score, after_epoch)

    @torch.no_grad()
    def _e_step(self, model: Model, rows: Rows) -> Tensor:
        """Responsibilities of all rows, ``(R, n, K)``."""
        parts = self._chunks(rows)
        return torch.cat([self._responsibilities(_joint(model, part)) for part in parts], 1)

    def _responsibilities(self, joint: Tensor) -> Tensor:
        return joint.softmax(-1)

    def _gain(self, model, batch, index, progress):
        return (self._fixed[:, index] * _joint(model, batch)).sum(-1)


class HardEM(SoftEM):
    """The same with every row given to its most probable component."""

    def _responsibilities(self, joint: Tensor) -> Tensor:
        return torch.nn.functional.one_hot(joint.argmax(-1), joint.shape[-1]).to(joint)


def _joint(model: Model, rows: Rows) -> Tensor:
    return model.mixture.joint_log_prob(rows.x) + rows.log_mask


DATA_SETS: dict[str, tuple[int, int, Callable[..., tuple[np.ndarray, np.ndarray]]]] = {
    "pinwheel": (5, 5 * 512, lambda n, **kw: datasets.make_pinwheel(n, rate=0.25, **kw)),
    "moons": (2, 1000, partial(make_moons, noise=0.1)),
    "circles": (2, 1000, partial(make_circles, noise=0.01, factor=0.5)),
    "two bananas": (2, 2 * 2000, lambda n, **kw: datasets.make_two_bananas(n, **kw)),
}
"""By name: classes, rows and generator."""

METHODS: dict[str, Callable[..., VariationalFlowMixture]] = {
    "gradients": partial(Gradients, init_params="gaussian_mixture"),
    "soft EM": partial(SoftEM, init_params="gaussian_mixture"),
    "hard EM": partial(HardEM, init_params="gaussian_mixture"),
    "variational": partial(Variational, init_params="gaussian_mixture"),
    "ours, same start": partial(VariationalFlowMixture, init_params="gaussian_mixture"),
    "ours": VariationalFlowMixture,
}
"""The first five differ in what they are trained for and in nothing else."""
PEERS = {
    "KMeans": partial(KMeans, n_init=10),
    "GaussianMixture": partial(GaussianMixture, n_init=10),
}
LIKELIHOOD, ACCURACY = "test log-likelihood", "accuracy"


def run(options: Options) -> None:
    """Print the table and draw every seed."""
    results = over_seeds(partial(measure, options.quick), DATA_SETS, [*METHODS, *PEERS], options)
    report_over_seeds("how_to_train", results, deviations=True)
    draw(results)


def measure(quick: bool, data_set: str, name: str, seed: int) -> Metrics:
    """Train on most rows of one draw; score the density on the others, the groups on all."""
    n_classes, n_rows, make = DATA_SETS[data_set]
    X, y = make(int(n_rows * QUICK_SHARE) if quick else n_rows, random_state=seed)
    train, test = train_test_split(X, test_size=TEST_SHARE, random_state=seed, stratify=y)
    model, seconds = fitted(estimator(name, n_classes, seed, quick), train)
    return {
        LIKELIHOOD: np.nan if isinstance(model, KMeans) else model.score(test),
        ACCURACY: matched_accuracy(y, model.predict(X)),
        "seconds": seconds,
    }


def estimator(name: str, n_components: int, seed: int, quick: bool) -> Any:
    """Make an estimator by its name in the table.

    All trainings run for all epochs, of which the best on held-out rows is kept: one that
    begins hot would otherwise be stopped for being worse than its start.
    """
    if name in PEERS:
        return PEERS[name](n_components, random_state=seed)
    epochs = QUICK_EPOCHS if quick else EPOCHS
    return METHODS[name](n_components, max_iter=epochs, n_iter_no_change=epochs, random_state=seed)


def draw(results: Results) -> None:
    """Draw a panel for each metric and data set with a dot a seed and a bar at their mean."""
    figure, axes = pictures.panels(2, len(DATA_SETS))
    figure.set_size_inches(pictures.WIDTH, 4.6)
    for row, metric in zip(axes, (LIKELIHOOD, ACCURACY), strict=True):
        for ax, data_set in zip(row, DATA_SETS, strict=True):
            _draw_dots(ax, metric, {n: results[data_set, n] for n in [*METHODS, *PEERS]})
        row[0].set_yticklabels([*METHODS, *PEERS], fontsize=9)
    for ax, data_set in zip(axes[0], DATA_SETS, strict=True):
        ax.set_title(data_set, fontsize=10)
    lowest = min(run[ACCURACY] for runs in results.values() for run in runs)
    for ax in axes[1]:  # one scale: differences that look large shall be large
        ax.set_xlim(lowest - 0.05, 1.05)
    pictures.save(figure, "how_to_train")


def _draw_dots(ax: Any, metric: str, runs: dict[str, list[Metrics]]) -> None:
    for height, (name, seeds) in enumerate(runs.items()):
        values = np.array([seed[metric] for seed in seeds])
        colour = "0.45" if name in PEERS else PALETTE[height % len(PALETTE)]
        ax.scatter(values, np.full(len(values), height), s=16, color=colour, alpha=0.7, lw=0)
        ax.plot([values.mean()] * 2, [height - 0.3, height + 0.3], color=colour, linewidth=2)
    _scale(ax, len(runs))
    ax.set_xlabel(metric, fontsize=8)


def _scale(ax: Any, n_lines: int) -> None:
    """Show numbers along x and one line for each estimator along y."""
    from matplotlib.ticker import MaxNLocator

    ax.set_aspect("auto")
    ax.set_box_aspect(None)
    ax.set(ylim=(n_lines - 0.5, -0.5), yticks=range(n_lines), yticklabels=[])
    ax.xaxis.set_major_locator(MaxNLocator(4))
    ax.tick_params(labelsize=8)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", color="0.9", linewidth=0.8)
    ax.set_axisbelow(True)
