"""The start from a Gaussian mixture."""

import numpy as np
from hypothesis import given
from scipy.stats import multivariate_normal
from sklearn.mixture import GaussianMixture

from skflowmix.starts import gaussians
from tests.starts.examples import (
    assert_responsibilities,
    blobs,
    index,
    problem_of,
    problems,
    proposal,
    seeds,
    unlabelled,
)


@given(problems(), seeds)
def test_a_gaussian_mixture_keeps_labelled_rows_in_their_class(problem, seed):
    proposed = proposal("gaussian_mixture", problem, seed)
    labelled = problem.codes >= 0
    one_hot = np.eye(problem.n_components)[problem.codes[labelled]]
    np.testing.assert_allclose(proposed[labelled], one_hot, atol=1e-12)


def test_a_gaussian_mixture_is_that_of_scikit_learn():
    X, _ = blobs(3, 40, distance=6.0)
    proposed = proposal("gaussian_mixture", problem_of(X, np.full(120, -1), 3))
    reference = GaussianMixture(3, random_state=0).fit(X).predict_proba(X)
    order = (proposed.T @ reference).argmax(1)
    np.testing.assert_allclose(proposed, reference[:, order], atol=0.02)


def test_a_gaussian_mixture_is_fitted_to_some_rows_and_asked_about_all(monkeypatch):
    monkeypatch.setattr(gaussians, "EM_ROWS", 30)
    X, group = blobs(2, 50)
    codes = np.full(100, -1)
    codes[[0, 50]] = [1, 0]
    problem = problem_of(X, codes, 2)
    proposed = proposal("gaussian_mixture", problem)
    assert_responsibilities(proposed, problem)
    np.testing.assert_array_equal(proposed.argmax(1), 1 - group)


def test_the_likeliest_of_several_gaussian_mixtures_is_proposed(monkeypatch):
    """Where one run of EM often ends at a poor optimum, the likelier of several seldom does."""
    rng = np.random.default_rng(0)
    blob = np.repeat(np.arange(9), 15)
    X = rng.normal(size=(135, 2)) + rng.uniform(0, 40, (9, 2))[blob]
    problem = problem_of(X, np.full(135, -1), 9)
    several = [log_likelihood(X, proposal("gaussian_mixture", problem, i)) for i in range(12)]
    monkeypatch.setattr(gaussians, "EM_RESTARTS", 1)
    one = [log_likelihood(X, proposal("gaussian_mixture", problem, i)) for i in range(12)]
    assert np.mean(several) > np.mean(one) + 0.01
    assert min(several) > min(one) + 0.05


def log_likelihood(X, responsibilities):
    """Nats a row under the Gaussians that have the moments of responsibilities ``(n, K)``."""
    density = sum(
        own.mean() * multivariate_normal(np.average(X, 0, own), cov).pdf(X)
        for own in responsibilities.T
        for cov in [np.cov(X.T, aweights=own, ddof=0) + 1e-6 * np.eye(2)]
    )
    return np.log(density).mean()


def standardised(X):
    return (X - X.mean(0)) / X.std(0)


def mean_indices(names, k, table):
    """Mean adjusted Rand indices of some starts on four tables ``table(rng) -> (X, y)``."""
    found = []
    for seed in range(4):
        X, y = table(np.random.default_rng(seed))
        problem = unlabelled(standardised(X), k)
        found.append([index(name, y, problem) for name in names])
    return np.mean(found, axis=0)


def test_one_covariance_for_all_is_right_where_rows_are_few_for_the_columns():
    def table(rng):
        y, shape = np.arange(120) % 2, rng.standard_normal((12, 12))
        return rng.standard_normal((120, 12)) @ shape + y[:, None] * (4 * shape[0]), y

    own, free, means = mean_indices(["tied_mixture", "gaussian_mixture", "kmeans"], 2, table)
    assert own > 0.8
    assert own > free + 0.1
    assert own > means + 0.1


def test_enlarged_covariances_are_right_where_columns_are_many():
    """Thirty columns of three directions, and two groups of which one is wide."""

    def table(rng):
        y = np.arange(60) % 2
        inner = rng.standard_normal((60, 3)) * np.array([1, 3])[y][:, None]
        inner[:, 0] += 3 * y
        outer = inner @ rng.standard_normal((3, 30))
        return outer + 0.1 * rng.standard_normal((60, 30)), y

    own, free, tied = mean_indices(
        ["shrunk_mixture", "gaussian_mixture", "tied_mixture"], 2, table
    )
    assert own > free + 0.05
    assert own > tied + 0.05


def test_normal_scores_are_right_where_columns_are_skewed():
    rng = np.random.default_rng(0)
    y = np.arange(600) % 2
    X = np.exp(2.5 * (rng.standard_normal((600, 3)) + 3 * y[:, None]))
    problem = unlabelled(standardised(X), 2)
    assert index("ranked_mixture", y, problem) > 0.9
    assert index("gaussian_mixture", y, problem) < 0.9
    assert index("shrunk_mixture", y, problem) < 0.5
