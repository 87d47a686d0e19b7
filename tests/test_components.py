"""Means and covariances of components, in the units of the data."""

import copy
import pickle

import numpy as np
import pytest
from sklearn.datasets import make_moons
from sklearn.mixture import GaussianMixture

from skflowmix import FlowGMM
from tests.estimators import QUICK, blobs, every_estimator

X, Y = blobs(150)
X = X @ np.array([[1.0, 0.3], [0.0, 20.0]]) - 50


@every_estimator
@pytest.mark.parametrize("parameters", [{"max_iter": 0}, {"n_layers": 0, "max_iter": 0}])
@pytest.mark.parametrize("weight", [0.0, 0.01])
def test_without_a_trained_flow_they_are_those_of_the_rows(estimator, parameters, weight):
    start = np.eye(3)[Y]
    model = estimator(
        init_params=start, reg_covar=0, defensive_weight=weight, **{**QUICK, **parameters}
    ).fit(X)
    for k in range(3):
        own = X[k == Y]
        np.testing.assert_allclose(model.component_means_[k], own.mean(axis=0), rtol=1e-4)
        expected = np.cov(own.T, bias=True)
        np.testing.assert_allclose(model.component_covariances_[k], expected, rtol=2e-3)


@pytest.mark.parametrize("modes", [1, 2])
@every_estimator
def test_they_are_those_of_samples(estimator, modes):
    rows, labels = make_moons(300, noise=0.1, random_state=0)
    parameters = {"init_params": np.eye(2)[labels], "max_iter": 10, "random_state": 0}
    if estimator is FlowGMM:
        parameters["components_per_class"] = modes
    model = estimator(n_layers=2, hidden_layer_sizes=16, **parameters).fit(rows)
    drawn, component = model.sample(20_000, random_state=1)
    for k in range(2):
        own = drawn[component == k]
        error = own.std(axis=0) / 64
        assert (np.abs(model.component_means_[k] - own.mean(axis=0)) < 5 * error).all()
        np.testing.assert_allclose(
            model.component_covariances_[k], np.cov(own.T), atol=0.15 * own.var(axis=0).max()
        )


@every_estimator
def test_they_are_those_of_an_average(estimator):
    rows = X[Y == 0]
    model = estimator(n_estimators=3, **{**QUICK, "max_iter": 10}).fit(rows)
    drawn, _ = model.sample(20_000, random_state=1)
    error = drawn.std(axis=0) / 64
    assert (np.abs(model.component_means_[0] - drawn.mean(axis=0)) < 5 * error).all()


@every_estimator
def test_asking_for_them_changes_nothing(estimator):
    model = estimator(3, **QUICK).fit(X)
    saved, before = pickle.dumps(model), model.score_samples(X)
    other = copy.deepcopy(model)
    means = model.component_means_
    means[:] = 0
    assert np.abs(model.component_means_).min() > 0
    np.testing.assert_array_equal(model.component_means_, other.component_means_)
    assert pickle.dumps(model) == saved
    np.testing.assert_array_equal(model.score_samples(X), before)


@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag", "spherical"])
def test_precisions_are_those_of_a_gaussian_mixture(covariance_type):
    """Of columns as they are, in which the latent space is theirs."""
    rows = (X - X.mean(axis=0)) / X.std(axis=0)
    reference = GaussianMixture(3, covariance_type=covariance_type, random_state=0).fit(rows)
    model = FlowGMM(3, covariance_type=covariance_type, **QUICK)
    model.set_params(init_params=reference.predict_proba(rows), n_layers=0, max_iter=0).fit(rows)
    names = ("precisions_", "precisions_cholesky_")
    for name in names:
        assert getattr(model, name).shape == getattr(reference, name).shape
    upper, full = model.precisions_cholesky_, model.precisions_
    if covariance_type in ("diag", "spherical"):
        np.testing.assert_allclose(full * model.covariances_, 1)
        np.testing.assert_allclose(full, reference.precisions_, rtol=1e-2)
        return
    np.testing.assert_allclose(np.triu(upper), upper)
    np.testing.assert_allclose(
        full @ model.covariances_, np.broadcast_to(np.eye(2), full.shape), atol=1e-9
    )


@every_estimator
def test_moments_within_bounds_of_the_largest_numbers_are_told_quietly(estimator):
    X = 1e200 * np.random.default_rng(0).gamma(1.0, 2.0, (60, 2))
    model = estimator(1, bounds={0: (0, None)}, **{**QUICK, "max_iter": 0}).fit(X)
    np.testing.assert_allclose(model.component_means_[0], X.mean(0), rtol=0.5)
    covariances = model.component_covariances_  # of numbers too large for double precision
    assert not np.isnan(covariances).any()
    assert np.isposinf(np.diagonal(covariances, axis1=1, axis2=2)).all()
