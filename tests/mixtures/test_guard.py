"""The guard: Gaussians whose covariances are blurred over several scales."""

import torch
from hypothesis import given

from skflowmix.mixtures import SCALES, FlowMixture, Guard
from tests.flows.bijections import normal
from tests.mixtures.examples import (
    generators,
    moved,
    random_gaussians,
    random_scale_weights,
    sizes,
)


@given(sizes, generators)
def test_a_scale_multiplies_the_covariances(size, generator):
    weights, means, covariances = random_gaussians(*size, generator)
    guard = Guard(*size).double()
    guard.set_gaussians(weights, means, covariances)
    x = normal((7, size[-1]), generator, 3)
    at_scales = guard.joint_log_prob_at_scales(x)
    assert at_scales.shape == (len(SCALES), size[0], 7, size[1])
    for scale, found in zip(SCALES, at_scales, strict=True):
        plain = FlowMixture(*size).double()
        plain.set_gaussians(weights, means, scale * covariances)
        torch.testing.assert_close(found, plain.joint_log_prob(x), rtol=1e-5, atol=1e-5)


@given(sizes, generators)
def test_it_is_its_scales_at_their_weights(size, generator):
    guard = moved("guard", size, generator)
    weights = random_scale_weights(generator)
    guard.set_scale_weights(weights)
    x = normal((7, size[-1]), generator, 3)
    expected = (weights.view(-1, 1, 1, 1) * guard.joint_log_prob_at_scales(x).exp()).sum(0)
    torch.testing.assert_close(guard.joint_log_prob(x).exp(), expected)
