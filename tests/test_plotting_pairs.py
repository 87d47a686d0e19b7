"""Pairs of columns, with the density of the model."""

import numpy as np
import pandas as pd
import pytest

from skflowmix import FlowGMM
from skflowmix.plotting import PairDisplay
from tests.estimators import blobs

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
X, Y = blobs(120, d=4, spread=1.0)
TABLE = pd.DataFrame(X, columns=list("abcd"))


@pytest.fixture(scope="module")
def model():
    return FlowGMM(3, init_params=np.eye(3)[Y], n_layers=0, max_iter=0).fit(TABLE)


@pytest.fixture(autouse=True)
def _no_figure_is_left():
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


def draw(model, rows=TABLE, y=None, **options):
    return PairDisplay.from_estimator(model, rows, y, n_draws=2000, **options)


def test_columns_are_those_asked_for_in_their_order(model):
    display = draw(model, columns=["d", 1])
    assert display.axes_.shape == (2, 2)
    np.testing.assert_array_equal(display.columns, [3, 1])
    np.testing.assert_array_equal(np.sort(display.points, 0), np.sort(X[:, [3, 1]], 0))
    labels = [
        axis.get_label_text() for axis in (display.axes_[1, 0].xaxis, display.axes_[1, 1].xaxis)
    ]
    assert labels == ["d", "b"]
    with pytest.raises(ValueError, match="no column 'e'"):
        draw(model, columns=["e"])


def test_by_itself_it_draws_a_few_columns_that_tell_groups_apart(model):
    noise = np.random.default_rng(0).normal(size=(120, 4))
    wide = np.c_[noise, X]
    fit = FlowGMM(3, init_params=np.eye(3)[Y], n_layers=0, max_iter=0).fit(wide)
    display = draw(fit, wide, max_columns=4)
    assert sorted(display.columns) == [4, 5, 6, 7]


def test_without_groups_it_draws_the_columns_that_go_together():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(200, 5))
    rows[:, 4] = rows[:, 1] + 0.1 * rng.normal(size=200)
    fit = FlowGMM(1, n_layers=0, max_iter=0).fit(rows)
    assert sorted(draw(fit, rows, max_columns=2).columns) == [1, 4]


def test_draws_are_those_of_the_model(model):
    display = draw(model, columns=["b", "a"])
    rows, names = model.sample(2000, random_state=0)
    np.testing.assert_array_equal(display.draws, rows[:, [1, 0]])
    np.testing.assert_array_equal(display.components, names)


def test_labels_colour_rows_by_the_component_of_their_name(model):
    y = np.where(np.arange(120) % 2, Y.astype(object), None)
    y[1] = 7
    display = draw(model, y=y)
    assert list(display.classes) == [0, 1, 2, 7]
    drawn = display.groups
    assert (drawn[::2] == -1).all()
    assert drawn[1] == 3
    np.testing.assert_array_equal(drawn[3::2], Y[3::2])


def test_columns_without_values_are_named_if_they_are_asked_for(model):
    gaps = TABLE.assign(b=np.nan)
    for columns in (None, ["a", "b"]):
        with pytest.raises(ValueError, match=r"\['b'\] have no value"):
            draw(model, gaps, columns=columns)
    assert draw(model, gaps, columns=["a", "d"]).points.shape[1] == 2


def test_rows_with_missing_values_are_drawn_where_they_have_some(model):
    gaps = TABLE.copy()
    gaps.iloc[::5, 0] = np.nan
    display = draw(model, gaps)
    assert np.isnan(display.points).any()
    display.figure_.canvas.draw()


def test_one_column_is_a_density_and_no_columns_are_refused(model):
    assert draw(model, columns=[2]).axes_.shape == (1, 1)
    for wrong in ({"max_columns": 0}, {"max_rows": 0}, {"columns": []}):
        with pytest.raises(ValueError, match="1 or more"):
            draw(model, **wrong)


def test_columns_of_categories_are_left_out():
    table = TABLE.copy()
    table.insert(1, "kind", pd.Categorical(np.array(["x", "y", "z"])[Y]))
    fit = FlowGMM(3, init_params=np.eye(3)[Y], n_layers=0, max_iter=0).fit(table)
    display = draw(fit, table)
    assert sorted(display.columns) == [0, 2, 3, 4]
    assert np.isfinite(display.draws).all()
    with pytest.raises(ValueError, match=r"\['kind'\] are categories"):
        draw(fit, table, columns=["a", "kind"])
