"""How far a model's probabilities are trusted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import log_softmax, softmax
from sklearn.datasets import make_blobs
from sklearn.metrics import log_loss

from skflowmix.calibration import MAX_TEMPERATURE, MIN_HELD_OUT, Calibration, calibration_rows
from tests.estimators import QUICK, every_estimator

seeds = st.integers(0, 2**16)


def calibration_of(joint, codes, n_features):
    """Calibration on rows that count for one each."""
    return Calibration.of(joint, codes, np.ones(len(codes)), n_features)


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
    found = calibration_of(factor * log_proba, codes, 4)
    assert found.temperature == pytest.approx(factor, rel=0.15)


@given(st.integers(1, 30), st.integers(2, 5), st.floats(-100, 100), seeds)
def test_what_a_row_has_in_all_its_components_does_not_matter(n, n_classes, shift, seed):
    log_proba, codes = calibrated(n, n_classes, seed)
    assert calibration_of(log_proba + shift, codes, 4).temperature == pytest.approx(
        calibration_of(log_proba, codes, 4).temperature, rel=1e-3
    )


def test_without_rows_nothing_is_changed():
    assert calibration_of(np.zeros((0, 3)), np.zeros(0, dtype=int), 4) == Calibration()
    log_proba, _ = calibrated(20, 3, 0)
    np.testing.assert_allclose(Calibration().log_proba(log_proba - 7), log_proba)


@given(st.integers(1, 60), st.integers(2, 5), st.floats(0.1, 20), seeds)
def test_every_component_keeps_a_share_of_the_smoothing_and_the_order_stays(
    n, n_classes, hot, seed
):
    joint, codes = calibrated(n, n_classes, seed)
    found = Calibration(hot, calibration_of(joint, codes, 4).smoothing)
    assert found.smoothing == 1 / (n + 2)
    proba = np.exp(found.log_proba(1e3 * joint))
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    assert proba.min() > 0.999 * found.smoothing / n_classes
    np.testing.assert_array_equal(proba.argmax(1), joint.argmax(1))


@given(st.integers(1, 60), st.integers(2, 5), seeds)
def test_log_loss_is_that_of_scikit_learn(n, n_classes, seed):
    joint, codes = calibrated(n, n_classes, seed)
    calibration = Calibration(2.0, 0.1)
    expected = log_loss(codes, np.exp(calibration.log_proba(joint)), labels=range(n_classes))
    assert calibration.log_loss(joint, codes, np.ones(n)) == pytest.approx(expected)


@pytest.mark.parametrize("n_features", [1, 2, 16])
def test_few_rows_do_not_lead_far_from_the_usual(n_features):
    joint = np.array([[0.0, -50.0], [-50.0, 0.0]])
    found = calibration_of(joint, np.array([0, 1]), n_features).temperature
    assert found == pytest.approx(np.sqrt(n_features), rel=0.05)


@pytest.mark.parametrize("n_features", [1, 2, 16])
def test_rows_that_are_sure_and_wrong_heat(n_features):
    joint = np.tile([[0.0, -10.0], [-10.0, 0.0]], (20, 1))
    found = calibration_of(joint, np.tile([1, 0], 20), n_features).temperature
    assert 2 * np.sqrt(n_features) < found < MAX_TEMPERATURE


@given(st.integers(1, 20), st.integers(2, 4), seeds)
def test_a_weight_of_two_is_a_row_twice(n, n_classes, seed):
    joint, codes = calibrated(n, n_classes, seed)
    weights = np.random.default_rng(seed).integers(1, 4, n)
    found = Calibration.of(joint, codes, weights, 4)
    repeated = calibration_of(joint.repeat(weights, 0), codes.repeat(weights), 4)
    assert found.temperature == pytest.approx(repeated.temperature, rel=1e-4)
    assert found.smoothing == repeated.smoothing


@given(st.integers(0, 2 * MIN_HELD_OUT), st.integers(0, 20))
def test_rows_that_were_held_out_judge_if_they_are_enough(n_held, n_trained):
    labelled = np.arange(200) < n_held + n_trained
    held = np.arange(200) < n_held
    expected = n_held if n_held >= MIN_HELD_OUT else n_held + n_trained
    assert calibration_rows(labelled, held).sum() == expected


@every_estimator
def test_labels_calibrate_probabilities_of_a_start_that_is_named_and_nothing_else(estimator):
    X, y = make_blobs(200, centers=3, cluster_std=3.0, random_state=0)
    few = np.where(np.arange(200) < 60, y, -1)
    model = estimator(**QUICK, init_params="kmeans").fit(X, few)
    assert model.temperature_ != 1
    assert model.smoothing_ == 1 / 62  # too few of the 60 were held out
    proba = model.predict_proba(X)
    assert proba.min() > 1 / 62 / 3
    np.testing.assert_array_equal(model.predict(X), proba.argmax(1))
    np.testing.assert_array_equal(model.predict(X), posteriors(model, X).argmax(1))


def posteriors(model, X):
    """Return what probabilities would be at a temperature of one and without smoothing."""
    smooth, n_classes = model.smoothing_, len(model.classes_)
    tempered = (model.predict_proba(X) - smooth / n_classes) / (1 - smooth)
    return softmax(model.temperature_ * np.log(np.maximum(tempered, 1e-300)), axis=1)


@every_estimator
def test_without_labels_probabilities_are_the_posteriors(estimator):
    X, _ = make_blobs(100, centers=3, random_state=0)
    model = estimator(3, **QUICK).fit(X)
    assert (model.temperature_, model.smoothing_) == (1, 0)


@every_estimator
def test_overlapping_classes_are_less_surprising_than_at_temperature_one(estimator):
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 300)
    once = rng.normal(size=(600, 1)) + y[:, None]
    X = once + 0.3 * rng.normal(size=(600, 6))  # six features that say nearly the same
    X[:, 1:] += rng.standard_t(2, size=(600, 5)) * 0.05
    few = np.where(np.arange(600) % 10 == 0, y, -1)
    model = estimator(max_iter=0, init_params="kmeans", random_state=0).fit(X, few)
    raw = posteriors(model, X).clip(min=1e-12)
    hidden = few < 0
    assert log_loss(y[hidden], model.predict_proba(X)[hidden]) < log_loss(y[hidden], raw[hidden])
