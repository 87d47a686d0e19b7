"""Groups that no label has named."""

from importlib import import_module

import numpy as np
import pytest
from hypothesis import given

from skflowmix.starts import new_groups
from tests.starts.examples import blobs, problem_of, problems, seeds


def found(problem, seed=0):
    return new_groups(problem, np.random.RandomState(seed))


def labelled_at(n_rows, rows, labels):
    codes = np.full(n_rows, -1)
    codes[rows] = labels
    return codes


@given(problems(), seeds)
def test_rows_are_in_components_beyond_the_classes_or_in_none(problem, seed):
    groups = found(problem, seed)
    assert groups.shape == (len(problem.X),)
    is_new = groups >= 0
    assert (groups[~is_new] == -1).all()
    assert (groups[is_new] >= problem.n_classes).all()
    assert (groups[is_new] < problem.n_components).all()


@given(problems(), seeds)
def test_labelled_rows_are_never_in_new_groups(problem, seed):
    assert (found(problem, seed)[problem.labelled] == -1).all()


@given(problems(), seeds)
def test_one_seed_finds_the_same_groups(problem, seed):
    np.testing.assert_array_equal(found(problem, seed), found(problem, seed))


def test_as_many_components_as_classes_leave_no_new_group():
    X, _ = blobs(3, 30)
    assert (found(problem_of(X, labelled_at(90, [0, 30], [0, 1]), 2)) == -1).all()


def test_a_far_blob_without_labels_is_a_new_group():
    X, blob = blobs(3, 30)
    groups = found(problem_of(X, labelled_at(90, [0, 1, 30], [0, 0, 1]), 3))
    np.testing.assert_array_equal(groups, np.where(blob == 2, 2, -1))


def test_two_far_blobs_without_labels_are_two_new_groups():
    X, blob = blobs(4, 30)
    groups = found(problem_of(X, labelled_at(120, [0, 1, 30], [0, 0, 1]), 4))
    assert (groups[blob < 2] == -1).all()
    assert len(set(zip(blob[blob > 1].tolist(), groups[blob > 1].tolist(), strict=True))) == 2
    assert set(groups[blob > 1]) == {2, 3}


@pytest.mark.parametrize(("n_labels", "is_found"), [(1, False), (6, True)])
def test_the_more_labels_the_closer_a_new_group_may_be(n_labels, is_found):
    """Of four blobs, the new one is nearest to one with labels: three parts are too coarse."""
    blob = np.repeat(np.arange(4), 30)
    X = (
        np.random.default_rng(0).standard_normal((120, 2))
        + np.array([0, 100, 200, 220])[blob, None]
    )
    rows = np.concatenate([first + np.arange(n_labels) for first in (0, 30, 60)])
    groups = found(problem_of(X, labelled_at(120, rows, np.repeat([0, 0, 1], n_labels)), 3))
    assert np.array_equal(groups == 2, blob == 3) == is_found


def test_a_second_blob_with_labels_of_a_class_is_no_new_group():
    X, _ = blobs(3, 30)
    codes = labelled_at(90, [0, 1, 30, 60], [0, 0, 1, 0])
    assert (found(problem_of(X, codes, 3)) == -1).all()


def test_if_all_rows_are_labelled_there_are_no_new_groups():
    X, blob = blobs(3, 10)
    assert (found(problem_of(X, blob, 4)) == -1).all()


@pytest.mark.parametrize("most", [40, 89, 90])
def test_rows_beyond_the_graph_follow_their_nearest(monkeypatch, most):
    monkeypatch.setattr(import_module(new_groups.__module__), "GRAPH_ROWS", most)
    X, blob = blobs(3, 30)
    groups = found(problem_of(X, labelled_at(90, [0, 1, 30], [0, 0, 1]), 3))
    np.testing.assert_array_equal(groups, np.where(blob == 2, 2, -1))
