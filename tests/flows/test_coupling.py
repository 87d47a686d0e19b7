"""The couplings: what they move, their bounds, and zuko's couplings as references."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Generator

from skflowmix.flows import AffineTransformer, Coupling
from tests.flows.bijections import AFFINE_COUPLINGS, COUPLINGS, generators, normal, prepared

n_features = st.sampled_from([2, 3, 5])
names = st.sampled_from(sorted(COUPLINGS))
affine_names = st.sampled_from(sorted(AFFINE_COUPLINGS))


@given(names, n_features, generators)
def test_the_first_half_stays_and_the_second_moves(name, n_features, generator):
    coupling = prepared(name, "stirred", (2, 1, n_features), 0.4, generator)
    x = normal((2, 6, n_features), generator)
    z, _ = coupling(x)
    half = n_features // 2
    assert torch.equal(z[..., :half], x[..., :half])
    assert (z[..., half:] != x[..., half:]).all()


@given(n_features, st.floats(0.1, 5), st.floats(-3, 30), generators)
def test_log_scales_are_bounded_however_large_the_weights(n_features, bound, power, generator):
    coupling = Coupling(AffineTransformer(bound), 2, n_features, (8,), "relu", generator).double()
    for parameter in coupling.parameters():
        parameter.data = 10.0**power * normal(parameter.shape, generator)
    x = normal((2, 50, n_features), generator)
    for _, log_det in (coupling(x), coupling.inverse(x)):
        assert log_det.isfinite().all()
        assert (log_det.abs() <= bound * (n_features - n_features // 2) + 1e-9).all()


def test_the_bound_can_be_reached():
    coupling = Coupling(AffineTransformer(1.5), 1, 2, (), "tanh", Generator())
    coupling.network.last.weight.data.fill_(1e6)
    _, log_det = coupling(torch.tensor([[[1.0, 0.0], [-1.0, 0.0]]]))
    torch.testing.assert_close(log_det, torch.tensor([[1.5, -1.5]]))


@given(affine_names, n_features, generators)
def test_agrees_with_the_coupling_of_zuko(name, n_features, generator):
    zuko = pytest.importorskip("zuko")
    coupling = prepared(name, "stirred", (1, 1, n_features), 0.4, generator)
    x = normal((1, 6, n_features), generator)

    def meta(kept):
        raw = coupling.network(kept[None])[0]
        zeros = raw.new_zeros(len(kept), n_features - n_features // 2)
        shift, log_scale = coupling.transformer.forward(zeros, raw)
        # zuko bounds a log-scale in its own way, s / (1 + |s| / c): undo that beforehand.
        unbounded = log_scale / (1 - log_scale.abs() / -math.log(1e-3))
        affine = zuko.transforms.MonotonicAffineTransform(shift, unbounded, slope=1e-3)
        return zuko.transforms.DependentTransform(affine, 1)

    reference = zuko.transforms.CouplingTransform(meta, torch.arange(n_features) < n_features // 2)
    expected, expected_log_det = reference.call_and_ladj(x[0])
    z, log_det = coupling(x)
    torch.testing.assert_close(z[0], expected)
    torch.testing.assert_close(log_det[0], expected_log_det)
