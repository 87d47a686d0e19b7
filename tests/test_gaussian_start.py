"""Starts by weights, means and precisions, as GaussianMixture takes them."""

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from tests.estimators import blobs, every_estimator

X, Y = blobs(90)
X = X @ np.array([[1.0, 0.3], [0.0, 20.0]])  # of unlike units, and correlated
WEIGHTS, MEANS = [0.2, 0.5, 0.3], X[[3, 4, 5]]
PRECISIONS = {
    "full": np.linalg.inv([np.cov(X[k == Y].T) * (k + 1) for k in range(3)]),
    "tied": np.linalg.inv(np.cov(X.T)),
    "diag": 1 / np.array([X[k == Y].var(axis=0) * (k + 1) for k in range(3)]),
}
UNTRAINED = {"max_iter": 0, "random_state": 0, "reg_covar": 0}


def one_step_of(covariance_type, **start):
    """GaussianMixture after one step of EM."""
    mixture = GaussianMixture(3, covariance_type=covariance_type, **start, reg_covar=0)
    with pytest.warns(ConvergenceWarning):
        return mixture.set_params(max_iter=1, random_state=0).fit(X)


@every_estimator
@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag"])
@pytest.mark.parametrize("given", ["weights", "means", "precisions", "all", "means only by rows"])
def test_an_untrained_model_is_one_step_of_em_from_the_gaussians(
    estimator, covariance_type, given
):
    start = {
        "weights_init": WEIGHTS,
        "means_init": MEANS,
        "precisions_init": PRECISIONS[covariance_type],
    }
    if given == "means only by rows":
        start = {"means_init": MEANS, "init_params": "random"}
    elif given != "all":
        start = {f"{given}_init": start[f"{given}_init"]}
    expected = one_step_of(covariance_type, **start)
    model = estimator(3, covariance_type=covariance_type, **start, **UNTRAINED).fit(X)
    np.testing.assert_allclose(model.score_samples(X), expected.score_samples(X), atol=1e-3)
    np.testing.assert_array_equal(model.predict(X), expected.predict(X))
    np.testing.assert_allclose(model.weights_, expected.weights_, atol=1e-5)


@every_estimator
def test_spherical_gaussians_are_spheres_where_columns_are_standardised(estimator):
    rows = (X - X.mean(axis=0)) / X.std(axis=0)
    start = {
        "covariance_type": "spherical",
        "means_init": rows[:3],
        "precisions_init": [9, 10, 8],
    }
    with pytest.warns(ConvergenceWarning):
        expected = GaussianMixture(3, max_iter=1, reg_covar=0, **start).fit(rows)
    model = estimator(3, **start, **UNTRAINED).fit(rows)
    np.testing.assert_allclose(model.score_samples(rows), expected.score_samples(rows), atol=1e-3)


@every_estimator
def test_gaussians_say_how_many_components_there_are(estimator):
    model = estimator(means_init=MEANS, **UNTRAINED).fit(X)
    assert model.n_components_ == 3
    assert model.start_ == "given"


REFUSED = {
    "an array": ({"init_params": np.eye(3)[Y]}, None, "init_params is an array"),
    "a name": ({"init_params": "ward"}, None, "two starts"),
    "auto": ({"n_components": "auto"}, None, "n_components"),
    "labels": ({}, Y, "y has labels"),
    "another number": ({"n_components": 2}, None, r"means_init cannot .* shape"),
    "weights of another sum": ({"weights_init": [1, 1, 1]}, None, "weights_init .*range|normal"),
    "a precision below 0": ({"precisions_init": -PRECISIONS["full"]}, None, "positive-definite"),
    "no numbers": ({"means_init": [["a", "b"]] * 3}, None, "means_init cannot"),
    "overflow": ({"means_init": np.full((3, 2), 1e300)}, None, "overflow"),
}


@every_estimator
@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_a_start_is_refused_in_words(estimator, case):
    parameters, labels, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        estimator(**{"n_components": 3, "means_init": MEANS, **UNTRAINED, **parameters}).fit(
            X, labels
        )


@every_estimator
def test_absent_rows_do_not_matter(estimator):
    weights = np.ones(90)
    weights[60:] = 0
    moved = np.where(weights[:, None] > 0, X, X + 1000)
    quick = {"means_init": MEANS, **UNTRAINED, "n_components": 3}
    one = estimator(**quick).fit(X, sample_weight=weights).score_samples(X)
    other = estimator(**quick).fit(moved, sample_weight=weights).score_samples(X)
    np.testing.assert_array_equal(one, other)


@every_estimator
def test_rows_beyond_the_subsample_are_not_looked_at_to_fill(estimator):
    model = estimator(3, means_init=MEANS, subsample=30, **UNTRAINED).fit(X)
    assert np.isfinite(model.score(X))
    assert len(model.labels_) == 90
