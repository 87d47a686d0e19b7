"""Ward's linkage."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score

from skflowmix.starts import linkages
from tests.starts.examples import blobs, groupings, index, seeds, unlabelled


@given(seeds, st.integers(2, 60), st.integers(1, 4))
def test_groups_are_those_of_scikit_learn(seed, n, d):
    X = np.random.default_rng(seed).standard_normal((n, d))
    sizes = range(1, n + 1)
    for size, found in zip(sizes, groupings("ward", unlabelled(X), sizes), strict=True):
        expected = AgglomerativeClustering(size).fit(X).labels_
        assert adjusted_rand_score(expected, found.argmax(1)) == 1


def test_a_table_that_looks_like_distances_is_a_table():
    """Scipy takes a symmetric table with zeros on its diagonal for distances, and warns."""
    X = np.array([[0.0, 5.0, 5.1], [5.0, 0.0, 1.0], [5.1, 1.0, 0.0]])
    (found,) = groupings("ward", unlabelled(X), [2])
    assert found.argmax(1).tolist() in ([0, 1, 1], [1, 0, 0])


def test_a_compact_group_among_many_columns_is_told_from_a_wide_one():
    rng = np.random.default_rng(1)
    y = np.arange(90) % 2
    X = rng.standard_normal((90, 40)) * np.array([0.5, 1.5])[y][:, None]
    X += 0.4 * rng.standard_normal((2, 40))[y]
    problem = unlabelled(X, 2)
    assert index("ward", y, problem) > 0.9
    assert index("kmeans", y, problem) < 0.6
    assert index("linked_pieces", y, problem) < 0.6


def test_rows_beyond_the_most_follow_their_nearest(monkeypatch):
    monkeypatch.setattr(linkages, "LINKED_ROWS", 60)
    X, y = blobs(3, 100)
    assert index("ward", y, unlabelled(X, 3)) == 1
