"""Weighted moments against scikit-learn's M-step."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.mixtures import COVARIANCE_TYPES, Moments
from tests.flows.bijections import normal
from tests.mixtures.examples import (
    generators,
    random_responsibilities,
    scikit_learn_gaussians,
    sizes,
)

every_type = pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
N = 40


def expanded(covariances, covariance_type, n_components, n_features):
    """scikit-learn's covariances as matrices ``(K, d, d)``."""
    eye = np.eye(n_features)
    return {
        "full": lambda: covariances,
        "tied": lambda: np.broadcast_to(covariances, (n_components, n_features, n_features)),
        "diag": lambda: covariances[:, :, None] * eye,
        "spherical": lambda: covariances[:, None, None] * eye,
    }[covariance_type]()


@every_type
@given(sizes, st.sampled_from([0.0, 1e-6, 0.1]), generators)
def test_gaussians_are_those_of_scikit_learn(covariance_type, size, reg_covar, generator):
    n_starts, n_components, n_features = size
    x = normal((N, n_features), generator, 2) + 3
    responsibilities = random_responsibilities(n_starts, N, n_components, generator)
    moments = Moments.of(x.unsqueeze(0), responsibilities)
    weights, means, covariances = moments.gaussians(covariance_type, reg_covar)
    for start in range(n_starts):
        counts, expected_means, expected = scikit_learn_gaussians(
            x.numpy(), responsibilities[start].numpy(), reg_covar, covariance_type
        )
        np.testing.assert_allclose(weights[start], counts / counts.sum(), rtol=1e-6)
        np.testing.assert_allclose(means[start], expected_means, rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(
            covariances[start],
            expanded(expected, covariance_type, n_components, n_features),
            rtol=1e-6,
            atol=1e-6,
        )


@given(sizes, st.integers(1, N), generators)
def test_moments_of_chunks_add_up(size, chunk, generator):
    n_starts, n_components, n_features = size
    z = normal((n_starts, N, n_features), generator)
    responsibilities = random_responsibilities(n_starts, N, n_components, generator)
    whole = Moments.of(z, responsibilities)
    parts = zip(z.split(chunk, 1), responsibilities.split(chunk, 1), strict=True)
    total = Moments.total(Moments.of(*part) for part in parts)
    for name in ("counts", "first", "second"):
        torch.testing.assert_close(getattr(total, name), getattr(whole, name))


@given(sizes, generators)
def test_moments_are_summed_in_double_precision(size, generator):
    n_starts, n_components, n_features = size
    z = normal((n_starts, N, n_features), generator).float()
    responsibilities = random_responsibilities(n_starts, N, n_components, generator).float()
    actual, expected = Moments.of(z, responsibilities), Moments.of(z.double(), responsibilities)
    for name in ("counts", "first", "second"):
        assert torch.equal(getattr(actual, name), getattr(expected, name))


@every_type
@given(st.integers(1, 3), st.integers(1, 3), generators)
def test_a_component_without_rows_is_the_pooled_gaussian(
    covariance_type, n_starts, n_features, generator
):
    x = normal((1, N, n_features), generator, 2) + 3
    responsibilities = random_responsibilities(n_starts, N, 2, generator)
    with_empty = torch.cat([responsibilities, torch.zeros(n_starts, N, 1)], -1)
    weights, means, covariances = Moments.of(x, with_empty).gaussians(covariance_type)
    assert all(part.isfinite().all() for part in (weights, means, covariances))
    assert (weights[:, 2] > 0).all()
    assert (weights[:, 2] < 1e-8).all()
    one = Moments.of(x, torch.ones(n_starts, N, 1).double())
    _, pooled_mean, pooled_covariance = one.gaussians(covariance_type)
    torch.testing.assert_close(means[:, 2], pooled_mean[:, 0])
    if covariance_type != "tied":
        torch.testing.assert_close(covariances[:, 2], pooled_covariance[:, 0])
    # The others hardly notice it.
    alone = Moments.of(x, responsibilities).gaussians(covariance_type)
    torch.testing.assert_close(means[:, :2], alone[1], rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(covariances[:, :2], alone[2], rtol=1e-6, atol=1e-6)


STRUCTURES = {
    "full": lambda c: c,
    "tied": lambda c: c[:, :1].expand_as(c),
    "diag": lambda c: torch.diag_embed(c.diagonal(dim1=-2, dim2=-1)),
    "spherical": lambda c: c[..., :1, :1] * torch.eye(c.shape[-1]),
}
"""What a covariance of a type is left alone by."""


@every_type
@given(sizes, generators)
def test_covariances_are_of_their_type(covariance_type, size, generator):
    n_starts, n_components, n_features = size
    z = normal((n_starts, N, n_features), generator)
    responsibilities = random_responsibilities(n_starts, N, n_components, generator)
    _, _, covariances = Moments.of(z, responsibilities).gaussians(covariance_type, 1e-3)
    torch.testing.assert_close(covariances, STRUCTURES[covariance_type](covariances))
    torch.testing.assert_close(covariances, covariances.mT)
    assert (torch.linalg.eigvalsh(covariances) > 0).all()


@every_type
@given(sizes, st.floats(0, 1), generators)
def test_shrinkage_moves_covariances_towards_the_pooled_one(
    covariance_type, size, shrinkage, generator
):
    n_starts, n_components, n_features = size
    x = normal((1, N, n_features), generator)
    moments = Moments.of(x, random_responsibilities(n_starts, N, n_components, generator))
    weights, means, own = moments.gaussians(covariance_type)
    _, shrunk_means, shrunk = moments.gaussians(covariance_type, shrinkage=shrinkage)
    pooled = (weights[..., None, None] * own).sum(1, keepdim=True)
    torch.testing.assert_close(shrunk, (1 - shrinkage) * own + shrinkage * pooled)
    torch.testing.assert_close(shrunk_means, means)
