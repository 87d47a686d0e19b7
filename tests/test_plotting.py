"""The display: what it draws and in which colours, and what it refuses."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.mixture import GaussianMixture

from skflowmix import FlowGMM
from skflowmix.plotting import (
    CONTOUR_FRACTIONS,
    MARKERS,
    PALETTE,
    MixtureDisplay,
    component_numbers,
    density_levels,
    draw_side_by_side,
)
from tests.estimators import QUICK, blobs, every_estimator, hide

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")


@pytest.fixture
def ax():
    from matplotlib.figure import Figure

    return Figure().subplots()


@pytest.fixture
def mixture():
    return GaussianMixture(3, random_state=0).fit(blobs()[0])


def _color(drawn):
    return matplotlib.colors.to_hex(drawn.get_facecolor()[0]).upper()


def _outline(display):
    return display.contours_[1]


@every_estimator
def test_draws_both_estimators(estimator, ax):
    X, _ = blobs()
    fitted = estimator(3, **QUICK).fit(X)
    display = MixtureDisplay.from_estimator(fitted, X, ax=ax, grid_resolution=20)
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    assert sum(len(drawn.get_offsets()) for drawn in display.scatter_) == len(X)
    assert len(display.contours_) == 2
    np.testing.assert_array_equal(display.components, fitted.predict(X))


def test_log_density_is_that_of_the_grid(mixture, ax):
    X, _ = blobs()
    display = MixtureDisplay.from_estimator(mixture, X, ax=ax, grid_resolution=7)
    along_x, along_y = display.grid
    assert along_x.min() < X[:, 0].min() < X[:, 0].max() < along_x.max()
    point = [[along_x[4], along_y[1]]]
    assert display.log_density[1, 4] == pytest.approx(mixture.score_samples(point)[0])


def test_makes_a_figure_of_its_own(mixture):
    import matplotlib.pyplot as plt

    display = MixtureDisplay.from_estimator(mixture, blobs()[0], grid_resolution=10)
    assert plt.fignum_exists(display.figure_.number)
    plt.close(display.figure_)


def test_colours_stay_with_the_components(mixture, ax):
    X, _ = blobs()
    everything = MixtureDisplay.from_estimator(mixture, X, ax=ax, grid_resolution=10)
    last = X[mixture.predict(X) == 2]
    part = MixtureDisplay.from_estimator(mixture, last, ax=ax, grid_resolution=10)
    assert [_color(drawn) for drawn in everything.scatter_] == list(PALETTE[:3])
    assert [_color(drawn) for drawn in part.scatter_] == [PALETTE[2]]
    assert [drawn.get_label() for drawn in everything.scatter_] == ["0", "1", "2"]


def test_new_markers_when_colours_run_out(ax):
    n_components = len(PALETTE) * len(MARKERS) + 1
    display = MixtureDisplay(
        X=np.random.default_rng(0).standard_normal((n_components, 2)),
        components=np.arange(n_components),
        classes=np.arange(n_components),
        grid=(np.arange(2.0), np.arange(2.0)),
        log_density=np.zeros((2, 2)),
        levels=np.empty(0),
    ).plot(ax)
    looks = {
        (_color(d), d.get_paths()[0].vertices.tobytes()) for d in display.scatter_[:n_components]
    }
    assert len(looks) == n_components - 1


def test_own_palette_and_keywords(mixture, ax):
    display = MixtureDisplay.from_estimator(
        mixture,
        blobs()[0],
        ax=ax,
        grid_resolution=10,
        palette=np.array(["#FF0000", "#00FF00", "#0000FF"]),
        scatter_kwargs={"s": 3, "label": "row"},
        contour_kwargs={"cmap": "viridis", "alpha": 0.5},
    )
    assert [_color(drawn) for drawn in display.scatter_] == ["#FF0000", "#00FF00", "#0000FF"]
    assert display.scatter_[0].get_sizes().tolist() == [3]
    assert display.scatter_[0].get_label() == "row"
    assert display.contours_[0].get_cmap().name == "viridis"


def test_names_classes_of_text(ax):
    X, groups = blobs()
    y = np.where(hide(groups, 3) < 0, -1, np.array(["one", "three", "two"], dtype=object)[groups])
    fitted = FlowGMM(**QUICK).fit(X, y)
    display = MixtureDisplay.from_estimator(fitted, X, ax=ax, grid_resolution=10)
    assert [drawn.get_label() for drawn in display.scatter_] == ["one", "three", "two"]
    np.testing.assert_array_equal(fitted.classes_[display.components], fitted.predict(X))


def test_data_frames_name_the_axes(ax):
    pandas = pytest.importorskip("pandas")
    X = pandas.DataFrame(blobs()[0], columns=["width", "height"])
    fitted = GaussianMixture(3, random_state=0).fit(X)  # warns, an error here, of lost names
    MixtureDisplay.from_estimator(fitted, X, ax=ax, grid_resolution=10)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("width", "height")


def test_plots_again_elsewhere(mixture, ax):
    from matplotlib.figure import Figure

    display = MixtureDisplay.from_estimator(mixture, blobs()[0], ax=ax, grid_resolution=10)
    other = Figure().subplots()
    assert display.plot(other) is display
    assert display.ax_ is other


def test_levels_hold_their_fractions_of_the_rows():
    log_density = np.random.default_rng(0).standard_normal(2000)
    levels = density_levels(log_density)
    held = [(log_density >= level).mean() for level in levels]
    np.testing.assert_allclose(held, CONTOUR_FRACTIONS, atol=1e-3)


def test_levels_ignore_outliers_and_impossible_rows():
    log_density = np.linspace(-3, 0, 1000)
    spoilt = np.concatenate([log_density, [-1e9, -np.inf]])
    np.testing.assert_allclose(density_levels(spoilt), density_levels(log_density), atol=0.01)
    assert not len(density_levels([-np.inf]))
    assert len(density_levels(np.zeros(5))) == 1


def test_survives_an_outlier(mixture, ax):
    X = np.vstack([blobs()[0], [[1e3, -1e3]]])
    display = MixtureDisplay.from_estimator(mixture, X, ax=ax, grid_resolution=30)
    assert len(display.levels) == len(CONTOUR_FRACTIONS)


def test_a_density_between_the_grid_is_not_drawn(ax):
    X = np.repeat([[0.0, 0.0], [1.0, 1.0]], 20, axis=0)
    X += 1e-4 * np.random.default_rng(0).standard_normal(X.shape)
    fitted = GaussianMixture(2, reg_covar=1e-10, random_state=0).fit(X)
    display = MixtureDisplay.from_estimator(fitted, X, ax=ax, grid_resolution=4)
    assert display.contours_ == []


def test_fills_everything_above_all_levels(ax):
    display = MixtureDisplay(
        X=np.zeros((1, 2)),
        components=np.zeros(1, dtype=int),
        classes=["only"],
        grid=(np.arange(2.0), np.arange(2.0)),
        log_density=np.array([[1.0, 2.0], [2.0, -np.inf]]),
        levels=np.array([0.5]),
    ).plot(ax)
    assert len(display.contours_) == 1


def test_outlines_are_at_the_levels(mixture, ax):
    display = MixtureDisplay.from_estimator(mixture, blobs()[0], ax=ax, grid_resolution=60)
    drawn = _outline(display).levels
    np.testing.assert_array_equal(
        drawn, display.levels[display.levels < display.log_density.max()]
    )


def test_rows_on_a_line_have_a_picture(mixture, ax):
    X = np.column_stack([np.full(10, 2.0), np.linspace(0, 1, 10)])
    display = MixtureDisplay.from_estimator(mixture, X, ax=ax, grid_resolution=10)
    assert np.ptp(display.grid[0]) == 2


class Grouping:
    """What looks like a fitted mixture, with groups that are given."""

    def __init__(self, groups):
        self.groups = np.asarray(groups)

    def predict(self, X):
        return self.groups

    def score_samples(self, X):
        return -np.square(X).sum(1)


def _colors_of_rows(display):
    """By row, in the order in which they are drawn: group by group."""
    order = np.argsort(display.components, kind="stable")
    counts = [len(drawn.get_offsets()) for drawn in display.scatter_]
    colors = np.empty(len(order), dtype=object)
    colors[order] = np.repeat([_color(drawn) for drawn in display.scatter_], counts)
    return colors.tolist()


@given(
    st.integers(1, len(PALETTE)).flatmap(lambda k: st.permutations(range(k))),
    st.integers(0, 2**20),
)
def test_side_by_side_the_same_rows_have_the_same_colours(numbers, seed):
    from matplotlib.figure import Figure

    groups = np.random.default_rng(seed).permutation(np.arange(20) % len(numbers))
    X = np.random.default_rng(seed).standard_normal((20, 2))
    first, other = draw_side_by_side(
        Figure(), [Grouping(groups), Grouping(np.array(numbers)[groups])], X
    )
    assert _colors_of_rows(first) == [PALETTE[group] for group in groups]
    assert _colors_of_rows(other) == _colors_of_rows(first)


def test_side_by_side_groups_that_differ_keep_most_of_their_colours():
    from matplotlib.figure import Figure

    reference = np.repeat([0, 1], [6, 4])
    X = np.random.default_rng(0).standard_normal((10, 2))
    split = np.repeat([1, 2, 0], [5, 1, 4])
    _, display = draw_side_by_side(Figure(), [Grouping(reference), Grouping(split)], X)
    assert _colors_of_rows(display) == [PALETTE[k] for k in np.repeat([0, 2, 1], [5, 1, 4])]


def test_side_by_side_more_groups_than_colours_keep_their_own():
    from matplotlib.figure import Figure

    groups = np.arange(9)
    X = np.random.default_rng(0).standard_normal((9, 2))
    _, display = draw_side_by_side(Figure(), [Grouping(groups), Grouping(groups[::-1])], X)
    assert [_color(drawn) for drawn in display.scatter_] == [*PALETTE, *PALETTE[:2]]


def test_component_numbers_without_classes():
    X, _ = blobs()
    fitted = GaussianMixture(3, random_state=0).fit(X)
    components, classes = component_numbers(fitted, X)
    np.testing.assert_array_equal(components, fitted.predict(X))
    assert classes.tolist() == [0, 1, 2]


@pytest.mark.parametrize("d", [1, 3])
def test_refuses_other_dimensions(d, ax):
    X, _ = blobs(d=d)
    fitted = GaussianMixture(2, random_state=0).fit(X)
    with pytest.raises(
        ValueError, match=f"^X has {d} columns, and this picture needs 2: PairDisplay"
    ):
        MixtureDisplay.from_estimator(fitted, X, ax=ax)


def test_refuses_a_grid_of_one(mixture, ax):
    with pytest.raises(ValueError, match="grid_resolution must be 2 or more, got 1"):
        MixtureDisplay.from_estimator(mixture, blobs()[0], ax=ax, grid_resolution=1)


def test_says_how_to_get_matplotlib(mixture, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match="pip install matplotlib"):
        MixtureDisplay.from_estimator(mixture, blobs()[0])
