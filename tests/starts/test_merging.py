"""Too many Gaussians, and how those that overlap are merged."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import make_circles
from sklearn.metrics import adjusted_rand_score

from skflowmix.starts import merging
from skflowmix.starts.merging import merge_by_overlap, mutual_information
from tests.starts.examples import problem_of, proposal, seeds


def drawn(seed, n, n_columns, sharpness=1.0):
    """Responsibilities ``(n, n_columns)`` and weights with mean 1."""
    rng = np.random.default_rng(seed)
    values = np.exp(sharpness * rng.standard_normal((n, n_columns)))
    weights = rng.uniform(0.5, 2, n)
    return values / values.sum(1, keepdims=True), weights / weights.mean()


@given(seeds, st.integers(1, 5), st.integers(0, 5))
def test_merging_adds_columns_up(seed, n_groups, extra):
    responsibilities, weights = drawn(seed, 30, n_groups + extra)
    (groups,) = merge_by_overlap(responsibilities, [n_groups], weights)
    assert groups.shape == (30, n_groups)
    np.testing.assert_allclose(groups.sum(1), 1)


@given(seeds, st.integers(1, 6), st.data())
def test_every_size_is_one_step_of_the_same_mergers(seed, n_columns, data):
    responsibilities, weights = drawn(seed, 30, n_columns)
    before = responsibilities.copy()
    sizes = data.draw(st.lists(st.integers(1, n_columns), min_size=1, max_size=4))
    found = merge_by_overlap(responsibilities, sizes, weights)
    np.testing.assert_array_equal(responsibilities, before)
    for size, groups in zip(sizes, found, strict=True):
        (alone,) = merge_by_overlap(responsibilities, [size], weights)
        np.testing.assert_array_equal(groups, alone)


@given(seeds, st.integers(1, 5))
def test_nothing_is_merged_where_there_are_as_many_as_wanted(seed, n_groups):
    responsibilities, weights = drawn(seed, 30, n_groups)
    (groups,) = merge_by_overlap(responsibilities, [n_groups], weights)
    np.testing.assert_array_equal(groups, responsibilities)


def test_those_that_overlap_are_merged():
    sure, torn = [1.0, 0.0, 0.0], [0.0, 0.5, 0.5]
    (groups,) = merge_by_overlap(np.array([sure] * 5 + [torn] * 5), [2], np.ones(10))
    np.testing.assert_allclose(sorted(groups.sum(0)), [5, 5])
    assert mutual_information(groups, np.ones(10)) == pytest.approx(np.log(2))


def test_a_small_group_between_two_joins_the_one_it_shares_more_of_its_rows_with():
    rows = [[1, 0, 0]] * 50 + [[0, 0, 1]] * 50 + [[0.5, 0.5, 0]] * 4 + [[0, 0.5, 0.5]] * 2
    (groups,) = merge_by_overlap(np.array(rows, dtype=float), [2], np.ones(106))
    np.testing.assert_allclose(sorted(groups.sum(0)), [51, 55])


@given(seeds)
def test_mutual_information_is_within_its_bounds(seed):
    responsibilities, weights = drawn(seed, 30, 3)
    assert 0 <= mutual_information(responsibilities, weights) <= np.log(3)
    same = np.repeat(responsibilities[:1], 30, axis=0)
    assert mutual_information(same, weights) == pytest.approx(0, abs=1e-12)


def test_a_weight_of_two_is_a_row_twice():
    responsibilities, _ = drawn(0, 6, 4, sharpness=2.0)
    twice = responsibilities[[0, 0, 1, 2, 3, 4, 5]]
    (expected,) = merge_by_overlap(twice, [2], np.ones(7))
    weights = np.array([2.0, 1, 1, 1, 1, 1])
    (found,) = merge_by_overlap(responsibilities, [2], weights)
    np.testing.assert_allclose(found, expected[1:])


def test_rings_are_covered_by_gaussians_and_merged():
    X, y = make_circles(600, noise=0.04, factor=0.4, random_state=0)
    proposed = proposal("merged_mixture", problem_of(X, np.full(600, -1), 2))
    assert adjusted_rand_score(y, proposed.argmax(1)) > 0.98


def test_rows_beyond_the_most_follow_their_nearest(monkeypatch):
    monkeypatch.setattr(merging, "MERGED_ROWS", 300)
    X, y = make_circles(600, noise=0.04, factor=0.4, random_state=0)
    proposed = proposal("merged_mixture", problem_of(X, np.full(600, -1), 2))
    assert adjusted_rand_score(y, proposed.argmax(1)) > 0.95
