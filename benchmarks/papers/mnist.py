"""Handwritten digits grouped without labels: what both experiments do."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.metrics.cluster import contingency_matrix
from sklearn.pipeline import make_pipeline
from sklearn.utils import resample

from benchmarks.data_sets import MissingDataError
from benchmarks.papers import pictures
from benchmarks.papers.rivals import ESTIMATORS, UNSUPERVISED
from benchmarks.papers.runs import (
    Metrics,
    Options,
    fitted,
    matched_accuracy,
    matching,
    over_seeds,
    report_over_seeds,
)

QUICK_ROWS = 1000
N_DIRECTIONS = 30
"""Principal components that every estimator sees."""
N_DRAWN = 10
"""Samples of each component in the picture."""
SIDE = 28

Digits = tuple[np.ndarray, np.ndarray]
"""Pixels ``(n, 784)`` from 0 to 1, and the digits ``(n,)``."""


@dataclass(frozen=True)
class Task:
    """The first ``n_digits`` digits, and how many training rows a seed draws of them."""

    n_digits: int
    n_rows: int


def run(name: str, task: Task, options: Options) -> None:
    """Measure all estimators, and draw what `VariationalFlowMixture` found."""
    load(options.data, task.n_digits, "test")  # say at once if there is none
    if options.quick:
        task = Task(task.n_digits, QUICK_ROWS)
    measure = partial(_measure, task=task, folder=options.data)
    data = f"MNIST 0-{task.n_digits - 1}"
    report_over_seeds(name, over_seeds(measure, [data], UNSUPERVISED, options))
    _draw(name, task, options.data)


def load(folder: Path, n_digits: int, part: str) -> Digits:
    """All rows of the first digits, of the part ``"train"`` or ``"test"``."""
    path = folder / "images/mnist.npz"
    if not path.is_file():
        raise MissingDataError(
            f"there is no {path}. Make it with numpy.savez from the MNIST files, as X_train "
            "(60000, 784), y_train, X_test (10000, 784) and y_test, uint8 pixels and integer "
            "digits, and name its folder by --data."
        )
    file = np.load(path)
    chosen = file[f"y_{part}"] < n_digits
    return file[f"X_{part}"][chosen] / 255.0, file[f"y_{part}"][chosen]


def training_rows(task: Task, folder: Path, seed: int) -> Digits:
    """The training rows of one seed."""
    X, y = load(folder, task.n_digits, "train")
    return resample(X, y, replace=False, n_samples=task.n_rows, random_state=seed)


def _pipeline(estimator: str, n_digits: int, seed: int) -> Any:
    return make_pipeline(
        PCA(N_DIRECTIONS, random_state=seed), ESTIMATORS[estimator](n_digits, seed)
    )


def _measure(data: str, estimator: str, seed: int, task: Task, folder: Path) -> Metrics:
    X, y = training_rows(task, folder, seed)
    X_test, y_test = load(folder, task.n_digits, "test")
    model, seconds = fitted(_pipeline(estimator, task.n_digits, seed), X)
    groups = model.predict(X)
    return {
        "train accuracy": matched_accuracy(y, groups),
        "test accuracy": matched_accuracy(y_test, model.predict(X_test)),
        "train NMI": float(normalized_mutual_info_score(y, groups)),
        "train ARI": float(adjusted_rand_score(y, groups)),
        "seconds": seconds,
    }


def _draw(name: str, task: Task, folder: Path) -> None:
    """Draw the groups of the test digits, and digits that each component makes up."""
    X, _ = training_rows(task, folder, 0)
    X_test, y_test = load(folder, task.n_digits, "test")
    model, _ = fitted(_pipeline("VariationalFlowMixture", task.n_digits, 0), X)
    groups = model.predict(X_test)
    names = matching(y_test, groups)
    figure, ((left, right),) = pictures.panels(1, 2)
    figure.set_size_inches(pictures.WIDTH, pictures.WIDTH / 2)
    _draw_shares(left, y_test, groups, names)
    right.imshow(_made_up(model, sorted(names, key=lambda group: names[group])), cmap="gray_r")
    right.set(xticks=[], yticks=[], aspect="auto", title="Digits drawn from each component")
    pictures.save(figure, name)


def _draw_shares(ax: Any, truth: np.ndarray, groups: np.ndarray, names: dict[int, int]) -> None:
    """Draw the table of digits against groups, every row in percent."""
    counts = contingency_matrix(truth, np.array([names[group] for group in groups]))
    shares = 100 * counts / counts.sum(axis=1, keepdims=True)
    ax.imshow(shares, cmap="Blues", vmin=0, vmax=100)
    for (row, column), share in np.ndenumerate(shares):
        colour = "white" if share > 50 else "black" if share >= 0.5 else "0.7"
        ax.text(column, row, f"{share:.0f}", ha="center", va="center", color=colour, fontsize=8)
    ticks = range(len(counts))
    ax.set(xticks=ticks, yticks=ticks, xlabel="group, by its digit", ylabel="digit, % of row")
    accuracy = counts.trace() / counts.sum()
    ax.set_title(f"VariationalFlowMixture, no labels: {accuracy:.1%} of test digits")


def _made_up(model: Any, components: Sequence[int]) -> np.ndarray:
    """One picture of digits drawn from the model, a row of them for each component."""
    mixture, pca = model[-1], model[0]
    Z, drawn = mixture.sample(200 * len(components), random_state=0)
    pixels = pca.inverse_transform(Z).clip(0, 1).reshape(-1, SIDE, SIDE)
    tiles = np.zeros((len(components), N_DRAWN, SIDE, SIDE))
    for row, component in zip(tiles, components, strict=True):
        own = pixels[drawn == component][:N_DRAWN]
        row[: len(own)] = own  # a rare component leaves the rest of its row blank
    return tiles.transpose(0, 2, 1, 3).reshape(len(components) * SIDE, -1)
