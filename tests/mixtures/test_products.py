"""Products of columns: they say what whitening says, and fit the same Gaussians."""

import pytest
import torch
from hypothesis import given
from torch import Generator

from skflowmix.mixtures import FlowMixture, Moments, fit_gaussians
from skflowmix.mixtures.products import MANY_COMPONENTS, PRODUCTS_AT_ONCE, Products
from tests.flows.bijections import normal
from tests.mixtures.examples import generators, random_gaussians, sizes


@given(sizes, generators)
def test_densities_are_those_of_whitened_rows(size, generator):
    mixture = FlowMixture(*size).double()
    mixture.set_gaussians(*random_gaussians(*size, generator))
    x = normal((7, size[-1]), generator, 3)
    found = Products.of(x).joint_log_prob(mixture)
    torch.testing.assert_close(found, mixture.joint_log_prob(x))


@given(sizes, generators)
def test_moments_are_those_of_the_rows(size, generator):
    n_starts, n_components, d = size
    x = normal((9, d), generator, 3)
    shares = normal((n_starts, 9, n_components), generator).softmax(-1)
    found, expected = Products.of(x).moments(shares), Moments.of(x.unsqueeze(0), shares)
    for part in ("counts", "first", "second"):
        torch.testing.assert_close(getattr(found, part), getattr(expected, part))


@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag", "spherical"])
def test_em_fits_the_same_gaussians_to_many_components(covariance_type, monkeypatch):
    generator = Generator().manual_seed(0)
    n, n_components = 12 * MANY_COMPONENTS, MANY_COMPONENTS
    x = normal((n, 2), generator) + 20 * normal((n_components, 2), generator).repeat(12, 1)
    start = normal((2, n, n_components), generator).softmax(-1)
    rows = (x, torch.zeros(n, n_components).double(), torch.ones(n).double())
    fits = []
    for _ in range(2):
        fits.append(fit_gaussians(start, rows, 1e-3, 3, 0.0, covariance_type))
        monkeypatch.setattr(Products, "suit", lambda x, n_components: False)
    (own, log_likelihoods), (other, expected) = fits
    torch.testing.assert_close(log_likelihoods, expected)
    for part, wanted in zip(own.gaussians(), other.gaussians(), strict=True):
        torch.testing.assert_close(part, wanted)


def test_few_components_and_wide_or_long_tables_are_whitened():
    many = MANY_COMPONENTS
    assert Products.suit(torch.zeros(100, 4), many)
    assert not Products.suit(torch.zeros(100, 4), many - 1)
    assert not Products.suit(torch.zeros(100, 2 * many), many)
    assert not Products.suit(torch.zeros(1, 4).expand(PRODUCTS_AT_ONCE, 4), many)
