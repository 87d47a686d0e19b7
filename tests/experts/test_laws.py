"""The laws of every expert."""

import pickle
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.experts import LEARNERS
from skflowmix.experts.spaces import Ranks, Standardised
from tests.experts.examples import (
    assert_log_probabilities,
    evidence_of,
    evidences,
    few_of_blobs,
    learned,
    seeds,
    some_rows,
)
from tests.starts.examples import TABLES, blobs

every_expert = pytest.mark.parametrize("name", LEARNERS)
LEAST = 1e-6
"""No class has less than this by any expert."""


@every_expert
@given(evidences(), seeds)
def test_an_expert_says_log_probabilities_and_rules_nothing_out(name, evidence, seed):
    expert, X = learned(name, evidence), some_rows(evidence, seed)
    said = expert.log_proba(X)
    assert_log_probabilities(said, (len(X), evidence.n_classes))
    rows = np.arange(0, len(evidence.X), 3)
    at_fit = expert.log_proba_at_fit(evidence.X, rows)
    assert_log_probabilities(at_fit, (len(rows), evidence.n_classes))
    assert min(said.min(), at_fit.min()) > np.log(LEAST)


@every_expert
@given(evidences(), seeds)
def test_what_is_said_of_a_row_does_not_depend_on_those_beside_it(name, evidence, seed):
    expert, X = learned(name, evidence), some_rows(evidence, seed)
    together = expert.log_proba(X)
    alone = np.concatenate([expert.log_proba(row[None]) for row in X])
    np.testing.assert_allclose(alone, together, atol=1e-8)
    np.testing.assert_allclose(expert.log_proba(X[::-1]), together[::-1], atol=1e-8)


@every_expert
@given(evidences())
def test_a_learner_teaches_the_same_whatever_it_taught_before(name, evidence):
    learner, X = LEARNERS[name](evidence), some_rows(evidence)
    first = learner.learn(evidence).log_proba(X)
    learner.learn(evidence.without((np.arange(len(evidence.X)) % 2 == 0) & (evidence.codes > 0)))
    np.testing.assert_array_equal(learner.learn(evidence).log_proba(X), first)


@every_expert
@given(evidences())
def test_an_expert_is_plain_data_and_says_the_same_after_a_pickle(name, evidence):
    expert, X = learned(name, evidence), some_rows(evidence)
    said = expert.log_proba(X)
    saved = pickle.dumps(expert)
    np.testing.assert_array_equal(pickle.loads(saved).log_proba(X), said)
    assert b"sklearn" not in saved
    for field in fields(expert):
        plain = (np.ndarray, int, float, Standardised, Ranks)
        assert isinstance(getattr(expert, field.name), plain)


@every_expert
@given(evidences(fewest_of_a_class=2), st.data())
def test_a_class_whose_labels_are_hidden_is_never_favoured(name, evidence, data):
    hidden = data.draw(st.integers(0, evidence.n_classes - 1))
    shown = evidence.without(evidence.codes == hidden)
    expert = LEARNERS[name](evidence).learn(shown)
    everything = np.arange(len(evidence.X))
    for said in (
        expert.log_proba(some_rows(evidence)),
        expert.log_proba_at_fit(evidence.X, everything),
    ):
        others = np.delete(said, hidden, axis=1)
        assert (said[:, hidden] <= others.max(axis=1) + 1e-9).all()


@every_expert
@given(evidences(is_weighted=False), seeds)
def test_classes_by_other_numbers_get_the_same(name, evidence, seed):
    order = np.random.default_rng(seed).permutation(evidence.n_classes)
    renamed = replace(evidence, label_weights=evidence.label_weights[:, order])
    X = some_rows(evidence)
    expected = np.exp(learned(name, evidence).log_proba(X))[:, order]
    np.testing.assert_allclose(np.exp(learned(name, renamed).log_proba(X)), expected, atol=2e-3)


@every_expert
@pytest.mark.parametrize("k", [2, 3])
def test_a_few_labels_of_blobs_far_apart_tell_of_all_rows(name, k):
    evidence, group = few_of_blobs(k)
    expert = learned(name, evidence)
    at_fit = expert.log_proba_at_fit(evidence.X, np.arange(len(evidence.X)))
    np.testing.assert_array_equal(at_fit[7:9], expert.log_proba_at_fit(evidence.X, [7, 8]))
    moved = evidence.X + 0.01 * np.random.default_rng(1).standard_normal(evidence.X.shape)
    fewest_right = 0.95 if isinstance(expert.space, Ranks) else 1.0  # ranks know of no gaps
    for said in (at_fit, expert.log_proba(moved)):
        assert (said.argmax(axis=1) == group).mean() >= fewest_right


@every_expert
@pytest.mark.parametrize("n_labels", [1, 2])
def test_many_classes_of_one_label_or_two_make_no_expert_warn(name, n_labels):
    """Warnings are errors here, and scikit-learn would take such classes for numbers."""
    X, blob = blobs(30, 3, distance=40.0)
    evidence = evidence_of(X / 300, np.where(np.arange(90) % 3 < n_labels, blob, -1))
    expert = learned(name, evidence)
    said = expert.log_proba_at_fit(evidence.X, np.flatnonzero(evidence.labelled))
    assert_log_probabilities(said, (30 * n_labels, 30))
    assert (said.argmax(axis=1) == evidence.codes[evidence.labelled]).mean() > 0.6


@every_expert
def test_labels_that_are_hidden_are_not_known(name):
    """Two blobs, each of two classes that nothing but labels tells apart."""
    evidence, _ = few_of_blobs(2, 40)
    codes = np.random.default_rng(0).integers(2, size=80)
    every = evidence_of(evidence.X, codes)
    held = np.arange(80) % 4 == 0
    expert = LEARNERS[name](every).learn(every.without(held))
    said = expert.log_proba_at_fit(every.X, np.flatnonzero(held))
    assert (said.argmax(axis=1) == codes[held]).mean() < 0.9


@every_expert
@pytest.mark.parametrize("kind", TABLES)
def test_no_table_makes_an_expert_warn(name, kind):
    """Warnings are errors here."""
    rng = np.random.default_rng(0)
    X = np.unique(TABLES[kind](rng), axis=0)
    X = rng.permutation((X - X.mean(axis=0)) / np.maximum(X.std(axis=0), 1e-12))
    if len(X) < 2:
        return
    codes = np.where(np.arange(len(X)) < 6, np.arange(len(X)) % 2, -1)
    evidence = evidence_of(X, codes)
    said = learned(name, evidence).log_proba(X)
    assert_log_probabilities(said, (len(X), 2))
