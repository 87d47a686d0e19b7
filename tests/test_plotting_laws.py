"""Laws of all displays: what is drawn, where, under which names, and what is refused."""

import re
import sys
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from skflowmix import FlowGMM, OutlierDetector, VariationalFlowMixture, plotting
from skflowmix.plotting import (
    DensityDisplay,
    GroupsDisplay,
    MixtureDisplay,
    OutlierDisplay,
    PairDisplay,
    ProfileDisplay,
    ReliabilityDisplay,
    SelectionDisplay,
    TrainingDisplay,
)
from tests.estimators import QUICK, blobs, hide

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
NAMES = ["petal width (cm)", "a column whose name is longer than any axis of a small picture"]
PLAIN = {"max_iter": 0, "random_state": 0}


@dataclass
class Example:
    """How to make a display: of what, and by which arguments."""

    display: type
    options: dict[str, Any] = field(default_factory=dict)
    rows: bool = True
    fit: str = "mixture"

    def draw(self, fitted, X, **more):
        arguments = [X] if self.rows else []
        return self.display.from_estimator(fitted, *arguments, **self.options, **more)


EXAMPLES = {
    "mixture": Example(MixtureDisplay, {"grid_resolution": 5}),
    "groups": Example(GroupsDisplay),
    "groups in pairs": Example(GroupsDisplay, {"kind": "pairs"}),
    "groups projected": Example(GroupsDisplay, {"kind": "projection"}),
    "profile": Example(ProfileDisplay),
    "profile of a group": Example(ProfileDisplay, {"component": 0}),
    "profile in boxes": Example(ProfileDisplay, {"component": 0, "kind": "box"}),
    "density": Example(DensityDisplay, {"column": 0, "n_draws": 100}, fit="sampler"),
    "pairs": Example(PairDisplay, {"n_draws": 100}, fit="sampler"),
    "training": Example(TrainingDisplay, rows=False, fit="trained"),
    "reliability": Example(ReliabilityDisplay, {"y": np.arange(120) % 3}, fit="labelled"),
    "criteria": Example(SelectionDisplay, {"kind": "criteria"}, rows=False, fit="sampler"),
    "selection": Example(SelectionDisplay, rows=False, fit="choice"),
    "outliers": Example(OutlierDisplay, fit="detector"),
}
NOT_FITTED = {
    **dict.fromkeys(["mixture", "sampler", "choice", "trained", "labelled"], FlowGMM()),
    "detector": OutlierDetector(),
}
every_example = pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
of_rows = pytest.mark.parametrize(
    "example",
    [each for each in EXAMPLES.values() if each.rows and each.fit == "mixture"],
    ids=[name for name, each in EXAMPLES.items() if each.rows and each.fit == "mixture"],
)


@pytest.fixture(scope="module")
def table():
    return pd.DataFrame(blobs()[0], columns=NAMES)


@pytest.fixture(scope="module")
def fits(table):
    return {
        "mixture": (mixture := FlowGMM(3, **PLAIN).fit(table)),
        "sampler": mixture,
        "labelled": mixture,
        "trained": FlowGMM(2, init_params="kmeans", **QUICK).fit(table),
        "choice": FlowGMM("auto", max_components=3, **PLAIN).fit(table),
        "detector": OutlierDetector().fit(table),
    }


@pytest.fixture(autouse=True)
def _no_figure_is_left():
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


def new_axes(**figure):
    from matplotlib.figure import Figure

    return Figure(**figure).subplots()


def texts(figure):
    """All that is written in a figure, when it is drawn."""
    from matplotlib.text import Text

    figure.canvas.draw()
    found = figure.findobj(Text)
    return [text.get_text() for text in found if text.get_visible() and text.get_text()]


def test_every_display_is_here():
    public = {name for name in plotting.__all__ if name.endswith("Display")}
    assert {each.display.__name__ for each in EXAMPLES.values()} == public


@every_example
def test_draws_into_the_axes_that_are_given(example, fits, table):
    ax = new_axes()
    display = example.draw(fits[example.fit], table, ax=ax)
    assert isinstance(display, example.display)
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    display.figure_.canvas.draw()


