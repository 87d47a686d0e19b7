"""What a start may look at, and how proposals respect labels."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.starts import FORBIDDEN, Problem, respect_labels
from skflowmix.starts.problem import nearest_of, some_rows
from tests.starts.examples import problem_of, seeds


def test_the_log_mask_forbids_what_labels_exclude():
    problem = problem_of(np.zeros((3, 1)), [1, -1, 0], 3)
    expected = [
        [FORBIDDEN, 0, FORBIDDEN],
        [0, 0, 0],
        [0, FORBIDDEN, FORBIDDEN],
    ]
    np.testing.assert_array_equal(problem.log_mask, expected)
    assert problem.n_classes == 2
    assert problem_of(np.zeros((2, 1)), [-1, -1], 1).n_classes == 0


def test_part_of_a_problem_keeps_its_rows_together():
    problem = Problem(np.arange(4.0)[:, None], np.array([0, -1, 1, -1]), 2, np.arange(1.0, 5), 0.1)
    part = problem.take(np.array([2, 3]))
    assert part.X.tolist() == [[2.0], [3.0]]
    assert part.codes.tolist() == [1, -1]
    assert part.sample_weight.tolist() == [3.0, 4.0]
    assert (part.n_components, part.reg_covar) == (2, 0.1)
    for tensor, array in zip(
        part.as_tensors(), (part.X, part.log_mask, part.sample_weight), strict=True
    ):
        assert tensor.dtype == torch.float64
        np.testing.assert_array_equal(tensor, array)


@given(st.integers(1, 5), st.integers(1, 30), st.integers(0, 5), seeds)
def test_labels_order_the_columns(n_components, n, n_labelled, seed):
    rng = np.random.default_rng(seed)
    proposed = rng.dirichlet(np.ones(n_components), n)
    codes = np.full(n, -1)
    chosen = rng.permutation(n)[:n_labelled]
    codes[chosen] = rng.integers(n_components, size=len(chosen))
    before = proposed.copy()
    ordered = respect_labels(proposed, codes)
    np.testing.assert_array_equal(proposed, before)  # the proposal is left as it was
    np.testing.assert_array_equal(ordered[codes >= 0], np.eye(n_components)[codes[codes >= 0]])
    unlabelled = codes < 0
    assert sorted(map(tuple, ordered[unlabelled].T)) == sorted(map(tuple, proposed[unlabelled].T))


@given(st.integers(1, 5), seeds)
def test_columns_go_to_the_classes_they_are_made_of(n_components, seed):
    rng = np.random.default_rng(seed)
    classes = np.repeat(np.arange(n_components), 3)
    proposed = np.eye(n_components)[rng.permutation(n_components)][classes]  # columns mixed up
    codes = np.where(np.arange(len(classes)) % 3, classes, -1)
    np.testing.assert_array_equal(respect_labels(proposed, codes).argmax(1), classes)


def test_without_labels_columns_stay():
    proposed = np.random.default_rng(0).dirichlet(np.ones(3), 5)
    np.testing.assert_array_equal(respect_labels(proposed, np.full(5, -1)), proposed)


@given(st.integers(1, 30), st.integers(0, 30), st.integers(1, 40), seeds)
def test_the_graph_holds_all_labelled_rows_and_some_others(n_labelled, n_others, most, seed):
    rng = np.random.default_rng(seed)
    labelled = rng.permutation(np.arange(n_labelled + n_others) < n_labelled)
    chosen = some_rows(labelled, most, np.random.RandomState(seed))
    assert len(chosen) == min(max(most, n_labelled), n_labelled + n_others)
    assert (np.diff(chosen) > 0).all()
    assert set(np.flatnonzero(labelled)) <= set(chosen)


def test_rows_follow_the_nearest_of_some():
    X = np.array([[0.0], [1.0], [2.2], [5.0]])
    np.testing.assert_array_equal(nearest_of(X, np.array([1, 3])), [0, 0, 0, 1])


def test_every_row_is_nearest_to_itself_even_among_equal_ones():
    X = np.zeros((4, 2))
    np.testing.assert_array_equal(nearest_of(X, np.arange(4)), np.arange(4))
