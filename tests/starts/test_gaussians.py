"""The start from a Gaussian mixture."""

import numpy as np
from hypothesis import given
from sklearn.mixture import GaussianMixture

from skflowmix.starts import gaussians
from tests.starts.examples import (
    assert_responsibilities,
    blobs,
    problem_of,
    problems,
    propose,
    seeds,
)


@given(problems(), seeds)
def test_a_gaussian_mixture_keeps_labelled_rows_in_their_class(problem, seed):
    proposed = propose("gaussian_mixture", problem, seed)
    labelled = problem.codes >= 0
    one_hot = np.eye(problem.n_components)[problem.codes[labelled]]
    np.testing.assert_allclose(proposed[labelled], one_hot, atol=1e-12)


def test_a_gaussian_mixture_is_that_of_scikit_learn():
    X, _ = blobs(3, 40, distance=6.0)
    proposed = propose("gaussian_mixture", problem_of(X, np.full(120, -1), 3))
    reference = GaussianMixture(3, random_state=0).fit(X).predict_proba(X)
    order = (proposed.T @ reference).argmax(1)
    np.testing.assert_allclose(proposed, reference[:, order], atol=0.02)


def test_a_gaussian_mixture_is_fitted_to_some_rows_and_asked_about_all(monkeypatch):
    monkeypatch.setattr(gaussians, "EM_ROWS", 30)
    X, group = blobs(2, 50)
    codes = np.full(100, -1)
    codes[[0, 50]] = [1, 0]
    problem = problem_of(X, codes, 2)
    proposed = propose("gaussian_mixture", problem)
    assert_responsibilities(proposed, problem)
    np.testing.assert_array_equal(proposed.argmax(1), 1 - group)


def test_the_likeliest_gaussian_mixture_wins(monkeypatch):
    X, group = blobs(2, 20)
    problem = problem_of(X, np.full(40, -1), 2)
    right = np.eye(2)[group]
    mixed = np.eye(2)[np.arange(40) % 2]
    proposals = iter([mixed, mixed, right, mixed, mixed])
    monkeypatch.setattr(gaussians, "kmeans", lambda problem, random_state: next(proposals))
    monkeypatch.setattr(gaussians, "EM_MAX_ITER", 1)
    np.testing.assert_allclose(propose("gaussian_mixture", problem), right, atol=1e-6)
