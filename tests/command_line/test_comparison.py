"""The comparison: which rows are kept from the fits, what is scored, how it is laid out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture

from skflowmix import FlowGMM
from skflowmix.command_line.comparison import (
    Comparison,
    compare,
    comparison_figure,
    on_equal_terms,
    report,
)
from skflowmix.command_line.text_tables import aligned
from skflowmix.data.dequantising import noise_widths
from tests.estimators import blobs

words = st.text("abcdefgh.-", min_size=1, max_size=9)


def mixed(n, rng):
    """Columns of every kind, and their names."""
    columns = {
        "size": rng.standard_normal(n),
        "kind": rng.integers(0, 3, n) * 10.0,
        "year": np.full(n, 2007.0),
        "dose": np.where(rng.random(n) < 0.7, 0.0, rng.random(n)),
        "zero": np.zeros(n),
        "third": np.full(n, 1 / 3),
    }
    return np.column_stack(list(columns.values())), list(columns)


@given(st.integers(0, 99))
def test_no_column_that_is_compared_comes_in_steps_and_none_is_constant(seed):
    rng = np.random.default_rng(seed)
    X, names = mixed(200, rng)
    found, held_out, columns = on_equal_terms(X[:150], X[150:], seed, names)
    assert columns.compared == ("size", "kind", "dose")
    assert columns.noisy == ("kind", "dose")
    assert columns.constant == ("year", "zero", "third")
    widths = noise_widths(X[:150])[[0, 1, 3]]
    for part, before in ((found, X[:150]), (held_out, X[150:])):
        moved = part - before[:, [0, 1, 3]]
        assert (moved[:, 0] == 0).all()
        assert (np.abs(moved) <= widths / 2 + 1e-9).all()
        assert (np.abs(np.corrcoef(moved[:, 1], moved[:, 2])[0, 1])) < 0.6
    assert not noise_widths(found).any()


@given(st.integers(0, 99))
def test_continuous_columns_are_compared_as_they_come(seed):
    X = np.random.default_rng(seed).standard_normal((50, 3))
    found, held_out, columns = on_equal_terms(X[:40], X[40:], seed)
    np.testing.assert_array_equal(np.r_[found, held_out], X)
    assert (columns.compared, columns.noisy, columns.constant) == (("0", "1", "2"), (), ())


def test_nothing_but_constant_columns_is_compared_with_noise():
    X = np.tile([2007.0, 0.0], (50, 1))
    found, held_out, columns = on_equal_terms(X[:40], X[40:], 0)
    assert (columns.noisy, columns.constant) == (("0", "1"), ())
    assert (np.ptp(np.r_[found, held_out], axis=0) > 0).all()


def compared(X, y=None, names=None, seed=0):
    """Rows of which the last fifth is held out."""
    n = 4 * len(X) // 5
    rows, held_out, columns = on_equal_terms(X[:n], X[n:], seed, names)
    return Comparison("table", rows, held_out, np.zeros(n) if y is None else y[:n], columns)


def test_the_noise_is_that_of_the_seed():
    X = np.arange(200.0)[:, None] % 4
    one, same, other = (compared(X, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.X, same.X)
    np.testing.assert_array_equal(one.X_held_out, same.X_held_out)
    assert not np.isin(one.X, other.X).any()


@pytest.mark.filterwarnings("error")
def test_a_constant_column_moves_no_score_and_one_in_steps_puts_nobody_ahead():
    X, groups = blobs(300)
    constant = np.c_[X, np.full(300, 2007.0)]
    in_steps = np.c_[X, np.arange(300) % 4]
    mixtures = [
        GaussianMixture(3, random_state=0),
        FlowGMM(3, max_iter=0, init_params=np.eye(3)[groups[:240]], random_state=0),
    ]
    scores = {
        name: [result.log_likelihood for result in compare(compared(rows), map(clone, mixtures))]
        for name, rows in (("plain", X), ("constant", constant), ("in steps", in_steps))
    }
    assert scores["constant"] == scores["plain"]
    np.testing.assert_allclose(np.ptp(scores["in steps"]), np.ptp(scores["plain"]), atol=0.1)


def test_the_report_says_what_became_of_the_columns():
    X, names = mixed(200, np.random.default_rng(0))
    rows = compared(X, names=names)
    text = report(compare(rows, [GaussianMixture(k, random_state=0) for k in (1, 2)]), "")
    assert text.splitlines()[-1] == (
        "Columns of table: kind, dose of few values, with uniform noise as wide as their steps, "
        "the same for all; year, zero, third constant, left out."
    )
    assert "Columns of" not in report(results(), "")


def results(n_components=(3, 2)):
    X, groups = blobs()
    comparison = compared(X, groups)
    return compare(comparison, [GaussianMixture(k, random_state=0) for k in n_components])


def test_scores_are_over_rows_that_were_kept_from_the_fits():
    for result in results():
        rows, fitted = result.comparison, result.estimator
        assert result.log_likelihood == pytest.approx(fitted.score_samples(rows.X_held_out).mean())
        assert result.adjusted_rand == adjusted_rand_score(rows.y, fitted.predict(rows.X))
        assert result.seconds > 0


def test_fits_see_no_labels():
    class Recorder(GaussianMixture):
        def fit(self, X, y=None):
            self.labels_seen_ = y
            return super().fit(X)

    X, groups = blobs()
    (result,) = compare(compared(X, groups), [Recorder(3, random_state=0)])
    assert result.estimator.labels_seen_ is None


def test_the_report_says_over_which_rows_it_is():
    text = report(results(), "the rows")
    assert text.splitlines()[0].split("  ")[-3].strip() == "adjusted Rand index"
    assert "groups against true classes, over the rows." in text
    assert text.endswith(
        "Log-likelihood: nats per row, over the 20% of the rows kept from the fit."
    )


@given(
    st.integers(2, 4).flatmap(
        lambda n: st.lists(st.lists(words, min_size=n, max_size=n), min_size=2, max_size=5)
    )
)
def test_columns_are_aligned(lines):
    header, rule, *rest = aligned(lines, n_left=1).splitlines()
    assert [line.split() for line in (header, *rest)] == lines
    assert set(rule) <= {"-", " "}
    assert len({len(line) for line in (header, rule, *rest)}) == 1  # right edges
    first_width = rule.index(" ")
    assert all(line[first_width : first_width + 2] == "  " for line in (header, *rest))


def test_aligned_columns_look_like_this():
    text = aligned([["name", "x"], ["a", "1.50"], ["longer", "-10.25"]], n_left=1)
    assert text.splitlines() == [
        "name         x",
        "------  ------",
        "a         1.50",
        "longer  -10.25",
    ]


def test_the_picture_has_a_panel_for_each_estimator():
    pytest.importorskip("matplotlib")
    (row,) = comparison_figure(results()).subfigs
    assert row.get_suptitle() == "table (96 rows of the fit)"
    titles = [ax.get_title().split("\n") for ax in row.axes]
    assert [title[0] for title in titles] == ["GaussianMixture"] * 2
    assert all(title[1].startswith("adjusted Rand index ") for title in titles)
