"""The laws that every mixture obeys, its flows moved away from the identity."""

import pytest
import torch
from hypothesis import given
from torch import Generator

from skflowmix.flows import freeze
from skflowmix.mixtures import FlowMixture
from tests.flows.bijections import alone, normal
from tests.mixtures.examples import (
    MIXTURES,
    SINGLE,
    generators,
    grid,
    moved,
    random_gaussians,
    single,
    sizes,
)

every_mixture = pytest.mark.parametrize("name", MIXTURES)
every_single = pytest.mark.parametrize("name", SINGLE)


def n_modes(name):
    """Modes of each component of this mixture."""
    return 2 if "two modes" in name else 1


@every_mixture
@given(sizes, generators)
def test_weights_sum_to_one(name, size, generator):
    weights = moved(name, size, generator).log_weights.exp()
    assert weights.shape == (size[0], size[1] * n_modes(name))
    torch.testing.assert_close(weights.sum(-1), torch.ones(size[0]).double())


@every_mixture
@given(sizes, generators)
def test_rows_do_not_talk(name, size, generator):
    mixture = moved(name, size, generator)
    x = normal((5, size[-1]), generator, 2)
    joint = mixture.joint_log_prob(x)
    assert joint.shape == (size[0], 5, size[1])
    for i in range(5):
        torch.testing.assert_close(joint[:, i : i + 1], mixture.joint_log_prob(x[i : i + 1]))


@every_mixture
@given(sizes, generators)
def test_starts_do_not_talk(name, size, generator):
    mixture = moved(name, size, generator)
    x = normal((5, size[-1]), generator, 2)
    joint = mixture.joint_log_prob(x)
    for start in range(size[0]):
        one = alone(lambda n: MIXTURES[name](n, *size[1:], generator), mixture, start)
        torch.testing.assert_close(joint[start], one.joint_log_prob(x)[0])


@every_mixture
@given(sizes, generators)
def test_begins_as_the_gaussian_mixture_it_is_set_to(name, size, generator):
    n_starts, n_components, d = size
    every_mode = (n_starts, n_components * n_modes(name), d)
    gaussians = random_gaussians(*every_mode, generator)
    mixture = MIXTURES[name](*size, generator).double()
    reference = FlowMixture(*every_mode).double()
    mixture.set_gaussians(*gaussians)
    reference.set_gaussians(*gaussians)
    x = normal((7, d), generator, 2)
    expected = reference.joint_log_prob(x).unflatten(-1, (n_components, -1)).logsumexp(-1)
    torch.testing.assert_close(mixture.joint_log_prob(x), expected)


@every_mixture
@given(sizes, generators)
def test_gradients_are_finite_and_leave_a_guard_out(name, size, generator):
    mixture = moved(name, size, generator)
    x = normal((50, size[-1]), generator, 2)
    mixture.joint_log_prob(x).logsumexp(-1).mean().backward()
    for parameter_name, parameter in mixture.named_parameters():
        if not parameter.requires_grad:
            assert parameter.grad is None
        else:
            assert parameter.grad.isfinite().all()
            assert not parameter_name.startswith("guard.")


@every_single
def test_density_in_two_dimensions_integrates_to_one(name):
    mixture = single(name, 0)
    x, area = grid(mixture, 601 if name.startswith("average") else 301)
    with torch.no_grad():
        masses = mixture.joint_log_prob(x)[0].exp().sum(0) * area
    torch.testing.assert_close(masses.sum(), torch.tensor(1.0).double(), rtol=0, atol=5e-3)
    # And each column integrates to the weight of its component.
    weights = mixture.log_weights[0].exp().view(3, -1).sum(-1)
    torch.testing.assert_close(masses, weights, rtol=0, atol=5e-3)


