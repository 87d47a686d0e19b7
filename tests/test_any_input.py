"""Whatever finite input there is: a fit without a NaN in it, or a refusal of ours in words.

Each table is drawn from one number, so that ``check(name, seed)`` makes a failure again.
"""

import re
import traceback
import warnings
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import skflowmix
from skflowmix import FlowGMM, VariationalFlowMixture
from skflowmix.flows import ACTIVATIONS, LAYERS
from skflowmix.mixtures import COVARIANCE_TYPES
from skflowmix.starts import STARTS

FEW, MANY = 60, 2_000
"""Fits of each run: the usual one, and that of tests marked as slow."""
PACKAGE = str(Path(skflowmix.__file__).parent)
NOT_KNOWN = {"starts_", "experts_"}
"""Attributes in which NaN stands for what is not known, as their documentation says."""
FAR = (1e3, 1e30, 1e300)
"""Largest values of the rows far away that a fit is asked about."""

Draw = np.random.Generator


def one_of(*values: Any) -> Callable[[Draw], Any]:
    """Draw one of some values."""
    return lambda rng: values[rng.integers(len(values))]


SHARED: dict[str, Callable[[Draw], Any]] = {
    "n_components": one_of(None, 1, 2, 3, 7, "auto"),
    "max_components": one_of(None, 1, 2, 5),
    "covariance_type": one_of(*COVARIANCE_TYPES),
    "flow": one_of("auto", *LAYERS),
    "n_layers": one_of("auto", 0, 1, 2),
    "hidden_layer_sizes": one_of("auto", 1, (), (2, 3)),
    "activation": one_of("auto", *ACTIVATIONS),
    "init_params": one_of("auto", *STARTS),
    "weights_init": one_of(None, (0.0, 1.0), (0.2, 0.3, 0.5)),
    "means_init": one_of(None, ((0.0,), (1.0,)), ((0.0, 1.0), (1e300, 0.0))),
    "precisions_init": one_of(None, ((1.0,), (2.0,)), ((1e300,), (1.0,))),
    "bounds": one_of(None, "auto"),
    "categorical_features": one_of("from_dtype", None),
    "n_init": one_of(1, 2),
    "n_estimators": one_of("auto", 1, 3),
    "max_iter": one_of(0, 1, 2, 3),
    "subsample": one_of(2, 3, 20, None),
    "batch_size": one_of("auto", 1, 2, 1000),
    "learning_rate_init": one_of("auto", 1e-300, 1e-12, 1.0, 1e6, 1e300),
    "weight_decay": one_of(0.0, 1e-3, 1.0, 1e300),
    "reg_covar": one_of(0.0, 1e-300, 1e-6, 1.0, 1e6),
    "defensive_weight": one_of(0.0, 1e-300, 0.5, 1 - 1e-9, np.nextafter(1, 0)),
    "tol": one_of(0.0, 1e300),
    "early_stopping": one_of(True, False),
    "validation_fraction": one_of(1e-300, 1e-9, 0.5, 1 - 1e-9, np.nextafter(1, 0)),
    "n_iter_no_change": one_of("auto", 1, 1000),
    "class_prior": one_of(None, "balanced"),
    "warm_start": one_of(False, True),
    "random_state": one_of(0),
    "device": one_of("cpu"),
    "verbose": one_of(0, 1, 2),
    "verbose_interval": one_of(1, 10),
}
"""How each parameter is drawn, from its ends and between."""
OF_FLOW_GMM = {
    "components_per_class": one_of("auto", 1, 2, 8),
}
ESTIMATORS: dict[str, tuple[type, dict[str, Callable[[Draw], Any]]]] = {
    "FlowGMM": (FlowGMM, SHARED | OF_FLOW_GMM),
    "VariationalFlowMixture": (VariationalFlowMixture, SHARED),
}
"""Every estimator by its name, and how its parameters are drawn."""
CHANGED = 0.3
"""Share of the parameters that are not left as they are by default."""
ALWAYS = {"max_iter", "random_state", "device"}


