"""The display of a choice: what it draws of all groupings, and what it refuses."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError

from skflowmix import FlowGMM
from skflowmix.plotting import SelectionDisplay
from tests.estimators import QUICK, blobs, every_estimator, hide

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")


def new_axes():
    from matplotlib.figure import Figure

    return Figure().subplots()


def _rows(drawn):
    """What a line or points are at, as a set of pairs."""
    is_line = hasattr(drawn, "get_xydata")
    return {tuple(pair) for pair in (drawn.get_xydata() if is_line else drawn.get_offsets())}


def _table(scores_of_sizes, one_group):
    """A display of groupings into 2, 3, ... groups, after one group."""
    sizes = [1] + [k for k, own in enumerate(scores_of_sizes, 2) for _ in own]
    scores = np.array([one_group, *(score for own in scores_of_sizes for score in own)], float)
    starts = np.array([f"start {place}" for place in range(len(sizes))])
    chosen = sizes[int(scores.argmax())]
    return SelectionDisplay(
        starts=starts, n_components=np.array(sizes), selection_score=scores, chosen=chosen
    )


scores = st.integers(-20, 100).map(lambda percent: percent / 100)
many_scores = st.lists(st.lists(scores, min_size=1, max_size=5, unique=True), min_size=1)


@given(many_scores, scores)
def test_every_grouping_is_drawn_once(scores_of_sizes, one_group):
    display = _table(scores_of_sizes, one_group).plot(new_axes())
    drawn = [*map(tuple, display.line_.get_xydata()), *_rows(display.points_)]
    everything = [(k, score) for k, own in enumerate(scores_of_sizes, 2) for score in own]
    assert sorted(drawn) == sorted(everything)
    assert set(display.one_group_.get_ydata()) == {one_group}


@given(many_scores, scores)
def test_the_line_is_above_all_points(scores_of_sizes, one_group):
    display = _table(scores_of_sizes, one_group).plot(new_axes())
    best = dict(display.line_.get_xydata().tolist())
    assert list(best) == list(range(2, len(scores_of_sizes) + 2))
    assert all(score < best[size] for size, score in _rows(display.points_))


@given(many_scores, scores)
def test_what_is_chosen_has_a_mark_and_a_name(scores_of_sizes, one_group):
    display = _table(scores_of_sizes, one_group).plot(new_axes())
    ((size, score),) = _rows(display.chosen_)
    assert size == display.chosen
    of_size = display.n_components == size
    assert score == display.selection_score[of_size].max()
    (name,) = display.starts[of_size & (display.selection_score == score)]
    assert display.text_.get_text() == f"K={display.chosen}, {name}"


@given(st.lists(scores, min_size=1, max_size=11))
def test_one_size_has_bars_with_the_best_on_top(own):
    display = SelectionDisplay(
        starts=np.array([f"start {place}" for place in range(len(own))]),
        n_components=np.full(len(own), 3),
        selection_score=np.array(own),
        chosen=3,
    ).plot(new_axes())
    assert [bar.get_width() for bar in display.bars_] == sorted(own)
    names = [label.get_text() for label in display.ax_.get_yticklabels()]
    score_of = dict(zip(display.starts, own, strict=True))
    assert [score_of[name] for name in names] == sorted(own)
    assert names[-1] == display.starts[np.argmax(own)]
    assert display.line_ is display.points_ is display.one_group_ is display.chosen_ is None


@every_estimator
def test_draws_what_a_fit_chose(estimator):
    ax = new_axes()
    fitted = estimator("auto", max_components=5, **QUICK).fit(blobs()[0])
    display = SelectionDisplay.from_estimator(fitted, ax=ax)
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    assert display.chosen_.get_xdata() == [fitted.n_components_]
    assert display.text_.get_text() == f"K={fitted.n_components_}, {fitted.start_}"
    assert ax.get_xlabel() == "number of components"


def test_draws_bars_where_the_number_was_given():
    fitted = FlowGMM(3, **QUICK).fit(blobs(spread=4)[0])
    display = SelectionDisplay.from_estimator(fitted, ax=new_axes())
    names = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert sorted(names) == sorted(fitted.starts_["start"])
    assert names[-1] == fitted.start_


def test_plots_again_elsewhere():
    display = _table([[0.5, 0.2]], 0.1).plot(new_axes())
    other = new_axes()
    assert display.plot(other) is display
    assert display.ax_ is other


def test_makes_a_figure_of_its_own():
    import matplotlib.pyplot as plt

    display = _table([[0.5, 0.2]], 0.1).plot()
    assert plt.fignum_exists(display.figure_.number)
    plt.close(display.figure_)


@pytest.mark.parametrize(
    ("settings", "has_labels"),
    [
        ({"n_components": 1}, False),
        ({"n_components": 3, "init_params": "kmeans"}, False),
        ({"n_components": "auto"}, True),
    ],
)
def test_refuses_a_fit_without_a_choice(settings, has_labels):
    X, groups = blobs()
    fitted = FlowGMM(**settings, **QUICK).fit(X, hide(groups, 3) if has_labels else None)
    with pytest.raises(ValueError, match="starts_ has no selection scores"):
        SelectionDisplay.from_estimator(fitted, ax=new_axes())


def test_refuses_what_is_not_fitted():
    with pytest.raises(NotFittedError):
        SelectionDisplay.from_estimator(FlowGMM("auto"), ax=new_axes())


def test_says_how_to_get_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match="pip install matplotlib"):
        SelectionDisplay.from_estimator(FlowGMM())