@every_example
def test_makes_a_figure_of_its_own_and_plots_again(example, fits, table):
    import matplotlib.pyplot as plt

    display = example.draw(fits[example.fit], table)
    assert plt.fignum_exists(display.figure_.number)
    first, other = display.figure_, new_axes()
    assert display.plot() is display
    assert display.figure_ is not first
    assert display.plot(other) is display
    assert display.ax_ is other


@every_example
def test_parameters_are_attributes(example, fits, table):
    display = example.draw(fits[example.fit], table, ax=new_axes())
    stored = {name: value for name, value in vars(display).items() if not name.endswith("_")}
    copy = example.display(**stored)
    assert vars(copy).keys() == stored.keys()
    written = texts(display.figure_)
    assert texts(copy.plot(new_axes()).figure_)[:2] == written[:2] or example.options


@every_example
@pytest.mark.parametrize("layout", [None, "constrained", "tight"])
def test_a_small_picture_has_all_it_needs(example, layout, fits, table):
    ax = new_axes(figsize=(4, 3), layout=layout)
    assert texts(example.draw(fits[example.fit], table, ax=ax).figure_)


@of_rows
def test_names_of_columns_are_those_of_the_fit(example, fits, table):
    display = example.draw(fits["mixture"], table, ax=new_axes())
    assert any("petal width" in text for text in texts(display.figure_))


@of_rows
def test_neither_chance_nor_the_order_of_rows_matters(example, fits, table):
    if example.display is MixtureDisplay:
        pytest.skip("draws all rows in their order")
    options = {"max_rows": 50, "ax": new_axes()}
    np.random.seed(0)  # noqa: NPY002  what is looked for is a use of it
    one = example.draw(fits["mixture"], table, **options)
    other = example.draw(fits["mixture"], table[::-1], **options)
    for name, value in vars(one).items():
        if isinstance(value, np.ndarray) and value.dtype.kind in "if" and len(value) <= 50:
            ours, theirs = np.sort(value, axis=0), np.sort(getattr(other, name), axis=0)
            np.testing.assert_allclose(ours, theirs, atol=1e-9, err_msg=name)


@every_example
def test_refuses_what_is_not_fitted(example, table):
    with pytest.raises(NotFittedError):
        example.draw(NOT_FITTED[example.fit], table, ax=new_axes())


@every_example
def test_says_how_to_get_matplotlib(example, fits, table, monkeypatch):
    display = example.draw(fits[example.fit], table, ax=new_axes())
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match="pip install matplotlib"):
        example.draw(fits[example.fit], table)
    with pytest.raises(ImportError, match="pip install matplotlib"):
        display.plot()


# Tables of all kinds.


class Grouped(BaseEstimator):
    """What looks like a fitted mixture, with groups that are given."""

    def __init__(self, groups, n_groups=None):
        self.groups, self.n_groups = groups, n_groups
        self.groups_ = np.asarray(groups)
        self.classes_ = np.arange(n_groups or self.groups_.max() + 1)

    def fit(self, X):
        return self

    def predict(self, X):
        return self.groups_

    def predict_proba(self, X):
        return np.eye(len(self.classes_))[self.groups_]

    def score_samples(self, X):
        return -np.square(X).sum(1)


def _random(n, d):
    return np.random.default_rng(0).standard_normal((n, d))


