"""Fewer rows, and which of them the others follow."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.starts.thinning import thin
from tests.starts.examples import problem_of, seeds


@given(st.integers(1, 30), st.integers(0, 30), st.integers(1, 40), seeds)
def test_all_labelled_rows_are_kept_and_some_others(n_labelled, n_others, most, seed):
    rng = np.random.default_rng(seed)
    codes = rng.permutation(np.repeat([0, -1], [n_labelled, n_others]))
    rows = np.arange(n_labelled + n_others, dtype=float)[:, None]
    sample, nearest = thin(problem_of(rows, codes, 1), most, np.random.RandomState(seed))
    kept = sample.X[:, 0]
    assert len(kept) == min(max(most, n_labelled), len(rows))
    assert (np.diff(kept) > 0).all()  # in their old order
    assert set(rows[codes >= 0, 0]) <= set(kept)
    distances = np.abs(rows - kept)
    np.testing.assert_array_equal(distances[np.arange(len(rows)), nearest], distances.min(axis=1))


def test_a_problem_of_few_rows_is_its_own_sample():
    problem = problem_of(np.zeros((4, 2)), np.full(4, -1), 1)
    sample, nearest = thin(problem, 4, np.random.RandomState(0))
    assert sample is problem
    np.testing.assert_array_equal(nearest, np.arange(4))  # each to itself, even among equal ones