@every_single
@pytest.mark.parametrize("seed", [0, 1])
def test_samples_have_the_moments_of_the_density(name, seed):
    mixture = single(name, seed)
    n = 20_000
    x, component = mixture.sample(n, Generator().manual_seed(1))
    assert (x.shape, component.shape) == ((n, 2), (n,))
    points, area = grid(mixture)
    with torch.no_grad():
        masses = mixture.joint_log_prob(points)[0].exp() * area  # (points, K), of the first start
    for k in range(3):
        drawn, mass = x[component == k], masses[:, k]
        weight = float(mass.sum())
        deviation = (weight * (1 - weight) / n) ** 0.5
        assert abs(len(drawn) / n - weight) < 5 * deviation + 5e-3
        assert_moments(drawn, points, mass / weight)


def assert_moments(drawn, points, mass):
    """Rows have the mean and the covariance of points ``(m, d)`` of masses ``(m,)``."""
    mean = mass @ points
    centred = points - mean
    covariance = centred.mT @ (mass.unsqueeze(-1) * centred)
    size = covariance.trace() ** 0.5
    assert (drawn.mean(0) - mean).norm() < size * (5 / len(drawn) ** 0.5 + 5e-3)
    off = (drawn.mT.cov() - covariance).norm() / covariance.norm()
    assert off < 0.1 + 5 / len(drawn) ** 0.5  # flows make heavy tails


@every_single
@pytest.mark.parametrize("k", [0, 2])
def test_samples_of_a_component_follow_its_own_density(name, k):
    mixture = single(name)
    x, component = mixture.sample(10_000, Generator().manual_seed(1), k)
    assert (component == k).all()
    points, area = grid(mixture)
    with torch.no_grad():
        mass = mixture.joint_log_prob(points)[0, :, k].exp() * area
    assert_moments(x, points, mass / mass.sum())


@every_single
def test_weights_of_components_are_those_of_their_modes(name):
    mixture = single(name)
    expected = mixture.log_weights[0].exp().view(3, -1).sum(-1)
    torch.testing.assert_close(mixture.component_log_weights.exp(), expected[None])


@every_single
@pytest.mark.parametrize("n", [0, 1, 7])
@pytest.mark.parametrize("of", [None, 1])
def test_any_number_of_rows_can_be_drawn(name, n, of):
    mixture = single(name)
    x, component = mixture.sample(n, Generator().manual_seed(1), of)
    assert (x.shape, component.shape) == ((n, 2), (n,))
    assert (component.dtype, x.dtype) == (torch.int64, torch.float64)
    again, _ = mixture.sample(n, Generator().manual_seed(1), of)
    assert torch.equal(x, again)


@every_single
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_answers_have_the_type_of_the_parameters(name, dtype):
    mixture = single(name).to(dtype)
    x, _ = mixture.sample(5, Generator().manual_seed(1))
    assert x.dtype == mixture.joint_log_prob(x).dtype == mixture.log_weights.dtype == dtype


@every_mixture
@given(sizes, generators)
def test_decoding_undoes_the_latents(name, size, generator):
    mixture = moved(name, size, generator)
    x = normal((5, size[-1]), generator, 2)
    latents = mixture.encode(x)
    assert latents.shape == (size[0], 5, size[1], size[-1])
    for start in range(size[0]):
        for component in range(size[1]):
            back = mixture.decode(latents[start, :, component])[start, :, component]
            torch.testing.assert_close(back, x, rtol=1e-6, atol=1e-6)


@every_mixture
def test_only_a_single_start_is_sampled(name):
    with pytest.raises((ValueError, RuntimeError)):
        moved(name, (2, 3, 2), Generator().manual_seed(0)).sample(20, Generator())


@every_single
def test_a_mixture_that_is_frozen_answers_and_is_sampled_the_same_to_the_bit(name):
    mixture = single(name).requires_grad_(False)
    x = normal((5, 2), Generator().manual_seed(1), 2)

    def answers():
        drawn = mixture.sample(20, Generator().manual_seed(2))
        return mixture.joint_log_prob(x), mixture.encode(x), mixture.log_weights, *drawn

    expected = answers()
    freeze(mixture)
    for _ in range(2):
        for actual, wanted in zip(answers(), expected, strict=True):
            assert torch.equal(actual, wanted)
