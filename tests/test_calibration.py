"""How far a model's probabilities are trusted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import log_softmax
from sklearn.datasets import make_blobs
from sklearn.metrics import log_loss

from skflowmix.calibration import ENOUGH, HOTTEST, judges, temperature
from tests.estimators import QUICK, every_estimator

seeds = st.integers(0, 2**16)


def calibrated(n, n_classes, seed):
    """Log-probabilities, and labels that have just these."""
    rng = np.random.default_rng(seed)
    log_proba = log_softmax(3 * rng.normal(size=(n, n_classes)), axis=1)
    uniform = rng.uniform(size=(n, 1))
    codes = (np.exp(log_proba).cumsum(1) < uniform).sum(1).clip(max=n_classes - 1)
    return log_proba, codes


@given(st.integers(2, 6), st.floats(0.2, 8), seeds)
def test_a_known_temperature_is_found_by_many_rows(n_classes, factor, seed):
    log_proba, codes = calibrated(4000, n_classes, seed)
    assert temperature(factor * log_proba, codes, 4) == pytest.approx(factor, rel=0.15)


@given(st.integers(1, 30), st.integers(2, 5), st.floats(-100, 100), seeds)
def test_what_a_row_has_in_all_its_components_does_not_matter(n, n_classes, shift, seed):
    log_proba, codes = calibrated(n, n_classes, seed)
    assert temperature(log_proba + shift, codes, 4) == pytest.approx(
        temperature(log_proba, codes, 4), rel=1e-3
    )


def test_without_rows_nothing_is_changed():
    assert temperature(np.zeros((0, 3)), np.zeros(0, dtype=int), 4) == 1


@pytest.mark.parametrize("n_features", [1, 2, 16])
@pytest.mark.parametrize("wrong", [False, True])
def test_few_rows_do_not_lead_far_from_the_usual(wrong, n_features):
    joint = np.array([[0.0, -50.0], [-50.0, 0.0]])
    codes = np.array([1, 0] if wrong else [0, 1])
    found = temperature(joint, codes, n_features)
    usual = np.sqrt(n_features)
    assert 1 / HOTTEST < found < HOTTEST
    assert found > 1.5 * usual if wrong else found == pytest.approx(usual, rel=0.05)


@given(st.integers(0, 2 * ENOUGH), st.integers(0, 20))
def test_rows_that_were_held_out_judge_if_they_are_enough(n_held, n_trained):
    labelled = np.arange(200) < n_held + n_trained
    held = np.arange(200) < n_held
    expected = n_held if n_held >= ENOUGH else n_held + n_trained
    assert judges(labelled, held).sum() == expected


@every_estimator
def test_labels_set_the_temperature_and_nothing_else(estimator):
    X, y = make_blobs(200, centers=3, cluster_std=3.0, random_state=0)
    few = np.where(np.arange(200) < 60, y, -1)
    model = estimator(**QUICK).fit(X, few)
    joint = model._joint_log_prob(X)
    assert model.temperature_ != 1
    np.testing.assert_allclose(
        model.predict_log_proba(X), log_softmax(joint / model.temperature_, axis=1), atol=1e-9
    )
    np.testing.assert_array_equal(model.predict(X), joint.argmax(1))


@every_estimator
def test_without_labels_probabilities_are_the_posteriors(estimator):
    X, _ = make_blobs(100, centers=3, random_state=0)
    model = estimator(3, **QUICK).fit(X)
    assert model.temperature_ == 1


@every_estimator
def test_overlapping_classes_are_less_surprising_than_at_temperature_one(estimator):
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 300)
    once = rng.normal(size=(600, 1)) + y[:, None]
    X = once + 0.3 * rng.normal(size=(600, 6))  # six features that say nearly the same
    X[:, 1:] += rng.standard_t(2, size=(600, 5)) * 0.05
    few = np.where(np.arange(600) % 10 == 0, y, -1)
    model = estimator(max_iter=0, random_state=0).fit(X, few)
    raw = np.exp(log_softmax(model._joint_log_prob(X), axis=1))
    hidden = few < 0
    assert log_loss(y[hidden], model.predict_proba(X)[hidden]) < log_loss(y[hidden], raw[hidden])
