"""The laws of every view of outliers, and of what makes log-tails of them."""

import pickle
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity

from skflowmix.outliers import VIEWS, WEIGHTS, TrainingRows
from skflowmix.outliers.estimated import Estimated
from skflowmix.outliers.neighbours import Neighbours
from skflowmix.outliers.tails import Tail
from skflowmix.outliers.thresholds import share_far, weighted_quantile
from tests.outliers.examples import contaminated, rows, seeds, sizes

ALL = {**VIEWS, "density": partial(Estimated.of, estimator=KernelDensity(bandwidth=0.5))}
"""The registered views, and one of an estimator."""
INEXACT = {"density"}
"""Views whose columns do not add up to the whole."""
every_view = pytest.mark.parametrize("name", ALL)


def made(name, X, weights=None):
    """A view of rows in the units of the data, as a function of such rows, and the view."""
    training = TrainingRows.of(X, np.ones(len(X)) if weights is None else weights)
    view = ALL[name](training)
    return lambda rows: view.unusualness(training.scaling.apply(rows)), view


def test_every_view_has_a_weight():
    assert set(WEIGHTS) == set(ALL)
    assert min(WEIGHTS.values()) > 0


@every_view
@given(size=sizes, seed=seeds, far=st.sampled_from([1.0, 1e3, 1e30]))
def test_a_view_is_finite_and_its_columns_add_up(name, size, seed, far):
    X = rows(size, seed)
    _, view = made(name, X)
    found, columns = view.unusualness(far * X), view.by_column(far * X)
    assert np.isfinite(found).all()
    assert columns.shape == X.shape
    assert np.isfinite(columns).all()
    if name not in INEXACT:
        np.testing.assert_allclose(columns.sum(1), found, rtol=1e-6, atol=1e-6)


@every_view
@given(size=sizes, seed=seeds)
def test_rows_may_change_places(name, size, seed):
    X, new = rows(size, seed), rows(size, seed + 1)
    expected = made(name, X)[0](new)
    moved = np.random.default_rng(seed).permutation(X)
    np.testing.assert_allclose(made(name, moved)[0](new), expected, rtol=1e-6)


@every_view
@given(size=sizes, seed=seeds)
def test_a_row_of_weight_two_is_two_rows_and_one_of_weight_zero_is_none(name, size, seed):
    X = rows(size, seed)
    weights = np.random.default_rng(seed).integers(0, 4, len(X))
    weights[:2] = 1
    repeated = made(name, np.repeat(X, weights, axis=0))[0](X)
    np.testing.assert_allclose(made(name, X, weights.astype(float))[0](X), repeated, rtol=1e-6)


@every_view
@given(size=sizes, seed=seeds, log_unit=st.sampled_from([-30, -3, 3, 30]))
def test_units_do_not_matter(name, size, seed, log_unit):
    X = rows(size, seed)
    unit = 2.0 ** (log_unit * np.arange(1, size[1] + 1))
    expected = made(name, X)[0](X)
    np.testing.assert_allclose(made(name, X * unit)[0](X * unit), expected, rtol=1e-4, atol=1e-6)


@every_view
def test_units_of_many_rows_do_not_matter(name):
    X = np.concatenate([rows((100, 2), seed) + 4 * seed for seed in range(3)])
    expected = made(name, X)[0](X)
    np.testing.assert_allclose(made(name, X / 3)[0](X / 3), expected, rtol=1e-4, atol=1e-6)


@every_view
@given(seed=seeds, column=st.integers(0, 2))
def test_rows_farther_away_are_more_unusual(name, seed, column):
    X = rows((50, 3), seed)
    far = np.tile(X.mean(0), (5, 1))
    far[:, column] += [5.0, 10.0, 20.0, 1e3, 1e6]
    assert (np.diff(made(name, X)[0](far)) > 0).all()


@every_view
@given(size=sizes, seed=seeds)
def test_a_row_does_not_depend_on_those_beside_it(name, size, seed):
    unusualness, _ = made(name, rows(size, seed))
    new = rows((7, size[1]), seed + 1)
    alone = np.concatenate([unusualness(row[None]) for row in new])
    np.testing.assert_allclose(unusualness(new[::-1])[::-1], alone, rtol=1e-6)


@every_view
def test_a_clump_of_anomalies_is_unusual(name):
    X, is_odd = contaminated(d=3, share=0.02)
    found = made(name, X)[0](X)
    assert found[is_odd].min() > np.median(found[~is_odd])


