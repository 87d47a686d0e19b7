"""Groups split into modes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.starts import n_modes_from_labels, split_modes
from tests.starts.examples import blobs, problem_of, problems, seeds


def split(responsibilities, problem, n_modes, seed=0):
    return split_modes(responsibilities, problem, n_modes, np.random.RandomState(seed))


@given(problems(), st.integers(1, 4), seeds)
def test_modes_share_what_their_group_has(problem, n_modes, seed):
    random = np.random.default_rng(seed)
    groups = random.dirichlet(np.ones(problem.n_components), len(problem.X))
    modes = split(groups, problem, n_modes, seed)
    assert modes.shape == (len(problem.X), problem.n_components * n_modes)
    by_group = modes.reshape(len(problem.X), -1, n_modes)
    np.testing.assert_allclose(by_group.sum(-1), groups)
    assert ((by_group > 0).sum(-1) <= 1).all()


def test_blobs_of_one_group_are_its_modes():
    X, blob = blobs(4, 30)
    codes = np.full(120, -1)
    modes = split(np.eye(2)[blob % 2], problem_of(X, codes, 2), 2).argmax(1)
    np.testing.assert_array_equal(modes // 2, blob % 2)
    assert len({(b, m) for b, m in zip(blob.tolist(), modes.tolist(), strict=True)}) == 4


@pytest.mark.parametrize(("n_rows", "expected"), [(1, 1), (3, 1), (4, 2), (6, 3), (18, 3)])
def test_a_mode_has_two_rows_for_each_feature(n_rows, expected):
    X = np.arange(float(n_rows))[:, None]
    modes = split(np.ones((n_rows, 1)), problem_of(X, np.full(n_rows, -1), 1), 3)
    assert modes.any(axis=0).sum() == expected


def test_without_labels_no_modes_are_known():
    assert n_modes_from_labels(np.full(5, -1)) == 1


@pytest.mark.parametrize(("n_labels", "known"), [(1, 1), (19, 1), (20, 2), (39, 3), (10_000, 8)])
def test_labels_tell_of_modes(n_labels, known):
    assert n_modes_from_labels(np.repeat([-1, 0, 1], [50, n_labels, n_labels])) == known
