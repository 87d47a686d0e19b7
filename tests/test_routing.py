"""Weights of rows reach fits and scores through scikit-learn's metadata routing."""

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from skflowmix import OutlierDetector
from tests.estimators import QUICK, blobs, every_estimator, hide

X, Y = blobs(60, spread=3.0)
FEW = hide(Y, 10)
WEIGHTS = np.where(np.arange(60) % 2, 5.0, 1.0)
UNTRAINED = {**QUICK, "max_iter": 0}


@pytest.fixture(autouse=True)
def _routing():
    with config_context(enable_metadata_routing=True):
        yield


def within(model):
    """A pipeline whose last step is the model."""
    return Pipeline([("same", FunctionTransformer()), ("model", model)])


@every_estimator
def test_weights_reach_a_mixture_in_a_pipeline(estimator):
    model = estimator(3, **UNTRAINED)
    expected = clone(model).fit(X, FEW, sample_weight=WEIGHTS)
    asking = model.set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
    pipeline = within(asking).fit(X, FEW, sample_weight=WEIGHTS)
    np.testing.assert_array_equal(pipeline.score_samples(X), expected.score_samples(X))
    wrong = np.where(np.arange(60) % 4, Y, (Y + 1) % 3)
    score = pipeline.score(X, wrong, sample_weight=WEIGHTS)
    assert score == expected.score(X, wrong, sample_weight=WEIGHTS)
    assert score != expected.score(X, wrong)
    rows = pipeline.inverse_transform(pipeline.transform(X))
    assert rows.shape == X.shape


@every_estimator
@pytest.mark.parametrize("labels", [None, Y])
def test_weights_reach_a_mixture_in_a_search(estimator, labels):
    model = estimator(3, **UNTRAINED)
    train, test = np.arange(0, 40), np.arange(40, 60)
    known = None if labels is None else labels[train]
    fold = clone(model).fit(X[train], known, sample_weight=WEIGHTS[train])
    expected = fold.score(
        X[test], None if labels is None else labels[test], sample_weight=WEIGHTS[test]
    )
    asking = model.set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
    for searched, grid in ((asking, {"tol": [1e-4]}), (within(asking), {"model__tol": [1e-4]})):
        search = GridSearchCV(searched, grid, cv=[(train, test)])
        search.fit(X, labels, sample_weight=WEIGHTS)
        assert search.best_score_ == pytest.approx(expected)


def mean_score(detector, X, y=None):
    """A score of a detector, which has none of its own."""
    return detector.score_samples(X).mean()


def test_weights_reach_the_detector():
    expected = OutlierDetector().fit(X, sample_weight=WEIGHTS)
    asking = OutlierDetector().set_fit_request(sample_weight=True)
    pipeline = within(asking).fit(X, sample_weight=WEIGHTS)
    np.testing.assert_array_equal(pipeline.score_samples(X), expected.score_samples(X))
    assert not np.array_equal(OutlierDetector().fit(X).score_samples(X), expected.score_samples(X))
    search = GridSearchCV(
        within(asking), {"model__contamination": [0.1, 0.2]}, scoring=mean_score, cv=2
    )
    search.fit(X, sample_weight=WEIGHTS)
    np.testing.assert_array_equal(search.score_samples(X), expected.score_samples(X))


@every_estimator
def test_weights_that_nobody_asks_for_are_refused(estimator):
    with pytest.raises(ValueError, match="not explicitly set as requested"):
        within(estimator(3, **UNTRAINED)).fit(X, sample_weight=WEIGHTS)
