"""What users give is checked, and refused in words."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from skflowmix.estimators.validation import (
    check_continues,
    checked_component_numbers,
    checked_device,
    checked_latents,
    checked_observations,
    checked_responsibilities,
    checked_widths,
    usable_device,
)
from skflowmix.families import Design
from tests.estimators import ESTIMATORS
from tests.fitting.examples import observations
from tests.test_fitted import fitted_of

NAME = ESTIMATORS["FlowGMM"]()
X = np.random.default_rng(0).normal(size=(6, 2))


def test_observations_are_what_was_given():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X.astype(np.float32), columns=["a", "b"])
    y, weights = np.array([3, 7, -1, -1, 3, -1]), np.array([0, 1, 2, 0.5, 1, 1])
    data = checked_observations(NAME, frame, y, weights, 3)
    np.testing.assert_array_equal(data.X, frame)
    assert data.X.dtype == np.float32
    assert data.codes.tolist() == [0, 1, -1, -1, 0, -1]
    assert data.classes.tolist() == [3, 7, 8]
    assert data.n_components == 3
    np.testing.assert_array_equal(data.weights, weights)
    single = checked_observations(NAME, X, None, weights.astype(np.float32), 1)
    assert single.weights.dtype == data.weights.dtype == np.float64
    assert data.feature_names.tolist() == data.column_names.tolist() == ["a", "b"]
    plain = checked_observations(NAME, X, None, None, None)
    assert plain.feature_names is None
    assert plain.column_names.tolist() == [0, 1]
    assert plain.classes.tolist() == [0]
    assert plain.weights.tolist() == [1] * 6
    known = checked_observations(NAME, X, y, None, None, known=np.array([7, 5, 3]))
    assert known.codes.tolist() == [2, 0, -1, -1, 2, -1]
    assert known.classes.tolist() == [7, 5, 3]


@pytest.mark.parametrize(
    ("rows", "weights", "k", "message"),
    [
        (X[:1], None, 1, "minimum of 2.*FlowGMM"),
        (X * np.inf, None, 1, "Input X contains infinity"),
        (X, None, 7, "7 components are more than the 6 rows"),
        (X, [1, 1, 1, 0, 0, 0], 4, "4 components are more than the 3 rows"),
        (X, [1, 0, 0, 0, 0, 0], 1, "above zero for two rows or more"),
        (X, [1, 1, 1, 1, 1, -1], 1, "[Nn]egative"),
    ],
)
def test_observations_that_cannot_be_fitted_are_refused(rows, weights, k, message):
    with pytest.raises(ValueError, match=f"(?s){message}"):
        checked_observations(NAME, rows, None, weights, k)


def test_as_many_components_as_rows_and_two_rows_are_enough():
    assert checked_observations(NAME, X, None, None, 6).n_components == 6
    assert checked_observations(NAME, X[:2], None, None, 1).n_components == 1
    assert checked_observations(NAME, X, None, [0, 0, 0, 0, 1, 1], 2).n_components == 2


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("auto", "auto"),
        (8, (8,)),
        ((), ()),
        ([4, 5], (4, 5)),
        (np.array([3, 1]), (3, 1)),
        (1, (1,)),
    ],
)
def test_widths_are_a_tuple(given, expected):
    assert checked_widths(given) == expected


@pytest.mark.parametrize("given", [(8, 0), (0,), (8, 1.5), (-1,), 2.5, (True, "a")])
def test_widths_that_no_layer_has_are_refused(given):
    with pytest.raises(ValueError, match="hidden_layer_sizes must be integers above 0"):
        checked_widths(given)


def test_responsibilities_are_taken_as_they_are():
    data = observations(X, n_components=3, weights=np.array([1.0, 1, 1, 1, 1, 0]))
    matrix = np.random.default_rng(0).dirichlet(np.ones(3), 6)
    matrix[0] = [0, 0, 2]
    np.testing.assert_array_equal(checked_responsibilities(matrix.tolist(), data), matrix)
    assert checked_responsibilities(np.eye(3, dtype=int)[[0, 1, 2] * 2], data).dtype == np.float64
    for wrong in (np.nan, -1.0, np.inf):
        absent, present = matrix.copy(), matrix.copy()
        absent[5], present[4, 1] = wrong, wrong
        checked_responsibilities(absent, data)
        with pytest.raises(ValueError, match="finite responsibilities"):
            checked_responsibilities(present, data)
    present = matrix.copy()
    present[4] = 0
    with pytest.raises(ValueError, match="positive one in every row"):
        checked_responsibilities(present, data)
    for shape in ((5, 3), (6, 2), (6,)):
        with pytest.raises(
            ValueError, match="one row for each of the 6 rows of X and one column "
        ):
            checked_responsibilities(np.ones(shape), data)


def test_latents_have_the_width_of_rows():
    assert checked_latents(X.astype(np.float32), 2).dtype == np.float64
    for wrong in (1, 3):
        with pytest.raises(ValueError, match=f"Z has 2 columns, but latents have {wrong}"):
            checked_latents(X, wrong)
    with pytest.raises(ValueError, match="Input Z contains NaN"):
        checked_latents(X * np.nan, 2)


def test_components_are_found_by_their_names():
    classes = np.array(["c", "a", "b"])
    names = ["b", "c", "c", "a"]
    assert checked_component_numbers(names, classes, 4).tolist() == [2, 0, 0, 1]
    with pytest.raises(ValueError, match=r"one component for each of the 5 rows.*\(4,\)"):
        checked_component_numbers(names, classes, 5)
    with pytest.raises(ValueError, match="any of \\['c', 'a', 'b'\\]"):
        checked_component_numbers(["b", "c", "d", "a"], classes, 4)


def test_devices_are_found_by_their_names(monkeypatch):
    assert checked_device("cpu") == usable_device("cpu") == torch.device("cpu")
    with pytest.raises(ValueError, match="device='nowhere' cannot be used here"):
        checked_device("nowhere")
    assert usable_device("nowhere") == torch.device("cpu")
    for is_there, name in ((True, "cuda"), (False, "cpu")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda is_there=is_there: is_there)
        assert checked_device("auto") == torch.device(name)


ASKED = Design("affine", 2, (4,), "tanh", 0.05)


@pytest.mark.parametrize(
    ("codes", "k", "wanted"),
    [
        (None, 2, 2),
        (None, 2, None),
        ([0, 1, -1, -1, -1, -1], 2, 2),
        ([0, 1, -1, -1, -1, -1], 2, None),
        ([0, 1, -1, -1, -1, -1], 2, 1),  # classes are never merged
    ],
)
def test_a_fit_of_the_same_shape_is_gone_on_from(codes, k, wanted):
    previous, _ = fitted_of("latent")
    check_continues(previous, observations(X, codes, k), wanted, ASKED)


@pytest.mark.parametrize(
    ("rows", "codes", "k", "wanted", "message"),
    [
        (X, None, 3, None, "the 2 components and 2 features of the last fit, got 3 and 2"),
        (X, None, 2, 3, "the 2 components and 2 features of the last fit, got 3 and 2"),
        (X, None, 2, 1, "got 1 and 2"),
        (X, [0, 0, -1, -1, -1, -1], 2, 1, "got 1 and 2"),
        (X[:, :1], None, 2, 2, "got 2 and 1"),
    ],
)
def test_a_fit_of_another_shape_is_not_gone_on_from(rows, codes, k, wanted, message):
    previous, _ = fitted_of("latent")
    with pytest.raises(ValueError, match=f"{message}: set warm_start=False"):
        check_continues(previous, observations(rows, codes, k), wanted, ASKED)


@pytest.mark.parametrize(
    ("field", "value", "parameter"),
    [
        ("hidden", (5,), "hidden_layer_sizes"),
        ("n_modes", 2, "components_per_class"),
        ("n_layers", 3, "n_layers"),
        ("flow", "spline", "flow"),
    ],
)
def test_what_is_asked_for_otherwise_is_named_as_the_parameter_it_is(field, value, parameter):
    previous, _ = fitted_of("latent")
    with pytest.raises(ValueError, match=f"had another {parameter}: set"):
        check_continues(previous, observations(X), 2, replace(ASKED, **{field: value}))
