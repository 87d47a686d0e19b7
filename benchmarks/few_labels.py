"""Two labelled rows a class on bent shapes, beside scikit-learn's semi-supervised classifiers.

Run ``python -m benchmarks.few_labels``. Accuracy is over all rows of a set of 1,000, as mean
and worst of the seeds; the labelled rows are drawn anew with every seed.
"""

import argparse
import warnings
from collections.abc import Callable

import numpy as np
from sklearn.datasets import make_circles, make_moons
from sklearn.linear_model import LogisticRegression
from sklearn.semi_supervised import LabelSpreading, SelfTrainingClassifier

from benchmarks.reports import report
from skflowmix import FlowGMM, VariationalFlowMixture
from skflowmix.datasets import make_pinwheel

Labelled = tuple[np.ndarray, np.ndarray]

SETS: dict[str, Callable[[int], Labelled]] = {
    "circles": lambda seed: make_circles(1000, noise=0.05, factor=0.4, random_state=seed),
    "moons": lambda seed: make_moons(1000, noise=0.05, random_state=seed),
    "pinwheel": lambda seed: make_pinwheel(1000, random_state=seed),
}
ESTIMATORS: dict[str, Callable[[int], object]] = {
    "LabelSpreading(rbf)": lambda seed: LabelSpreading(),
    "LabelSpreading(knn)": lambda seed: LabelSpreading(kernel="knn"),
    "SelfTraining(logistic)": lambda seed: SelfTrainingClassifier(LogisticRegression()),
    "FlowGMM": lambda seed: FlowGMM(random_state=seed),
    "VariationalFlowMixture": lambda seed: VariationalFlowMixture(random_state=seed),
}
HEADER = ("data", "estimator", "mean accuracy", "worst accuracy", "seeds at 99%")


def hide_labels(y: np.ndarray, n_kept: int, seed: int) -> np.ndarray:
    """Labels of ``n_kept`` random rows a class, -1 for all others."""
    rng = np.random.default_rng(seed)
    kept = [rng.choice(np.flatnonzero(y == label), n_kept, replace=False) for label in set(y)]
    hidden = np.full_like(y, -1)
    hidden[np.concatenate(kept)] = y[np.concatenate(kept)]
    return hidden


def accuracy(name: str, estimator: str, seed: int, n_labels: int) -> float:
    """Share of all rows put into their class."""
    X, y = SETS[name](seed)
    model = ESTIMATORS[estimator](seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # spreading that has not converged is still a result
        labels = model.fit(X, hide_labels(y, n_labels, seed)).predict(X)
    return float((labels == y).mean())


def main() -> None:
    """Measure every set with every estimator and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--labels", type=int, default=2, help="labelled rows a class")
    arguments = parser.parse_args()
    lines = []
    for name in SETS:
        for estimator in ESTIMATORS:
            scores = np.array(
                [accuracy(name, estimator, s, arguments.labels) for s in range(arguments.seeds)]
            )
            reached = f"{(scores >= 0.99).sum()} of {len(scores)}"
            lines.append((name, estimator, float(scores.mean()), float(scores.min()), reached))
    report("few_labels", HEADER, lines)


if __name__ == "__main__":
    main()
