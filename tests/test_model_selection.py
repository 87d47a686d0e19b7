"""Cross-validation that tests on labelled rows only."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import make_blobs
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    LeaveOneOut,
    ShuffleSplit,
    StratifiedKFold,
    cross_val_score,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.semi_supervised import LabelSpreading

from skflowmix.model_selection import LabeledOnlySplit

SPLITTERS = {
    "int": 3,
    "stratified": StratifiedKFold(2, shuffle=True, random_state=0),
    "shuffle": ShuffleSplit(4, test_size=0.3, random_state=0),
    "leave one out": LeaveOneOut(),
}
every_splitter = pytest.mark.parametrize("cv", SPLITTERS.values(), ids=SPLITTERS)


def labels(n_labelled, n_unlabelled, seed=0):
    """Two classes, at least 3 rows of each, and unlabelled rows between them."""
    y = np.concatenate([np.arange(n_labelled) % 2, np.full(n_unlabelled, -1)])
    return np.random.default_rng(seed).permutation(y)


@every_splitter
@given(st.integers(6, 30), st.integers(0, 50), st.integers(0, 2**20))
def test_unlabelled_rows_train_in_every_fold_and_are_never_tested_on(cv, few, many, seed):
    y = labels(few, many, seed)
    X = np.zeros((len(y), 1))
    splitter = LabeledOnlySplit(cv)
    folds = list(splitter.split(X, y))
    assert len(folds) == splitter.get_n_splits(X, y)
    for train, test in folds:
        assert (y[test] >= 0).all()
        assert len(test) > 0
        assert set(np.flatnonzero(y < 0)) <= set(train)
        assert not set(train) & set(test)


@given(st.integers(6, 30), st.integers(0, 50))
def test_every_labelled_row_is_tested_on_once_by_default(few, many):
    y = labels(few, many)
    tests = [test for _, test in LabeledOnlySplit(3).split(np.zeros(len(y)), y)]
    assert sorted(np.concatenate(tests)) == np.flatnonzero(y >= 0).tolist()


def test_with_all_rows_labelled_it_is_the_splitter_itself():
    y = labels(20, 0)
    X = np.zeros((20, 1))
    inner = StratifiedKFold(4)
    for own, other in zip(LabeledOnlySplit(inner).split(X, y), inner.split(X, y), strict=True):
        for part, expected in zip(own, other, strict=True):
            np.testing.assert_array_equal(part, expected)


def test_groups_of_labelled_rows_stay_together():
    y = labels(12, 12)
    groups = np.arange(24) % 6
    for train, test in LabeledOnlySplit(GroupKFold(3)).split(np.zeros(24), y, groups):
        labelled = train[y[train] >= 0]
        assert not set(groups[labelled]) & set(groups[test])


def test_scores_count_labelled_rows_only():
    X, truth = make_blobs(200, centers=[[0, 0], [9, 9]], random_state=0)
    y = np.where(np.arange(200) % 10 < 2, truth, -1)
    model = LabelSpreading(kernel="knn")
    assert cross_val_score(model, X, y, cv=4, scoring="accuracy").mean() < 0.5
    assert cross_val_score(model, X, y, cv=LabeledOnlySplit(4), scoring="accuracy").mean() == 1


def test_grid_search_takes_it_and_names_may_be_strings():
    X, truth = make_blobs(60, centers=[[0, 0], [9, 9]], random_state=0)
    y = np.array(["left", "right"], dtype=object)[truth]
    y[::2] = -1
    labelled_only = LabeledOnlySplit(3)
    grid = GridSearchCV(GaussianOfLabelled(), {"var_smoothing": [1e-9, 1e-3]}, cv=labelled_only)
    assert grid.fit(X, y).best_score_ == 1


class GaussianOfLabelled(GaussianNB):
    """A classifier that passes unlabelled rows over."""

    def fit(self, X, y):
        known = np.array([label != -1 for label in y.tolist()])
        return super().fit(X[known], y[known].astype(str))


@pytest.mark.parametrize("y", [None, np.full(5, -1)])
def test_without_labels_there_is_nothing_to_test_on(y):
    with pytest.raises(ValueError, match="labelled rows"):
        list(LabeledOnlySplit().split(np.zeros((5, 1)), y))


@given(st.integers(6, 20), st.integers(0, 20), st.integers(-3, 3).filter(bool))
def test_rows_and_labels_must_be_as_many(few, many, surplus):
    y = labels(few, many)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        list(LabeledOnlySplit(3).split(np.zeros((len(y) + surplus, 1)), y))


def test_it_is_shown_and_cloned_like_any_splitter():
    assert repr(LabeledOnlySplit(3)) == "LabeledOnlySplit(cv=3)"
    assert LabeledOnlySplit(3).get_n_splits() == 3
