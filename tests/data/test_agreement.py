"""How far partitions of the same rows agree."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from skflowmix.data.agreement import adjusted_rand_index, adjusted_rand_indices, membership
from tests.starts.examples import seeds


@given(seeds, st.integers(1, 40), st.lists(st.integers(1, 5), min_size=1, max_size=6))
def test_agreements_are_adjusted_rand_indices(seed, n, sizes):
    rng = np.random.default_rng(seed)
    groupings = [rng.integers(size, size=n) for size in sizes]
    expected = [[adjusted_rand_score(a, b) for a in groupings] for b in groupings]
    np.testing.assert_allclose(adjusted_rand_indices(groupings), expected, atol=1e-12)
    found = adjusted_rand_index(groupings[0], groupings[-1])
    assert found == pytest.approx(expected[0][-1], abs=1e-12)


def test_numbers_may_be_left_out_and_names_do_not_matter():
    groups = np.array([0, 0, 3, 3, 1])
    assert adjusted_rand_index(groups, np.array([2, 2, 0, 0, 7])) == 1
    assert membership(groups).toarray().sum(axis=0).tolist() == [2, 1, 0, 2]


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int16, np.uint64, bool])
def test_groups_may_be_numbered_by_any_integers(kind):
    groups, others = np.random.default_rng(0).integers(40, size=(2, 300)).astype(kind)
    expected = adjusted_rand_score(groups, others)
    assert adjusted_rand_index(groups, others) == pytest.approx(expected, abs=1e-12)
