"""Which rows are grouped, and in which ways."""

import random
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from sklearn.metrics import adjusted_rand_score

from skflowmix.selection.criteria import CRITERIA, OWN_CRITERIA, Grouping, measure
from skflowmix.selection.search import Groupings, Sample, search
from skflowmix.starts import GROUPERS
from tests.selection.examples import clouds, scaled

seeds = st.integers(0, 2**20)


@st.composite
def rows(draw):
    """Rows ``(n, d)``, some of which are alike, and weights."""
    n, d = draw(st.integers(2, 60)), draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(seeds))
    kinds = rng.standard_normal((draw(st.integers(1, n)), d))
    return kinds[rng.integers(len(kinds), size=n)], rng.uniform(0.5, 2, n)


def sample_of(X, weights=None, most=2500):
    return Sample.of(scaled(X, weights), X, most)


def values_of(sample, X):
    """The rows of a sample as they came: those that are what they follow."""
    is_kept = np.isclose(sample.problem.X[sample.nearest], scaled(X).X, atol=1e-9).all(axis=1)
    return set(map(tuple, X[is_kept].tolist()))


# The sample.


@given(rows())
def test_a_sample_has_each_distinct_row_once_and_every_row_is_one_of_them(example):
    X, weights = example
    sample = sample_of(X, weights)
    assert len(sample.problem.X) == len(np.unique(X, axis=0))
    np.testing.assert_allclose(sample.problem.X[sample.nearest], scaled(X, weights).X)


@given(rows())
def test_a_row_of_the_sample_weighs_what_its_copies_weigh(example):
    X, weights = example
    sample = sample_of(X, weights)
    expected = np.bincount(sample.nearest, weights)
    found = sample.problem.sample_weight
    np.testing.assert_allclose(found, expected / expected.mean())
    assert not (sample.problem.codes >= 0).any()


@given(rows(), st.integers(1, 30), seeds)
def test_neither_the_order_of_rows_nor_copies_change_the_sample(example, most, seed):
    X, _ = example
    order = np.random.default_rng(seed).permutation(len(X))
    sample = sample_of(X, most=most)
    for changed in (X[order], np.concatenate([X[order], X])):
        other = sample_of(changed, most=most)
        np.testing.assert_allclose(other.problem.X, sample.problem.X, atol=1e-12)
        np.testing.assert_allclose(other.problem.sample_weight, sample.problem.sample_weight)


@given(rows())
def test_all_rows_twice_have_the_same_criteria(example):
    X, _ = example
    sample, other = sample_of(X), sample_of(np.concatenate([X, X]))
    groups = np.arange(len(sample.problem.X)) % 2
    if len(groups) < 2:
        return
    found, twice = (measure(each.problem, [groups], 2) for each in (sample, other))
    np.testing.assert_allclose(twice, found, atol=1e-9)


