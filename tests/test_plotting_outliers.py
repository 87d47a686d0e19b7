"""The display of outliers: bars that add up to the scores."""

import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError

from skflowmix import OutlierDetector
from skflowmix.plotting import OutlierDisplay
from tests.outliers.examples import contaminated

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
X, _ = contaminated(100, 9)


def new_axes():
    from matplotlib.figure import Figure

    return Figure().subplots()


def ends(display):
    """Where the bars of the rows end, from the first row on."""
    found = [[bar.get_x() + bar.get_width() for bar in bars] for bars in display.bars_]
    return np.max(found, axis=0)[::-1]


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 9), st.integers(0, 1000))
def test_bars_add_up_and_stand_beside_each_other(n_rows, n_features, n_columns, seed):
    contributions = np.random.default_rng(seed).exponential(size=(n_rows, n_features))
    display = OutlierDisplay(
        contributions=contributions,
        rows=np.arange(n_rows),
        feature_names=[f"x{j}" for j in range(n_features)],
    ).plot(new_axes(), n_columns=n_columns)
    widths = np.array([[bar.get_width() for bar in bars] for bars in display.bars_])
    np.testing.assert_allclose(widths.sum(0)[::-1], contributions.sum(1))
    np.testing.assert_allclose(ends(display), contributions.sum(1))
    assert display.line_ is None
    shown = min(n_columns, n_features, 7)
    assert len(display.bars_) == shown + (shown < n_features)


def test_draws_the_most_unusual_rows_with_the_first_on_top():
    frame = pd.DataFrame(X, columns=list("abcdefghi"))
    detector, ax = OutlierDetector().fit(frame), new_axes()
    display = OutlierDisplay.from_estimator(detector, frame, n_rows=5, ax=ax)
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    scores = detector.score_samples(frame)
    np.testing.assert_allclose(ends(display), -np.sort(scores)[:5])
    rows = [int(label.get_text()) for label in ax.get_yticklabels()]
    np.testing.assert_allclose(scores[rows[::-1]], np.sort(scores)[:5])
    assert set(display.line_.get_xdata()) == {-detector.offset_}
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert set(names) <= {*"abcdefghi", "3 others", "outliers begin"}


def test_names_may_be_given_and_others_are_numbered():
    detector = OutlierDetector().fit(X[:, :2])
    numbered = OutlierDisplay.from_estimator(detector, X[:, :2], ax=new_axes())
    assert numbered.feature_names == ["x0", "x1"]
    named = OutlierDisplay.from_estimator(
        detector, X[:, :2], feature_names=["size", "age"], ax=new_axes()
    )
    assert {bars.get_label() for bars in named.bars_} == {"size", "age"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"n_rows": 0}, "n_rows must be 1"), ({"feature_names": ["a"]}, "1 names for 9 columns")],
)
def test_unusable_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        OutlierDisplay.from_estimator(OutlierDetector().fit(X), X, **arguments)


def test_plots_again_elsewhere_and_makes_a_figure_of_its_own():
    import matplotlib.pyplot as plt

    display = OutlierDisplay.from_estimator(OutlierDetector().fit(X), X)
    assert plt.fignum_exists(display.figure_.number)
    plt.close(display.figure_)
    other = new_axes()
    assert display.plot(other) is display
    assert display.ax_ is other


def test_refuses_what_is_not_fitted():
    with pytest.raises(NotFittedError):
        OutlierDisplay.from_estimator(OutlierDetector(), X, ax=new_axes())


def test_says_how_to_get_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match="pip install matplotlib"):
        OutlierDisplay.from_estimator(OutlierDetector(), X)
