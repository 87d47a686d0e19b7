"""A missing label is an unlabelled row, however it is written and wherever labels are taken."""

import warnings
from copy import copy
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.exceptions import DataConversionWarning
from sklearn.model_selection import GridSearchCV

from skflowmix import FlowGMM
from skflowmix.data.labels import known_labels
from skflowmix.model_selection import LabeledOnlySplit
from tests.estimators import QUICK, blobs, every_estimator, in_turn
from tests.missing import KINDS, WAYS

every_way = pytest.mark.parametrize(("kind", "way"), WAYS)
a_column_is_told = pytest.mark.filterwarnings(
    f"ignore::{DataConversionWarning.__module__}.{DataConversionWarning.__name__}"
)
X, Y = blobs(24)
UNTRAINED = {**QUICK, "max_iter": 0, "n_layers": 0}


def written(kind, way, numbers):
    """Labels by their numbers, -1 where they are missing, in the way that is asked for."""
    names, ways = KINDS[kind]
    return ways[way]([None if k < 0 else names[k % len(names)] for k in numbers])


def plainly(kind, numbers):
    """The same in the way that was always taken: the int -1, beside strings among objects."""
    return written(kind, "object, -1", numbers)


FEW = np.where(np.arange(24) % 4 == 3, -1, Y)


@a_column_is_told
@every_way
@given(st.lists(st.integers(-1, 2), min_size=1).filter(lambda y: max(y) >= 0))
def test_every_way_says_the_same(kind, way, numbers):
    labelled, names = known_labels(written(kind, way, numbers), len(numbers))
    assert labelled.tolist() == [k >= 0 for k in numbers]
    expected = [KINDS[kind][0][k % len(KINDS[kind][0])] for k in numbers if k >= 0]
    assert names.tolist() == expected
    assert names.dtype.kind != "O"


@a_column_is_told
@every_way
def test_nothing_is_labelled_where_all_is_missing(kind, way):
    labelled, names = known_labels(written(kind, way, [-1, -1]), 2)
    assert labelled.tolist() == [False, False]
    assert len(names) == 0


@cache
def fitted(estimator, kind):
    return estimator(**UNTRAINED).fit(X, plainly(kind, FEW))


@a_column_is_told
@in_turn(kind_and_way=WAYS)
def test_every_way_is_fitted_and_scored_the_same(estimator, kind_and_way):
    kind, way = kind_and_way
    y, expected = written(kind, way, FEW), fitted(estimator, kind)
    model = estimator(**UNTRAINED).fit(X, y)
    assert model.classes_.tolist() == expected.classes_.tolist()
    np.testing.assert_array_equal(model.predict_proba(X), expected.predict_proba(X))
    np.testing.assert_array_equal(model.predict(X), expected.predict(X))
    wrong = np.where(np.arange(24) % 2, FEW, np.roll(FEW, 1))
    score = expected.score(X, plainly(kind, wrong))
    assert 0 < score < 1
    assert model.score(X, written(kind, way, wrong)) == score
    warm = copy(expected).set_params(warm_start=True)
    np.testing.assert_array_equal(warm.fit_predict(X, y), expected.labels_)
    assert warm.classes_.tolist() == expected.classes_.tolist()


@a_column_is_told
@every_way
@given(st.integers(0, 2**20))
def test_every_way_is_split_the_same(kind, way, seed):
    numbers = np.random.default_rng(seed).permutation(FEW)
    folds, expected = (
        list(LabeledOnlySplit(2).split(X, y))
        for y in (written(kind, way, numbers), plainly(kind, numbers))
    )
    for own, other in zip(folds, expected, strict=True):
        for part, expected_part in zip(own, other, strict=True):
            np.testing.assert_array_equal(part, expected_part)


@a_column_is_told
@every_way
def test_a_search_compares_what_is_predicted_with_y(kind, way):
    settings = {"cv": LabeledOnlySplit(2), "scoring": _accuracy_by_name, "refit": False}
    search = GridSearchCV(FlowGMM(**UNTRAINED), {}, **settings).fit(X, written(kind, way, FEW))
    assert search.best_score_ > 0.9


def _accuracy_by_name(estimator, X, y):
    return np.mean(estimator.predict(X) == np.ravel(np.asarray(y, dtype=object)))


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_whole_numbers_among_floats_stay_floats(dtype):
    y = np.where(FEW < 0, np.nan, FEW).astype(dtype)
    model = FlowGMM(4, **UNTRAINED).fit(X, y)
    assert model.classes_.dtype == model.predict(X).dtype == dtype
    assert model.classes_.tolist() == [0, 1, 2, 3]
    search = GridSearchCV(FlowGMM(**UNTRAINED), {}, cv=LabeledOnlySplit(2), scoring="accuracy")
    assert search.fit(X, y).best_score_ > 0.9


@every_estimator
def test_a_column_is_told_as_scikit_learn_does(estimator):
    for column in (FEW[:, None], pd.DataFrame({"kind": FEW})):
        with pytest.warns(DataConversionWarning, match="column-vector"):
            model = estimator(**UNTRAINED).fit(X, column)
        with pytest.warns(DataConversionWarning, match="column-vector"):
            assert model.score(X, column) == model.score(X, FEW)


# Marks that may be classes.

STRING_MARKS = {
    "strings": np.where(FEW < 0, "-1", "a"),
    "objects": np.where(FEW < 0, "-1", "a").astype(object),
    "list": ["-1", "a"] * 12,
    "pandas": pd.Series(["-1", "a"] * 12, dtype="string"),
    "beside None": np.array(["-1", "a", None] * 8, dtype=object),
    "bytes": np.array([b"-1", b"a"] * 12),
    "bytes among objects": np.array([b"-1", b"a", None] * 8, dtype=object),
    "array of a list with the int": np.array(["a", -1] * 12),
}


