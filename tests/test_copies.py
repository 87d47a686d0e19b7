"""Neither the order of rows nor copies of them change what is fitted."""

import numpy as np
import pytest

from tests.estimators import QUICK, blobs, every_estimator

every_number = pytest.mark.parametrize("n_components", [1, 3])


@every_number
@every_estimator
def test_permuted_rows_rows_twice_and_weights_of_two_are_the_same_fit(estimator, n_components):
    X, _ = blobs(60)
    model = estimator(n_components, **QUICK)
    expected = model.fit(X).score_samples(X)
    order = np.random.default_rng(0).permutation(60)
    for rows in (order, np.repeat(order, 2)):
        np.testing.assert_allclose(model.fit(X[rows]).score_samples(X), expected, atol=1e-6)
    weighted = model.fit(X, sample_weight=np.full(60, 2.0)).score_samples(X)
    np.testing.assert_allclose(weighted, expected, atol=1e-6)


@every_estimator
def test_a_weight_is_as_many_copies(estimator):
    X, _ = blobs(60)
    weights = np.random.default_rng(0).integers(0, 4, 60)
    model = estimator(**QUICK)
    expected = model.fit(X, sample_weight=weights).score_samples(X)
    repeated = model.fit(np.repeat(X, weights, axis=0)).score_samples(X)
    np.testing.assert_allclose(repeated, expected, atol=1e-6)
