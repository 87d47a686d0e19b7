"""Experts and a density, pooled."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logsumexp

from skflowmix.experts import Pool
from skflowmix.experts.pool import density_log_proba
from skflowmix.experts.registry import AS_THEY_ARE
from tests.experts.examples import Told, seeds

X = np.arange(20.0)[:, None]


def expert(rng, n_classes):
    """One that says anything of the rows above."""
    return Told(AS_THEY_ARE, 0.01, X[:, 0], rng.dirichlet(np.ones(n_classes), len(X)))


@st.composite
def pools(draw, density_weight=None):
    """A pool, log p(x, k) of the rows above, and the number of new groups among its components."""
    rng = np.random.default_rng(draw(seeds))
    n_classes, n_experts = draw(st.integers(2, 4)), draw(st.integers(0, 3))
    weight = rng.uniform(0, 1) if density_weight is None else density_weight
    experts = tuple(expert(rng, n_classes) for _ in range(n_experts))
    pool = Pool(
        experts, rng.uniform(0.1, 1, n_experts), weight, 0.01, rng.standard_normal(n_classes)
    )
    n_new = draw(st.integers(0, 2))
    return pool, 5 * rng.standard_normal((len(X), n_classes + n_new)), n_new


@given(pools())
def test_a_pool_says_log_probabilities(case):
    pool, joint, _ = case
    found = pool.log_proba(joint, X)
    assert found.shape == joint.shape
    np.testing.assert_allclose(logsumexp(found, axis=1), 0, atol=1e-9)


@given(pools())
def test_which_rows_are_of_new_groups_the_density_decides(case):
    pool, joint, n_new = case
    n_classes = joint.shape[1] - n_new
    found, density = pool.log_proba(joint, X), density_log_proba(joint, 1)
    np.testing.assert_allclose(found[:, n_classes:], density[:, n_classes:])
    np.testing.assert_allclose(
        logsumexp(found[:, :n_classes], axis=1),
        logsumexp(density[:, :n_classes], axis=1),
        atol=1e-12,
    )


@given(pools(density_weight=0.0), seeds)
def test_a_density_without_weight_says_nothing_about_classes(case, seed):
    pool, joint, n_new = case
    n_classes = joint.shape[1] - n_new
    other = np.random.default_rng(seed).standard_normal(joint.shape)
    one, same = (pool.log_proba(each, X)[:, :n_classes] for each in (joint, other))
    np.testing.assert_allclose(one - one[:, :1], same - same[:, :1], atol=1e-9)


@given(seeds, st.integers(2, 4), st.integers(0, 2))
def test_a_density_alone_is_its_posterior(seed, n_classes, n_new):
    rng = np.random.default_rng(seed)
    joint = 3 * rng.standard_normal((len(X), n_classes + n_new))
    pool = Pool((), np.empty(0), 1.0, 1e-6, np.zeros(n_classes))
    expected = np.exp(density_log_proba(joint, 1))
    np.testing.assert_allclose(np.exp(pool.log_proba(joint, X)), expected, atol=1e-3)


@given(seeds)
def test_an_expert_alone_says_what_it_says(seed):
    rng = np.random.default_rng(seed)
    one = expert(rng, 3)
    pool = Pool((one,), np.ones(1), 0.0, 0.0, np.zeros(3))
    joint = rng.standard_normal((len(X), 3))
    np.testing.assert_allclose(pool.log_proba(joint, X), one.log_proba(X), atol=1e-9)


@given(pools(), st.floats(0.1, 3))
def test_a_class_with_a_larger_share_is_more_probable_everywhere(case, shift):
    pool, joint, _ = case
    moved = pool.log_shift.copy()
    moved[0] += shift
    other = Pool(pool.experts, pool.weights, pool.density_weight, pool.doubt, moved)
    before, after = (each.log_proba(joint, X) for each in (pool, other))
    assert (after[:, 0] > before[:, 0] - 1e-12).all()
    odds_before, odds_after = (each[:, 0] - each[:, 1] for each in (before, after))
    np.testing.assert_allclose(odds_after - odds_before, shift)


@given(pools())
def test_a_pool_comes_back_from_a_pickle_as_it_was(case):
    pool, joint, _ = case
    copy = pickle.loads(pickle.dumps(pool))
    np.testing.assert_array_equal(copy.log_proba(joint, X), pool.log_proba(joint, X))


@pytest.mark.parametrize("d", [1, 4, 100])
def test_a_density_of_many_columns_is_believed_less(d):
    joint = np.array([[0.0, 8.0], [3.0, 0.0]])
    said = density_log_proba(joint, d)
    np.testing.assert_allclose((said[:, 1] - said[:, 0]) * d**0.5, [8, -3])