TABLES = {
    "two rows": (_random(2, 2), [0, 1]),
    "one row": (_random(1, 2), [0]),
    "one group": (_random(40, 2), [0] * 40),
    "one column": (_random(40, 1), np.arange(40) % 3),
    "an empty group": (_random(40, 2), 2 * (np.arange(40) % 2)),
    "constant columns": (np.column_stack([np.full(40, 3.7), _random(40, 1)]), np.arange(40) % 3),
    "all columns constant": (np.full((40, 2), 0.1), np.arange(40) % 3),
    "rows of a group all the same": (
        np.repeat(_random(3, 2), 10, axis=0),
        np.repeat([0, 1, 2], 10),
    ),
    "columns that are the same": (np.repeat(_random(40, 1), 2, axis=1), np.arange(40) % 3),
    "twelve groups": (_random(120, 2), np.arange(120) % 12),
    "more columns than rows": (_random(10, 30), np.arange(10) % 3),
    "groups of one row": (_random(10, 3), np.arange(10) // 9),
    "huge numbers": (1e200 * _random(30, 2), np.arange(30) % 3),
    "an outlier": (np.vstack([_random(30, 2), [[1e9, -1e9]]]), np.arange(31) % 3),
}


@of_rows
@pytest.mark.parametrize("name", TABLES)
def test_every_table_has_a_picture(example, name):
    X, groups = TABLES[name]
    if example.display is MixtureDisplay and (X.shape[1] != 2 or "huge" in name):
        pytest.skip("needs two columns, and densities that are finite")
    display = example.draw(Grouped(groups), X, ax=new_axes(figsize=(4, 3), layout="constrained"))
    display.figure_.canvas.draw()


# Groups.


def looks(display):
    """Colours and markers of the groups in the legend."""
    handles = display.legend_.legend_handles
    return {(handle.get_color(), handle.get_marker()) for handle in handles}


@pytest.mark.parametrize("kind", ["pairs", "projection"])
@pytest.mark.parametrize("n_groups", [1, 3, 12])
def test_every_group_has_a_look_and_its_count(kind, n_groups):
    X, groups = _random(120, 3), np.arange(120) % n_groups
    display = GroupsDisplay.from_estimator(Grouped(groups), X, kind=kind, ax=new_axes())
    labels = [text.get_text() for text in display.legend_.get_texts()]
    share = f"{1 / n_groups:.0%}"
    assert labels == [f"{k}: {120 // n_groups} ({share})" for k in range(n_groups)]
    assert len(looks(display)) == n_groups
    assert sum(len(drawn.get_offsets()) for drawn in display.scatter_) == 120 * (
        display.axes_.size > 0
    )


def test_pairs_are_the_columns_that_tell_the_groups_apart():
    X, groups = _random(300, 6), np.arange(300) % 3
    X[:, 4] += 10 * groups
    X[:, 2] += 3 * (groups == 1)
    display = GroupsDisplay.from_estimator(
        Grouped(groups), 1000 * X, kind="pairs", max_columns=2, ax=new_axes()
    )
    assert display.columns.tolist() == [4, 2]
    assert display.axes_.shape == (2, 2)
    assert display.axes_[0, 1] is None
    assert display.axes_[1, 0].get_xlabel() == "x4"
    assert display.axes_[1, 0].get_ylabel() == "x2"


def test_a_projection_separates_groups_that_no_column_does_and_names_its_columns():
    X, groups = _random(400, 7), np.arange(400) % 2
    X[:, 5] = X[:, 3] + np.where(groups, 0.2, -0.2) + 0.05 * X[:, 5]
    display = GroupsDisplay.from_estimator(Grouped(groups), X, ax=new_axes(figsize=(9, 9)))
    across = display.points[:, 0]
    one, other = (across[display.groups == group] for group in (0, 1))
    assert one.max() < other.min() or other.max() < one.min()
    assert "x" in display.ax_.get_xlabel()
    assert np.abs(display.correlations).max() <= 1 + 1e-9


def test_columns_by_name_or_number_and_what_is_no_column(fits, table):
    by_name, by_number = (
        GroupsDisplay.from_estimator(fits["mixture"], table, columns=columns, ax=new_axes())
        for columns in ([NAMES[1]], [-1])
    )
    assert by_name.columns.tolist() == by_number.columns.tolist() == [1]
    for column in ("age", 2):
        with pytest.raises(ValueError, match="There is no column"):
            GroupsDisplay.from_estimator(fits["mixture"], table, columns=[column], ax=new_axes())


def test_rows_that_are_not_certain_are_hollow():
    X, groups = _random(30, 2), np.arange(30) % 2
    grouped = Grouped(groups)
    proba = np.full((30, 2), 0.1)
    proba[np.arange(30), groups] = np.where(np.arange(30) < 10, 0.7, 0.9)
    grouped.predict_proba = lambda X: proba
    display = GroupsDisplay.from_estimator(grouped, X, kind="projection", ax=new_axes())
    hollow = [each for each in display.scatter_ if not len(each.get_facecolor())]
    assert sum(len(each.get_offsets()) for each in hollow) == 10
    assert display.legend_.get_texts()[-1].get_text() == "probability < 0.8"


def test_labels_may_colour_rows_at_the_same_places():
    X, groups = _random(30, 2), np.arange(30) % 3
    y = np.array(["b", "a", None], dtype=object)[groups]
    ours = GroupsDisplay.from_estimator(Grouped(groups), X, kind="projection", ax=new_axes())
    theirs = GroupsDisplay.from_estimator(
        Grouped(groups), X, y=y, kind="projection", ax=new_axes()
    )
    np.testing.assert_array_equal(ours.points, theirs.points)
    assert theirs.groups.tolist() == [[1, 0, -1][group] for group in groups]
    labels = [text.get_text() for text in theirs.legend_.get_texts()]
    assert labels == ["a: 10 (50%)", "b: 10 (50%)", "no label"]


def test_small_groups_are_drawn_when_rows_are_left_out():
    groups = np.zeros(5000, dtype=int)
    groups[:7] = 1
    display = GroupsDisplay.from_estimator(
        Grouped(groups), _random(5000, 2), max_rows=200, ax=new_axes()
    )
    assert len(display.points) <= 200
    assert (display.groups == 1).sum() == 7
    assert display.counts.tolist() == [4993, 7]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "pie"}, "kind must be 'auto', 'pairs' or 'projection', got 'pie'"),
        ({"max_columns": 0}, "max_columns must be 1 or more"),
        ({"max_rows": 0}, "max_rows must be 1 or more"),
        ({"feature_names": ["a"]}, "1 names for 2 columns"),
        ({"y": [1, 2]}, "2 labels for 120 rows"),
    ],
)
def test_unusable_options_of_groups_are_refused(options, message, fits, table):
    with pytest.raises(ValueError, match=message):
        GroupsDisplay.from_estimator(fits["mixture"], table, ax=new_axes(), **options)


