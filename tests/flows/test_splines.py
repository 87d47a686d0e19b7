"""Splines both ways: their shape, their tails, and zuko's spline as a reference."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Generator

from skflowmix.flows import Coupling, SplineTransformer
from skflowmix.flows.splines import BOUND, MAX_LOG, inverse_spline, knots_of
from tests.flows.bijections import SPLINE_COUPLINGS, generators, normal, prepared
from tests.flows.rational_quadratic import through_knots

n_bins = st.sampled_from([1, 2, 3, 8])
sizes = st.floats(-2, 30).map(lambda power: 10.0**power)
"""Sizes of raw parameters, from nearly nothing to beyond measure."""
both_ways = pytest.mark.parametrize("direction", ["forward", "inverse"])


def some_raw(n_bins, generator, size=4.0):
    """Raw parameters ``(5, 1, 3 K - 1)`` of five splines, in float64."""
    return normal((5, 1, 3 * n_bins - 1), generator, size)


def some_knots(n_bins, generator, size=4.0):
    """Knots ``(5, 1, 3, K + 1)`` of five splines, in float64."""
    return knots_of(some_raw(n_bins, generator, size))


def apply(direction, x, raw):
    """Map ``x (5, n)`` by five splines; return images and log-slopes ``(5, n)``."""
    spline = SplineTransformer((raw.shape[-1] + 1) // 3)
    raw = raw.expand(-1, x.shape[1], -1)
    return [value.squeeze(-1) for value in getattr(spline, direction)(x.unsqueeze(-1), raw)]


def grid(n_points=1001, bound=BOUND):
    """Numbers ``(5, n_points)`` from end to end."""
    return torch.linspace(-bound, bound, n_points, dtype=torch.float64).expand(5, -1)


@both_ways
@given(n_bins)
def test_zeros_make_the_identity(direction, n_bins):
    x = grid()
    image, log_slope = apply(direction, x, torch.zeros(5, 1, 3 * n_bins - 1).double())
    torch.testing.assert_close(image, x, rtol=0, atol=1e-14)
    torch.testing.assert_close(log_slope, torch.zeros_like(x), rtol=0, atol=1e-14)


@both_ways
@given(n_bins, sizes, generators)
def test_knots_map_to_knots_with_the_slopes_there(direction, n_bins, size, generator):
    raw = some_raw(n_bins, generator, size)
    places, images, slopes = knots_of(raw).squeeze(1).unbind(1)  # (5, K + 1) each
    if direction == "inverse":
        places, images, slopes = images, places, 1 / slopes
    actual, log_slope = apply(direction, places, raw)
    torch.testing.assert_close(actual, images, rtol=0, atol=1e-9)
    torch.testing.assert_close(log_slope, slopes.log(), rtol=0, atol=1e-9)


@both_ways
@given(n_bins, generators)
def test_a_spline_rises_from_end_to_end(direction, n_bins, generator):
    x = grid()
    image, _ = apply(direction, x, some_raw(n_bins, generator))
    assert (image.diff(dim=-1) > 0).all()
    torch.testing.assert_close(image[:, [0, -1]], x[:, [0, -1]])


@both_ways
@given(n_bins, generators)
def test_slopes_are_continuous(direction, n_bins, generator):
    raw = some_raw(n_bins, generator)
    inner = knots_of(raw)[:, 0, 0 if direction == "forward" else 1, 1:-1]
    before, after = (apply(direction, inner + step, raw) for step in (-1e-9, 1e-9))
    for low, high in zip(before, after, strict=True):
        torch.testing.assert_close(low, high, rtol=0, atol=1e-4)


@both_ways
@given(n_bins, sizes, generators)
def test_the_identity_goes_on_beyond_the_ends(direction, n_bins, size, generator):
    far = torch.tensor([-1e300, -7.0, 7.0, 1e300], dtype=torch.float64).expand(5, -1)
    image, log_slope = apply(direction, far, some_raw(n_bins, generator, size))
    assert torch.equal(image, far)
    assert not log_slope.any()


@both_ways
@given(n_bins, generators)
def test_nothing_jumps_at_the_ends(direction, n_bins, generator):
    raw = some_raw(n_bins, generator)
    ends = torch.tensor([-BOUND, BOUND], dtype=torch.float64).expand(5, -1)
    for step in (-1e-9, 0, 1e-9):
        image, log_slope = apply(direction, ends + step, raw)
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
def test_numbers_and_gradients_stay_finite(direction, dtype, n_bins, size, generator):
    raw = some_raw(n_bins, generator, size).to(dtype).requires_grad_()
    x = grid(101, 2 * BOUND).to(dtype).clone().requires_grad_()
    image, log_slope = apply(direction, x, raw)
    (image.sum() + log_slope.sum()).backward()
    assert all(value.isfinite().all() for value in (image, log_slope, raw.grad, x.grad))


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-3), (torch.float64, 1e-12)])
@given(n_bins, sizes, generators)
def test_an_image_is_met_again_after_going_back(dtype, tolerance, n_bins, size, generator):
    # Flat parts make x uncertain by rounding, whatever the formula; y has steep parts at worst.
    raw, y = some_raw(n_bins, generator, size).to(dtype), grid().to(dtype)
    x, log_slope = apply("inverse", y, raw)
    again, log_slope_again = apply("forward", x, raw)
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
    raw = some_raw(n_bins, generator, 2.0)
    knots = knots_of(raw)
    places, images, slopes = knots.squeeze(1).unbind(1)
    reference = zuko.transforms.MonotonicRQSTransform(
        places.diff(dim=-1), images.diff(dim=-1), slopes[:, 1:-1], bound=BOUND
    )
    # Its own way from free numbers to knots is not ours: give it the knots.
    reference.horizontal, reference.vertical, reference.derivatives = knots.unbind(-2)
    x = grid(101, 1.5 * BOUND)
    expected = reference(x)
    expected_log_slope = reference.log_abs_det_jacobian(x, expected)
    for image, log_slope in (apply("forward", x, raw), through_knots(x, knots)):
        torch.testing.assert_close(image, expected, rtol=1e-9, atol=1e-9)
        torch.testing.assert_close(log_slope, expected_log_slope, rtol=1e-9, atol=1e-9)
    back, _ = inverse_spline(expected, knots)
    torch.testing.assert_close(back, reference.inv(expected), rtol=1e-6, atol=1e-6)


@given(st.sampled_from(sorted(SPLINE_COUPLINGS)), generators)
def test_a_coupling_bends_each_feature_by_itself(name, generator):
    coupling = prepared(name, "stirred", (2, 1, 4), 0.4, generator)
    x = normal((2, 6, 4), generator)
    changed = x.clone()
    changed[..., 2] += 0.5
    before, after = coupling(x)[0], coupling(changed)[0]
    assert torch.equal(after[..., [0, 1, 3]], before[..., [0, 1, 3]])
    assert (after[..., 2] > before[..., 2]).all()


def test_a_coupling_has_eight_bins_by_default():
    coupling = Coupling(SplineTransformer(), 2, 5, (4,), "relu", Generator())
    assert coupling.network.last.bias.shape == (2, 1, 3 * (3 * 8 - 1))
