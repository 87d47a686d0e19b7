"""Ciobanu (2022), five ways to train the same mixture of flows.

Each way is a family with a loss of its own, and an estimator that names it.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from sklearn.cluster import KMeans
from sklearn.datasets import make_circles, make_moons
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import train_test_split
from torch import Generator, Tensor

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
from skflowmix.data.rows import Rows
from skflowmix.families import Model
from skflowmix.families.losses import evidence_lower_bound, log_likelihood
from skflowmix.families.separate import SeparateFamily
from skflowmix.plotting import PALETTE

EPOCHS, QUICK_EPOCHS = 100, 10
QUICK_SHARE = 0.25
TEST_SHARE = 0.2
ROUNDS = 10
"""E-steps of an EM training; between two of them the flows have a tenth of the epochs."""
COOLING, COOLED_AT = 0.96, 0.5
"""Factor of the temperature from epoch to epoch, and when in the training it is down to 1: while
the learning rate, which falls to zero, still moves something."""


class ByLikelihood(SeparateFamily):
    """The same mixture without q, trained for its exact log-likelihood."""

    def make_posterior(self, n_starts: int, generator: Generator) -> None:
        """Make no q, which nothing would train; what it draws is drawn, and batches stay alike."""
        super().make_posterior(n_starts, generator)

    def bound(self, model: Model, rows: Rows) -> Tensor:
        """Return the log-likelihood, ``(R, n)``."""
        return log_likelihood(model.mixture.joint_log_prob(rows.x), rows.log_mask)

    def loss(self, model: Model, rows: Rows, progress: Tensor) -> Tensor:
        """Return minus the mean log-likelihood, ``(R,)``."""
        return -rows.mean(self.bound(model, rows))


class ByBound(SeparateFamily):
    """Trained for the evidence lower bound from the first step, under a falling temperature."""

    def loss(self, model: Model, rows: Rows, progress: Tensor) -> Tensor:
        """Return minus the mean bound of a q at the temperature, ``(R,)``."""
        joint, logits = model.mixture.joint_log_prob(rows.x), model.posterior(rows.x)
        tempered = logits / temperature(progress)
        return -rows.mean(evidence_lower_bound(joint, tempered, rows.log_mask))


def temperature(progress: Tensor) -> Tensor:
    """Return the temperature of q at a share of the training."""
    return COOLING ** (-EPOCHS * (COOLED_AT - progress).clamp(min=0))


class BySoftEM(ByLikelihood):
    """Rounds of fixed responsibilities, and gradients of what they make of the likelihood.

    The responsibilities take the place of those of the start, which nobody asks for any more.
    """

    def loss(self, model: Model, rows: Rows, progress: Tensor) -> Tensor:
        """Return minus the mean expected log-likelihood of rows and components, ``(R,)``."""
        return -rows.mean((rows.groups * model.mixture.joint_log_prob(rows.x)).sum(-1))

    def closed_form_step(
        self, model: Model, rows: Rows, reg_covar: float
    ) -> Callable[[float], None]:
        """Do the first E-step, and return what does one more whenever a round is over."""
        self.e_step(model, rows)
        n_rounds = 0

        def step(progress: float) -> None:
            nonlocal n_rounds
            n_over = math.floor(progress * ROUNDS + 1e-6)
            if n_over > n_rounds:
                n_rounds = n_over
                self.e_step(model, rows)

        return step

    @torch.no_grad()
    def e_step(self, model: Model, rows: Rows) -> None:
        """Set the responsibilities of all rows to what the model says."""
        parts = [
            self.responsibilities(model.mixture.joint_log_prob(part.x) + part.log_mask)
            for part in self.chunks(rows)
        ]
        rows.start.copy_(torch.cat(parts, 1))

    def responsibilities(self, joint: Tensor) -> Tensor:
        """Return responsibilities from log p(x, k), both ``(R, n, K)``."""
        return joint.softmax(-1)


class ByHardEM(BySoftEM):
    """The same with every row given to its most probable component."""

    def responsibilities(self, joint: Tensor) -> Tensor:
        """Return ones and zeros from log p(x, k), both ``(R, n, K)``."""
        return torch.nn.functional.one_hot(joint.argmax(-1), joint.shape[-1]).to(joint)


class Gradients(VariationalFlowMixture):
    """Fitted by gradients of the exact log-likelihood."""

    _family = ByLikelihood


class SoftEM(VariationalFlowMixture):
    """Fitted by EM in rounds."""

    _family = BySoftEM


class HardEM(VariationalFlowMixture):
    """Fitted by EM in rounds, of which each gives a row to one component."""

    _family = ByHardEM


class Variational(VariationalFlowMixture):
    """Fitted by the evidence lower bound alone."""

    _family = ByBound


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
