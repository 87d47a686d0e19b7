"""The classifiers that are compared: what they see, and how they are set.

All are at their defaults but for what is named or said here.
"""

from importlib.util import find_spec
from typing import Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.model_selection import StratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.semi_supervised import LabelSpreading, SelfTrainingClassifier

from benchmarks.few_labels.poisson_learning import PoissonLearning
from benchmarks.papers.rivals import FLOWS, Factory
from skflowmix import FlowGMM, VariationalFlowMixture

MAX_ITER = 1000
"""Of logistic regression and of what spreads far, whose usual steps are too few here."""
FOLDS = 5
LEAF = 5
"""Least rows of a leaf of boosted trees: their usual 20 would not let a few labels be split."""
BASELINE = "LabelSpreading(knn)"
"""Whose seconds the others' are multiples of."""
FAR = "LabelSpreading(knn, alpha .99)"
"""Spread as far as in the paper of Zhou and others, 2004; the usual alpha is .2, in 30 steps."""
POISSON = "PoissonLearning"


class ChosenLogistic(ClassifierMixin, BaseEstimator):
    """Logistic regression whose C has the least log-loss in folds of the labels.

    There are five folds, or as many as the smallest class has labels; where that is one, C is 1.

    Parameters
    ----------
    random_state : int
        Of the folds.
    """

    def __init__(self, random_state: int = 0) -> None:
        self.random_state = random_state

    def fit(self, X: np.ndarray, y: np.ndarray) -> Self:
        """Choose C and fit to all rows ``(n, d)``."""
        n_folds = min(FOLDS, np.unique(y, return_counts=True)[1].min())
        model = LogisticRegression(max_iter=MAX_ITER) if n_folds < 2 else self._folded(n_folds)
        self.model_ = model.fit(X, y)
        self.classes_ = self.model_.classes_
        return self

    def _folded(self, n_folds: int) -> LogisticRegressionCV:
        folds = StratifiedKFold(n_folds, shuffle=True, random_state=self.random_state)
        return LogisticRegressionCV(cv=folds, scoring="neg_log_loss", max_iter=MAX_ITER)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Classes ``(n,)``."""
        return self.model_.predict(X)

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Probabilities ``(n, classes)``."""
        return self.model_.predict_proba(X)


def _logistic() -> LogisticRegression:
    return LogisticRegression(max_iter=MAX_ITER)


def _boosted(K: int, seed: int) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(min_samples_leaf=LEAF, random_state=seed)


ON_ALL_ROWS: dict[str, Factory] = {
    BASELINE: lambda K, seed: LabelSpreading(kernel="knn"),
    FAR: lambda K, seed: LabelSpreading(kernel="knn", alpha=0.99, max_iter=MAX_ITER),
    "SelfTraining(logistic)": lambda K, seed: SelfTrainingClassifier(_logistic()),
    "SelfTraining(forest)": lambda K, seed: SelfTrainingClassifier(
        RandomForestClassifier(random_state=seed)
    ),
    POISSON: lambda K, seed: PoissonLearning(),
}
"""Peers that see rows without labels."""
EITHER: dict[str, Factory] = {
    "logistic": lambda K, seed: _logistic(),
    "forest": lambda K, seed: RandomForestClassifier(random_state=seed),
    "HistGradientBoosting": _boosted,
}
ON_LABELS: dict[str, Factory] = {
    **EITHER,
    "logistic, C chosen": lambda K, seed: ChosenLogistic(seed),
    "MLP": lambda K, seed: MLPClassifier(max_iter=500, random_state=seed),
}
"""Peers that see labelled rows alone."""
ON_MANY_LABELS: dict[str, Factory] = {
    **EITHER,
    "QDA": lambda K, seed: QuadraticDiscriminantAnalysis(solver="eigen", shrinkage=1e-3),
    "GaussianNB": lambda K, seed: GaussianNB(),
}
"""Peers where all rows have a label. A class may have fewer rows than columns, so QDA shrinks."""
START_ALONE: dict[str, Factory] = {
    "FlowGMM, start alone": lambda K, seed: FlowGMM(K, max_iter=0, random_state=seed),
    "VariationalFlowMixture, start alone": lambda K, seed: VariationalFlowMixture(
        K, max_iter=0, random_state=seed
    ),
}
"""Flows that are not trained."""
OURS = {**FLOWS, **START_ALONE}
FEW = {**ON_ALL_ROWS, **ON_LABELS, **OURS}
"""For a few labels."""
MANY = {**ON_MANY_LABELS, **OURS}
"""Where all rows have one."""
ESTIMATORS = {**FEW, **MANY}

PACKAGES = {POISSON: "graphlearning"}
"""Packages of peers that are measured only where these are installed."""
NEVER = {"tri-training": "LAMDA-SSL 1.0.2 does not run beside the scikit-learn that is needed"}
"""Peers that could not be measured, and why."""


def missing() -> dict[str, str]:
    """Peers that cannot be measured here, and why."""
    absent = {
        name: f"{package} is not installed"
        for name, package in PACKAGES.items()
        if find_spec(package) is None
    }
    return {**absent, **NEVER}
