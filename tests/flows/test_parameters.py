"""Which parameters decay and how many are free, of every bijection."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Generator

from skflowmix.flows import LAYERS, decaying_parameters, make_flow, n_free_parameters
from tests.flows.bijections import (
    BIJECTIONS,
    CONDITIONAL,
    generators,
    normal,
    shapes,
    spreads,
    stirred,
    trainable,
)

every_bijection = pytest.mark.parametrize("name", BIJECTIONS)


@every_bijection
@given(st.data(), spreads, generators)
def test_a_number_is_free_if_the_outputs_depend_on_it(name, data, spread, generator):
    n_stack, _, n_features = data.draw(shapes(name))
    shape = (n_stack, 300, n_features)
    bijection = BIJECTIONS[name](n_stack, n_features, generator).double()
    matters = [torch.zeros_like(p, dtype=torch.bool) for p in trainable(bijection)]
    for _ in range(3):  # a rectified unit that sleeps in one state wakes in another
        stirred(bijection, shape, spread, generator)
        for used, gradient in zip(matters, gradients(bijection, shape, generator), strict=True):
            used |= gradient != 0
    expected = torch.full((n_stack,), n_free_parameters(bijection))
    assert torch.equal(sum((m.flatten(1).sum(1) for m in matters), 0 * expected), expected)


def gradients(bijection, shape, generator):
    """Gradients of a weighted sum of images and log-dets, parameter by parameter."""
    # Rows near and far: in every bin of a spline, and where units with small weights wake.
    sizes = torch.logspace(-1, 3, shape[1], dtype=torch.float64)[:, None]
    z, log_det = bijection(sizes * normal(shape, generator))
    loss = (normal(shape, generator) * z).sum()
    loss = loss + (normal(shape[:-1], generator) * log_det).sum()
    parameters = trainable(bijection)
    return torch.autograd.grad(loss, parameters) if parameters else []


@every_bijection
@given(st.data(), generators)
def test_the_number_of_free_parameters_is_that_of_one_map(name, data, generator):
    _, _, n_features = data.draw(shapes(name))
    one, three = (BIJECTIONS[name](n_stack, n_features, generator) for n_stack in (1, 3))
    assert n_free_parameters(three) == n_free_parameters(one)


@pytest.mark.parametrize("kind", LAYERS)
@given(st.sampled_from([1, 2, 3, 5]), generators)
def test_a_flow_is_the_identity_where_all_that_decays_is_zero(kind, n_features, generator):
    flow = make_flow(kind, 2, n_features, 3, (8,), "tanh", generator).double()
    for parameter in decaying_parameters(flow):
        parameter.data.zero_()
    x = normal((2, 6, n_features), generator)
    z, log_det = flow(x)
    torch.testing.assert_close(z, x)
    torch.testing.assert_close(log_det, torch.zeros_like(log_det))


@pytest.mark.parametrize("name", CONDITIONAL)
def test_networks_decay_and_nothing_else(name):
    layer = BIJECTIONS[name](2, 3, Generator().manual_seed(0))
    decaying = decaying_parameters(layer)
    assert [id(p) for p in decaying] == [id(p) for p in layer.network.parameters()]


@pytest.mark.parametrize("name", ["affine", "linear", "sinh-arcsinh", "stretch", "chain"])
def test_nothing_decays_without_a_network(name):
    assert not decaying_parameters(BIJECTIONS[name](2, 3, Generator().manual_seed(0)))
