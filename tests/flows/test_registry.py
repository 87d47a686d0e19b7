"""Layers by name, and the flows made of them."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Generator

from skflowmix.flows import ACTIVATIONS, LAYERS, make_flow
from tests.flows.bijections import CONDITIONAL, generators, normal, stirred
from tests.flows.test_laws import jacobian

every_kind = pytest.mark.parametrize("kind", LAYERS)
n_layers = st.integers(0, 4)
n_features = st.sampled_from([1, 2, 3, 5])
activations = st.sampled_from(sorted(ACTIVATIONS))


@every_kind
@given(st.sampled_from([2, 3, 5]), activations, generators)
def test_every_layer_begins_as_the_identity(kind, n_features, activation, generator):
    layer = LAYERS[kind].make(2, n_features, (8,), activation, generator).double()
    assert_identity(layer, n_features, generator)


@pytest.mark.parametrize("make", CONDITIONAL.values(), ids=CONDITIONAL)
def test_one_feature_cannot_be_conditioned_on_others(make):
    with pytest.raises(ValueError, match="two features or more, got 1"):
        make(1, 1, Generator())


@every_kind
@given(n_layers, n_features, activations, generators)
def test_every_flow_begins_as_the_identity(kind, n_layers, n_features, activation, generator):
    flow = make_flow(kind, 2, n_features, n_layers, (8,), activation, generator).double()
    assert_identity(flow, n_features, generator)


def assert_identity(bijection, n_features, generator):
    x = normal((2, 20, n_features), generator, 3)
    for image, log_det in (bijection(x), bijection.inverse(x)):
        torch.testing.assert_close(image, x, rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(log_det, torch.zeros_like(log_det), rtol=0, atol=1e-12)


@every_kind
@given(st.integers(2, 5), st.integers(2, 7), generators)
def test_two_layers_move_every_feature(kind, n_layers, n_features, generator):
    flow = make_flow(kind, 1, n_features, n_layers, (8,), "tanh", generator).double()
    stirred(flow, None, 0.5, generator)
    x = normal((1, 6, n_features), generator).clamp(-3, 3)  # splines leave what is far alone
    assert ((flow(x)[0] - x).abs() > 1e-12).all()


@every_kind
@given(st.sampled_from([2, 4, 6]), generators)
def test_two_layers_look_at_every_feature(kind, n_features, generator):
    assert_every_feature_matters(kind, n_features, 2, generator)


@every_kind
def test_layers_look_at_every_feature_of_an_odd_number(kind):
    for seed in range(20):
        assert_every_feature_matters(kind, 3, 4, Generator().manual_seed(seed))


def assert_every_feature_matters(kind, n_features, n_layers, generator):
    """Each feature of the data bears on the image of another one."""
    flow = make_flow(kind, 1, n_features, n_layers, (8,), "tanh", generator).double()
    stirred(flow, None, 0.5, generator)
    slopes = jacobian(lambda x: flow(x)[0], normal((1, 6, n_features), generator))[0]
    others = slopes * (1 - torch.eye(n_features))  # (n, d, d)
    assert others.any(0).any(0).all()


@every_kind
def test_one_seed_makes_one_flow(kind):
    one, two, other = (
        make_flow(kind, 2, 5, 3, (8,), "tanh", Generator().manual_seed(seed)).state_dict()
        for seed in (7, 7, 8)
    )
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert not all(torch.equal(one[name], other[name]) for name in one)
