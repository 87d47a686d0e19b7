"""The whitening map against Gaussians computed in other ways."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Generator
from torch.distributions import MultivariateNormal

from skflowmix.flows import Affine
from tests.flows.bijections import generators, normal, prepared, scales

n_stacks, n_features = st.integers(1, 4), st.sampled_from([1, 2, 3, 5])


def random_moments(n_stack, n_features, generator, scale=1.0):
    """Means and positive definite covariances of S Gaussians."""
    root = normal((n_stack, n_features, 2 * n_features), generator, scale)
    return normal((n_stack, n_features), generator, scale), root @ root.mT


@given(n_stacks, n_features, scales, generators)
def test_moments_are_those_that_were_set(n_stack, n_features, scale, generator):
    means, covariances = random_moments(n_stack, n_features, generator, scale)
    affine = Affine(n_stack, n_features).double()
    affine.set_moments(means, covariances)
    actual_means, actual_covariances = affine.moments()
    torch.testing.assert_close(actual_means, means)
    torch.testing.assert_close(actual_covariances, covariances, rtol=1e-6, atol=1e-12)


@given(n_stacks, n_features, scales, generators)
def test_a_standard_normal_behind_the_map_is_the_gaussian(n_stack, n_features, scale, generator):
    means, covariances = random_moments(n_stack, n_features, generator, scale)
    affine = Affine(n_stack, n_features).double()
    affine.set_moments(means, covariances)
    x = normal((n_stack, 6, n_features), generator, scale)
    z, log_det = affine(x)
    zeros, eye = torch.zeros(n_features).double(), torch.eye(n_features).double()
    actual = log_det + MultivariateNormal(zeros, eye).log_prob(z)
    expected = MultivariateNormal(means[:, None], covariances[:, None]).log_prob(x)
    torch.testing.assert_close(actual, expected, rtol=1e-6, atol=1e-6)


@given(n_stacks, n_stacks, n_features, scales, generators)
def test_lengths_are_those_of_the_images(n_sets, n_maps, n_features, scale, generator):
    affine = Affine(n_sets * n_maps, n_features).double()
    affine.set_moments(*random_moments(n_sets * n_maps, n_features, generator, scale))
    x = normal((n_sets, 6, n_features), generator, scale)
    z, _ = affine(x.repeat_interleave(n_maps, 0))
    expected = z.square().sum(-1).unflatten(0, (n_sets, n_maps))
    torch.testing.assert_close(affine.squared_lengths(x), expected)


@given(n_features, generators)
def test_what_lies_above_the_diagonal_does_not_matter(n_features, generator):
    affine = prepared("affine", "stirred", (2, 1, n_features), 0.4, generator)
    x = normal((2, 6, n_features), generator)
    before = [*affine(x), *affine.inverse(x), *affine.moments()]
    above = torch.ones(n_features, n_features).triu()
    affine.lower.data += above * normal(affine.lower.shape, generator, 10)
    after = [*affine(x), *affine.inverse(x), *affine.moments()]
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


UNUSABLE = {
    "singular": torch.ones(2, 2),
    "indefinite": torch.tensor([[1.0, 2.0], [2.0, 1.0]]),
    "negative": -torch.eye(2),
    "zero": torch.zeros(2, 2),
    "NaN": torch.full((2, 2), torch.nan),
    "infinite": torch.full((2, 2), torch.inf),
}


@pytest.mark.parametrize("covariance", UNUSABLE.values(), ids=UNUSABLE)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_an_unusable_covariance_leaves_its_map_alone(covariance, dtype):
    affine = prepared("affine", "stirred", (3, 1, 2), 0.4, Generator().manual_seed(0)).to(dtype)
    before = {name: value.clone() for name, value in affine.state_dict().items()}
    means, covariances = random_moments(3, 2, Generator().manual_seed(1))
    covariances[1] = covariance
    affine.set_moments(means, covariances)
    for name, value in affine.state_dict().items():
        assert torch.equal(value[1], before[name][1])
    new_means, new_covariances = affine.moments()
    torch.testing.assert_close(new_means[[0, 2]].double(), means[[0, 2]], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(
        new_covariances[[0, 2]].double(), covariances[[0, 2]], rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_means_that_are_not_finite_leave_their_map_alone(value):
    means, covariances = random_moments(2, 2, Generator().manual_seed(0))
    means[0, 1] = value
    affine = Affine(2, 2).double()
    affine.set_moments(means, covariances)
    actual_means, actual_covariances = affine.moments()
    assert torch.equal(actual_means[0], torch.zeros(2).double())
    assert torch.equal(actual_covariances[0], torch.eye(2).double())
    torch.testing.assert_close(actual_means[1], means[1])


def test_gradients_keep_the_log_determinant_right():
    # A matrix that training fills up has another determinant than its diagonal says.
    affine = prepared("affine", "trained", (2, 8, 3), 0.4, Generator().manual_seed(0))
    _, log_det = affine(normal((2, 1, 3), Generator().manual_seed(1)))
    torch.testing.assert_close(log_det[:, 0], affine.weight.slogdet().logabsdet)
    assert not affine.weight.triu(1).any()


@given(n_features, generators)
def test_agrees_with_the_triangular_map_of_zuko(n_features, generator):
    zuko = pytest.importorskip("zuko")
    affine = prepared("affine", "stirred", (1, 1, n_features), 0.4, generator)
    x = normal((1, 6, n_features), generator)
    reference = zuko.transforms.LULinearTransform(affine.weight[0])  # its U is the unit matrix
    expected = reference(x[0])
    z, log_det = affine(x)
    torch.testing.assert_close(z[0], expected + affine.bias[0])
    torch.testing.assert_close(log_det[0], reference.log_abs_det_jacobian(x[0], expected))
