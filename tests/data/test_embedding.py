"""Categories as corners of a simplex."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from skflowmix.data.embedding import Embedding


def embedded(levels, n_levels, weights=None):
    rows = np.column_stack([np.zeros(len(levels)), levels])
    weights = np.ones(len(rows)) if weights is None else weights
    return Embedding.of(rows[:, 1:], [n_levels], weights, 1).apply(rows)


@pytest.mark.parametrize("n_levels", [2, 3, 10])
def test_a_category_counts_as_a_standardised_number(n_levels):
    rng = np.random.default_rng(0)
    levels = rng.choice(n_levels, 500, p=rng.dirichlet(np.ones(n_levels)))
    points = embedded(levels, n_levels)
    np.testing.assert_allclose(points.mean(0), 0, atol=1e-12)
    assert np.square(points).sum(1).mean() == pytest.approx(1)


def test_all_levels_are_as_far_from_each_other():
    distances = pdist(np.unique(embedded(np.arange(30) % 5, 5), axis=0))
    np.testing.assert_allclose(distances, distances[0])


def test_two_levels_are_a_standardised_column():
    levels = (np.arange(100) % 3 == 0).astype(float)
    points = embedded(levels, 2)
    expected = (levels - levels.mean()) / levels.std()
    np.testing.assert_allclose(np.abs(points[:, 1]), np.abs(expected))


def test_no_name_of_a_level_matters():
    levels = np.repeat(np.arange(4.0), [10, 20, 30, 5])
    renamed = np.array([2, 0, 3, 1.0])[levels.astype(int)]
    np.testing.assert_allclose(embedded(renamed, 4), embedded(levels, 4))


def test_what_is_missing_is_at_the_mean():
    levels = np.array([0, 1, 0, np.nan])
    np.testing.assert_array_equal(embedded(levels, 2)[3], 0)


def test_rare_levels_share_a_corner_and_one_level_has_none():
    levels = np.concatenate([np.repeat(np.arange(5.0), 50), np.arange(5, 500)])
    points = embedded(levels, 500)
    assert points.shape == (len(levels), 11)
    assert len(np.unique(points, axis=0)) == 11
    assert embedded(np.zeros(5), 1).shape == (5, 1)


def test_weights_count_as_rows():
    levels = np.array([0, 1, 1.0])
    once, twice = (
        embedded(np.array([0, 1, 1, 1.0]), 2),
        embedded(levels, 2, np.array([1, 1, 2.0])),
    )
    np.testing.assert_allclose(once[:3], twice)