@pytest.mark.parametrize("case", STRING_MARKS)
def test_the_string_is_refused_everywhere(case):
    y = STRING_MARKS[case]
    model = fitted(FlowGMM, "numbers")
    for take in (
        lambda: FlowGMM(**UNTRAINED).fit(X, y),
        lambda: FlowGMM(**UNTRAINED).fit_predict(X, y),
        lambda: model.score(X, y),
        lambda: list(LabeledOnlySplit(2).split(X, y)),
    ):
        with pytest.raises(ValueError, match="use None or the int -1"):
            take()


TWO_SIGNS = {
    "ints": np.where(Y == 0, -1, 1),
    "floats": np.where(Y == 0, -1.0, 1.0),
    "objects": np.where(Y == 0, -1, 1).astype(object),
    "True": np.where(Y == 0, -1, True).astype(object),
    "frame": pd.Series(np.where(Y == 0, -1, 1)),
}


@in_turn(case=TWO_SIGNS, n_components=[None, "auto", 1])
def test_two_classes_called_by_their_signs_are_told(estimator, case, n_components):
    model = estimator(n_components, **UNTRAINED)
    with pytest.warns(UserWarning, match="The only class in y is 1, as -1 marks") as told:
        model.fit(X, TWO_SIGNS[case])
    assert told[0].filename == __file__


ONE_CLASS = {
    "components for the others": (2, TWO_SIGNS["ints"]),
    "a class of another name": (None, np.where(Y == 0, -1, 0)),
    "a class of another number": (None, np.where(Y == 0, -1, 2)),
    "a string": (None, np.where(Y == 0, -1, np.array(["a"] * 24, dtype=object))),
    "marked by NaN": (None, np.where(Y == 0, np.nan, 1)),
    "some marked by NaN": (None, np.where(Y == 0, np.nan, TWO_SIGNS["ints"] * (Y > 1) + (Y == 1))),
    "marked by None": (None, np.where(Y == 0, None, 1)),
    "all of one class": (None, np.ones(24, dtype=int)),
    "another class": (None, np.where(Y == 0, -1, Y)),
}


@in_turn(case=ONE_CLASS)
def test_one_class_is_no_mistake_by_itself(estimator, case):
    n_components, y = ONE_CLASS[case]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        estimator(n_components, **UNTRAINED).fit(X, y)


# Scores without a label.


@a_column_is_told
@every_way
def test_no_label_is_no_accuracy_and_no_likelihood(kind, way):
    nothing = written(kind, way, np.full(24, -1))
    with pytest.warns(UserWarning, match="No row of y has a label") as told:
        assert np.isnan(fitted(FlowGMM, kind).score(X, nothing))
    assert told[-1].filename == __file__
    assert np.isfinite(fitted(FlowGMM, kind).score(X, None))


@every_estimator
def test_nor_has_a_fit_without_any(estimator):
    nothing = np.full(24, -1)
    model = estimator(**UNTRAINED).fit(X, nothing)
    with pytest.warns(UserWarning, match="Leave y out for the mean log-likelihood"):
        assert np.isnan(model.score(X, nothing))
    assert np.isfinite(model.score(X))


# Labels of other types.

REFUSED = {
    "tuples": (pd.Series([(1, 2), (3, 4)] * 12), "labels of type tuple"),
    "lists": (pd.Series([[1], [2]] * 12), "labels of type list"),
    "dates among objects": (pd.Series(pd.to_datetime(["2020-01-01", "2021-01-01"] * 12)).dt.date,
                            "labels of type date"),
    "complex": (np.array([1j, 2j] * 12), "Complex data not supported"),
    "too long": (np.array([2**70, 1] * 12, dtype=object), "at most 64 bits"),
    "too long by a bit": (np.array([2**63, 1] * 12, dtype=object), "at most 64 bits"),
    "strings and bytes": (np.array(["a", b"a"] * 12, dtype=object), "one type"),
    "strings and numbers": (["a", 1] * 12, "one type"),
    "infinity": (np.where(FEW < 0, np.inf, FEW), "infinity"),
    "infinity beside NaN": (np.where(FEW < 0, np.nan, np.where(FEW, FEW, -np.inf)), "infinity"),
    "infinity among objects": (np.array([np.inf, 1, None] * 8, dtype=object), "infinity"),
    "fractions": (FEW + 0.5, "Unknown label type"),
    "fractions among objects": (np.array([0.5, 1, None] * 8, dtype=object), "Unknown label type"),
    "two columns": (np.c_[FEW, FEW], "should be a 1d array"),
    "a number": (3, "should be a 1d array"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_labels_that_name_no_class_are_refused_in_words(case):
    y, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        FlowGMM(**UNTRAINED).fit(X, y)
    with pytest.raises(ValueError, match=message):
        fitted(FlowGMM, "numbers").score(X, y)


DATES = np.array(["2020-01-01", "2021-01-01", "NaT"], dtype="M8[D]")[np.arange(24) % 3]


def test_dates_are_classes_but_name_no_new_groups():
    model = FlowGMM(**UNTRAINED).fit(X, DATES)
    assert model.classes_.tolist() == DATES[:2].tolist()
    assert model.score(X, DATES) == 1
    with pytest.raises(ValueError, match="dates, which new groups cannot be named by"):
        FlowGMM(3, **UNTRAINED).fit(X, DATES)


def test_bytes_are_classes_and_new_groups_are_bytes_too():
    y = np.array([b"ant", b"component_2", None, None], dtype=object)[FEW]
    model = FlowGMM(4, **UNTRAINED).fit(X, y)
    assert model.classes_.tolist() == [b"ant", b"component_2", b"component_3", b"component_4"]
    assert 0 < model.score(X, y) <= 1
