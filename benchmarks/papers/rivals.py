"""The estimators of the toy experiments, and one fit of one of them."""

import warnings
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.mixture import GaussianMixture
from sklearn.semi_supervised import LabelSpreading, SelfTrainingClassifier

from benchmarks.data_sets import hide_labels
from benchmarks.papers.runs import Metrics, Options, Results, fitted, matching, over_seeds
from skflowmix import FlowGMM, VariationalFlowMixture

Factory = Callable[[int, int], Any]
"""Makes an estimator from a number of groups and a seed."""

BLIND: dict[str, Factory] = {
    "KMeans": lambda K, seed: KMeans(K, n_init=10, random_state=seed),
    "GaussianMixture": lambda K, seed: GaussianMixture(K, n_init=10, random_state=seed),
}
"""They see no labels."""
CLASSIFIERS: dict[str, Factory] = {
    "LabelSpreading(rbf)": lambda K, seed: LabelSpreading(),
    "LabelSpreading(knn)": lambda K, seed: LabelSpreading(kernel="knn"),
    "SelfTraining(logistic)": lambda K, seed: SelfTrainingClassifier(LogisticRegression()),
}
"""They need labels."""
FLOWS: dict[str, Factory] = {
    "FlowGMM": lambda K, seed: FlowGMM(K, random_state=seed),
    "VariationalFlowMixture": lambda K, seed: VariationalFlowMixture(K, random_state=seed),
}
ESTIMATORS: dict[str, Factory] = {**BLIND, **CLASSIFIERS, **FLOWS}
UNSUPERVISED = (*BLIND, *FLOWS)
"""Those to compare without labels; with labels, it is all of them."""

QUICK_ROWS = 300
QUICK_ITERATIONS = 5
"""Of a flow in a quick run, which has `QUICK_ROWS` at most."""


@dataclass(frozen=True)
class Toy:
    """A toy data set.

    Attributes
    ----------
    make : callable
        Takes a number of rows and ``random_state``; returns rows and their parts, from 0.
    n_rows : int
    n_classes : int
    n_labels : tuple of int, default=()
        Labelled rows of each part; none by default.
    class_of : tuple of int, default=()
        The class of each part; by default every part is a class.
    """

    make: Callable[..., tuple[np.ndarray, np.ndarray]]
    n_rows: int
    n_classes: int
    n_labels: tuple[int, ...] = ()
    class_of: tuple[int, ...] = ()

    def draw(self, seed: int, quick: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rows, their classes, and the labels shown, -1 for none."""
        n_rows = min(self.n_rows, QUICK_ROWS) if quick else self.n_rows
        X, parts = self.make(n_rows, random_state=seed)
        shown = some_labels(parts, self.n_labels, seed) >= 0
        y = np.array(self.class_of)[parts] if self.class_of else parts
        return X, y, np.where(shown, y, -1)


@dataclass(frozen=True)
class Fit:
    """A fitted estimator, its data, and how well its groups are the classes.

    Attributes
    ----------
    model : object
    X : ndarray of shape (n, d)
    y : ndarray of shape (n,)
        Classes.
    labels : ndarray of shape (n,)
        What the fit was shown, -1 for unlabelled rows.
    names : dict
        The class that each group stands for.
    accuracy : float
        Over the unlabelled rows.
    seconds : float
    """

    model: Any
    X: np.ndarray
    y: np.ndarray
    labels: np.ndarray
    names: dict[int, int]
    accuracy: float
    seconds: float


def some_labels(y: np.ndarray, counts: tuple[int, ...], seed: int) -> np.ndarray:
    """Labels of ``counts[c]`` random rows of each class c, -1 for all others."""
    labels = np.full_like(y, -1)
    for label, count in enumerate(counts):
        labels[y == label] = hide_labels(y, count, seed)[y == label]
    return labels


def fit(toy: Toy, estimator: str, seed: int, quick: bool = False) -> Fit:
    """Fit one estimator to one draw of the data and score it on the unlabelled rows."""
    X, y, labels = toy.draw(seed, quick)
    model = ESTIMATORS[estimator](toy.n_classes, seed)
    if quick and estimator in FLOWS:
        model.set_params(max_iter=QUICK_ITERATIONS)
    sees_labels = bool(toy.n_labels) and estimator not in BLIND
    model, seconds = fitted(model, X, labels) if sees_labels else fitted(model, X)
    groups, truth = predicted(model, X)[labels < 0], y[labels < 0]
    names = {c: c for c in range(toy.n_classes)} if sees_labels else matching(truth, groups)
    accuracy = np.mean([names.get(group, -1) for group in groups] == truth)
    return Fit(model, X, y, labels, names, float(accuracy), seconds)


def predicted(model: Any, X: np.ndarray) -> np.ndarray:
    """Groups of rows."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # label spreading divides 0 by 0 where no label reaches
        return model.predict(X)


def measured(toys: Mapping[str, Toy], estimators: Collection[str], options: Options) -> Results:
    """Fit each of the estimators to each set over the seeds."""
    return over_seeds(partial(_measure, toys, options.quick), toys, estimators, options)


def first_fits(
    toys: Mapping[str, Toy], estimators: Collection[str], options: Options
) -> dict[tuple[str, str], Fit]:
    """The first seed's fit of each set and estimator, once more for a picture."""
    seed = options.seed_range[0]
    return {
        (name, estimator): fit(toy, estimator, seed, options.quick)
        for name, toy in toys.items()
        for estimator in estimators
    }


def _measure(
    toys: Mapping[str, Toy], quick: bool, data_set: str, estimator: str, seed: int
) -> Metrics:
    run = fit(toys[data_set], estimator, seed, quick)
    return {"accuracy": run.accuracy, "seconds": run.seconds}
