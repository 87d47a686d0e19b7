"""The backward pass written by hand against autograd's and against differences."""

import copy
import pickle

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Generator

from skflowmix.flows import (
    ACTIVATIONS,
    AffineTransformer,
    Autoregressive,
    Chain,
    Coupling,
    CouplingChain,
    Permutation,
    SplineTransformer,
    make_flow,
)
from skflowmix.flows.fused import couplings
from skflowmix.flows.networks import MAX_UNSCALED_WIDTH
from tests.flows.bijections import generators, normal, scales, spreads, stirred

sizes = st.tuples(st.integers(1, 3), st.integers(0, 4), st.sampled_from([2, 3, 5]))
"""Shapes ``(S, n, d)``."""
n_layers = st.integers(1, 4)
hiddens = st.lists(st.integers(1, 6) | st.just(2 * MAX_UNSCALED_WIDTH), max_size=3)
activations = st.sampled_from(sorted(ACTIVATIONS))
bounds = st.sampled_from([0.5, 2.0, 3.0])
block_sizes = st.sampled_from([1, 2**19])


def chain(size, n_layers, hidden, activation, generator, bound=2.0, spread=0.4):
    """Make a stirred chain in float64; the last permutation is not what undoes the others."""
    n_stack, _, n_features = size
    links = []
    for _ in range(n_layers):
        transformer = AffineTransformer(bound)
        links += [
            Coupling(transformer, n_stack, n_features, hidden, activation, generator),
            Permutation(torch.randperm(n_features, generator=generator)),
        ]
    made = CouplingChain(*links).double()
    stirred(made, None, spread, generator)
    return made


def results(flow, x, weights):
    """Image, log-dets and gradients of a weighted sum of them."""
    x = x.clone().requires_grad_()
    image, log_det = flow(x)
    inputs = [x, *flow.parameters()]
    loss = (weights[..., :-1] * image).sum() + (weights[..., -1] * log_det.sin()).sum()
    return [image, log_det, *torch.autograd.grad(loss, inputs)]


def assert_same(actual, expected, rtol=1e-9):
    for one, other in zip(actual, expected, strict=True):
        size = max(1.0, float(other.detach().abs().max())) if other.numel() else 1.0
        torch.testing.assert_close(one, other, rtol=rtol, atol=rtol * size)


@given(sizes, n_layers, hiddens, activations, bounds, spreads, scales, block_sizes, generators)
def test_is_the_chain_of_its_links(
    size, n_layers, hidden, activation, bound, spread, scale, block_size, generator
):
    flow = chain(size, n_layers, hidden, activation, generator, bound, spread)
    x = normal(size, generator, scale)
    weights = normal((*size[:-1], size[-1] + 1), generator)
    expected = results(Chain(*flow.links), x, weights)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(couplings, "MAX_BLOCK", block_size)
        actual = results(flow, x, weights)
        with torch.no_grad():
            without_gradients = flow(x)
    assert_same(actual, expected)
    assert_same(without_gradients, expected[:2])


@pytest.mark.parametrize("n_features", [2, 5])
@pytest.mark.parametrize("hidden", [(), (4,), (4, 3)])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradients_are_those_of_differences(activation, hidden, n_features):
    generator = Generator().manual_seed(0)
    size = (2, 3, n_features)
    flow = chain(size, 2, hidden, activation, generator)
    inputs = (normal(size, generator).requires_grad_(), *flow.parameters())
    assert torch.autograd.gradcheck(lambda x, *parameters: flow(x), inputs)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_is_as_exact_in_single_precision(activation):
    generator = Generator().manual_seed(0)
    flow = chain((3, 50, 5), 4, (8, 8), activation, generator).float()
    x, weights = (torch.randn(3, 50, width, generator=generator) for width in (5, 6))
    exact = results(Chain(*copy.deepcopy(flow).double().links), x.double(), weights.double())
    assert_same([value.double() for value in results(flow, x, weights)], exact, rtol=1e-5)


