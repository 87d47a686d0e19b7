"""The support of rows among which there are anomalies, and what is fitted to it."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest, multivariate_normal, norm

from skflowmix.fitting.support import find_support
from skflowmix.mixtures.support import BANDWIDTH, RIDGE, Columns, Gaussian, SupportDensity

sizes = st.tuples(st.integers(2, 60), st.integers(1, 5))
fractions = st.sampled_from([0.1, 0.5, 0.75, 1.0])
seeds = st.integers(0, 2**31 - 1)


def rows(size, seed):
    """Rows with a column of steps, and the last a product of normal numbers."""
    Z = np.random.default_rng(seed).normal(size=size)
    Z[:, 0] = np.round(Z[:, 0])
    Z[:, -1] *= Z[:, 0]
    return Z


def contaminated(n=400, d=4, share=0.1, seed=0):
    """A cloud with a dense clump away from it, and which rows these are."""
    rng = np.random.default_rng(seed)
    is_odd = np.arange(n) < share * n
    X = np.where(is_odd[:, None], 4 + 0.05 * rng.normal(size=(n, d)), rng.normal(size=(n, d)))
    return X, is_odd


def log_prob(columns, Z):
    return columns.log_prob(torch.from_numpy(Z)).numpy()


@given(sizes, fractions, seeds)
def test_a_support_has_its_share_of_the_rows(size, fraction, seed):
    support, _ = find_support(rows(size, seed), np.ones(size[0]), fraction)
    assert len(support) == np.ceil(fraction * size[0] - 1e-6)
    assert (np.diff(support) > 0).all()


@given(sizes, seeds)
def test_a_row_of_weight_two_is_two_rows(size, seed):
    Z = rows(size, seed)
    weights = np.random.default_rng(seed).integers(1, 3, size[0])
    _, density = find_support(Z, weights.astype(float), 1.0)
    _, repeated = find_support(np.repeat(Z, weights, axis=0), np.ones(weights.sum()), 1.0)
    for part in ("mean", "factor"):
        expected = getattr(repeated.gaussian, part)
        np.testing.assert_allclose(getattr(density.gaussian, part), expected, atol=1e-9)
    for part in ("means", "deviations"):  # the last are of the whole column
        expected = getattr(repeated.columns, part)[:, -1]
        np.testing.assert_allclose(getattr(density.columns, part)[:, -1], expected, atol=1e-9)


def test_rows_without_a_place_are_left_out():
    X, is_odd = contaminated()
    support, _ = find_support(X, np.ones(len(X)), 0.75)
    assert not is_odd[support].any()


@given(st.integers(20, 80), st.integers(1, 4), st.sampled_from([0.5, 0.75]), seeds)
def test_the_support_is_of_the_rows_that_its_own_density_finds_densest(n, d, fraction, seed):
    rng = np.random.default_rng(seed)
    Z = rng.standard_t(2, size=(n, d)) @ rng.normal(size=(d, d))
    Z = (Z - Z.mean(0)) / Z.std(0)
    support, density = find_support(Z, np.ones(n), fraction)
    found = log_prob(density, Z)
    outside = np.setdiff1d(np.arange(n), support)
    assert found[support].min() >= found[outside].max() - 1e-9


@pytest.mark.parametrize("seed", range(3))
def test_a_support_may_be_found_after_several_steps_only(seed):
    Z = np.random.default_rng(seed).uniform(-1.7, 1.7, size=(300, 2))
    support, density = find_support(Z, np.ones(300), 0.5)
    found = log_prob(density, Z)
    outside = np.setdiff1d(np.arange(300), support)
    assert found[support].min() >= found[outside].max() - 1e-9


@pytest.mark.parametrize("seed", range(3))
def test_rows_on_a_line_are_denser_than_a_cloud_around_its_middle(seed):
    """Column by column the cloud is closer to the medians: only a Gaussian sees the line."""
    rng = np.random.default_rng(seed)
    is_cloud = np.arange(300) < 100
    line = rng.normal(size=(300, 1)) + 0.02 * rng.normal(size=(300, 2))
    Z = np.where(is_cloud[:, None], 0.5 * rng.normal(size=(300, 2)), line)
    support, _ = find_support(Z / Z.std(0), np.ones(300), 0.6)
    assert is_cloud[support].sum() < 40


@given(st.integers(20, 60), st.floats(-100, 100), seeds)
def test_a_support_is_the_same_wherever_the_origin_is(n, shift, seed):
    Z = np.random.default_rng(seed).standard_t(2, size=(n, 2))
    support, _ = find_support(Z, np.ones(n), 0.5)
    moved, _ = find_support(Z + shift, np.ones(n), 0.5)
    np.testing.assert_array_equal(moved, support)


@pytest.mark.parametrize("side", [-1, 1])
def test_of_two_clouds_the_larger_one_is_the_support(side):
    rng = np.random.default_rng(0)
    is_small = np.arange(300) < 140
    Z = rng.normal(size=(300, 2)) + 8 * side * is_small[:, None]
    support, _ = find_support(Z / Z.std(0), np.ones(300), 0.5)
    assert not is_small[support].any()


@given(st.integers(2, 40), st.sampled_from([0.1, 0.3, 0.01]), seeds)
def test_the_size_of_all_weights_does_not_matter(n, size, seed):
    Z = np.random.default_rng(seed).normal(size=(n, 2))
    for n_rows in range(1, n + 1):
        support, _ = find_support(Z, np.full(n, size), n_rows / n)
        assert len(support) == n_rows


def test_heavy_rows_fill_the_support():
    Z = rows((50, 2), 0)
    weights = np.where(np.abs(Z).sum(1) < 1, 100.0, 1.0)
    support, _ = find_support(Z, weights, 0.75)
    assert weights[support].sum() / weights.sum() >= 0.75
    assert weights[support[:-1]].sum() / weights.sum() < 0.8


@given(sizes, seeds)
def test_columns_are_densities_one_by_one(size, seed):
    Z = rows(size, seed)
    columns = Columns.of(Z, np.ones(len(Z)))
    alone = [log_prob(Columns.of(c, np.ones(len(Z))), c) for c in Z.T[:, :, None]]
    np.testing.assert_allclose(log_prob(columns, Z), np.sum(alone, axis=0))
    grid = np.linspace(-200, 200, 40_001)[:, None]
    density = np.exp(log_prob(Columns.of(Z[:, :1], np.ones(len(Z))), grid))
    assert np.trapezoid(density, grid[:, 0]) == pytest.approx(1, abs=1e-3)


def test_columns_are_close_to_the_kernel_density():
    Z = np.random.default_rng(0).gamma(2.0, size=(2000, 1))
    grid = np.linspace(-2, 20, 2000)
    kernels = norm.pdf(grid[:, None], Z[:, 0], BANDWIDTH).mean(1)
    found = np.exp(log_prob(Columns.of(Z, np.ones(len(Z))), grid[:, None]))
    assert np.trapezoid(np.abs(found - kernels), grid) < 0.1


@given(sizes, seeds)
def test_the_gaussian_is_that_of_scipy(size, seed):
    Z, weights = rows(size, seed), np.random.default_rng(seed).uniform(1, 2, size[0])
    covariance = np.atleast_2d(np.cov(Z.T, aweights=weights, bias=True))
    covariance = covariance + np.diag(RIDGE * (1 + np.diag(covariance)))
    expected = multivariate_normal(np.average(Z, axis=0, weights=weights), covariance).logpdf(Z)
    gaussian = Gaussian.of(Z, weights)
    np.testing.assert_allclose(log_prob(gaussian, Z), np.atleast_1d(expected))
    drawn = gaussian.sample(20_000, np.random.RandomState(0))
    np.testing.assert_allclose(drawn.mean(0), gaussian.mean, atol=0.2)
    np.testing.assert_allclose(np.cov(drawn.T), covariance, atol=0.3, rtol=0.2)


def test_a_support_density_is_half_of_each():
    Z = rows((50, 3), 0)
    density = SupportDensity.of(Z, np.ones(50))
    halves = [np.exp(log_prob(part, Z)) / 2 for part in (density.gaussian, density.columns)]
    np.testing.assert_allclose(np.exp(log_prob(density, Z)), sum(halves))


def test_samples_of_columns_are_theirs():
    Z = rows((300, 2), 0)
    columns = Columns.of(Z, np.ones(len(Z)))
    drawn = columns.sample(4000, np.random.RandomState(0))
    again = columns.sample(4000, np.random.RandomState(1))
    grid = np.linspace(-100, 100, 20_001)
    for j in range(2):
        own = Columns(*(part[j : j + 1] for part in vars(columns).values()))
        cdf = np.cumsum(np.exp(log_prob(own, grid[:, None]))) * (grid[1] - grid[0])
        assert kstest(drawn[:, j], lambda x, cdf=cdf: np.interp(x, grid, cdf)).pvalue > 1e-3
    assert not np.array_equal(drawn, again)
