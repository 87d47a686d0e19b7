"""The rows of a fit, and their neighbours."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from skflowmix.data.problem import FORBIDDEN, Problem
from tests.starts.examples import problem_of, seeds


def test_the_log_mask_forbids_what_labels_exclude():
    problem = problem_of(np.zeros((3, 1)), [1, -1, 0], 3)
    expected = [
        [FORBIDDEN, 0, FORBIDDEN],
        [0, 0, 0],
        [0, FORBIDDEN, FORBIDDEN],
    ]
    np.testing.assert_array_equal(problem.log_mask, expected)
    assert problem.labelled.tolist() == [True, False, True]
    assert problem.n_classes == 2
    assert problem_of(np.zeros((2, 1)), [-1, -1], 1).n_classes == 0


def test_part_of_a_problem_keeps_its_rows_together():
    problem = Problem(np.arange(4.0)[:, None], np.array([0, -1, 1, -1]), 2, np.arange(1.0, 5), 0.1)
    part = problem.take(np.array([2, 3]))
    assert part.X.tolist() == [[2.0], [3.0]]
    assert part.codes.tolist() == [1, -1]
    assert part.sample_weight.tolist() == [3.0, 4.0]
    assert (part.n_components, part.reg_covar) == (2, 0.1)


def test_all_rows_in_order_are_the_problem_itself():
    problem = rows_drawn(0, 5, 2)
    assert problem.take(np.arange(5)) is problem
    assert problem.take(np.arange(4, -1, -1)).X.tolist() == problem.X[::-1].tolist()


def test_columns_go_back_to_their_units():
    problem = Problem(np.ones((2, 2)), np.full(2, -1), 1, np.ones(2), 0.1, np.array([1.0, 0.5]))
    assert problem.unscaled.X.tolist() == [[1.0, 0.5]] * 2
    assert problem.unscaled is problem.unscaled  # so that what was searched there is kept
    assert problem.unscaled.unscaled.X.tolist() == problem.unscaled.X.tolist()


@given(seeds, st.integers(1, 40), st.integers(1, 60))
def test_normal_scores_know_the_order_of_values_only(seed, n, n_distinct):
    problem = rows_drawn(seed, n, n_distinct)
    scores = problem.ranked.X
    for column, own in zip(problem.X.T, scores.T, strict=True):
        below = np.sign(column[:, None] - column)
        np.testing.assert_array_equal(np.sign((own[:, None] - own).round(12)), below)
    other = replace(problem, X=np.exp(3 * problem.X) - 1, spread=np.full(problem.X.shape[1], 0.3))
    np.testing.assert_allclose(other.ranked.X, scores, atol=1e-12)
    assert np.all(other.ranked.spread == 1)


def test_normal_scores_are_those_of_a_normal_distribution():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.standard_cauchy(2000), np.ones(2000)])
    normal, constant = problem_of(X, np.full(2000, -1), 1).ranked.X.T
    assert kstest(normal, "norm").statistic < 0.01
    assert normal.std() == pytest.approx(1)
    assert (constant == 0).all()


@given(seeds, st.integers(1, 30), st.integers(1, 60))
def test_distances_are_euclidean_and_worked_out_once(seed, n, n_distinct):
    problem = rows_drawn(seed, n, n_distinct)
    expected = np.linalg.norm(problem.X[:, None] - problem.X, axis=-1)
    np.testing.assert_allclose(problem.distances, expected, atol=1e-12)
    assert problem.distances is problem.distances


def rows_drawn(seed, n, n_distinct):
    """Rows of one or two columns, in no order, of which some may be equal."""
    rng = np.random.default_rng(seed)
    base = rng.standard_normal((n_distinct, rng.integers(1, 3)))
    return problem_of(base[rng.integers(n_distinct, size=n)], np.full(n, -1), 1)


@given(seeds, st.integers(2, 40), st.integers(1, 60), st.data())
def test_neighbours_are_the_nearest_other_rows(seed, n, n_distinct, data):
    problem = rows_drawn(seed, n, n_distinct)
    k = data.draw(st.integers(1, n - 1))
    found = problem.neighbours(k)
    distances = np.linalg.norm(problem.X[:, None] - problem.X, axis=-1)
    np.fill_diagonal(distances, np.inf)
    assert found.indices.shape == (n, k)
    assert all(len({*row, i}) == k + 1 for i, row in enumerate(found.indices.tolist()))
    own = np.take_along_axis(distances, found.indices, axis=1)
    np.testing.assert_allclose(found.distances, own, atol=1e-7)
    np.testing.assert_allclose(own, np.sort(distances, axis=1)[:, :k], atol=1e-7)


@given(seeds, st.integers(3, 40), st.integers(1, 60), st.data())
def test_neighbours_do_not_depend_on_who_else_has_asked(seed, n, n_distinct, data):
    wide = data.draw(st.integers(2, n - 1))
    narrow = data.draw(st.integers(1, wide))
    asked, fresh = (rows_drawn(seed, n, n_distinct) for _ in range(2))
    asked.neighbours(wide)
    found, alone = (each.neighbours(narrow).indices.tolist() for each in (asked, fresh))
    assert [set(row) for row in found] == [set(row) for row in alone]


def test_fewer_neighbours_are_not_searched_anew():
    problem = rows_drawn(0, 50, 1000)
    wide = problem.neighbours(9)
    assert np.shares_memory(problem.neighbours(4).indices, wide.indices)
    assert problem.neighbours(9) is wide


def test_equally_near_rows_at_the_cut_are_searched_anew():
    problem = problem_of(np.arange(50.0)[:, None], np.full(50, -1), 1)  # two rows at any distance
    wide = problem.neighbours(4)
    assert np.shares_memory(problem.neighbours(4).indices, wide.indices)
    assert not np.shares_memory(problem.neighbours(3).indices, wide.indices)


@pytest.mark.parametrize(("n", "most", "n_groups", "expected"), [(100, 30, 2, 25), (4, 30, 9, 1)])
def test_no_more_neighbours_than_half_a_group(n, most, n_groups, expected):
    assert rows_drawn(0, n, n).limit_n_neighbors(most, n_groups) == expected
    assert rows_drawn(0, 10 * n, n).limit_n_neighbors(3, n_groups) <= 3
