"""What drawn rows are like: whether a forest tells them from real ones, and what trees learn."""

import numpy as np
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from benchmarks.mixed.tables import Frame, Table, categories_of, numbers_of


def told_apart(drawn: Frame, real: Frame) -> float:
    """Area under the ROC curve of a forest that tells drawn rows from as many real ones.

    0.5 is as good as chance, and the best.
    """
    X = np.vstack([arrays(drawn), arrays(real)])
    y = np.repeat([1, 0], [len(drawn), len(real)])
    forest = RandomForestClassifier(100, min_samples_leaf=3, random_state=0)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    found = cross_val_predict(forest, X, y, cv=folds, method="predict_proba")
    return float(roc_auc_score(y, found[:, 1]))


def arrays(frame: Frame) -> np.ndarray:
    """Numbers, and categories as their codes, ``(n, d)``."""
    codes = [frame[name].cat.codes for name in categories_of(frame)]
    return np.column_stack([frame[numbers_of(frame)], *codes])


def usefulness(drawn: Frame, test: Table) -> float:
    """How right trees that learn from drawn rows are about real ones.

    Area under the ROC curve of a target of two categories, R2 of a number.
    """
    X, X_test = (frame.drop(columns=test.target) for frame in (drawn, test.frame))
    y, y_test = drawn[test.target], test.frame[test.target]
    if test.has_numeric_target:
        trees = HistGradientBoostingRegressor(random_state=0).fit(X, y)
        return float(r2_score(y_test, trees.predict(X_test)))
    first = y.cat.categories[0]
    if y.nunique() < 2:
        return 0.5
    trees = HistGradientBoostingClassifier(random_state=0).fit(X, y == first)
    return float(roc_auc_score(y_test == first, trees.predict_proba(X_test)[:, 1]))
