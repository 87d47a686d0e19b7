"""The start from labels that spread."""

import numpy as np
import pytest
from hypothesis import given
from sklearn.datasets import make_moons
from sklearn.linear_model import LogisticRegression
from sklearn.semi_supervised import LabelSpreading

from skflowmix.starts import spreading
from skflowmix.starts.graph import jaccard_graph
from tests.starts.examples import (
    assert_responsibilities,
    blobs,
    problem_of,
    problems,
    proposal,
    seeds,
)


@pytest.mark.parametrize("k", [2, 3])
def test_one_label_a_blob_labels_them_all(k):
    X, group = blobs(k, 30)
    codes = np.full(len(X), -1)
    codes[np.arange(k) * 30] = np.arange(k)[::-1]
    spread = proposal("label_spreading", problem_of(X, codes, k))
    np.testing.assert_array_equal(spread.argmax(1), k - 1 - group)
    assert (spread.max(1) > 0.99).all()


def test_rows_that_no_label_reaches_go_by_a_linear_classifier():
    X, group = blobs(3, 30)
    codes = np.full(90, -1)
    codes[[0, 30]] = [0, 1]  # the third blob has no label and no edge to the others
    spread = proposal("label_spreading", problem_of(X, codes, 2))
    np.testing.assert_array_equal(spread[:60].argmax(1), group[:60])
    linear = LogisticRegression().fit(X[[0, 30]], [0, 1])
    np.testing.assert_allclose(spread[60:], linear.predict_proba(X[60:]), atol=1e-9)


def test_labels_spread_as_in_scikit_learn():
    codes = np.full(200, -1)
    codes[:6] = [0, 1, 2, 0, 1, 1]
    rows = problem_of(np.random.default_rng(0).normal(size=(200, 2)), codes, 3)
    links = jaccard_graph(rows.neighbours(10).indices)
    peer = LabelSpreading(lambda *_: links.copy(), alpha=0.99, max_iter=5000, tol=1e-12)
    expected = peer.fit(rows.X, codes).label_distributions_
    np.testing.assert_allclose(spreading.spread(links, codes), expected, atol=1e-6)


@pytest.mark.parametrize("seed", [31, 34, 46])
def test_bent_groups_are_followed_against_the_linear_classifier(seed):
    """Six labels a moon. Were the graph to count once only, three or four rows would be wrong."""
    X, moon = make_moons(60, noise=0.1, random_state=seed)
    X = (X - X.mean(0)) / X.std(0)
    order = np.random.RandomState(seed).permutation(60)
    known = np.concatenate([order[moon[order] == one][:6] for one in (0, 1)])
    codes = np.full(60, -1)
    codes[known] = moon[known]
    assert LogisticRegression().fit(X[known], moon[known]).score(X, moon) < 0.9
    spread = proposal("label_spreading", problem_of(X, codes, 2))
    np.testing.assert_array_equal(spread.argmax(1), moon)


def test_the_linear_classifier_has_its_say_where_groups_touch():
    """Four labels in each of two clouds. The graph alone would take 25 rows for the other's."""
    cloud = np.repeat([0, 1], 40)
    X = np.random.default_rng(22).normal(size=(80, 2))
    X[:, 0] += 3 * cloud
    codes = np.full(80, -1)
    codes[[*range(4), *range(40, 44)]] = np.repeat([0, 1], 4)
    spread = proposal("label_spreading", problem_of(X / X.std(0), codes, 2))
    assert (spread.argmax(1) != cloud).sum() <= 8


def test_a_far_blob_without_labels_is_a_new_component():
    X, group = blobs(3, 30)
    codes = np.full(90, -1)
    codes[[0, 1, 30]] = [0, 0, 1]
    spread = proposal("label_spreading", problem_of(X, codes, 3))
    np.testing.assert_array_equal(spread.argmax(1), group)
    np.testing.assert_array_equal(spread[:, 2], group == 2)


@pytest.mark.parametrize(("n_labels", "found"), [(1, False), (6, True)])
def test_the_more_labels_the_closer_a_new_component_may_be(n_labels, found):
    """Of four blobs, the new one is nearest to one with labels: three parts are too coarse."""
    blob = np.repeat(np.arange(4), 30)
    X = (
        np.random.default_rng(0).standard_normal((120, 2))
        + np.array([0, 100, 200, 220])[blob, None]
    )
    codes = np.full(120, -1)
    for first, label in ((0, 0), (30, 0), (60, 1)):
        codes[first : first + n_labels] = label
    spread = proposal("label_spreading", problem_of(X, codes, 3))
    assert np.array_equal(spread[:, 2], blob == 3) == found


def test_a_second_blob_with_labels_of_a_class_is_no_new_component():
    X, group = blobs(3, 30)
    codes = np.full(90, -1)
    codes[[0, 1, 30, 60]] = [0, 0, 1, 0]
    spread = proposal("label_spreading", problem_of(X, codes, 3))
    np.testing.assert_array_equal(spread.argmax(1), np.where(group == 1, 1, 0))


@given(problems(), seeds)
def test_labelled_rows_are_never_in_new_components(problem, seed):
    spread = proposal("label_spreading", problem, seed)
    assert not spread[problem.codes >= 0, problem.n_classes :].any()


def test_if_all_rows_are_labelled_labels_are_the_start():
    X, group = blobs(3, 10)
    spread = proposal("label_spreading", problem_of(X, group, 3))
    np.testing.assert_array_equal(spread, np.eye(3)[group])


def test_spreading_needs_labels():
    problem = problem_of(np.zeros((4, 1)), np.full(4, -1), 2)
    with pytest.raises(ValueError, match="needs labels in y"):
        proposal("label_spreading", problem)


@pytest.mark.parametrize("most", [1, 2, 30, 59, 60])
def test_rows_beyond_the_graph_get_a_class_too(monkeypatch, most):
    monkeypatch.setattr(spreading, "SPREADING_ROWS", most)
    X, group = blobs(2, 30)
    codes = np.full(60, -1)
    codes[[3, 40]] = [0, 1]
    problem = problem_of(X, codes, 2)
    spread = proposal("label_spreading", problem)
    assert_responsibilities(spread, problem)
    np.testing.assert_array_equal(spread.argmax(1), group)
