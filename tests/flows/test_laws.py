"""The laws that every bijection obeys, as built and after training."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Generator

from tests.flows.bijections import (
    BIJECTIONS,
    STATES,
    alone,
    generators,
    negative_log_likelihood,
    normal,
    prepared,
    scales,
    shapes,
    spreads,
    trainable,
)

every_bijection = pytest.mark.parametrize("name", BIJECTIONS)
every_state = pytest.mark.parametrize("state", STATES)


@every_state
@every_bijection
@given(st.data(), spreads, scales, generators)
def test_forward_and_inverse_undo_each_other(name, state, data, spread, scale, generator):
    shape = data.draw(shapes(name))
    bijection = prepared(name, state, shape, spread, generator)
    x = normal(shape, generator, scale)
    z, log_det = bijection(x)
    back, log_det_back = bijection.inverse(z)
    assert_close(back, x)
    assert_close(log_det_back, -log_det)
    assert_close(bijection(bijection.inverse(x)[0])[0], x)


@every_state
@every_bijection
@given(st.data(), spreads, scales, generators)
def test_log_det_is_that_of_the_jacobian(name, state, data, spread, scale, generator):
    shape = data.draw(shapes(name))
    bijection = prepared(name, state, shape, spread, generator)
    x = normal(shape, generator, scale)
    for direction in (bijection.forward, bijection.inverse):
        _, log_det = direction(x)
        assert log_det.shape == shape[:-1]
        assert_close(log_det, jacobian(lambda x, f=direction: f(x)[0], x).slogdet().logabsdet)


def jacobian(function, x):
    """Jacobians ``(S, n, d, d)`` at each row; rows of an image depend on their own row only."""
    x = x.clone().requires_grad_()
    columns = function(x).flatten(0, -2).sum(0)  # each feature, summed over all rows
    rows = [
        # An image that is the row itself or a constant has no graph for some features.
        torch.autograd.grad(column, x, retain_graph=True, materialize_grads=True)[0]
        for column in columns
    ]
    return torch.stack(rows, -2)


@every_bijection
@given(st.data(), spreads, generators)
def test_rows_do_not_talk(name, data, spread, generator):
    shape = data.draw(shapes(name))
    bijection = prepared(name, "stirred", shape, spread, generator)
    x = normal(shape, generator)
    for direction in (bijection.forward, bijection.inverse):
        together = direction(x)
        for i in range(shape[1]):
            for image, own in zip(together, direction(x[:, i : i + 1]), strict=True):
                assert_close(image[:, i : i + 1], own)


@every_bijection
@given(st.data(), spreads, generators)
def test_elements_of_the_stack_do_not_talk(name, data, spread, generator):
    shape = data.draw(shapes(name))
    bijection = prepared(name, "stirred", shape, spread, generator)
    x = normal(shape, generator)

    def make(n_stack):
        return BIJECTIONS[name](n_stack, shape[-1], generator)

    for element in range(shape[0]):
        one = alone(make, bijection, element)
        for method in ("forward", "inverse"):
            own = getattr(one, method)(x[element : element + 1])
            together = getattr(bijection, method)(x)
            for image, expected in zip(together, own, strict=True):
                assert_close(image[element : element + 1], expected)


@every_state
@every_bijection
@given(st.data(), spreads, scales, generators)
def test_every_parameter_has_a_finite_gradient(name, state, data, spread, scale, generator):
    shape = data.draw(shapes(name))
    bijection = prepared(name, state, shape, spread, generator)
    bijection.zero_grad()
    x = normal(shape, generator, scale).requires_grad_()
    (negative_log_likelihood(bijection, x) + bijection.inverse(x)[0].square().sum()).backward()
    gradients = [x.grad, *(parameter.grad for parameter in trainable(bijection))]
    assert all(gradient.isfinite().all() for gradient in gradients)


@every_bijection
@given(st.data(), generators)
def test_training_reaches_every_parameter(name, data, generator):
    shape = data.draw(shapes(name))
    bijection = prepared(name, "stirred", (shape[0], 16, shape[-1]), 0.4, generator)
    x = normal((shape[0], 16, shape[-1]), generator).requires_grad_()
    negative_log_likelihood(bijection, x).backward()
    for parameter in trainable(bijection):
        # In every element of the stack; one feature leaves nothing below a diagonal.
        below_diagonal = parameter.ndim == 3 and parameter.shape[1:] == (1, 1)
        moved = parameter.grad.flatten(1).any(1)
        assert moved.all() or below_diagonal


@every_bijection
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_images_have_the_type_of_the_data(name, dtype):
    generator = Generator().manual_seed(0)
    bijection = BIJECTIONS[name](2, 3, generator).to(dtype)
    x = normal((2, 4, 3), generator).to(dtype)
    for direction in (bijection.forward, bijection.inverse):
        assert [image.dtype for image in direction(x)] == [dtype, dtype]


@every_bijection
def test_no_rows_have_an_empty_image(name):
    bijection = BIJECTIONS[name](2, 3, Generator().manual_seed(0))
    for direction in (bijection.forward, bijection.inverse):
        z, log_det = direction(torch.zeros(2, 0, 3))
        assert (z.shape, log_det.shape) == ((2, 0, 3), (2, 0))


@every_bijection
@pytest.mark.parametrize("state", ["stirred", "trained"])
@pytest.mark.parametrize("seed", [0, 1])
def test_density_in_two_dimensions_integrates_to_one(name, state, seed):
    generator = Generator().manual_seed(seed)
    bijection = prepared(name, state, (1, 16, 2), 0.3, generator)
    corners = box(bijection)
    axes = [torch.linspace(*corners[:, j], 400, dtype=torch.float64) for j in range(2)]
    x = torch.cartesian_prod(*axes)[None]
    z, log_det = bijection(x)
    log_density = log_det - 0.5 * z.square().sum(-1) - math.log(2 * math.pi)
    cell = (axes[0][1] - axes[0][0]) * (axes[1][1] - axes[1][0])
    assert abs(log_density.exp().sum() * cell - 1) < 1e-3


def box(bijection, radius=5.0):
    """Corners ``(2, 2)`` of a box around the rows whose latents lie within a radius.

    A continuous bijection maps the inside of a circle to the inside of the circle's image.
    """
    angle = torch.linspace(0, 2 * math.pi, 2000, dtype=torch.float64)
    circle = radius * torch.stack([angle.cos(), angle.sin()], -1)
    x = bijection.inverse(circle[None])[0][0].detach()
    return torch.stack([x.amin(0), x.amax(0)])


@given(generators)
def test_density_in_one_dimension_integrates_to_one(generator):
    bijection = prepared("flow of 3 affine", "trained", (1, 16, 1), 0.3, generator)
    # Rows as dense as their latents: heavy tails are long and thin.
    z = torch.linspace(-6, 6, 20_000, dtype=torch.float64).view(1, -1, 1)
    x = bijection.inverse(z)[0].detach()
    z, log_det = bijection(x)
    density = torch.exp(log_det - 0.5 * z.square().sum(-1)) / math.sqrt(2 * math.pi)
    assert abs(torch.trapezoid(density[0], x[0, :, 0]) - 1) < 1e-3


def assert_close(actual, expected):
    """Compare tensors up to rounding, which maps that stretch make larger."""
    size = max(1.0, float(expected.detach().abs().max()))
    torch.testing.assert_close(actual, expected, rtol=1e-7, atol=1e-8 * size)
