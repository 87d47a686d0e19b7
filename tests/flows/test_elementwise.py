"""The sinh-arcsinh layer against a distribution of SciPy, and its shape."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import johnsonsu, norm

from skflowmix.flows import SinhArcsinh
from tests.flows.bijections import generators, normal, prepared

n_features = st.integers(1, 4)


@given(n_features, generators)
def test_its_arcsinh_makes_the_distribution_of_johnson_normal(n_features, generator):
    layer = prepared("sinh-arcsinh", "stirred", (2, 1, n_features), 0.4, generator)
    x = normal((2, 6, n_features), generator, 3)
    state = {name: value.numpy() for name, value in layer.state_dict().items()}
    scale = np.exp(-state["log_scale"])
    expected = johnsonsu.cdf(
        x.numpy(), -state["skew"], np.exp(state["log_tail"]), -state["shift"] * scale, scale
    )
    np.testing.assert_allclose(norm.cdf(layer(x)[0].detach().asinh()), expected, rtol=1e-9)


@given(n_features, generators)
def test_features_do_not_mix(n_features, generator):
    layer = prepared("sinh-arcsinh", "stirred", (1, 1, n_features), 0.4, generator)
    x = normal((1, 6, n_features), generator)
    moved = x.clone()
    moved[..., 0] += 1
    before, after = layer(x)[0], layer(moved)[0]
    assert torch.equal(after[..., 1:], before[..., 1:])
    assert (after[..., 0] > before[..., 0]).all()  # and it keeps the order of rows


def test_tails_skew_and_stretch_as_their_names_say():
    x = torch.tensor([[[-3.0], [0.0], [3.0]]])
    skewed, stretched = SinhArcsinh(1, 1), SinhArcsinh(1, 1)
    skewed.skew.data.fill_(0.5)
    stretched.log_tail.data.fill_(0.5)
    assert (skewed(x)[0] < x).all()
    assert (stretched(x)[0].abs() > x.abs())[:, [0, 2]].all()


def test_rows_far_out_have_finite_images():
    x = torch.tensor([[[-1e30], [-1e9], [1e9], [1e30]]])
    layer = SinhArcsinh(1, 1)
    for image, log_det in (layer(x), layer.inverse(x)):
        torch.testing.assert_close(image, x, rtol=1e-4, atol=0)
        torch.testing.assert_close(log_det, torch.zeros(1, 4), rtol=0, atol=1e-4)
