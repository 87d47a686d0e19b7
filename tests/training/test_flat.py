"""Parameters in one tensor: views, gradients, and their norms."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Generator, nn

from skflowmix.training.flat import MAX_GRADIENT_NORM, FlatParameters

seeds = st.integers(0, 2**20)


def stacked(n_starts, generator, sizes=None):
    """Tensors of R starts, one of which has two rows of its leading axis for each start."""
    sizes = torch.ones(n_starts, 1) if sizes is None else sizes
    parts = [sizes * torch.randn(n_starts, n, generator=generator) for n in (3, 1)]
    several = sizes.repeat_interleave(2, 0)
    return [*parts, several * torch.randn(2 * n_starts, 2, generator=generator)]


def flat_with(*gradients):
    """Parameters of zeros whose loss has these gradients."""
    parameters = [nn.Parameter(torch.zeros_like(each)) for each in gradients]
    flat = FlatParameters(parameters, parameters[:1])
    pairs = zip(parameters, gradients, strict=True)
    flat.differentiate(sum((p * g).sum() for p, g in pairs).view(1))
    return parameters, flat


def by_parameter(flat, parameters):
    """Gradients of parameters, whose order in the flat tensor may be another."""
    parts = dict(zip(map(id, flat.parameters), flat.gradient.split(flat.sizes), strict=True))
    return [parts[id(each)].view_as(each) for each in parameters]


@given(st.integers(1, 4), seeds, st.integers(0, 3))
def test_parameters_keep_their_values_and_move_with_the_optimiser(n_starts, seed, n_decaying):
    values = stacked(n_starts, Generator().manual_seed(seed))
    parameters = [nn.Parameter(value.clone()) for value in values]
    flat = FlatParameters(parameters, parameters[3 - n_decaying :])
    assert all(torch.equal(p, value) for p, value in zip(parameters, values, strict=True))
    flat.differentiate(sum(p.sum() for p in parameters).view(1))
    torch.optim.SGD(flat.optimizer_groups(weight_decay=0.0), lr=1.0).step()
    for parameter, value in zip(parameters, values, strict=True):
        torch.testing.assert_close(parameter.detach(), value - 1)


def test_only_what_is_to_decay_decays():
    parameters = [nn.Parameter(torch.ones(1, n)) for n in (2, 3)]
    flat = FlatParameters(parameters, parameters[1:])
    torch.optim.SGD(flat.optimizer_groups(weight_decay=0.5), lr=1.0).step()
    assert torch.equal(parameters[0].detach(), torch.ones(1, 2))
    assert torch.equal(parameters[1].detach(), torch.full((1, 3), 0.5))


@given(st.integers(1, 4), seeds, st.floats(-3, 12))
def test_clipping_bounds_the_norm_of_each_start(n_starts, seed, power):
    generator = Generator().manual_seed(seed)
    gradients = stacked(
        n_starts, generator, 10 ** (power * torch.rand(n_starts, 1, generator=generator))
    )
    before = torch.cat([each.view(n_starts, -1) for each in gradients], 1)
    parameters, flat = flat_with(*gradients)
    flat.clip(n_starts)
    after = torch.cat([g.view(n_starts, -1) for g in by_parameter(flat, parameters)], 1)
    norms = before.norm(dim=1, keepdim=True)
    torch.testing.assert_close(after, before * (MAX_GRADIENT_NORM / norms).clamp(max=1))
    small = norms[:, 0] <= MAX_GRADIENT_NORM * 0.999
    assert torch.equal(after[small], before[small])


@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize("n_starts", [1, 3])
def test_clipping_zeroes_the_start_whose_gradient_is_not_finite(value, n_starts):
    gradient = torch.ones(n_starts, 2)
    gradient[0, 0] = value
    parameters, flat = flat_with(gradient, torch.ones(n_starts, 4))
    flat.clip(n_starts)
    for own in by_parameter(flat, parameters):
        assert not own[0].any()
        assert torch.equal(own[1:], torch.ones_like(own[1:]))


def test_a_parameter_that_no_loss_depends_on_has_gradient_zero():
    parameters = [nn.Parameter(torch.zeros(1, 2)), nn.Parameter(torch.zeros(1, 3))]
    flat = FlatParameters(parameters, [])
    flat.differentiate((parameters[0] * 2).sum().view(1))
    assert flat.gradient.tolist() == [2, 2, 0, 0, 0]
