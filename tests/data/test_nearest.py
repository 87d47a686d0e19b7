"""The nearest of other rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from skflowmix.data.nearest import MOST_TREE_COLUMNS, nearest

COLUMNS = (1, 3, MOST_TREE_COLUMNS, MOST_TREE_COLUMNS + 1)
"""Of which the last has no tree."""


@pytest.mark.parametrize("d", COLUMNS)
@given(st.data())
def test_no_other_row_is_nearer(d, data):
    """Ties may go to any of them; columns may be constant and rows may be equal."""
    numbers = st.integers(-3, 3).map(float)
    X = data.draw(arrays(float, (5, d), elements=numbers))
    among = data.draw(arrays(float, st.tuples(st.integers(1, 8), st.just(d)), elements=numbers))
    distances = np.linalg.norm(X[:, None] - among, axis=2)
    found = nearest(X, among)
    assert np.allclose(distances[np.arange(5), found], distances.min(1))


@pytest.mark.parametrize("d", COLUMNS)
def test_rows_find_themselves_among_many_equal_ones(d):
    """A tree must not go ever deeper where no cut tells rows apart."""
    among = np.concatenate([np.zeros((5000, d)), np.eye(d)])
    assert (nearest(np.eye(d), among) == 5000 + np.arange(d)).all()
