"""The rational-quadratic spline: its shape, its tails, and zuko's spline as a reference."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Generator

from skflowmix.flows import Coupling, SplineTransformer
from skflowmix.flows.splines import (
    BOUND,
    MAX_LOG,
    inverse_rational_quadratic,
    knots_of,
    rational_quadratic,
    with_tails,
)
from tests.flows.bijections import SPLINE_COUPLINGS, generators, normal, prepared

n_bins = st.sampled_from([1, 2, 3, 8])
sizes = st.floats(-2, 30).map(lambda power: 10.0**power)
"""Sizes of what networks say, from nearly nothing to beyond measure."""
both_ways = pytest.mark.parametrize("spline", [rational_quadratic, inverse_rational_quadratic])


def some_knots(n_bins, generator, size=4.0):
    """Knots ``(5, 1, 3, K + 1)`` of five splines, in float64."""
    return knots_of(normal((5, 1, 3 * n_bins - 1), generator, size))


def grid(n_points=1001, bound=BOUND):
    """Numbers ``(5, n_points)`` from end to end."""
    return torch.linspace(-bound, bound, n_points, dtype=torch.float64).expand(5, -1)


@both_ways
@given(n_bins)
def test_zeros_make_the_identity(spline, n_bins):
    x = grid()
    image, log_slope = spline(x, knots_of(torch.zeros(1, 1, 3 * n_bins - 1).double()))
    torch.testing.assert_close(image, x, rtol=0, atol=1e-14)
    torch.testing.assert_close(log_slope, torch.zeros_like(x), rtol=0, atol=1e-14)


@both_ways
@given(n_bins, sizes, generators)
def test_knots_map_to_knots_with_the_slopes_there(spline, n_bins, size, generator):
    knots = some_knots(n_bins, generator, size)
    places, images, slopes = knots.squeeze(1).unbind(1)  # (5, K + 1) each
    if spline is rational_quadratic:
        actual, log_slope = spline(places, knots)
    else:
        places, images = images, places
        actual, log_slope = spline(places, knots)
        slopes = 1 / slopes
    torch.testing.assert_close(actual, images, rtol=0, atol=1e-9)
    torch.testing.assert_close(log_slope, slopes.log(), rtol=0, atol=1e-9)


@both_ways
@given(n_bins, generators)
def test_a_spline_rises_from_end_to_end(spline, n_bins, generator):
    x = grid()
    image, _ = spline(x, some_knots(n_bins, generator))
    assert (image.diff(dim=-1) > 0).all()
    torch.testing.assert_close(image[:, [0, -1]], x[:, [0, -1]])


@both_ways
@given(n_bins, generators)
def test_slopes_are_continuous(spline, n_bins, generator):
    knots = some_knots(n_bins, generator)
    axis = 0 if spline is rational_quadratic else 1
    inner = knots[:, 0, axis, 1:-1]
    before, after = (with_tails(spline, inner + step, knots) for step in (-1e-9, 1e-9))
    for low, high in zip(before, after, strict=True):
        torch.testing.assert_close(low, high, rtol=0, atol=1e-4)


@both_ways
@given(n_bins, sizes, generators)
def test_the_identity_goes_on_beyond_the_ends(spline, n_bins, size, generator):
    knots = some_knots(n_bins, generator, size)
    far = torch.tensor([-1e300, -7.0, 7.0, 1e300], dtype=torch.float64).expand(5, -1)
    image, log_slope = with_tails(spline, far, knots)
    assert torch.equal(image, far)
    assert not log_slope.any()


@both_ways
@given(n_bins, generators)
def test_nothing_jumps_at_the_ends(spline, n_bins, generator):
    knots = some_knots(n_bins, generator)
    ends = torch.tensor([-BOUND, BOUND], dtype=torch.float64).expand(5, -1)
    for step in (-1e-9, 0, 1e-9):
        image, log_slope = with_tails(spline, ends + step, knots)
        torch.testing.assert_close(image, ends, rtol=0, atol=1e-6)
        torch.testing.assert_close(log_slope, torch.zeros_like(ends), rtol=0, atol=1e-4)


@given(n_bins, sizes, generators)
def test_no_bin_closes_however_large_the_numbers(n_bins, size, generator):
    knots = some_knots(n_bins, generator, size)
    sides = knots[..., :2, :].diff(dim=-1)
    least = 2 * BOUND / (1 + (n_bins - 1) * torch.tensor(2 * MAX_LOG).exp())
    assert (sides > 0.999 * least).all()
    assert (knots[..., 2, :].log().abs() <= MAX_LOG + 1e-9).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@both_ways
@given(n_bins, sizes, generators)
def test_numbers_and_gradients_stay_finite(spline, dtype, n_bins, size, generator):
    raw = normal((5, 1, 3 * n_bins - 1), generator, size).to(dtype).requires_grad_()
    x = grid(101, 2 * BOUND).to(dtype).clone().requires_grad_()
    image, log_slope = with_tails(spline, x, knots_of(raw))
    (image.sum() + log_slope.sum()).backward()
    assert all(value.isfinite().all() for value in (image, log_slope, raw.grad, x.grad))


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-3), (torch.float64, 1e-12)])
@given(n_bins, sizes, generators)
def test_an_image_is_met_again_after_going_back(dtype, tolerance, n_bins, size, generator):
    # Flat parts make x uncertain by rounding, whatever the formula; y has steep parts at worst.
    knots = some_knots(n_bins, generator, size).to(dtype)
    y = grid().to(dtype)
    x, log_slope = inverse_rational_quadratic(y, knots)
    again, log_slope_again = rational_quadratic(x, knots)
    torch.testing.assert_close(again, y, rtol=0, atol=tolerance)
    if dtype == torch.float64:
        torch.testing.assert_close(log_slope, -log_slope_again, rtol=0, atol=1e-7)


def test_a_hundredth_of_an_axis_can_be_most_of_the_other():
    raw = torch.zeros(1, 1, 23)
    raw[..., 1:8], raw[..., 8] = 1e3, 1e3  # the first bin is narrow and high
    raw[..., 0], raw[..., 9:16] = -1e3, -1e3
    knots = knots_of(raw)
    assert knots[0, 0, 0, 1] < -BOUND + 0.01 * 2 * BOUND
    assert knots[0, 0, 1, 1] > BOUND - 0.2 * 2 * BOUND


@given(st.sampled_from([2, 3, 8]), generators)
def test_agrees_with_the_spline_of_zuko(n_bins, generator):
    zuko = pytest.importorskip("zuko")
    knots = some_knots(n_bins, generator, 2.0)
    places, images, slopes = knots.squeeze(1).unbind(1)
    reference = zuko.transforms.MonotonicRQSTransform(
        places.diff(dim=-1), images.diff(dim=-1), slopes[:, 1:-1], bound=BOUND
    )
    # Its own way from free numbers to knots is not ours: give it the knots.
    reference.horizontal, reference.vertical, reference.derivatives = knots.unbind(-2)
    x = grid(101, 1.5 * BOUND)
    expected = reference(x)
    image, log_slope = with_tails(rational_quadratic, x, knots)
    torch.testing.assert_close(image, expected, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(
        log_slope, reference.log_abs_det_jacobian(x, expected), rtol=1e-9, atol=1e-9
    )
    back, _ = with_tails(inverse_rational_quadratic, image, knots)
    torch.testing.assert_close(back, reference.inv(expected), rtol=1e-6, atol=1e-6)


@given(st.sampled_from(sorted(SPLINE_COUPLINGS)), generators)
def test_a_coupling_bends_each_feature_by_itself(name, generator):
    coupling = prepared(name, "stirred", (2, 1, 4), 0.4, generator)
    x = normal((2, 6, 4), generator)
    moved = x.clone()
    moved[..., 2] += 0.5
    before, after = coupling(x)[0], coupling(moved)[0]
    assert torch.equal(after[..., [0, 1, 3]], before[..., [0, 1, 3]])
    assert (after[..., 2] > before[..., 2]).all()


def test_a_coupling_has_eight_bins_by_default():
    coupling = Coupling(SplineTransformer(), 2, 5, (4,), "relu", Generator())
    assert coupling.network.last.bias.shape == (2, 1, 3 * (3 * 8 - 1))