# Profiles.


def test_a_profile_begins_with_the_column_that_is_farthest():
    X, groups = _random(300, 4), np.arange(300) % 3
    X[groups == 2, 3] -= 5
    X[groups == 2, 1] = 9 * np.linspace(-1, 1, 100)  # the same median, but another width
    display = ProfileDisplay.from_estimator(
        Grouped(groups), X, 2, feature_names=list("abcd"), max_columns=3, ax=new_axes()
    )
    assert display.columns_[:2].tolist() == [3, 1]
    assert [text.get_text() for text in display.ax_.get_yticklabels()][:2] == ["d", "b"]
    assert len(display.shapes_) == 2 * 3
    assert display.distances.shape == display.differences.shape == (3, 4)
    assert display.differences[2, 3] < -1
    assert abs(display.differences[2, 1]) < 0.5


def test_distances_have_no_units_and_two_groups_are_as_far_from_each_other():
    X, groups = _random(200, 3), np.arange(200) % 2
    X[:, 0] += groups
    one, other = (
        ProfileDisplay.from_estimator(Grouped(groups), rows, ax=new_axes())
        for rows in (X, 1e6 * X - 5)
    )
    np.testing.assert_allclose(one.distances, other.distances)
    np.testing.assert_allclose(one.distances[0], one.distances[1])


def test_all_groups_have_a_map_with_signs():
    X, groups = _random(90, 2), np.arange(90) % 3
    X[:, 1] += 4 * groups
    display = ProfileDisplay.from_estimator(Grouped(groups), X, ax=new_axes())
    assert display.image_.get_array().shape == (2, 3)
    assert display.columns_[0] == 1
    np.testing.assert_allclose(display.image_.get_array()[0], display.differences[:, 1])
    assert f"{display.differences[2, 1]:+.1f}" in texts(display.figure_)


@pytest.mark.parametrize(
    ("component", "options", "message"),
    [
        (7, {}, r"There is no component 7: predict answers \[0, 1, 2\]"),
        (0, {"kind": "pie"}, "kind must be 'violin' or 'box', got 'pie'"),
        (0, {"max_columns": 0}, "max_columns must be 1 or more"),
        (0, {"max_rows": 0}, "max_rows must be 1 or more"),
    ],
)
def test_unusable_options_of_profiles_are_refused(component, options, message, fits, table):
    with pytest.raises(ValueError, match=message):
        ProfileDisplay.from_estimator(fits["mixture"], table, component, ax=new_axes(), **options)


def test_the_other_estimators_have_groups_too(table):
    for fitted in (VariationalFlowMixture(2, **PLAIN).fit(table), OutlierDetector().fit(table)):
        display = GroupsDisplay.from_estimator(fitted, table, ax=new_axes())
        assert display.counts.sum() == len(table)


