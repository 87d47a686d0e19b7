"""What a model is made of, as it is asked for and as it is built."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.families import Design, architecture
from skflowmix.families.latent import LatentFamily
from skflowmix.families.separate import SeparateFamily
from skflowmix.flows import LAYERS
from tests.fitting.examples import architecture as small

COUPLINGS = LatentFamily.coupling_defaults

USUAL = {
    (LatentFamily, "affine"): (8, (64,), "relu", 5e-3),
    (LatentFamily, "spline"): (8, (64,), "relu", 5e-3),
    (LatentFamily, "autoregressive"): (3, (64, 64), "silu", 1e-2),
    (LatentFamily, "autoregressive_spline"): (3, (64, 64), "silu", 1e-2),
    (SeparateFamily, "affine"): (8, (32,), "tanh", 1e-2),
    (SeparateFamily, "autoregressive"): (3, (64, 64), "silu", 1e-2),
}
"""What "auto" means, as the documentation has it: layers, widths, activation, step size."""


@pytest.mark.parametrize(("kind", "flow"), USUAL)
def test_auto_is_what_the_documentation_says(kind, flow):
    found = Design(flow).resolved(kind.coupling_defaults, 2, 1, 1, 1, has_groups=True)
    *shape, rate = USUAL[kind, flow]
    assert [found.n_layers, found.hidden, found.activation] == shape
    assert kind(found).learning_rate == rate


@pytest.mark.parametrize(
    ("n_features", "has_groups", "flow"),
    [
        (1, False, "affine"),
        (2, False, "autoregressive_spline"),
        (100, False, "autoregressive_spline"),
        (101, False, "affine"),
        (2, True, "affine"),
    ],
)
def test_flows_that_bend_the_most_are_for_densities_of_some_columns(n_features, has_groups, flow):
    assert Design().resolved(COUPLINGS, n_features, 1, 1, 1, has_groups).flow == flow


OTHERS = {
    "flow": "spline",
    "n_layers": 0,
    "hidden": (),
    "activation": "silu",
    "defensive_weight": 0.0,
    "covariance_type": "tied",
    "n_modes": 3,
    "n_estimators": 4,
}
OPEN = Design(n_modes="auto", n_estimators="auto")


@given(st.sets(st.sampled_from(sorted(OTHERS))))
def test_what_is_asked_for_is_what_is_built_and_all_else_is_left_open(names):
    assert set(OTHERS) == {field.name for field in fields(Design)}
    asked = replace(OPEN, **{name: OTHERS[name] for name in names})
    found = asked.resolved(COUPLINGS, 4, 5, 2, 5, has_groups=True)
    assert all(getattr(found, name) == OTHERS[name] for name in names)
    assert (found.n_features, found.n_components) == (4, 5)
    assert found.n_modes == (3 if "n_modes" in names else 2)
    assert found.n_estimators == (4 if "n_estimators" in names else 5)
    assert asked.disagreements(found) == []


@pytest.mark.parametrize("name", OTHERS)
def test_a_design_disagrees_with_what_was_built_otherwise(name):
    found = OPEN.resolved(COUPLINGS, 4, 5, 2, 5, has_groups=True)
    assert replace(OPEN, **{name: OTHERS[name]}).disagreements(found) == [name]


@pytest.mark.parametrize(
    ("n_layers", "n_components", "n_modes", "expected"),
    [(0, 1, 1, True), (1, 1, 1, False), (0, 2, 1, False), (0, 1, 2, False), (0, 2, 2, False)],
)
def test_one_gaussian_is_all_there_is_without_flows_and_groups(
    n_layers, n_components, n_modes, expected
):
    shape = small(n_components, n_layers=n_layers, n_modes=n_modes)
    assert shape.is_single_gaussian == expected


@given(
    st.sampled_from(sorted(LAYERS)),
    st.integers(1, 5),
    st.integers(1, 3),
    st.integers(1, 20),
    st.integers(1, 100),
)
def test_what_passes_at_once_fits_the_memory(flow, k, m, d, width):
    shape = small(k, d, n_modes=m, flow=flow, hidden=(width,))
    assert shape.chunk_rows() == shape.chunk_rows(1)
    assert shape.width >= k * m * max(width if d > 1 else 0, d)
    for n_starts in (1, 5):
        n_rows = shape.chunk_rows(n_starts)
        assert n_rows * n_starts * shape.width <= 2**21
        assert (n_rows + 1) * n_starts * shape.width > 2**21


def test_some_rows_pass_however_little_fits(monkeypatch):
    monkeypatch.setattr(architecture, "CHUNK_NUMBERS", 1)
    assert small().chunk_rows() == 16
