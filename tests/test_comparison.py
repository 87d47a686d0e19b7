"""The comparison: which rows are kept from the fits, what is scored, how it is laid out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture

from skflowmix.comparison import Comparison, aligned, compare, report, save_picture, split
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
