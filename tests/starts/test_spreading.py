"""The start from labels that spread."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.starts import spreading
from tests.starts.examples import (
    assert_responsibilities,
    blobs,
    problem_of,
    problems,
    propose,
    seeds,
)


@pytest.mark.parametrize("k", [2, 3])
def test_one_label_a_blob_labels_them_all(k):
    X, group = blobs(k, 30)
    codes = np.full(len(X), -1)
    codes[np.arange(k) * 30] = np.arange(k)[::-1]
    spread = propose("label_spreading", problem_of(X, codes, k))
    np.testing.assert_array_equal(spread.argmax(1), k - 1 - group)
    assert (spread.max(1) > 0.99).all()


def test_rows_that_no_label_reaches_stay_undecided():
    X, group = blobs(3, 30)
    codes = np.full(90, -1)
    codes[[0, 30]] = [0, 1]  # the third blob has no label and no edge to the others
    spread = propose("label_spreading", problem_of(X, codes, 2))
    np.testing.assert_array_equal(spread[:60].argmax(1), group[:60])
    np.testing.assert_allclose(spread[60:], 0.5)


def test_a_far_blob_without_labels_is_a_new_component():
    X, group = blobs(3, 30)
    codes = np.full(90, -1)
    codes[[0, 1, 30]] = [0, 0, 1]
    spread = propose("label_spreading", problem_of(X, codes, 3))
    np.testing.assert_array_equal(spread.argmax(1), group)
    np.testing.assert_array_equal(spread[:, 2], group == 2)


def test_a_second_blob_with_labels_of_a_class_is_no_new_component():
    X, group = blobs(3, 30)
    codes = np.full(90, -1)
    codes[[0, 1, 30, 60]] = [0, 0, 1, 0]
    spread = propose("label_spreading", problem_of(X, codes, 3))
    np.testing.assert_array_equal(spread.argmax(1), np.where(group == 1, 1, 0))


@given(problems(), seeds)
def test_labelled_rows_are_never_in_new_components(problem, seed):
    spread = propose("label_spreading", problem, seed)
    assert not spread[problem.codes >= 0, problem.n_classes :].any()


def test_if_all_rows_are_labelled_labels_are_the_start():
    X, group = blobs(3, 10)
    spread = propose("label_spreading", problem_of(X, group, 3))
    np.testing.assert_array_equal(spread, np.eye(3)[group])


def test_spreading_needs_labels():
    problem = problem_of(np.zeros((4, 1)), np.full(4, -1), 2)
    with pytest.raises(ValueError, match="needs labels in y"):
        propose("label_spreading", problem)


@pytest.mark.parametrize("most", [1, 2, 30, 59, 60])
def test_rows_beyond_the_graph_get_a_class_too(monkeypatch, most):
    monkeypatch.setattr(spreading, "SPREADING_ROWS", most)
    X, group = blobs(2, 30)
    codes = np.full(60, -1)
    codes[[3, 40]] = [0, 1]
    problem = problem_of(X, codes, 2)
    spread = propose("label_spreading", problem)
    assert_responsibilities(spread, problem)
    np.testing.assert_array_equal(spread.argmax(1), group)


# Doubt.


@given(st.integers(1, 5), st.integers(1, 20), seeds)
def test_doubt_flattens_and_keeps_the_order(n_classes, n, seed):
    probabilities = np.random.default_rng(seed).dirichlet(np.ones(n_classes), n)
    doubted = spreading._doubted(probabilities)
    np.testing.assert_allclose(doubted.sum(1), 1)
    assert (doubted.max(1) <= probabilities.max(1) + 1e-9).all()
    ascending = np.take_along_axis(doubted, probabilities.argsort(1), 1)
    assert (np.diff(ascending) >= -1e-12).all()


@pytest.mark.parametrize("n_classes", [1, 2, 5])
def test_certain_rows_are_beyond_doubt(n_classes):
    certain = np.eye(n_classes)
    np.testing.assert_allclose(spreading._doubted(certain), certain, atol=1e-10)


def test_undecided_rows_are_shared_evenly():
    close, clear = spreading._doubted(np.array([[0.55, 0.45], [0.999, 0.001]]))
    np.testing.assert_allclose(close, 0.5, atol=1e-3)
    assert clear[0] > 0.99
