"""Unlabelled rows among scikit-learn's tools for labelled ones."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.semi_supervised import LabelSpreading
from sklearn.utils.estimator_checks import parametrize_with_checks

from skflowmix import FlowGMM
from skflowmix.semi_supervised import WithUnlabeled
from tests.estimators import ESTIMATORS, QUICK, blobs

X, Y = blobs(90)
LABELLED = np.arange(90) < 36
UNTRAINED = {**QUICK, "max_iter": 0, "n_layers": 0}
INNER = {
    "FlowGMM": FlowGMM(**UNTRAINED),
    "VariationalFlowMixture": ESTIMATORS["VariationalFlowMixture"](**UNTRAINED),
    "new groups": FlowGMM(5, **UNTRAINED),
    "pipeline": make_pipeline(StandardScaler(), FlowGMM(**UNTRAINED)),
}
META = {
    "alone": lambda model: model,
    "vote": lambda model: VotingClassifier([("own", model), ("bayes", GaussianNB())]),
    "soft vote": lambda model: VotingClassifier([("own", model)], voting="soft"),
    "stack": lambda model: StackingClassifier([("own", model), ("bayes", GaussianNB())], cv=2),
    "bag": lambda model: BaggingClassifier(model, 2, random_state=0),
    "boost": lambda model: AdaBoostClassifier(model, n_estimators=2),
    "one against the rest": OneVsRestClassifier,
    "one against one": OneVsOneClassifier,
    "calibrated": lambda model: CalibratedClassifierCV(model, cv=2),
    "searched": lambda model: GridSearchCV(model, {}, cv=2),
}
NAMES = {
    "strings": np.array(["ant", "bee", "cow"]),
    "objects": np.array(["ant", "bee", "cow"], dtype=object),
    "numbers": np.array([7, -3, 2]),
    "unsigned": np.array([0, 1, 2**64 - 1], dtype=np.uint64),
    "floats": np.array([0.0, 1.0, 4.0]),
    "bools": np.array([False, True, True]),
}


PAIRS = [
    (meta, inner)
    for number, meta in enumerate(META)
    for place, inner in enumerate(INNER)
    if (number + place) % 2 == 0
]
"""Each meta-estimator with every second of the inner ones, in turn."""


@pytest.mark.parametrize(("meta", "inner"), PAIRS)
def test_every_meta_estimator_knows_the_classes_and_no_others(meta, inner):
    y = NAMES["strings"][Y]
    model = META[meta](WithUnlabeled(INNER[inner], X[~LABELLED])).fit(X[LABELLED], y[LABELLED])
    assert model.classes_.tolist() == ["ant", "bee", "cow"]
    assert set(model.predict(X)) == {"ant", "bee", "cow"}
    assert model.score(X, y) == 1


class Recorder(ClassifierMixin, BaseEstimator):
    """Says what it was fitted to."""

    def fit(self, X, y, sample_weight=None):
        self.classes_ = np.unique(y[y != -1])
        self.rows_, self.codes_, self.weights_ = X, y, sample_weight
        return self

    def predict(self, X):
        return np.zeros(len(X), dtype=int)


@pytest.mark.parametrize("kind", NAMES)
@given(st.integers(1, 60), st.integers(0, 20), st.integers(0, 2**20))
def test_every_fit_has_its_rows_and_all_unlabelled_ones(kind, n, m, seed):
    rng = np.random.default_rng(seed)
    rows, added = rng.normal(size=(n, 3)), rng.normal(size=(m, 3)) if m != 1 else None
    y, weights = NAMES[kind][rng.integers(0, 3, n)], rng.uniform(size=n)
    m = 0 if added is None else m
    model = WithUnlabeled(Recorder(), added).fit(rows, y, sample_weight=weights)
    seen = model.estimator_
    np.testing.assert_array_equal(seen.rows_[:n], rows)
    np.testing.assert_array_equal(seen.rows_[n:], np.empty((0, 3)) if added is None else added)
    np.testing.assert_array_equal(model.classes_[seen.codes_[:n]], y)
    assert (seen.codes_[n:] == -1).all()
    assert len(seen.codes_) == n + m
    np.testing.assert_array_equal(seen.weights_[:n], weights)
    assert seen.weights_[n:] == pytest.approx(np.full(m, weights.mean()))
    assert model.fit(rows, y).estimator_.weights_ is None
    assert not hasattr(model, "predict_proba")
    assert (model.predict(rows) == model.classes_[0]).all()


def test_it_answers_as_the_estimator_does_where_there_are_no_new_groups():
    few = np.where(LABELLED, Y, -1)
    expected = FlowGMM(**UNTRAINED).fit(X, few)
    model = WithUnlabeled(FlowGMM(**UNTRAINED), X[~LABELLED]).fit(X[LABELLED], Y[LABELLED])
    np.testing.assert_allclose(model.predict_proba(X), expected.predict_proba(X))
    np.testing.assert_array_equal(model.predict(X), expected.predict(X))
    assert model.score(X, few) == expected.score(X, few)


def test_new_groups_leave_shares_of_the_classes():
    model = WithUnlabeled(FlowGMM(5, **UNTRAINED), X).fit(X[LABELLED], Y[LABELLED])
    proba, every = model.predict_proba(X), model.estimator_.predict_proba(X)
    assert every.shape == (90, 5)
    np.testing.assert_allclose(proba.sum(1), 1)
    np.testing.assert_allclose(proba[:, 0] * every[:, 1], proba[:, 1] * every[:, 0], atol=1e-12)
    np.testing.assert_array_equal(model.predict(X), model.classes_[proba.argmax(1)])


class Certain(Recorder):
    """Is sure that every row is of a group that has no label."""

    def fit(self, X, y):
        super().fit(X, y)
        self.classes_ = np.arange(len(self.classes_) + 1)
        return self

    def predict_proba(self, X):
        return np.eye(len(self.classes_))[np.full(len(X), len(self.classes_) - 1)]


def test_where_no_class_is_possible_all_are_as_likely():
    model = WithUnlabeled(Certain()).fit(X, Y)
    np.testing.assert_allclose(model.predict_proba(X), np.full((90, 3), 1 / 3))


@pytest.mark.parametrize("kind", ["strings", "numbers", "floats"])
@pytest.mark.parametrize("n_components", [None, 3, 5])
def test_probabilities_are_cross_validated_with_new_groups(kind, n_components):
    y = NAMES[kind][Y]
    model = WithUnlabeled(FlowGMM(n_components, **UNTRAINED), X[~LABELLED])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        proba = cross_val_predict(model, X[LABELLED], y[LABELLED], cv=2, method="predict_proba")
        loss = cross_val_score(model, X[LABELLED], y[LABELLED], cv=2, scoring="neg_log_loss")
    assert proba.shape == (36, 3)
    assert (np.unique(y)[proba.argmax(1)] == y[LABELLED]).all()
    assert (loss > -0.2).all()


def test_other_semi_supervised_classifiers_may_be_inside():
    model = WithUnlabeled(LabelSpreading(), X[~LABELLED])
    names = NAMES["strings"][Y]
    assert model.fit(X[LABELLED], names[LABELLED]).score(X, names) == 1


def test_labels_may_be_missing_too():
    some = NAMES["objects"][Y]
    some[::2] = None
    model = WithUnlabeled(Recorder(), X[:5]).fit(X, some)
    assert (model.estimator_.codes_ == -1).sum() == 45 + 5
    right = np.where(Y == 0, some, None)
    assert model.score(X, right) == 1
    assert model.score(X, some, sample_weight=1 + (Y == 0)) == pytest.approx(0.5)
    with pytest.warns(UserWarning, match="No row of y has a label"):
        assert np.isnan(model.score(X, np.full(90, None)))


FRAME = pd.DataFrame(X, columns=["height", "width"])


def test_names_of_features_are_checked():
    model = WithUnlabeled(FlowGMM(**UNTRAINED), FRAME[~LABELLED])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.fit(FRAME[LABELLED], Y[LABELLED]).predict(FRAME)
        assert model.feature_names_in_.tolist() == ["height", "width"]
        model.fit(X[LABELLED], Y[LABELLED]).predict(X)
    with pytest.raises(ValueError, match=r"X_unlabeled has the columns \['width', 'height'\]"):
        clone(model).set_params(X_unlabeled=FRAME[["width", "height"]]).fit(FRAME, Y)


@pytest.mark.parametrize(
    ("X_unlabeled", "y", "message"),
    [
        (X[:, :1], Y, "X_unlabeled has 1 columns, but X has 2"),
        (X[:, 0], Y, "Expected 2D array"),
        (X, np.full(90, -1), "needs labelled rows"),
        (X, None, "target y is None"),
        (X, Y[1:], "89 labels for 90 rows"),
        (X, Y + 0.5, "Unknown label type"),
    ],
)
def test_what_it_cannot_use_is_refused_in_words(X_unlabeled, y, message):
    with pytest.raises(ValueError, match=message):
        WithUnlabeled(Recorder(), X_unlabeled).fit(X, y)


def test_columns_that_a_bag_leaves_out_are_told():
    bag = BaggingClassifier(WithUnlabeled(FlowGMM(**UNTRAINED), X), 2, max_features=1)
    with pytest.raises(ValueError, match="in a pipeline within WithUnlabeled"):
        bag.fit(X, Y)


def expected_failures(_):
    return {
        "check_classifiers_classes": "-1 is a missing label",
        "check_supervised_y_no_nan": "a missing label, as NaN, is an unlabelled row",
    }


@parametrize_with_checks(
    [WithUnlabeled(FlowGMM(**UNTRAINED))], expected_failed_checks=expected_failures
)
def test_scikit_learn_checks(estimator, check):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the checks provoke warnings on purpose
        check(estimator)
