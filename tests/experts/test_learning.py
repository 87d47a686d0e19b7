"""A pool from labels: who knows more counts more, the more so the more labels there are."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from skflowmix.experts import LEARNERS, Prior, learn_pool
from skflowmix.experts.learning import shipped_prior
from tests.experts.examples import (
    assert_log_probabilities,
    evidence_of,
    evidences,
    few_of_blobs,
    seeds,
    teller,
)


@pytest.fixture
def two_experts(monkeypatch):
    """Rows of two classes, and two experts alone: one that knows them, and one that guesses."""
    rng = np.random.default_rng(0)
    classes = rng.integers(2, size=200)
    X = rng.standard_normal((200, 2))
    guess = rng.dirichlet(np.ones(2), 200)
    known = np.where(np.eye(2)[classes] > 0, 0.9, 0.1)
    for name in list(LEARNERS):
        monkeypatch.delitem(LEARNERS, name)
    monkeypatch.setitem(LEARNERS, "knows", teller(X, known))
    monkeypatch.setitem(LEARNERS, "guesses", teller(X, guess))
    return X, classes


def learned_of(X, classes, n_labels, strength=1.0):
    codes = np.where(np.arange(len(X)) < n_labels, classes, -1)
    prior = Prior(np.array([0.5, 0.5, 0.1]), strength)
    return learn_pool(evidence_of(X, codes), prior=prior)


def test_an_expert_that_knows_the_classes_counts_more_than_one_that_guesses(two_experts):
    learned = learned_of(*two_experts, 60)
    assert learned.table["expert"].tolist() == ["knows", "guesses", "density"]
    knows, guesses, _ = learned.table["weight"]
    assert knows > 0.8
    assert guesses < 0.3
    losses = learned.table["log_loss"]
    assert losses[0] == pytest.approx(-np.log(0.9), abs=1e-3)
    assert losses[1] > np.log(2)
    assert (learned.log_proba.argmax(axis=1) == two_experts[1]).all()


def test_few_labels_leave_weights_near_those_before_and_many_lead_away(two_experts):
    before = np.array([0.5, 0.5, 0.1])
    moved = [
        np.abs(learned_of(*two_experts, n).table["weight"] - before).max() for n in (6, 20, 150)
    ]
    assert moved[0] < moved[1] < moved[2]
    strong = learned_of(*two_experts, 12, strength=1e6).table["weight"]
    np.testing.assert_allclose(strong, before, atol=1e-3)


def test_one_label_a_class_leaves_the_weights_as_they_were(two_experts):
    X, classes = two_experts
    codes = np.full(200, -1)
    first = [np.flatnonzero(classes == label)[0] for label in (0, 1)]
    codes[first] = [0, 1]
    prior = Prior(np.array([0.4, 0.3, 0.2]), 1.0)
    learned = learn_pool(evidence_of(X, codes), prior=prior)
    np.testing.assert_allclose(learned.table["weight"], prior.weights)
    assert np.isnan(learned.table["log_loss"]).all()
    np.testing.assert_allclose(learned.class_prior, 0.5)


def test_experts_of_hardly_any_weight_are_not_kept(monkeypatch, two_experts):
    X, classes = two_experts
    wrong = np.where(np.eye(2)[classes] > 0, 0.05, 0.95)
    monkeypatch.setitem(LEARNERS, "guesses", teller(X, wrong))
    prior = Prior(np.array([0.5, 0.05, 0.1]), 1.0)
    learned = learn_pool(evidence_of(X, classes), prior=prior)
    assert 0 < learned.table["weight"][1] < 0.01
    assert len(learned.pool.experts) == len(learned.pool.weights) == 1


@settings(max_examples=7)
@given(evidences())
def test_a_pool_says_log_probabilities_of_all_rows_and_of_others(evidence):
    learned = learn_pool(evidence)
    m, n_classes = evidence.label_weights.shape
    assert_log_probabilities(learned.log_proba, (m, n_classes))
    joint = np.random.default_rng(0).standard_normal((m, n_classes + 1))
    assert_log_probabilities(learned.pool.log_proba(joint, evidence.X), joint.shape)
    assert (learned.table["weight"] >= 0).all()
    assert learned.table["expert"].tolist()[:-1] == list(LEARNERS)
    assert (learned.class_prior > 0).all()
    assert learned.class_prior.sum() == pytest.approx(1)


@settings(max_examples=4)
@given(evidences(fewest_of_a_class=2, is_weighted=False), seeds)
def test_classes_by_other_numbers_are_pooled_the_same(evidence, seed):
    order = np.random.default_rng(seed).permutation(evidence.n_classes)
    given_prior = np.full(evidence.n_classes, 1 / evidence.n_classes)
    far = replace(shipped_prior(), strength=1e6)  # folds go by the numbers of classes
    renamed = replace(evidence, label_weights=evidence.label_weights[:, order])
    one, other = (learn_pool(each, given_prior, far).log_proba for each in (evidence, renamed))
    np.testing.assert_allclose(np.exp(other), np.exp(one)[:, order], atol=5e-3)


@pytest.mark.parametrize("k", [2, 3])
def test_few_labels_of_blobs_far_apart_tell_of_all_rows(k):
    evidence, group = few_of_blobs(k)
    learned = learn_pool(evidence)
    np.testing.assert_array_equal(learned.log_proba.argmax(axis=1), group)
    indifferent = np.zeros((len(group), k))
    by_pool = learned.pool.log_proba(indifferent, evidence.X)
    np.testing.assert_array_equal(by_pool.argmax(axis=1), group)


@pytest.mark.parametrize("most", [1, 20])
def test_few_rows_may_stand_for_the_density(monkeypatch, most):
    monkeypatch.setattr("skflowmix.experts.learning.DENSITY_ROWS", most)
    evidence, group = few_of_blobs(3)
    learned = learn_pool(evidence)
    np.testing.assert_array_equal(learned.log_proba.argmax(axis=1), group)
    assert np.isfinite(learned.table["log_loss"]).all()


def test_shares_that_are_given_are_believed():
    evidence, _ = few_of_blobs(3)
    indifferent = np.zeros((90, 3))
    given_shares = np.array([0.7, 0.2, 0.1])
    learned, even = (learn_pool(evidence, each) for each in (given_shares, np.full(3, 1 / 3)))
    np.testing.assert_array_equal(learned.class_prior, given_shares)
    odds, before = (
        said[:, 0] - said[:, 2]
        for said in (each.pool.log_proba(indifferent, evidence.X) for each in (learned, even))
    )
    np.testing.assert_allclose(odds - before, np.log(7))
    np.testing.assert_array_equal(learned.log_proba, even.log_proba)  # a start knows of none


# How the classes share the rows.


def two_clouds(shares, distance, n=1000, n_labels=20, seed=0):
    """Two clouds whose classes have these shares, and half as many labels of each."""
    rng = np.random.default_rng(seed)
    classes = rng.choice(2, n, p=shares)
    X = rng.standard_normal((n, 2)) + distance * classes[:, None]
    codes = np.full(n, -1)
    for label in (0, 1):
        codes[np.flatnonzero(classes == label)[: n_labels // 2]] = label
    return evidence_of((X - X.mean(axis=0)) / X.std(axis=0), codes)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.9])
def test_classes_that_are_well_apart_lead_to_their_shares(share):
    believed = learn_pool(two_clouds([share, 1 - share], 6.0)).class_prior
    assert abs(believed[0] - share) < 0.4 * abs(0.5 - share)


@pytest.mark.parametrize("seed", range(3))
def test_classes_that_nobody_can_tell_apart_keep_the_shares_of_their_labels(seed):
    believed = learn_pool(two_clouds([0.1, 0.9], 0.0, seed=seed)).class_prior
    np.testing.assert_allclose(believed, 0.5, atol=0.05)


def test_equal_classes_stay_equal():
    believed = learn_pool(two_clouds([0.5, 0.5], 3.0)).class_prior
    np.testing.assert_allclose(believed, 0.5, atol=0.05)


def test_where_all_rows_have_labels_shares_are_theirs():
    rng = np.random.default_rng(0)
    codes = np.r_[np.zeros(30, int), np.ones(10, int)]
    weights = rng.uniform(0.5, 2, 40)
    evidence = evidence_of(rng.standard_normal((40, 2)), codes, weights=weights)
    expected = np.bincount(codes, weights) / weights.sum()
    np.testing.assert_allclose(learn_pool(evidence).class_prior, expected)