# What rows, labels and weights there are.

COLUMNS: dict[str, Callable[[Draw, int], np.ndarray]] = {
    "normal": lambda rng, n: rng.standard_normal(n),
    "groups": lambda rng, n: rng.standard_normal(n) + 10 * (np.arange(n) % 3),
    "heavy tails": lambda rng, n: rng.standard_cauchy(n),
    "any size": lambda rng, n: rng.choice([-1, 1], n) * 10.0 ** rng.uniform(-150, 150, n),
    "constant": lambda rng, n: np.full(n, rng.choice([0.0, 1.0, -3.3])),
    "integers": lambda rng, n: rng.integers(-3, 4, n).astype(float),
    "two values": lambda rng, n: rng.choice([0.0, 1.0], n),
    "mostly zero": lambda rng, n: np.where(rng.uniform(size=n) < 0.8, 0, rng.standard_normal(n)),
    "one wild": lambda rng, n: np.where(np.arange(n) == n // 2, 1e150, rng.standard_normal(n)),
    "steps apart": lambda rng, n: 1.7e18 + 256.0 * rng.integers(0, 5, n),
}
SIZES: tuple[float, ...] = (1e-324, 5e-324, 1e-308, 1e-300, 1e-30, 1, 1, 1, 1, 1e30, 1e300)
OFFSETS: tuple[float, ...] = (0, 0, 0, 1, 1e9, 1.7e18, 1e300)
LARGEST = np.finfo(float).max


def drawn_rows(rng: Draw) -> np.ndarray:
    """Draw rows ``(n, d)``: columns of one kind or of many, some of them more than once."""
    n, d = int(2 * 150 ** rng.uniform(0, 1)), int(40 ** rng.uniform(0, 1))
    size, offset, kind = rng.choice(SIZES), rng.choice(OFFSETS), rng.choice(list(COLUMNS))
    is_mixed = rng.uniform() < 0.5
    columns = []
    for _ in range(d):
        if is_mixed:
            size, offset = rng.choice(SIZES), rng.choice(OFFSETS)
            kind = rng.choice(list(COLUMNS))
        with np.errstate(over="ignore", under="ignore"):
            columns.append(COLUMNS[kind](rng, n) * size + offset)
    rows = np.clip(np.column_stack(columns), -LARGEST, LARGEST)
    if rng.uniform() < 0.1:
        rows = rng.choice([-LARGEST, LARGEST], rows.shape)
    return rows[rng.integers(0, n, n)] if rng.uniform() < 0.3 else rows


def drawn_labels(rng: Draw, n_rows: int) -> np.ndarray | None:
    """Draw labels ``(n,)``, most of them missing, or none."""
    n_classes = int(rng.choice([0, 0, 1, 2, 3, n_rows]))
    if not n_classes:
        return None
    labels = np.arange(n_rows) % n_classes + 2
    rng.shuffle(labels)
    return np.where(rng.uniform(size=n_rows) < rng.choice([0.05, 0.5, 1.0]), labels, -1)


WEIGHTS: dict[str, Callable[[Draw, int], np.ndarray | None]] = {
    "none": lambda rng, n: None,
    "counts": lambda rng, n: rng.integers(0, 3, n).astype(float),
    "any size": lambda rng, n: 10.0 ** rng.uniform(-320, 308, n),
    "unlike": lambda rng, n: 10.0 ** rng.uniform(-20, 20, n),
    "huge": lambda rng, n: np.full(n, 1e308),
    "tiny": lambda rng, n: np.full(n, 5e-324),
    "one of all": lambda rng, n: np.where(np.arange(n) == rng.integers(n), 1e300, 1.0),
    "one of none": lambda rng, n: np.where(np.arange(n) == rng.integers(n), 1e-300, 1.0),
}


def drawn_weights(rng: Draw, n_rows: int) -> np.ndarray | None:
    """Draw weights ``(n,)``, or none, as often as any."""
    kind = "none" if rng.uniform() < 0.4 else rng.choice(list(WEIGHTS))
    return WEIGHTS[kind](rng, n_rows)


def drawn_parameters(rng: Draw, ways: dict[str, Callable[[Draw], Any]]) -> dict[str, Any]:
    """Draw some parameters; others are left as they are."""
    values = {name: way(rng) for name, way in ways.items()}
    return {
        name: value for name, value in values.items() if name in ALWAYS or rng.uniform() < CHANGED
    }


# What is asked of a fit, and of a refusal.


def nans_in(value: Any) -> bool:
    """Whether NaN is anywhere in plain data."""
    if isinstance(value, np.ndarray | float):
        numbers = np.asarray(value)
        return numbers.dtype.kind == "f" and bool(np.isnan(numbers).any())
    if isinstance(value, dict):
        return any(map(nans_in, value.values()))
    if isinstance(value, list | tuple):
        return any(map(nans_in, value))
    if is_dataclass(value):
        parts = [getattr(value, field.name) for field in fields(value)]
        return any(map(nans_in, parts))
    return False


def assert_sound(model: Any, rows: np.ndarray) -> None:
    """No attribute of a fit holds NaN, and all that it answers is finite."""
    public = [name for name in dir(model) if name.endswith("_") and not name.startswith("_")]
    for name in set(public) - NOT_KNOWN:
        assert not nans_in(getattr(model, name, None)), name
    for name, value in vars(vars(model)["_fitted"]).items():
        assert name == "report" or not nans_in(value), name
    far = np.array([np.full(rows.shape[1], sign * size) for size in FAR for sign in (-1, 1)])
    for asked in (rows, far):
        assert np.isfinite(model.score_samples(asked)).all()
        np.testing.assert_allclose(model.predict_proba(asked).sum(1), 1, atol=1e-6)
        assert np.isin(model.predict(asked), model.classes_).all()
    assert np.isfinite(model.sample(5, random_state=0)[0]).all()
    np.testing.assert_array_equal(model.predict(rows), model.labels_)


def assert_ours(error: ValueError, model: Any) -> None:
    """A refusal comes from this package, and names a parameter or the input."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    assert last.filename.startswith(PACKAGE)
    names = [*model.get_params(), "X", "y", "sample_weight"]
    assert re.search(rf"\b({'|'.join(names)})\b", str(error))


def check(name: str, seed: int) -> bool:
    """Fit to what is drawn from a seed, and return whether it was refused."""
    rng = np.random.default_rng(seed)
    estimator, ways = ESTIMATORS[name]
    rows = drawn_rows(rng)
    labels, weights = drawn_labels(rng, len(rows)), drawn_weights(rng, len(rows))
    model = estimator(**drawn_parameters(rng, ways))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # ours, and that of convergence
        try:
            model.fit(rows, labels, sample_weight=weights)
        except ValueError as error:
            assert_ours(error, model)
            return True
        assert_sound(model, rows)
        if model.warm_start:
            model.fit(rows, labels, sample_weight=weights)
            assert_sound(model, rows)
    return False


every_kind = pytest.mark.parametrize("name", ESTIMATORS)


@every_kind
def test_every_parameter_is_drawn(name):
    estimator, ways = ESTIMATORS[name]
    assert set(ways) == set(estimator().get_params())


@every_kind
@settings(max_examples=FEW // len(ESTIMATORS))
@given(seed=st.integers(0, 2**32 - 1))
def test_any_input_is_fitted_or_refused(name, seed):
    check(name, seed)


@pytest.mark.slow
@every_kind
@settings(max_examples=MANY // len(ESTIMATORS), derandomize=False, print_blob=True)
@given(seed=st.integers(0, 2**32 - 1))
def test_much_input_is_fitted_or_refused(name, seed):
    check(name, seed)
