"""Splines with a backward pass written by hand, against autograd's and against differences."""

import copy

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Generator

from skflowmix.flows import SplineTransformer
from skflowmix.flows.fused import splines
from skflowmix.flows.fused.splines import rational_quadratic_spline as fused_spline
from skflowmix.flows.splines import BOUND
from tests.flows.bijections import generators, normal, scales
from tests.flows.rational_quadratic import plain_spline

shapes = st.tuples(st.integers(1, 3), st.integers(0, 5), st.sampled_from([1, 2, 3, 5]))
"""Shapes ``(S, n, m)``."""
n_bins = st.sampled_from([1, 2, 3, 8])
sizes = st.floats(-2, 3).map(lambda power: 10.0**power)
"""Sizes of raw parameters."""
blocks = st.sampled_from([1, 100, 2**20])


def drawn(shape, n_bins, scale, size, generator):
    """Numbers, some beyond the ends, and raw parameters."""
    raw_shape = (*shape[:-1], shape[-1] * (3 * n_bins - 1))
    return normal(shape, generator, scale), normal(raw_shape, generator, size)


def results(function, x, raw, weights):
    """Image, log-slopes and gradients of a weighted sum of them."""
    inputs = [value.clone().requires_grad_() for value in (x, raw)]
    image, log_slope = function(*inputs)
    loss = (weights[0] * image).sum() + (weights[1] * log_slope).sum()
    return [image, log_slope, *torch.autograd.grad(loss, inputs)]


def assert_same(actual, expected, tolerance=1e-9):
    for one, other in zip(actual, expected, strict=True):
        size = max(1.0, float(other.detach().abs().max())) if other.numel() else 1.0
        torch.testing.assert_close(one, other, rtol=tolerance, atol=tolerance * size)


@given(shapes, n_bins, scales, sizes, blocks, generators)
def test_is_the_spline_of_the_knots(shape, n_bins, scale, size, block, generator):
    x, raw = drawn(shape, n_bins, scale, size, generator)
    weights = normal((2, *shape), generator)
    expected = results(plain_spline, x, raw, weights)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(splines, "MAX_BLOCK", block)
        actual = results(fused_spline, x, raw, weights)
    assert_same(actual, expected)


@pytest.mark.parametrize("n_bins", [1, 2, 8])
@pytest.mark.parametrize("shape", [(1, 4, 3), (3, 3, 1)])
def test_gradients_are_those_of_differences(n_bins, shape):
    x, raw = drawn(shape, n_bins, 3.0, 4.0, Generator().manual_seed(0))
    assert (x.abs() > BOUND).any()
    assert (x.abs() < BOUND).any()
    assert torch.autograd.gradcheck(fused_spline, (x.requires_grad_(), raw.requires_grad_()))


@pytest.mark.parametrize("value", [BOUND, -BOUND, 0.0])
def test_knots_and_ends_are_like_any_other_place(value):
    x, raw = torch.full((1, 1, 3), value).double(), torch.zeros(1, 1, 3 * 23).double()
    weights = normal((2, 1, 1, 3), Generator().manual_seed(0))
    assert_same(results(fused_spline, x, raw, weights), results(plain_spline, x, raw, weights))


@given(n_bins, generators)
def test_is_as_exact_in_single_precision(n_bins, generator):
    x, raw = drawn((2, 20, 3), n_bins, 2.0, 1.0, generator)
    inputs = [value.float() for value in (x, raw, normal((2, 2, 20, 3), generator))]
    expected = results(plain_spline, *(value.double() for value in inputs))
    single = [value.double() for value in results(fused_spline, *inputs)]
    assert_same(single, expected, 1e-4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@given(n_bins, st.floats(-2, 30).map(lambda power: 10.0**power), generators)
def test_everything_is_finite_whatever_the_numbers(dtype, n_bins, size, generator):
    raw = normal((2, 1, 6 * (3 * n_bins - 1)), generator, size).to(dtype)
    ends = torch.tensor([-1e30, -BOUND - 1e-6, -BOUND, BOUND, BOUND + 1e-6, 1e30]).to(dtype)
    x = ends.expand(2, 1, 6)
    values = results(fused_spline, x, raw, torch.ones(2, 2, 1, 6, dtype=dtype))
    assert all(value.isfinite().all() for value in values)
    assert torch.equal(values[0][..., [0, 1, -2, -1]], x[..., [0, 1, -2, -1]])


def test_what_goes_wrong_beyond_the_ends_does_not_reach_the_network():
    x, raw = drawn((1, 3, 2), 8, 0.0, 1.0, Generator().manual_seed(0))
    x[0, 0] = 2 * BOUND
    weights = torch.ones_like(x).expand(2, 1, 3, 2).clone()
    weights[:, 0, 0] = torch.inf
    image, log_slope = fused_spline(x, raw.requires_grad_())
    gradients = torch.autograd.grad((image, log_slope), raw, tuple(weights))[0]
    assert gradients.isfinite().all()
    assert not gradients[0, 0].any()
    assert gradients[0, 1:].any(-1).all()


def test_passes_do_not_disturb_each_other():
    x, raw = drawn((2, 4, 3), 8, 2.0, 2.0, Generator().manual_seed(0))
    raw.requires_grad_()
    image, log_slope = fused_spline(x, raw)
    expected = [torch.autograd.grad(plain_spline(x, raw)[i].sum(), raw)[0] for i in range(2)]
    for _ in range(2):
        actual = [
            torch.autograd.grad(value.sum(), raw, retain_graph=True)[0]
            for value in (image, log_slope)
        ]
        assert_same(actual, expected)


def test_takes_data_that_are_expanded_or_transposed():
    generator = Generator().manual_seed(0)
    x = normal((3, 4), generator).mT.expand(2, 4, 3)
    raw = normal((2, 3 * 23, 4), generator).mT
    for actual, expected in zip(
        fused_spline(x, raw),
        fused_spline(x.contiguous(), raw.contiguous()),
        strict=True,
    ):
        assert torch.equal(actual, expected)


def test_leaves_its_arguments_as_they_are():
    x, raw = drawn((2, 4, 3), 8, 2.0, 2.0, Generator().manual_seed(0))
    x, raw = x.mT.contiguous().mT, raw.mT.contiguous().mT
    before = copy.deepcopy((x, raw))
    results(fused_spline, x, raw, torch.ones(2, 2, 4, 3).double())
    fused_spline(x, raw)
    assert all(torch.equal(one, other) for one, other in zip((x, raw), before, strict=True))


def test_gradients_of_gradients_are_refused():
    x, raw = drawn((1, 2, 3), 8, 1.0, 1.0, Generator().manual_seed(0))
    raw.requires_grad_()
    with pytest.raises(NotImplementedError, match="no gradients"):
        torch.autograd.grad(fused_spline(x, raw)[0].sum(), raw, create_graph=True)


@given(shapes, generators)
def test_without_gradients_numbers_are_the_same(shape, generator):
    x, raw = drawn(shape, 8, 2.0, 2.0, generator)
    with torch.no_grad():
        actual = fused_spline(x, raw)
    for one, other in zip(actual, fused_spline(x, raw.requires_grad_()), strict=True):
        assert torch.equal(one, other)


def test_the_transformer_is_this_function():
    x, raw = drawn((2, 4, 3), 8, 2.0, 2.0, Generator().manual_seed(0))
    assert_same(SplineTransformer().forward(x, raw), plain_spline(x, raw))
    assert_same(
        SplineTransformer().inverse(SplineTransformer().forward(x, raw)[0], raw)[:1], [x], 1e-7
    )
