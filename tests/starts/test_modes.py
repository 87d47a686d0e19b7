"""Groups split into modes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.starts import modes_from_labels, split_modes
from tests.starts.examples import blobs, problem_of, problems, seeds


def split(responsibilities, problem, n_modes, seed=0):
    """Split every group into as many modes, or each into its own number."""
    wanted = np.broadcast_to(n_modes, responsibilities.shape[1])
    return split_modes(responsibilities, problem, wanted, np.random.RandomState(seed))


@given(problems(), st.data(), seeds)
def test_modes_share_what_their_group_has(problem, data, seed):
    random = np.random.default_rng(seed)
    groups = random.dirichlet(np.ones(problem.n_components), len(problem.X))
    wanted = data.draw(
        st.lists(st.integers(1, 4), min_size=groups.shape[1], max_size=groups.shape[1])
    )
    modes = split(groups, problem, wanted, seed)
    by_group = modes.reshape(len(problem.X), problem.n_components, max(wanted))
    np.testing.assert_allclose(by_group.sum(-1), groups)
    assert ((by_group > 0).sum(-1) <= 1).all()
    assert (by_group.any(axis=0).sum(axis=-1) <= wanted).all()


def test_blobs_of_one_group_are_its_modes():
    X, blob = blobs(4, 30)
    codes = np.full(120, -1)
    modes = split(np.eye(2)[blob % 2], problem_of(X, codes, 2), 2).argmax(1)
    np.testing.assert_array_equal(modes // 2, blob % 2)
    assert len({(b, m) for b, m in zip(blob.tolist(), modes.tolist(), strict=True)}) == 4


def test_each_group_has_modes_of_its_own_number():
    X, blob = blobs(4, 30)
    group = np.array([0, 1, 1, 1])[blob]
    modes = split(np.eye(2)[group], problem_of(X, np.full(120, -1), 2), [1, 3])
    is_used = modes.reshape(120, 2, 3).any(axis=0)
    assert is_used.sum(axis=1).tolist() == [1, 3]


@pytest.mark.parametrize(("n_rows", "expected"), [(1, 1), (3, 1), (4, 2), (6, 3), (18, 3)])
def test_a_mode_has_two_rows_for_each_feature(n_rows, expected):
    X = np.arange(float(n_rows))[:, None]
    modes = split(np.ones((n_rows, 1)), problem_of(X, np.full(n_rows, -1), 1), 3)
    assert modes.any(axis=0).sum() == expected


def test_without_labels_no_modes_are_known():
    assert modes_from_labels(np.full(5, -1), 3).tolist() == [1, 1, 1]


@pytest.mark.parametrize(("n_labels", "known"), [(1, 1), (19, 1), (20, 2), (39, 3), (10_000, 8)])
def test_labels_tell_of_modes(n_labels, known):
    codes = np.repeat([-1, 0, 1], [50, n_labels, n_labels])
    assert modes_from_labels(codes, 2).tolist() == [known, known]


def test_a_class_of_few_labels_has_one_mode_beside_one_of_many():
    codes = np.repeat([-1, 0, 1], [50, 4, 400])
    assert modes_from_labels(codes, 4).tolist() == [1, 8, 1, 1]
