"""The support of rows among which there are anomalies."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.outliers.support import densest, find_support
from tests.outliers.examples import contaminated, rows, seeds, sizes

fractions = st.sampled_from([0.1, 0.5, 0.75, 1.0])


def members(Z, fraction):
    """Which rows are in the support, and its density."""
    core, density = find_support(Z, np.ones(len(Z)), fraction)
    return np.flatnonzero(core), density


@given(sizes, fractions, seeds)
def test_a_support_has_its_share_of_the_rows(size, fraction, seed):
    core, _ = find_support(rows(size, seed), np.ones(size[0]), fraction)
    assert core.sum() == pytest.approx(fraction * size[0])
    assert ((core >= 0) & (core <= 1)).all()


@given(sizes, fractions, seeds)
def test_a_row_of_weight_two_is_two_rows(size, fraction, seed):
    Z = rows(size, seed)
    weights = np.random.default_rng(seed).integers(1, 3, size[0])
    core, density = find_support(Z, weights.astype(float), fraction)
    twice = np.repeat(np.arange(size[0]), weights)
    repeated, expected = find_support(Z[twice], np.ones(len(twice)), fraction)
    np.testing.assert_allclose(np.bincount(twice, repeated), core, atol=1e-9)
    np.testing.assert_allclose(density.log_prob(Z), expected.log_prob(Z), rtol=1e-6)


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=20), fractions)
def test_rows_as_dense_as_each_other_are_in_the_support_alike(heights, fraction):
    heights = np.array(heights, float)
    core = densest(heights, np.ones(len(heights)), fraction)
    assert core.sum() == pytest.approx(fraction * len(heights))
    for height in set(heights):
        assert np.ptp(core[heights == height]) == 0
        assert (
            height == heights.max() or core[heights == height][0] <= core[heights > height].min()
        )


def test_rows_without_a_place_are_left_out():
    X, is_odd = contaminated()
    support, _ = members(X, 0.75)
    assert not is_odd[support].any()


@given(st.integers(20, 80), st.integers(1, 4), st.sampled_from([0.5, 0.75]), seeds)
def test_the_support_is_of_the_rows_that_its_own_density_finds_densest(n, d, fraction, seed):
    rng = np.random.default_rng(seed)
    Z = rng.standard_t(2, size=(n, d)) @ rng.normal(size=(d, d))
    Z = (Z - Z.mean(0)) / Z.std(0)
    support, density = members(Z, fraction)
    found = density.log_prob(Z)
    outside = np.setdiff1d(np.arange(n), support)
    assert found[support].min() >= found[outside].max() - 1e-9


@pytest.mark.parametrize("seed", range(3))
def test_a_support_may_be_found_after_several_steps_only(seed):
    Z = np.random.default_rng(seed).uniform(-1.7, 1.7, size=(300, 2))
    support, density = members(Z, 0.5)
    found = density.log_prob(Z)
    outside = np.setdiff1d(np.arange(300), support)
    assert found[support].min() >= found[outside].max() - 1e-9


@pytest.mark.parametrize("seed", range(3))
def test_rows_on_a_line_are_denser_than_a_cloud_around_its_middle(seed):
    """Column by column the cloud is closer to the medians: only a Gaussian sees the line."""
    rng = np.random.default_rng(seed)
    is_cloud = np.arange(300) < 100
    line = rng.normal(size=(300, 1)) + 0.02 * rng.normal(size=(300, 2))
    Z = np.where(is_cloud[:, None], 0.5 * rng.normal(size=(300, 2)), line)
    support, _ = members(Z / Z.std(0), 0.6)
    assert is_cloud[support].sum() < 40


@given(st.integers(20, 60), st.floats(-100, 100), seeds)
def test_a_support_is_the_same_wherever_the_origin_is(n, shift, seed):
    Z = np.random.default_rng(seed).standard_t(2, size=(n, 2))
    support, _ = members(Z, 0.5)
    moved, _ = members(Z + shift, 0.5)
    np.testing.assert_array_equal(moved, support)


@pytest.mark.parametrize("side", [-1, 1])
def test_of_two_clouds_the_larger_one_is_the_support(side):
    rng = np.random.default_rng(0)
    is_small = np.arange(300) < 140
    Z = rng.normal(size=(300, 2)) + 8 * side * is_small[:, None]
    support, _ = members(Z / Z.std(0), 0.5)
    assert not is_small[support].any()


@given(st.integers(2, 40), st.sampled_from([0.1, 0.3, 1e-20, 1e20]), seeds)
def test_the_size_of_all_weights_does_not_matter(n, size, seed):
    Z = np.random.default_rng(seed).normal(size=(n, 2))
    core, density = find_support(Z, np.full(n, size), 0.75)
    expected, ones = find_support(Z, np.ones(n), 0.75)
    np.testing.assert_allclose(core / size, expected, atol=1e-9)
    np.testing.assert_allclose(density.log_prob(Z), ones.log_prob(Z), rtol=1e-6)


def test_heavy_rows_fill_the_support():
    Z = rows((50, 2), 0)
    weights = np.where(np.abs(Z).sum(1) < 1, 100.0, 1.0)
    core, _ = find_support(Z, weights, 0.75)
    assert core.sum() == pytest.approx(0.75 * weights.sum())
    assert core[weights == 1].sum() == 0


@pytest.mark.parametrize("fraction", [0.01, 0.25, 0.75])
@pytest.mark.parametrize(
    "weights",
    [
        np.r_[1000.0, np.ones(39)],
        np.where(np.arange(40) < 20, 1, 1e-20),
        np.r_[np.ones(39), 1e-20],
    ],
    ids=["one heavy row", "half without weight", "the last without weight"],
)
def test_a_support_of_few_rows_has_a_density(fraction, weights):
    Z = np.random.default_rng(0).normal(size=(40, 2))
    Z[-1] = [9.0, 0.0]
    _, density = find_support(Z, weights, fraction)
    assert np.isfinite(density.log_prob(Z)).all()
