"""Columns that come in steps: widths of their noise, and probabilities of their cells."""

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.estimators import ESTIMATORS, QUICK, every_estimator
from tests.test_fitted import families, fitted_of, seeds, sizes

names = st.sampled_from(sorted(ESTIMATORS))
in_steps = pytest.mark.filterwarnings("ignore:The columns .* hold few distinct:UserWarning")

TABLES = {
    "counts": lambda rng: rng.poisson(2, (300, 1)),
    "two values": lambda rng: rng.integers(0, 2, (300, 1)),
    "halves": lambda rng: rng.binomial(6, 0.3, (300, 1)) / 2,
    "two columns": lambda rng: np.c_[rng.poisson(2, 300), rng.binomial(4, 0.4, 300) * 10],
    "one of two": lambda rng: np.c_[rng.poisson(2, 300), rng.normal(size=300)],
}
tables = st.sampled_from(sorted(TABLES))


def fit(name, table, seed=0, unit=1.0, **changed):
    """Fit one component to a table."""
    X = TABLES[table](np.random.default_rng(seed)).astype(float) * unit
    return ESTIMATORS[name](1, **{**QUICK, **changed}).fit(X), X


def grid_around(X, steps, n_sides):
    """All points of a grid that goes on for many steps around the rows."""
    axes = [
        np.arange(column.min() - n * step, column.max() + n * step, step)
        for column, step, n in zip(X.T, steps, n_sides, strict=True)
    ]
    return np.stack(np.meshgrid(*axes), -1).reshape(-1, X.shape[1])


@in_steps
@pytest.mark.parametrize("table", TABLES)
@every_estimator
def test_cells_of_a_grid_share_a_probability_of_one(estimator, table):
    model, X = fit(estimator.__name__, table, max_iter=5)
    widths = model.noise_widths_
    assert (widths > 0).any()
    steps = np.where(widths > 0, widths, 0.05)  # the density is integrated where there is no step
    grid = grid_around(X, steps, np.where(widths > 0, 15, 30))
    masses = np.exp(model.score_samples(grid, mass=True)) * steps[widths == 0].prod()
    assert masses.sum() == pytest.approx(1, abs=0.005)


@in_steps
@given(names, tables, st.integers(-20, 20), seeds)
def test_masses_have_no_units(name, table, power, seed):
    model, X = fit(name, table, seed)
    other, same = fit(name, table, seed, unit=2.0**power)
    units = power * np.log(2) * (model.noise_widths_ == 0).sum()  # of densities that are left
    np.testing.assert_allclose(
        other.score_samples(same, mass=True) + units, model.score_samples(X, mass=True), rtol=1e-6
    )
    np.testing.assert_allclose(other.noise_widths_, model.noise_widths_ * 2.0**power)


@in_steps
@given(names, tables, seeds)
def test_a_mass_is_the_integral_of_the_density_over_the_cell(name, table, seed):
    model, X = fit(name, table, seed)
    widths = model.noise_widths_
    n = 400 if (widths > 0).sum() == 1 else 60
    middles = (np.arange(n) + 0.5) / n - 0.5
    axes = [middles * width if width > 0 else [0.0] for width in widths]
    cell = np.stack(np.meshgrid(*axes), -1).reshape(-1, X.shape[1])
    for row in X[:5]:
        mean = np.exp(model.score_samples(row + cell)).mean()
        expected = np.log(mean * widths[widths > 0].prod())
        assert model.score_samples(row[None], mass=True)[0] == pytest.approx(expected, abs=0.03)


@given(families, sizes, seeds)
def test_in_small_cells_a_mass_is_the_density_times_the_size(name, size, seed):
    fitted, X = fitted_of(name, size, seed)
    errors = []
    for width in (1e-2, 1e-4):
        widths = width * fitted.scaling.spread
        log_mass = replace(fitted, noise_widths=widths).log_mass(X)
        errors.append(np.abs(log_mass - np.log(widths).sum() - fitted.log_prob(X)).max())
    assert errors[0] < 0.1
    assert errors[1] < 1e-3


@given(families, sizes, seeds)
def test_without_steps_a_mass_is_the_density(name, size, seed):
    fitted, X = fitted_of(name, size, seed)
    continuous = replace(fitted, noise_widths=np.zeros(size[1]))
    np.testing.assert_array_equal(continuous.log_mass(X), fitted.log_prob(X))


@in_steps
@every_estimator
def test_masses_of_rows_depend_neither_on_other_rows_nor_on_chunks(estimator, monkeypatch):
    model, X = fit(estimator.__name__, "two columns")
    whole = model.score_samples(X[:20], mass=True)
    alone = np.concatenate([model.score_samples(X[i : i + 1], mass=True) for i in range(20)])
    np.testing.assert_allclose(alone, whole, rtol=1e-9)
    monkeypatch.setattr("skflowmix.families.architecture.CHUNK_NUMBERS", 1)
    np.testing.assert_allclose(model.score_samples(X[:20], mass=True), whole, rtol=1e-9)