@given(generators)
def test_passes_do_not_disturb_each_other(generator):
    flow = chain((2, 4, 3), 3, (5,), "tanh", generator)
    x = normal((2, 2, 4, 3), generator)
    alone = [torch.autograd.grad(flow(part)[0].sum(), flow.parameters()) for part in x]
    images = [flow(part)[0].sum() for part in x]
    for _ in range(2):
        for image, expected in zip(images, alone, strict=True):
            actual = torch.autograd.grad(image, flow.parameters(), retain_graph=True)
            assert all(torch.equal(a, b) for a, b in zip(actual, expected, strict=True))


def test_takes_data_that_are_expanded_or_transposed():
    flow = chain((2, 4, 3), 2, (5,), "relu", Generator().manual_seed(0))
    x = normal((3, 4), Generator().manual_seed(1)).mT.expand(2, 4, 3)
    for actual, expected in zip(flow(x), flow(x.contiguous()), strict=True):
        assert torch.equal(actual, expected)


def test_parameters_that_are_frozen_get_no_gradient():
    flow = chain((2, 4, 3), 2, (5,), "relu", Generator().manual_seed(0))
    weights, x = list(flow.parameters()), normal((2, 4, 3), Generator().manual_seed(1))
    weights[0].requires_grad_(False)
    flow(x)[1].sum().backward()
    assert weights[0].grad is None
    assert weights[1].grad is not None


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradients_of_gradients_are_refused(activation):
    flow = chain((2, 4, 3), 2, (5,), activation, Generator().manual_seed(0))
    x = normal((2, 4, 3), Generator().manual_seed(1)).requires_grad_()
    image, _ = flow(x)
    with pytest.raises(NotImplementedError, match="Chain of its links"):
        torch.autograd.grad(image.sum(), x, create_graph=True)
    torch.autograd.grad(Chain(*flow.links)(x)[0].sum(), x, create_graph=True)


def test_an_activation_without_a_backward_is_left_to_autograd(monkeypatch):
    monkeypatch.setitem(ACTIVATIONS, "sine", torch.sin)
    generator = Generator().manual_seed(0)
    flow = chain((2, 4, 3), 2, (5,), "sine", generator)
    x, weights = normal((2, 4, 3), generator), normal((2, 4, 4), generator)
    assert_same(results(flow, x, weights), results(Chain(*flow.links), x, weights), rtol=0)


def test_flows_of_affine_couplings_are_such_chains_and_have_the_parameters_of_any():
    flow = make_flow("affine", 2, 3, 2, (5,), "relu", Generator())
    assert isinstance(flow, CouplingChain)
    assert not isinstance(make_flow("spline", 2, 3, 2, (5,), "relu", Generator()), CouplingChain)
    assert list(flow.state_dict()) == list(Chain(*flow.links).state_dict())


def test_a_copy_that_went_through_a_file_does_the_same():
    flow = chain((2, 4, 3), 2, (5,), "silu", Generator().manual_seed(0))
    x = normal((2, 4, 3), Generator().manual_seed(1))
    image, _ = flow(x)
    for again in (copy.deepcopy(flow), pickle.loads(pickle.dumps(flow))):
        assert torch.equal(again(x)[0], image)


AFFINE = AffineTransformer()


def _coupling(kind=Coupling, transformer=AFFINE, n_features=3, hidden=(4,), activation="relu"):
    return kind(transformer, 1, n_features, hidden, activation, Generator())


ORDER = Permutation(torch.arange(3))
OTHERS = {
    "a coupling alone": [_coupling()],
    "a permutation first": [ORDER, _coupling()],
    "splines": [_coupling(transformer=SplineTransformer()), ORDER],
    "autoregressive": [_coupling(Autoregressive), ORDER],
    "two bounds": [_coupling(), ORDER, _coupling(transformer=AffineTransformer(1.0)), ORDER],
    "two depths": [_coupling(), ORDER, _coupling(hidden=()), ORDER],
    "two activations": [_coupling(), ORDER, _coupling(activation="tanh"), ORDER],
    "two numbers of features": [
        *(_coupling(), ORDER),
        *(_coupling(n_features=2), Permutation(torch.arange(2))),
    ],
}


@pytest.mark.parametrize("links", OTHERS.values(), ids=OTHERS)
def test_other_links_are_refused(links):
    with pytest.raises(ValueError, match="must take turns"):
        CouplingChain(*links)
