"""K-means where rows may be equal."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from skflowmix.starts.clusters import fit_kmeans
from tests.starts.examples import seeds


@given(st.integers(1, 12), st.integers(1, 60), st.integers(0, 20), st.integers(1, 5), seeds)
def test_few_distinct_rows_are_the_clusters(n_distinct, n, extra, d, seed):
    rng = np.random.default_rng(seed)
    which = rng.integers(n_distinct, size=n)
    X = rng.standard_normal((n_distinct, d))[which]
    model = fit_kmeans(X, n_distinct + extra, np.random.RandomState(seed))
    assert adjusted_rand_score(which, model.labels_) == 1
    np.testing.assert_array_equal(model.predict(X), model.labels_)


@given(st.integers(1, 12), seeds)
def test_many_distinct_rows_are_clustered_by_scikit_learn(n_clusters, seed):
    X = np.random.default_rng(seed).standard_normal((40, 3))
    weights = np.random.default_rng(seed).uniform(0.5, 2, 40)
    model = fit_kmeans(X, n_clusters, np.random.RandomState(seed), weights, n_init=2)
    peer = KMeans(n_clusters, n_init=2, random_state=np.random.RandomState(seed))
    np.testing.assert_array_equal(model.labels_, peer.fit_predict(X, sample_weight=weights))


@pytest.mark.parametrize("noise", [1e-16, 1e-12, 1e-9, 1e-8, 1e-7, 1e-6, 1e-4])
@given(seeds)
def test_points_with_any_noise_are_clustered_without_a_warning(noise, seed):
    """Warnings are errors here, and k-means itself cannot tell rows of 1e-8 apart."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((3, 20))[np.repeat(np.arange(3), 20)]
    model = fit_kmeans(X + noise * rng.standard_normal(X.shape), 10, np.random.RandomState(seed))
    assert 3 <= len(set(model.labels_)) <= 10


@given(st.floats(1, 30), seeds)
def test_outliers_are_clustered_without_a_warning(exponent, seed):
    X = np.random.default_rng(seed).standard_normal((50, 3))
    X[0] *= 10**exponent
    labels = fit_kmeans(X, 8, np.random.RandomState(seed)).labels_
    assert np.bincount(labels).min() > 0
    assert exponent < 3 or (labels == labels[0]).sum() == 1