@in_steps
@every_estimator
def test_rows_far_from_anything_have_a_mass(estimator):
    model, X = fit(estimator.__name__, "one of two")
    far = X[:4] * 0 + [[1e3], [-1e20], [1e300], [-1e300]]
    assert np.isfinite(model.score_samples(far, mass=True)).all()


@in_steps
@every_estimator
@pytest.mark.parametrize("table", TABLES)
def test_widths_are_told_in_the_units_of_the_rows(estimator, table):
    model, X = fit(estimator.__name__, table, max_iter=0)
    for column, width in zip(X.T, model.noise_widths_, strict=True):
        expected = np.diff(np.unique(column)).min() if len(np.unique(column)) < 15 else 0
        assert width == pytest.approx(expected)


@in_steps
@every_estimator
def test_a_fit_that_goes_on_keeps_its_widths_and_adds_those_it_had_not(estimator):
    rng = np.random.default_rng(0)
    X = np.c_[rng.integers(0, 4, 200), rng.normal(size=200), rng.normal(size=200)]
    other = np.c_[rng.normal(size=200), rng.integers(0, 4, 200), rng.normal(size=200)]
    model = estimator(2, warm_start=True, **QUICK).fit(X)
    np.testing.assert_allclose(model.noise_widths_, [1, 0, 0])
    np.testing.assert_allclose(model.fit(other).noise_widths_, [1, 1, 0])
    fresh = estimator(2, **QUICK).fit(other)
    np.testing.assert_allclose(fresh.noise_widths_, [0, 1, 0])


@in_steps
@every_estimator
def test_rows_of_weight_zero_say_nothing_of_widths(estimator):
    X = np.arange(200.0)[:, None] % 4
    X[:20] += 0.5
    weights = (np.arange(200) >= 20).astype(float)
    model = estimator(1, **QUICK).fit(X, sample_weight=weights)
    np.testing.assert_allclose(model.noise_widths_, [1])


@pytest.mark.parametrize("name", ["flow_gmm", "variational"])
def test_a_fit_from_before_widths_were_kept_says_so(name):
    path = Path(__file__).parent / "golden" / f"{name}.pickle"
    model = pickle.loads(path.read_bytes())
    assert not hasattr(model, "noise_widths_")
    with pytest.raises(ValueError, match="fit it again"):
        model.score_samples(np.zeros((1, model.n_features_in_)), mass=True)


@every_estimator
def test_the_warning_says_how_to_compare(estimator):
    with pytest.warns(UserWarning, match=r"noise_widths_.*score_samples\(X, mass=True\)"):
        fit(estimator.__name__, "counts", max_iter=0)


@in_steps
@every_estimator
def test_samples_of_columns_in_steps_have_values_of_the_rows(estimator):
    rng = np.random.default_rng(0)
    spike = np.where(rng.uniform(size=200) < 0.6, 0.3, rng.normal(size=200))
    X = np.c_[rng.integers(0, 2, 200), rng.integers(0, 3, 200) / 10, spike, rng.normal(size=200)]
    model = estimator(1, **{**QUICK, "max_iter": 0}).fit(X)
    rows, _ = model.sample(5000, random_state=0)
    for number in range(2):
        np.testing.assert_array_equal(np.unique(rows[:, number]), np.unique(X[:, number]))
        np.testing.assert_allclose(rows[:, number].mean(), X[:, number].mean(), atol=0.1)
    assert (rows[:, 2] == 0.3).sum() > 1
    assert len(np.unique(rows[:, 2])) > 3000
    assert len(np.unique(rows[:, 3])) == 5000
    gaps = np.where([True, False, True, True], np.nan, X[:9] + 1e-3)
    completed, _ = model.sample(7, random_state=0, given=gaps)
    assert set(completed[:, 0]) == {0, 1}
    np.testing.assert_array_equal(completed[:, 1], np.repeat(gaps[:, 1], 7))


@in_steps
@every_estimator
def test_samples_after_a_fit_that_goes_on_have_values_of_both(estimator):
    rng = np.random.default_rng(0)
    X = np.c_[rng.integers(0, 2, 200), rng.normal(size=(200, 2))]
    other = np.c_[rng.normal(size=200), rng.integers(0, 3, 200), rng.normal(size=200)]
    model = estimator(2, warm_start=True, **QUICK).fit(X).fit(other)
    rows, _ = model.sample(300, random_state=0)
    assert [len(np.unique(column)) for column in rows.T] == [2, 3, 300]
