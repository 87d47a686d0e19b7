"""Gaussian mixtures of rows of which some values are missing, beside scipy's."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from skflowmix.incomplete import (
    Gaussians,
    conditional_means,
    conditional_moments,
    expected_moments,
    fit_gaussians,
)
from skflowmix.mixtures import Moments


def mixture(m=3, d=4, seed=0):
    """A Gaussian mixture."""
    g = torch.Generator().manual_seed(seed)
    roots = torch.randn(m, d, d, generator=g, dtype=torch.float64)
    covariances = roots @ roots.mT + 0.3 * torch.eye(d)
    means = 2 * torch.randn(m, d, generator=g, dtype=torch.float64)
    return Gaussians(torch.rand(m, generator=g).double().log_softmax(0), means, covariances)


def rows_with_gaps(n=30, d=4, share=0.4, seed=0):
    """Rows of which some values are missing, of one all."""
    rng = np.random.default_rng(seed)
    x = 2 * rng.standard_normal((n, d))
    x[rng.uniform(size=x.shape) < share] = np.nan
    x[0] = np.nan
    return torch.from_numpy(x)


def parts_of(gaussians, x):
    """Weight, mean and covariance of each Gaussian, and which values of a row are there."""
    there = ~np.isnan(x)
    parts = zip(
        gaussians.log_weights.numpy(),
        gaussians.means.numpy(),
        gaussians.covariances.numpy(),
        strict=True,
    )
    return there, parts


@given(st.integers(1, 4), st.integers(1, 5), st.integers(0, 99))
def test_what_is_there_has_the_density_of_its_own_gaussians(m, d, seed):
    gaussians, x = mixture(m, d, seed), rows_with_gaps(8, d, seed=seed)
    joint = gaussians.log_joint_of_present(x).numpy()
    for row, found in zip(x.numpy(), joint, strict=True):
        there, parts = parts_of(gaussians, row)
        for (weight, mean, covariance), log_prob in zip(parts, found, strict=True):
            own = 0.0
            if there.any():
                part = multivariate_normal(mean[there], covariance[np.ix_(there, there)])
                own = part.logpdf(row[there])
            assert log_prob == pytest.approx(weight + own, abs=1e-8)


@given(st.integers(2, 5), st.integers(0, 99))
def test_what_is_missing_has_its_conditional_moments(d, seed):
    gaussians, x = mixture(1, d, seed), rows_with_gaps(8, d, seed=seed)
    for each in gaussians.given(x):
        for row, columns, mean, covariance in zip(
            each.rows, each.columns, each.means[:, 0], each.covariances[:, 0], strict=True
        ):
            there, missing = ~np.isnan(x[row].numpy()), columns.numpy()
            center, spread = gaussians.means[0].numpy(), gaussians.covariances[0].numpy()
            pull = spread[np.ix_(missing, there)] @ np.linalg.pinv(spread[np.ix_(there, there)])
            off = (x[row].numpy() - center)[there]
            np.testing.assert_allclose(mean, center[missing] + pull @ off, atol=1e-8)
            left = spread[np.ix_(missing, missing)] - pull @ spread[np.ix_(there, missing)]
            np.testing.assert_allclose(covariance, left, atol=1e-8)


def test_draws_have_the_moments_of_the_conditional():
    gaussians = mixture(1, 3)
    x = torch.tensor([[np.nan, 0.5, np.nan]], dtype=torch.float64)
    (each,) = gaussians.given(x)
    g = torch.Generator().manual_seed(0)
    drawn = each.draw(
        torch.rand(20_000, 1, generator=g, dtype=torch.float64),
        torch.randn(20_000, 1, 2, generator=g, dtype=torch.float64),
    )[:, 0]
    np.testing.assert_allclose(drawn.mean(0), each.means[0, 0], atol=0.05)
    np.testing.assert_allclose(drawn.T.cov(), each.covariances[0, 0], rtol=0.1, atol=0.05)


def test_whole_rows_have_their_own_moments():
    gaussians, x = mixture(), rows_with_gaps(share=0.0)[1:]
    shares = torch.rand(len(x), 3, dtype=torch.float64)
    found, own = expected_moments(gaussians, x, shares), Moments.of(x[None], shares[None])
    for part in ("counts", "first", "second"):
        np.testing.assert_allclose(getattr(found, part), getattr(own, part), atol=1e-10)


@given(st.integers(0, 99))
def test_a_step_of_em_never_lowers_the_likelihood(seed):
    gaussians, x = mixture(2, 3, seed), rows_with_gaps(60, 3, seed=seed)
    before = -np.inf
    for _ in range(5):
        joint = gaussians.log_joint_of_present(x)
        after = float(joint.logsumexp(-1).sum())
        assert after >= before - 1e-8
        before = after
        moments = expected_moments(gaussians, x, joint.softmax(-1))
        weights, means, covariances = moments.gaussians(reg_covar=0.0)
        gaussians = Gaussians(weights[0].log(), means[0], covariances[0])


def test_moments_of_given_shares_are_those_of_all_rows_before_some_went_missing():
    g = torch.Generator().manual_seed(0)
    truth = mixture(1, 3)
    x = truth.means[0] + torch.randn(4_000, 3, generator=g).double() @ truth.roots[0].T
    gaps = x.clone()
    gaps[torch.rand(x.shape, generator=g) < 0.3] = torch.nan
    shares = torch.ones(1, len(x), 1)
    found = conditional_moments(gaps, shares, gaps.nan_to_num(nan=0.0), 1e-9)
    _, means, covariances = found.gaussians()
    np.testing.assert_allclose(means[0], truth.means, atol=0.1)
    np.testing.assert_allclose(covariances[0], truth.covariances, rtol=0.1, atol=0.15)


def test_the_fit_of_few_gaussians_fills_by_what_columns_have_in_common():
    rng = np.random.default_rng(0)
    first = rng.standard_normal(500)
    x = torch.from_numpy(np.c_[first, 2 * first + 0.1 * rng.standard_normal(500)])
    gaps = x.clone()
    gaps[::3, 1] = torch.nan
    filled = conditional_means(fit_gaussians(gaps, torch.ones(500)), gaps)
    assert not filled.isnan().any()
    assert float((filled - x)[::3, 1].std()) < 0.15


@pytest.mark.parametrize("n", [30, 200])
def test_no_fewer_gaussians_are_fitted_than_are_asked_for_where_rows_are_enough(n):
    x = rows_with_gaps(n, share=0.1)
    found = [len(fit_gaussians(x, torch.ones(n), least).means) for least in (1, 7)]
    assert found[0] < 7
    assert found[1] == (7 if n == 200 else found[0])
