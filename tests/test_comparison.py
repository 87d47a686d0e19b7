"""The comparison: which rows are kept from the fits, what is scored, how it is laid out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture

from skflowmix import FlowGMM
from skflowmix.comparison import (
    Comparison,
    aligned,
    compare,
    on_equal_terms,
    report,
    save_picture,
    split,
)
from skflowmix.data.dequantising import noise_widths
from tests.estimators import blobs

LABELS = ["a", "b", "c", -1]
words = st.text("abcdefgh.-", min_size=1, max_size=9)


def numbered(n):
    """Rows that say which they are."""
    return np.arange(n, dtype=float)[:, None]


@given(st.lists(st.sampled_from(LABELS), min_size=5, max_size=60), st.integers(0, 9))
def test_every_row_is_either_fitted_or_held_out_with_its_label(given_labels, seed):
    y = np.array(given_labels, dtype=object)
    found = split("table", numbered(len(y)), y, seed)
    fitted, held_out = found.X[:, 0].astype(int), found.X_held_out[:, 0].astype(int)
    assert sorted([*fitted, *held_out]) == list(range(len(y)))
    assert found.y.tolist() == y[fitted].tolist()
    known = [row for row in held_out if y[row] != -1]
    if known:
        assert found.X_known[:, 0].tolist() == known
        assert found.y_known.tolist() == y[known].tolist()
    else:
        assert found.X_known is found.y_known is None


@given(st.integers(5, 60), st.integers(0, 9))
def test_without_labels_a_fifth_is_held_out(n, seed):
    found = split("table", numbered(n), None, seed)
    assert sorted([*found.X[:, 0], *found.X_held_out[:, 0]]) == list(range(n))
    assert len(found.X_held_out) == pytest.approx(n / 5, abs=1)
    assert found.y is found.X_known is found.y_known is None


@given(st.integers(0, 20))
def test_classes_keep_their_shares(seed):
    y = np.repeat(np.array(["a", "b", -1], dtype=object), [10, 40, 50])
    found = split("table", numbered(100), y, seed)
    assert [(found.y_known == kind).sum() for kind in "ab"] == [2, 8]


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


def test_the_noise_is_that_of_the_seed():
    X = np.arange(200.0)[:, None] % 4
    one, same, other = (split("steps", X, None, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.X, same.X)
    np.testing.assert_array_equal(one.X_held_out, same.X_held_out)
    assert not np.isin(one.X, other.X).any()


@given(st.integers(0, 9))
def test_rows_of_known_classes_have_the_noise_of_the_rows_held_out(seed):
    y = np.array(["a", "b"], dtype=object)[np.arange(200) % 2]
    found = split("steps", np.arange(200.0)[:, None] % 4, y, seed)
    np.testing.assert_array_equal(found.X_known, found.X_held_out)


@pytest.mark.filterwarnings("error")
def test_a_constant_column_moves_no_score_and_one_in_steps_puts_nobody_ahead():
    X, _ = blobs(300)
    constant = np.c_[X, np.full(300, 2007.0)]
    in_steps = np.c_[X, np.arange(300) % 4]
    mixtures = [GaussianMixture(3, random_state=0), FlowGMM(3, max_iter=0, random_state=0)]
    scores = {
        name: [
            result.log_likelihood
            for result in compare(split(name, rows, None, 0), map(clone, mixtures))
        ]
        for name, rows in (("plain", X), ("constant", constant), ("in steps", in_steps))
    }
    assert scores["constant"] == scores["plain"]
    np.testing.assert_allclose(np.ptp(scores["in steps"]), np.ptp(scores["plain"]), atol=0.1)


def test_the_report_says_what_became_of_the_columns():
    X, names = mixed(200, np.random.default_rng(0))
    rows = split("mixed", X, None, 0, names)
    text = report(compare(rows, [GaussianMixture(k, random_state=0) for k in (1, 2)]), "")
    assert text.splitlines()[-1] == (
        "Columns of mixed: kind, dose of few values, with uniform noise as wide as their steps, "
        "the same for all; year, zero, third constant, left out."
    )
    assert "Columns of" not in report(results(is_known=False), "")


def results(*, is_known, n_components=(3, 2)):
    X, groups = blobs()
    names = np.array(["one", "two", "three"], dtype=object)[groups]
    comparison = split("blobs", X, names, 0) if is_known else split("blobs", X, None, 0)
    return compare(comparison, [GaussianMixture(k, random_state=0) for k in n_components])


def test_scores_are_over_rows_that_were_kept_from_the_fits():
    for result in results(is_known=True):
        rows, fitted = result.comparison, result.estimator
        assert result.log_likelihood == pytest.approx(fitted.score_samples(rows.X_held_out).mean())
        groups = fitted.predict(rows.X_known)
        assert result.adjusted_rand == adjusted_rand_score(rows.y_known, groups)
        assert result.seconds > 0
    assert [result.adjusted_rand for result in results(is_known=False)] == [None, None]


def test_fits_see_the_labels_that_are_not_held_out():
    class Recorder(GaussianMixture):
        def fit(self, X, y=None):
            self.labels_seen_ = y
            return super().fit(X)

    X, groups = blobs()
    comparison = split("blobs", X, groups.astype(object), 0)
    (result,) = compare(comparison, [Recorder(3, random_state=0)])
    np.testing.assert_array_equal(result.estimator.labels_seen_, comparison.y)


def test_the_report_has_no_column_without_anything_in_it():
    known, unknown = (
        report(results(is_known=True), "the rows"),
        report(results(is_known=False), ""),
    )
    assert known.splitlines()[0].split("  ")[-3].strip() == "adjusted Rand index"
    assert "groups against true classes, over the rows." in known
    assert "Rand" not in unknown
    for text in (known, unknown):
        assert text.endswith(
            "Log-likelihood: nats per row, over the 20% of the rows kept from the fit."
        )


def test_the_report_says_when_labels_were_too_few():
    X, _ = blobs()
    y = np.array(["only"] + [-1] * (len(X) - 1), dtype=object)
    comparison = Comparison("blobs", X, y, X)
    text = report(compare(comparison, [GaussianMixture(2, random_state=0)]), "")
    assert "No adjusted Rand index: too few labels" in text


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


def test_the_picture_is_where_it_says(tmp_path):
    pytest.importorskip("matplotlib")
    path = str(tmp_path / "picture.svg")
    assert save_picture(results(is_known=True), path, ("width", "height")) == f"Picture: {path}"
    with open(path, encoding="utf-8") as file:
        assert "<svg" in file.read()