@every_view
def test_a_column_far_off_adds_most(name):
    X = np.random.default_rng(0).normal(size=(300, 4))
    X[:10, 2] += 8
    training = TrainingRows.of(X, np.ones(300))
    columns = ALL[name](training).by_column(training.scaling.apply(X[:10]))
    assert (columns.argmax(1) == 2).all()


@every_view
def test_a_view_is_the_same_when_it_comes_back_from_a_file(name):
    X = rows((40, 3), 0)
    _, view = made(name, X)
    before = view.unusualness(X)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(view)).unusualness(X), before)


def brute_force(X, weights):
    """Distance within which the 20 next rows are, every row standing for several."""
    Z = (X - np.average(X, axis=0, weights=weights)) / np.sqrt(
        np.cov(X.T, fweights=weights, bias=True).diagonal()
    )
    everyone = np.repeat(Z, weights, axis=0)
    distances = np.sqrt(((Z[:, None] - everyone) ** 2).sum(2))
    return np.sort(distances, axis=1)[:, 20]  # the first is the row itself


def test_neighbours_are_the_twenty_next_rows_and_never_the_row_itself():
    X = np.random.default_rng(0).normal(size=(100, 3))
    weights = np.random.default_rng(1).integers(1, 4, 100)
    unusualness, _ = made("neighbours", X, weights.astype(float))
    np.testing.assert_allclose(unusualness(X), brute_force(X, weights))


def test_a_row_between_others_counts_all_of_them():
    X = np.arange(100.0)[:, None]
    unusualness, _ = made("neighbours", X)
    assert unusualness([[50.5]])[0] == pytest.approx(9.5 / X.std())
    assert unusualness([[50.0]])[0] == pytest.approx(10 / X.std())


def test_neighbours_of_many_rows_are_some_of_them(monkeypatch):
    monkeypatch.setattr("skflowmix.outliers.neighbours.MOST_ROWS", 50)
    X = np.random.default_rng(0).normal(size=(300, 2))
    view = Neighbours.of(TrainingRows.of(X, np.ones(300)))
    assert len(view.Z) == 50


@pytest.mark.parametrize("weight", [1e-20, 1e-3, 1.0])
def test_light_rows_hide_no_neighbours(weight):
    X = np.random.default_rng(0).normal(size=(200, 2))
    weights = np.where(np.arange(200) < 100, 1.0, weight)
    for name in VIEWS:
        assert np.isfinite(made(name, X, weights)[0](X)).all()


def test_a_density_without_weights_sees_rows_as_often_as_they_weigh():
    X = rows((60, 2), 0)
    weights = np.full(60, 3.0)
    training = TrainingRows.of(X, weights)
    view = Estimated.of(training, GaussianMixture(random_state=0))
    assert view.estimator.means_[0] == pytest.approx(
        np.average(training.Z, axis=0, weights=training.core), abs=0.05
    )


values = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50).map(np.array)


@given(values)
def test_a_log_tail_is_above_zero_and_rises(found):
    tail = Tail.of(found, np.ones(len(found)))
    asked = np.sort(np.r_[found, found + 0.5, found.max() + np.array([1.0, 1e3, 1e60])])
    heights = tail(asked)
    assert np.isfinite(heights).all()
    assert heights.min() > 0
    assert (np.diff(heights) >= 0).all()
    assert heights[-1] > heights[-2] > heights[-3]


def test_a_log_tail_is_that_of_the_share_beyond():
    found = np.random.default_rng(0).exponential(size=20_000)
    asked = np.array([0.1, 1.0, 3.0])
    np.testing.assert_allclose(Tail.of(found, np.ones(20_000))(asked), asked, rtol=0.1)


@given(values, st.floats(0, 1), seeds)
def test_weighted_quantiles_are_those_of_repeated_values(found, share, seed):
    weights = np.random.default_rng(seed).integers(1, 5, len(found))
    expected = np.quantile(np.repeat(found, weights), share)
    ours = weighted_quantile(found, weights.astype(float), share)
    assert ours == pytest.approx(expected, rel=1e-6, abs=1e-3)


def test_the_share_of_far_rows_is_that_of_those_apart():
    found = np.r_[np.linspace(1, 2, 90), np.full(10, 50.0)]
    assert share_far(found, np.ones(100)) == pytest.approx(0.1)
    assert share_far(np.linspace(1, 2, 90), np.ones(90)) == 0
