"""Labels as weights of classes on distinct rows, and which of them to hide."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from skflowmix.experts import Sample
from skflowmix.experts.evidence import ENOUGH, FOLDS, kept_kinds
from tests.experts.examples import evidence_of, evidences, seeds
from tests.starts.examples import problem_of, problems


@pytest.fixture(scope="module", autouse=True)
def _as_many_folds_as_in_use():
    """Other tests make do with fewer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("skflowmix.experts.evidence.FOLDS", FOLDS)
        yield


def repeated(problem, times):
    """The problem whose rows are there so many times, each of weight 1."""
    rows = np.repeat(np.arange(len(problem.X)), times)
    return replace(problem.take(rows), sample_weight=np.ones(len(rows)))


def assert_same_evidence(one, other):
    np.testing.assert_array_equal(one.X, other.X)
    np.testing.assert_allclose(one.label_weights, other.label_weights)
    np.testing.assert_allclose(one.sample_weight, other.sample_weight)


@given(problems(most_distinct=12))
def test_rows_of_evidence_are_distinct_and_every_row_is_one_of_them(problem):
    sample = Sample.of(problem, problem.X)
    evidence = sample.evidence
    assert len(np.unique(evidence.X, axis=0)) == len(evidence.X)
    np.testing.assert_array_equal(evidence.X[sample.nearest], problem.X)
    assert evidence.n_classes == problem.n_classes
    assert (evidence.sample_weight > 0).all()
    np.testing.assert_array_equal(np.unique(sample.nearest), np.arange(len(evidence.X)))
    has_label = np.bincount(sample.nearest[problem.labelled], minlength=len(evidence.X)) > 0
    np.testing.assert_array_equal(evidence.labelled, has_label)


@given(problems(most_distinct=12), seeds)
def test_the_order_of_rows_does_not_matter(problem, seed):
    order = np.random.default_rng(seed).permutation(len(problem.X))
    one = Sample.of(problem, problem.X)
    other = Sample.of(problem.take(order), problem.X[order])
    assert_same_evidence(one.evidence, other.evidence)
    np.testing.assert_array_equal(other.nearest, one.nearest[order])


@given(problems(most_distinct=12), seeds)
def test_a_weight_of_two_is_a_row_twice(problem, seed):
    times = np.random.default_rng(seed).integers(1, 4, len(problem.X))
    weighted = replace(problem, sample_weight=times / times.mean())
    twice = repeated(problem, times)
    one, other = Sample.of(weighted, weighted.X), Sample.of(twice, twice.X)
    assert_same_evidence(one.evidence, other.evidence)
    np.testing.assert_array_equal(other.nearest, np.repeat(one.nearest, times))


@given(problems(), st.floats(0.1, 10))
def test_only_ratios_of_weights_matter(problem, factor):
    other = replace(problem, sample_weight=factor * problem.sample_weight)
    assert_same_evidence(*(Sample.of(each, each.X).evidence for each in (problem, other)))


@given(problems(most_distinct=12), st.sampled_from([0.0, 1e-320, 1e-300]))
def test_no_class_loses_its_labels_to_rounding(problem, weight):
    assume(problem.n_classes > 1)
    faint = np.where(problem.codes == 0, weight, problem.sample_weight)
    evidence = Sample.of(replace(problem, sample_weight=faint), problem.X).evidence
    counts = evidence.label_weights.sum(axis=0)
    assert (counts > 0).all()
    assert np.isfinite(1 / evidence.label_weights[evidence.label_weights > 0]).all()
    assert counts[0] < 1e-9 * counts.max()


def test_copies_whose_labels_disagree_share_their_row():
    problem = problem_of(np.array([[0.0], [0.0], [0.0], [1.0]]), [0, 1, 1, 0], 2)
    sample = Sample.of(problem, problem.X)
    both = sample.evidence.label_weights[sample.nearest[0]]
    assert both[1] == pytest.approx(2 * both[0])
    assert sample.evidence.codes[sample.nearest[0]] == 1
    np.testing.assert_allclose(sample.evidence.label_shares, 0.5)
    rows, classes, weights = sample.evidence.examples()
    assert len(rows) == len(classes) == len(weights) == 3


@given(problems(), st.integers(4, 20))
def test_rows_that_are_left_out_follow_the_nearest_one(problem, most):
    sample = Sample.of(problem, problem.X, most)
    kept = sample.evidence.X
    assert len(kept) <= most
    own = np.linalg.norm(problem.X - kept[sample.nearest], axis=1)
    every = np.linalg.norm(problem.X[:, None] - kept, axis=2)
    np.testing.assert_allclose(own, every.min(axis=1), atol=1e-6)


@given(st.integers(1, 200), st.integers(0, 200), st.integers(8, 100), seeds)
def test_kinds_that_are_kept_have_the_shares_of_their_classes(n_labelled, n_others, most, seed):
    rng = np.random.default_rng(seed)
    codes = rng.permutation(
        np.r_[rng.choice(3, n_labelled, p=[0.6, 0.3, 0.1]), np.full(n_others, -1)]
    )
    labels = np.eye(4)[codes][:, :3] * rng.uniform(0.5, 2, len(codes))[:, None]
    kept = kept_kinds(labels, most)
    assert len(kept) == min(most, len(codes))
    assert (np.diff(kept) > 0).all()
    counts, all_counts = (np.bincount(each + 1, minlength=4) for each in (codes[kept], codes))
    if n_others >= most // 2:
        assert counts[1:].sum() == min(n_labelled, max(most // 2, most - n_others))
    expected = all_counts[1:] * counts[1:].sum() / n_labelled
    assert (np.abs(counts[1:] - expected) < 2).all()


@given(evidences())
def test_folds_hide_every_labelled_row_once_but_the_only_one_of_a_class(evidence):
    folds = evidence.folds()
    assert len(folds) <= FOLDS
    hidden = np.sum(folds, axis=0) if folds else np.zeros(len(evidence.X))
    counts = np.bincount(evidence.codes[evidence.labelled], minlength=evidence.n_classes)
    can_hide = evidence.labelled & (counts[evidence.codes] > 1)
    np.testing.assert_array_equal(hidden, can_hide)
    for held in folds:
        assert held.any()
        shown = evidence.without(held)
        assert (shown.label_weights.sum(axis=0) > 0).all()
        for label in range(evidence.n_classes):
            share = counts[label] / FOLDS
            assert abs((evidence.codes[held] == label).sum() - share) < 1 + (share < 1)


@given(evidences(), seeds)
def test_hidden_labels_are_hidden_and_all_else_stays(evidence, seed):
    held = np.random.default_rng(seed).integers(2, size=len(evidence.X)).astype(bool)
    ranks = evidence.ranks
    shown = evidence.without(held)
    assert not shown.labelled[held].any()
    np.testing.assert_array_equal(shown.label_weights[~held], evidence.label_weights[~held])
    np.testing.assert_array_equal(shown.X, evidence.X)
    np.testing.assert_array_equal(shown.ranks.knots, ranks.knots)
    np.testing.assert_array_equal(shown.codes == -1, held | (evidence.codes == -1))


@pytest.mark.parametrize(("n", "n_folds"), [(10, 5), (600, 5), (1000, 3), (5000, 1)])
def test_no_further_fold_is_asked_for_once_enough_rows_have_been(n, n_folds):
    folds = evidence_of(np.arange(float(n))[:, None], np.arange(n) % 2).folds()
    assert len(folds) == n_folds
    asked = [int(held.sum()) for held in folds]
    assert sum(asked[:-1]) < ENOUGH
    assert len(folds) == FOLDS or sum(asked) >= ENOUGH