# Training.


def test_training_is_drawn_beside_its_start(fits):
    fitted = fits["trained"]
    display = TrainingDisplay.from_estimator(fitted, ax=new_axes())
    np.testing.assert_allclose(display.line_.get_ydata(), fitted.validation_scores_)
    assert display.line_.get_xdata().tolist() == list(range(1, fitted.n_iter_ + 1))
    assert set(display.start_.get_ydata()) == {fitted.start_score_}


@pytest.mark.parametrize(
    ("scores", "start", "trained", "kept", "words"),
    [
        ([1.0, 3, 2], 0.0, True, 2, "training was kept, at epoch 2"),
        ([1.0, -np.inf, 2], 0.0, True, 3, "training was kept, at epoch 3"),
        ([1.0, 3], np.nan, True, 2, "training was kept, at epoch 2"),
        ([1.0, 3], 0.0, False, None, "training was not kept: the start stays"),
        ([1.0, 3], 4.0, True, None, "training was not kept: the start stays"),
        ([-np.inf], 4.0, False, None, "training was not kept: the start stays"),
        ([], 4.0, False, None, "not trained: there were no epochs"),
        ([], np.nan, False, None, "not trained: there were no epochs"),
    ],
)
def test_what_was_kept_is_marked(scores, start, trained, kept, words):
    scores = np.array(scores)
    display = TrainingDisplay(
        validation_scores=scores, start_score=start, trained=trained, start="kmeans"
    ).plot(new_axes())
    assert display.kept_epoch == kept
    assert display.ax_.get_title(loc="left") == words
    assert (display.kept_ is None) == (kept is None)
    assert (display.start_ is None) == np.isnan(start)


def test_the_score_of_the_start_is_that_of_a_fit_that_was_reverted_to_it(table):
    options = {**QUICK, "max_iter": 1, "learning_rate_init": 1e-9}
    fitted = FlowGMM(2, init_params="kmeans", **options).fit(table)
    assert not fitted.trained_
    assert fitted.start_score_ == pytest.approx(fitted.starts_["validation_score"][0])


# Reliability.


@pytest.mark.parametrize("n_bins", [1, 3, 10])
def test_bins_hold_equal_numbers_and_the_error_is_their_distance(n_bins):
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.4, 1, 300)
    y = (rng.uniform(size=300) < confidence).astype(int)
    display = ReliabilityDisplay.from_predictions(
        y, np.ones(300), confidence, n_bins=n_bins, ax=new_axes()
    )
    np.testing.assert_allclose(display.shares, 1 / n_bins, atol=0.01)
    assert len(display.prob_true) == len(display.prob_pred) == n_bins
    assert display.expected_error < 0.15
    always = ReliabilityDisplay.from_predictions(y, y, np.ones(300), n_bins=n_bins, ax=new_axes())
    assert always.expected_error == 0
    assert always.shares.tolist() == [1]


def test_rows_without_a_label_say_nothing_of_reliability(table):
    groups = blobs()[1]
    fitted = FlowGMM(**PLAIN).fit(table, hide(groups, 3))
    known = np.arange(120) < 40
    ours = ReliabilityDisplay.from_estimator(fitted, table[known], groups[known], ax=new_axes())
    y = np.where(known, groups, -1)
    theirs = ReliabilityDisplay.from_estimator(fitted, table, y, ax=new_axes())
    np.testing.assert_allclose(ours.prob_pred, theirs.prob_pred)
    with pytest.raises(ValueError, match="No row of y has a label"):
        ReliabilityDisplay.from_estimator(fitted, table, np.full(120, -1), ax=new_axes())
    with pytest.raises(ValueError, match="n_bins must be 1 or more"):
        ReliabilityDisplay.from_estimator(fitted, table, y, n_bins=0, ax=new_axes())


# Tables with gaps and categories.


