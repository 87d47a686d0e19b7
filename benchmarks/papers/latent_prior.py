"""Atanov (2019), Real NVP with a Gaussian mixture prior, of one to four components."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from sklearn.cluster import KMeans
from sklearn.datasets import make_circles, make_moons
from sklearn.mixture import GaussianMixture

from benchmarks.papers import pictures
from benchmarks.papers.runs import (
    Metrics,
    Options,
    fitted,
    matched_accuracy,
    over_seeds,
    report_over_seeds,
)
from skflowmix import FlowGMM
from skflowmix.plotting import PALETTE

N_TRAIN, N_TEST = 1000, 500
QUICK_SHARE, QUICK_EPOCHS = 0.3, 10
N_CLASSES = 2
COMPONENTS = (1, 2, 3, 4)
PICTURED_SEED = 0

DATA_SETS: dict[str, Callable[..., tuple[np.ndarray, np.ndarray]]] = {
    "moons": partial(make_moons, noise=0.1),
    "circles": partial(make_circles, noise=0.1, factor=0.2),
}
ESTIMATORS = {
    **{f"FlowGMM, K={k}": partial(FlowGMM, k) for k in COMPONENTS},
    **{f"GaussianMixture, K={k}": partial(GaussianMixture, k, n_init=10) for k in COMPONENTS},
    f"KMeans, K={N_CLASSES}": partial(KMeans, N_CLASSES, n_init=10),
}


@dataclass(frozen=True)
class Split:
    """Rows to train on, others to test on, and the classes of both."""

    train: np.ndarray
    test: np.ndarray
    train_classes: np.ndarray
    test_classes: np.ndarray


class Curves:
    """Callback that scores the model on several sets of rows after every epoch.

    Attributes
    ----------
    scores : list of list of float
        One entry an epoch, each with one number for each set.
    """

    def __init__(self, *sets: np.ndarray) -> None:
        self.sets = sets
        self.scores: list[list[float]] = []

    def setup(self, estimator: Any, context: Any) -> None:
        """Nothing to set up."""

    def teardown(self, estimator: Any, context: Any) -> None:
        """Nothing to tear down."""

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Nothing to do yet."""

    def on_fit_task_end(self, estimator: Any, context: Any, *, fitted_estimator=None) -> None:
        """Score the model as it is after this epoch."""
        if context.task_name == "epoch":
            self.scores.append([fitted_estimator.score(X) for X in self.sets])


def run(options: Options) -> None:
    """Print the table of likelihoods and draw how they rise."""
    results = over_seeds(partial(measure, options.quick), DATA_SETS, ESTIMATORS, options)
    report_over_seeds("latent_prior", results)
    draw(options.quick)


def measure(quick: bool, data_set: str, name: str, seed: int) -> Metrics:
    """Fit one estimator to one draw of a data set."""
    split = drawn(data_set, seed, quick)
    model, seconds = fitted(estimator(name, seed, quick), split.train)
    has_density = not isinstance(model, KMeans)
    return {
        "train log-likelihood": model.score(split.train) if has_density else np.nan,
        "test log-likelihood": model.score(split.test) if has_density else np.nan,
        "accuracy": _accuracy(model, split),
        "seconds": seconds,
    }


def drawn(data_set: str, seed: int, quick: bool) -> Split:
    """Draw a data set and split it."""
    share = QUICK_SHARE if quick else 1.0
    n_train, n_test = int(N_TRAIN * share), int(N_TEST * share)
    X, y = DATA_SETS[data_set](n_train + n_test, random_state=seed)
    return Split(X[:n_train], X[n_train:], y[:n_train], y[n_train:])


def estimator(name: str, seed: int, quick: bool) -> Any:
    """Make an estimator by its name in the table."""
    made = ESTIMATORS[name](random_state=seed)
    return made.set_params(max_iter=QUICK_EPOCHS) if quick and "Flow" in name else made