@given(rows(), st.integers(1, 20))
def test_rows_beyond_the_sample_follow_their_nearest(example, most):
    X, weights = example
    problem, sample = scaled(X, weights), sample_of(X, weights, most)
    assert len(sample.problem.X) == min(most, len(np.unique(X, axis=0)))
    distances = cdist(problem.X, sample.problem.X)
    followed = distances[np.arange(len(X)), sample.nearest]
    np.testing.assert_allclose(followed, distances.min(axis=1), atol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_some_rows_fewer_change_as_little_of_the_sample(seed):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((3000, 3))
    fewer = X[rng.permutation(3000)[:2970]]
    before, after = (values_of(sample_of(each, most=1000), each) for each in (X, fewer))
    assert len(before) == len(after) == 1000
    assert len(before - after) <= 20


def test_the_sample_is_told_by_rows_as_they_came_and_holds_them_standardised():
    """Rows that differ by less than rounding leaves of them are still two."""
    X = np.array([[1e8], [1e8 + 1], [3e8], [-3e8]])
    sample = sample_of(X)
    assert len(sample.problem.X) == 4
    np.testing.assert_array_equal(sample.problem.X[sample.nearest], scaled(X).X)


@given(rows())
def test_a_sample_keeps_what_else_is_known(example):
    X, _ = example
    problem = replace(scaled(X), reg_covar=0.5, n_components=7)
    sample = Sample.of(problem, X).problem
    assert (sample.reg_covar, sample.n_components) == (0.5, 7)
    np.testing.assert_allclose(sample.spread, problem.spread)


# The search.


def test_all_ways_group_into_each_number_of_groups():
    X, groups = clouds(90, 3)
    sizes = [2, 3, 5]
    found = search(scaled(X), sizes)
    assert [each.n_groups for each in found] == sizes
    for each in found:
        assert each.names == tuple(GROUPERS)
        assert each.criteria.shape == (len(GROUPERS), len(CRITERIA))
        for own in each.proposals:
            assert own.shape == (90, each.n_groups)
            np.testing.assert_allclose(own.sum(axis=1), 1)
    agreement = [adjusted_rand_score(groups, own.argmax(1)) for own in found[1].proposals]
    assert np.median(agreement) == 1  # but ranks do not see the gaps


class Counting:
    """Groupers that tell how often they were asked, and propose what they are told."""

    def __init__(self, proposals):
        self.asked = []
        self.groupers = {name: self.grouper(name, own) for name, own in proposals.items()}

    def grouper(self, name, groups):
        def propose(problem, sizes, random_state):
            self.asked.append(name)
            return [np.eye(size)[np.minimum(groups, size - 1)] for size in sizes]

        return propose


def search_among(monkeypatch, proposals, sizes, n=60, **kwargs):
    """Search for groupings that are told beforehand; return these and who was asked."""
    counting = Counting(proposals)
    monkeypatch.setattr("skflowmix.selection.search.GROUPERS", counting.groupers)
    return search(scaled(clouds(n, 3)[0]), sizes, **kwargs), counting.asked


ONE, SAME, OTHER = np.arange(60) % 3, 2 - np.arange(60) % 3, np.arange(60) // 20


def test_a_search_ends_where_the_first_two_agree(monkeypatch):
    (found,), asked = search_among(monkeypatch, {"a": ONE, "b": SAME, "c": OTHER}, [3])
    assert asked == ["a", "b"]
    assert found.names == ("a", "b")
    assert len(found.criteria) == len(found.proposals) == 2


def test_it_goes_on_where_they_do_not_or_where_later_ones_do(monkeypatch):
    (found,), asked = search_among(monkeypatch, {"a": ONE, "b": OTHER, "c": SAME, "d": ONE}, [3])
    assert asked == list(found.names) == ["a", "b", "c", "d"]


def test_all_ways_are_tried_for_several_sizes_and_where_that_is_asked_for(monkeypatch):
    ways = {"a": ONE, "b": SAME, "c": OTHER}
    found, asked = search_among(monkeypatch, ways, [2, 3])
    assert asked == ["a", "b", "c"]
    assert [each.names for each in found] == [("a", "b", "c")] * 2
    (found,), asked = search_among(monkeypatch, ways, [3], in_full=True)
    assert asked == list(found.names) == ["a", "b", "c"]


@pytest.mark.parametrize(("n", "size"), [(1, 2), (2, 2), (4, 4), (4, 9)])
def test_nothing_is_searched_where_each_row_may_be_a_group(monkeypatch, n, size):
    (found,), asked = search_among(monkeypatch, {"a": ONE[:n]}, [size], n=n)
    assert asked == []
    (own,) = found.proposals
    assert own.shape == (n, size)
    assert len(set(own.argmax(axis=1))) == n
    assert found.n_groups == size
    assert found.criteria.shape == (1, len(CRITERIA))
    assert np.isfinite(found.criteria).all()


def test_no_size_asks_for_nothing(monkeypatch):
    assert search_among(monkeypatch, {"a": ONE}, []) == ([], [])


def test_a_search_is_no_matter_of_chance():
    X = np.random.default_rng(0).standard_normal((50, 2))
    states = global_states()
    first = search(scaled(X), [2, 3])
    assert global_states() == states
    np.random.seed(1)  # noqa: NPY002
    second = search(scaled(X), [2, 3])
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.criteria, other.criteria)
        for own, again in zip(one.proposals, other.proposals, strict=True):
            np.testing.assert_array_equal(own, again)


def global_states():
    numpy_state = tuple(map(str, np.random.get_state(legacy=True)))  # noqa: NPY002
    return numpy_state, torch.get_rng_state().tolist(), random.getstate()


def test_a_grouping_does_not_depend_on_how_many_others_are_tried(monkeypatch):
    """Each way has chance of its own, that begins anew."""
    problem = scaled(np.random.default_rng(0).standard_normal((40, 2)))
    (everything,) = search(problem, [3], in_full=True)
    for name in GROUPERS:
        alone = {name: GROUPERS[name]}
        monkeypatch.setattr("skflowmix.selection.search.GROUPERS", alone)
        (found,) = search(problem, [3])
        place = everything.names.index(name)
        np.testing.assert_array_equal(found.proposals[0], everything.proposals[place])


def test_responsibilities_are_measured_by_their_largest():
    X, groups = clouds(40)
    problem = scaled(X)
    soft = 0.4 * np.ones((40, 2)) + 0.2 * np.eye(2)[groups]
    found = Groupings.of(problem, 2, {"soft": soft})
    for name, criterion in OWN_CRITERIA.items():
        own = criterion(Grouping(problem, groups, 2))
        assert found.criteria[0, CRITERIA.index(name)] == own
    assert found.names == ("soft",)
    np.testing.assert_array_equal(found.proposals[0], soft)
