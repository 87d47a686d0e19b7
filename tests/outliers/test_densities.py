"""Densities of plain arrays: each is a density, and its columns add up."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, norm

from skflowmix.outliers.densities import BANDWIDTH, Blend, Columns, Gaussian
from skflowmix.outliers.support import RIDGE, fit_gaussian, fit_halves
from tests.outliers.examples import rows, seeds, sizes


def three(Z, weights):
    """A blend of a density of columns and two Gaussians, with unequal shares."""
    parts = (Columns.of(Z, weights), fit_gaussian(Z, weights), Gaussian.of(Z + 1, weights, 0, 0.1))
    return Blend(parts, np.log([0.2, 0.5, 0.3]))


DENSITIES = {"gaussian": fit_gaussian, "columns": Columns.of, "halves": fit_halves, "three": three}
every_density = pytest.mark.parametrize("kind", DENSITIES)


def fitted(kind, Z, weights=None):
    return DENSITIES[kind](Z, np.ones(len(Z)) if weights is None else weights)


@every_density
@given(seed=seeds)
def test_one_column_has_mass_one(kind, seed):
    grid = np.linspace(-200, 200, 40_001)[:, None]
    density = np.exp(fitted(kind, rows((30, 1), seed)).log_prob(grid))
    assert np.trapezoid(density, grid[:, 0]) == pytest.approx(1, abs=1e-3)


@every_density
@given(size=sizes, seed=seeds, far=st.sampled_from([1.0, 1e3]))
def test_what_columns_add_sums_to_the_whole(kind, size, seed, far):
    Z = rows(size, seed)
    density = fitted(kind, Z)
    columns = density.by_column(far * Z)
    assert columns.shape == Z.shape
    np.testing.assert_allclose(columns.sum(1), density.unusualness(far * Z), rtol=1e-6, atol=1e-6)


@every_density
@given(size=sizes, seed=seeds)
def test_a_row_of_weight_two_is_two_rows(kind, size, seed):
    Z = rows(size, seed)
    weights = np.random.default_rng(seed).integers(1, 3, size[0])
    found = fitted(kind, Z, weights.astype(float)).log_prob(Z)
    expected = fitted(kind, np.repeat(Z, weights, axis=0)).log_prob(Z)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)


@every_density
@given(size=sizes, seed=seeds)
def test_columns_may_change_places(kind, size, seed):
    Z = rows(size, seed)
    order = np.random.default_rng(seed).permutation(size[1])
    density, moved = fitted(kind, Z), fitted(kind, Z[:, order])
    np.testing.assert_allclose(moved.log_prob(Z[:, order]), density.log_prob(Z), rtol=1e-6)
    columns = density.by_column(Z)[:, order]
    np.testing.assert_allclose(moved.by_column(Z[:, order]), columns, rtol=1e-5, atol=1e-6)


@given(sizes, seeds)
def test_columns_are_densities_one_by_one(size, seed):
    Z = rows(size, seed)
    alone = [fitted("columns", column).log_prob(column) for column in Z.T[:, :, None]]
    np.testing.assert_allclose(fitted("columns", Z).log_prob(Z), np.sum(alone, axis=0))


def test_columns_are_close_to_the_kernel_density():
    Z = np.random.default_rng(0).gamma(2.0, size=(2000, 1))
    grid = np.linspace(-2, 20, 2000)
    kernels = norm.pdf(grid[:, None], Z[:, 0], BANDWIDTH).mean(1)
    found = np.exp(fitted("columns", Z).log_prob(grid[:, None]))
    assert np.trapezoid(np.abs(found - kernels), grid) < 0.1


@given(sizes, seeds)
def test_the_gaussian_is_that_of_scipy(size, seed):
    Z, weights = rows(size, seed), np.random.default_rng(seed).uniform(1, 2, size[0])
    covariance = np.atleast_2d(np.cov(Z.T, aweights=weights, bias=True))
    covariance = covariance + np.diag(RIDGE * (1 + np.diag(covariance)))
    expected = multivariate_normal(np.average(Z, axis=0, weights=weights), covariance).logpdf(Z)
    found = fitted("gaussian", Z, weights).log_prob(Z)
    np.testing.assert_allclose(found, np.atleast_1d(expected))


def test_a_gaussian_finds_the_column_that_moved():
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(500, 3)) @ rng.normal(size=(3, 3))
    odd = Z[:20].copy()
    odd[:, 1] += 10 * Z[:, 1].std()
    found = fitted("gaussian", Z).by_column(odd)
    assert (found.argmax(1) == 1).mean() > 0.9


def test_halves_are_half_of_each():
    Z = rows((50, 3), 0)
    parts = [np.exp(fitted(kind, Z).log_prob(Z)) / 2 for kind in ("gaussian", "columns")]
    np.testing.assert_allclose(np.exp(fitted("halves", Z).log_prob(Z)), sum(parts))
