"""How the classes share the unlabelled rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import log_softmax, softmax

from skflowmix.experts.class_shares import estimate_shares, shift_to_keep
from tests.experts.examples import seeds

n_classes = st.integers(2, 5)


def random_shares(k, rng):
    return rng.dirichlet(np.full(k, 5.0))


def sure_of(codes, k, sureness=8.0):
    """Log-probabilities ``(n, k)`` of who knows the classes."""
    return log_softmax(sureness * np.eye(k)[codes], axis=1)


@given(n_classes, seeds)
def test_shares_are_positive_and_sum_to_one(k, seed):
    rng = np.random.default_rng(seed)
    said = log_softmax(3 * rng.standard_normal((30, k)), axis=1)
    found = estimate_shares(said, random_shares(k, rng), rng.uniform(0.5, 2, 30))
    assert (found > 0).all()
    assert found.sum() == pytest.approx(1)


@given(n_classes, seeds)
def test_who_knows_nothing_tells_of_no_other_shares(k, seed):
    rng = np.random.default_rng(seed)
    shares = random_shares(k, rng)
    said = np.tile(np.log(shares), (40, 1))
    np.testing.assert_allclose(estimate_shares(said, shares, np.ones(40)), shares, atol=1e-9)


@given(n_classes, seeds)
def test_who_knows_the_classes_leads_to_their_shares(k, seed):
    rng = np.random.default_rng(seed)
    true, of_labels = random_shares(k, rng), np.full(k, 1 / k)
    codes = rng.choice(k, 500, p=true)
    counted = np.bincount(codes, minlength=k) / 500
    found = estimate_shares(sure_of(codes, k), of_labels, np.ones(500))
    assert np.abs(found - counted).sum() < 0.15 * np.abs(of_labels - counted).sum() + 1e-3


@given(n_classes, seeds)
def test_a_weight_of_two_is_a_row_twice(k, seed):
    rng = np.random.default_rng(seed)
    said = log_softmax(3 * rng.standard_normal((30, k)), axis=1)
    shares, times = random_shares(k, rng), rng.integers(1, 4, 30)
    found = estimate_shares(said, shares, times.astype(float))
    repeated = estimate_shares(said.repeat(times, axis=0), shares, np.ones(times.sum()))
    np.testing.assert_allclose(found, repeated, atol=1e-6)


@given(n_classes, seeds)
def test_classes_by_other_numbers_have_the_same_shares(k, seed):
    rng = np.random.default_rng(seed)
    said = log_softmax(3 * rng.standard_normal((30, k)), axis=1)
    shares, order = random_shares(k, rng), rng.permutation(k)
    found = estimate_shares(said, shares, np.ones(30))
    np.testing.assert_allclose(
        estimate_shares(said[:, order], shares[order], np.ones(30)), found[order], atol=1e-6
    )


def answers(codes, rng, distance=2.0):
    """What is said of rows of one column, by who knows how far two classes are apart."""
    x = rng.standard_normal(len(codes)) + distance * codes
    return softmax(np.outer(distance * (x - distance / 2), [0, 1]), axis=1)


def kept(held, codes, unlabelled):
    labels = np.eye(2)[codes]
    return shift_to_keep(held, labels, unlabelled, labels.mean(axis=0))


@given(seeds)
def test_a_share_is_kept_of_any_shift(seed):
    rng = np.random.default_rng(seed)
    k = int(rng.integers(2, 5))
    held, unlabelled = rng.dirichlet(np.ones(k), 12), rng.dirichlet(np.ones(k), 30)
    labels = np.eye(k)[np.arange(12) % (k - 1)]  # none of the last class was asked about
    found = shift_to_keep(held, labels, unlabelled, random_shares(k, rng))
    assert 0 <= found <= 1


def test_differences_by_chance_are_mostly_not_believed():
    rng = np.random.default_rng(0)
    found = []
    for _ in range(60):
        codes, others = np.arange(20) % 2, rng.integers(2, size=300)
        found.append(kept(answers(codes, rng), codes, answers(others, rng)))
    assert np.mean(np.array(found) == 0) > 0.8


def test_differences_far_beyond_chance_are_believed():
    rng = np.random.default_rng(0)
    codes, others = np.arange(200) % 2, (rng.uniform(size=2000) < 0.05).astype(int)
    assert kept(answers(codes, rng), codes, answers(others, rng)) > 0.8


def test_what_says_the_same_of_all_rows_has_no_shift_to_keep():
    codes = np.arange(20) % 2
    same = np.full((20, 2), 0.5)
    assert kept(same, codes, np.full((50, 2), 0.5)) == 0