def _accuracy(model: Any, split: Split) -> float:
    """Accuracy by matching on the test rows; none where groups and classes differ in number."""
    n_groups = getattr(model, "n_components", N_CLASSES)
    if n_groups != N_CLASSES:
        return np.nan
    return matched_accuracy(split.test_classes, model.predict(split.test))


def draw(quick: bool) -> None:
    """Draw curves for every K, and for as many components as classes both spaces."""
    figure, axes = pictures.panels(len(DATA_SETS), 3)
    for row, data_set in zip(axes, DATA_SETS, strict=True):
        split = drawn(data_set, PICTURED_SEED, quick)
        fits = {k: watched(k, split, quick) for k in COMPONENTS}
        _draw_curves(row[0], data_set, fits, split)
        _draw_spaces(row[1:], data_set, fits[N_CLASSES][0], split)
    axes[0, 0].legend(fontsize=9, loc="lower right")
    pictures.save(figure, "latent_prior")


def watched(n_components: int, split: Split, quick: bool) -> tuple[FlowGMM, np.ndarray]:
    """A fitted model and its log-likelihoods ``(n_epochs, 2)`` on training and test rows.

    Where two starts are trained, each epoch has those of the start that leads by then.
    """
    curves = Curves(split.train, split.test)
    model = estimator(f"FlowGMM, K={n_components}", PICTURED_SEED, quick).set_callbacks(curves)
    fitted(model, split.train)
    return model, np.array(curves.scores)


def _draw_curves(
    ax: Any, data_set: str, fits: dict[int, tuple[FlowGMM, np.ndarray]], split: Split
) -> None:
    """Draw training rows solid and test rows dashed, with a dot at the epoch that is kept.

    Where training is not kept, the dot is at the start, before the first epoch.
    """
    for colour, (k, (model, scores)) in zip(PALETTE, fits.items(), strict=False):
        epochs = np.arange(1, len(scores) + 1)
        ax.plot(epochs, scores[:, 0], color=colour, linewidth=1, label=f"K={k}")
        ax.plot(epochs, scores[:, 1], "--", color=colour, linewidth=1.4)
        kept = epochs[model.validation_scores_.argmax()] if model.trained_ else 0
        ax.plot(kept, model.score(split.test), "o", color=colour, markersize=5)
    _show_scales(ax)
    everything = np.concatenate([scores for _, scores in fits.values()])
    # The first epochs may lie far below: what matters is where the curves end.
    ax.set_ylim(np.quantile(everything, 0.02) - 0.05, everything.max() + 0.05)
    ax.set_title(f"{data_set}, seed {PICTURED_SEED}: nats a row", fontsize=10)
    ax.set_xlabel("epoch (line: train, dashed: test, dot: kept)", fontsize=9)


def _show_scales(ax: Any) -> None:
    from matplotlib.ticker import MaxNLocator

    ax.set_aspect("auto")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(6))
        axis.set_tick_params(labelsize=8)


def _draw_spaces(axes: np.ndarray, data_set: str, model: FlowGMM, split: Split) -> None:
    """Draw the training rows and their latents, each over its own density."""
    latents = model.transform(split.train)
    pictures.draw_groups(axes[0], model, split.train, split.train_classes)
    pictures.draw_groups(axes[1], latent_gaussians(model), latents, split.train_classes)
    figures = f"accuracy {_accuracy(model, split):.3f}, {model.score(split.test):.2f} nats a row"
    axes[0].set_title(f"K={N_CLASSES}, on test rows:\n{figures}", fontsize=10)
    axes[1].set_title(f"K={N_CLASSES}, latent space", fontsize=10)


def latent_gaussians(model: FlowGMM) -> GaussianMixture:
    """The Gaussian mixture on the latent space, as an estimator of its own."""
    gaussians = GaussianMixture(len(model.weights_))
    gaussians.weights_, gaussians.means_ = model.weights_, model.means_
    gaussians.covariances_ = model.covariances_
    gaussians.precisions_cholesky_ = np.linalg.cholesky(np.linalg.inv(model.covariances_))
    return gaussians