def with_gaps_and_a_category(table):
    gaps = table.assign(kind=pd.Categorical(["a", "b"] * (len(table) // 2)))
    gaps.iloc[::5, 0] = np.nan
    return gaps


@of_rows
def test_columns_that_cannot_be_drawn_are_named(example, table):
    numbers = with_gaps_and_a_category(table)[NAMES]
    with pytest.raises(ValueError, match=re.escape(f"NaN: see the columns {NAMES[:1]}")):
        example.draw(FlowGMM(2, **PLAIN).fit(numbers), numbers, ax=new_axes())


@of_rows
def test_columns_of_categories_are_left_out_or_named(example, table):
    mixed = table.assign(kind=with_gaps_and_a_category(table)["kind"])
    model = FlowGMM(2, **PLAIN).fit(mixed)
    if not issubclass(example.display, (GroupsDisplay, ProfileDisplay)):
        with pytest.raises(ValueError, match=re.escape("'kind'")):
            example.draw(model, mixed, ax=new_axes())
        return
    figure = example.draw(model, mixed, ax=new_axes()).ax_.get_figure(root=True)
    said = " ".join(texts(figure))
    assert "kind" not in said
    assert "petal" in said


def test_categories_are_refused_in_pictures_of_groups(table):
    mixed = table.assign(kind=with_gaps_and_a_category(table)["kind"])
    with pytest.raises(ValueError, match=r"\['kind'\] are categories, and only numbers"):
        GroupsDisplay.from_estimator(FlowGMM(2, **PLAIN).fit(mixed), mixed, columns=["kind"])


def test_the_density_of_a_column_is_that_of_its_values(table):
    gaps = with_gaps_and_a_category(table)
    model = FlowGMM(2, **PLAIN).fit(gaps)
    for name in NAMES:
        display = DensityDisplay.from_estimator(model, gaps, name, row=[5, 7], ax=new_axes())
        np.testing.assert_array_equal(display.values, gaps[name].dropna())
        assert len(display.marks_) == gaps[name][[5, 7]].count()
    with pytest.raises(ValueError, match="'kind'"):
        DensityDisplay.from_estimator(model, gaps, "kind", ax=new_axes())
    with pytest.raises(ValueError, match=r"width .* has no value"):
        DensityDisplay.from_estimator(model, gaps[:1], NAMES[0], ax=new_axes())


# Densities.


def test_components_add_up_to_the_model_and_rows_to_one(fits, table):
    display = DensityDisplay.from_estimator(
        fits["mixture"], table, NAMES[0], row=[5, 7], n_draws=2000, ax=new_axes()
    )
    parts = [part.get_data().values for part in display.components_]
    np.testing.assert_allclose(np.sum(parts, axis=0), display.model_.get_data().values)
    widths = np.diff(display.bin_edges_)
    assert display.rows_.get_data().values @ widths == pytest.approx(1, abs=0.02)
    assert [line.get_xdata()[0] for line in display.marks_] == table[NAMES[0]][[5, 7]].tolist()
    assert "petal width" in display.ax_.get_xlabel()


@pytest.mark.parametrize("values", [[2.0], [1, 4, 5], np.linspace(0, 1, 500), [*range(99), 1e9]])
def test_bins_hold_the_rows(values):
    values = np.asarray(values, dtype=float)
    display = DensityDisplay(
        values=values,
        draws=values,
        components=0 * values.astype(int),
        classes=[0],
        feature_name="x",
    ).plot(new_axes(), log_scale=True)
    assert (np.diff(display.bin_edges_) > 0).all()
    counts = np.histogram(values, display.bin_edges_)[0]
    assert counts.sum() >= len(values) - 1
    assert display.components_ == []


# Criteria.


def test_parts_of_criteria_tell_scores_apart(fits):
    display = SelectionDisplay.from_estimator(fits["sampler"], kind="criteria", ax=new_axes())
    total = display.parts.sum(axis=1)
    scores = display.selection_score
    np.testing.assert_allclose(total - total[0], scores - scores[0])
    assert len(display.image_.get_array()) == len(display.bars_) == len(scores)


def test_criteria_of_one_group_and_unknown_kinds_are_refused():
    X = np.random.default_rng(0).standard_normal((60, 2))
    one = FlowGMM("auto", max_components=2, **PLAIN).fit(X)
    if one.n_components_ == 1:
        with pytest.raises(ValueError, match="One group was chosen"):
            SelectionDisplay.from_estimator(one, kind="criteria", ax=new_axes())
    with pytest.raises(ValueError, match="kind must be 'scores' or 'criteria'"):
        SelectionDisplay.from_estimator(one, kind="pie", ax=new_axes())
