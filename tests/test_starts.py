"""The laws of every start, and what label spreading promises."""

import random
import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.mixture import GaussianMixture

from skflowmix import starts
from skflowmix.starts import FORBIDDEN, STARTS, Problem, respect_labels

every_start = pytest.mark.parametrize("name", STARTS)
seeds = st.integers(0, 2**20)


@st.composite
def problems(draw, most_distinct=40):
    """Rows with a label at least for every class; few of the rows may be distinct."""
    n_components = draw(st.integers(1, 4))
    n_classes = draw(st.integers(1, n_components))
    n, d = draw(st.integers(n_components, 40)), draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(seeds))
    rows = rng.standard_normal((draw(st.integers(1, most_distinct)), d))
    codes = rng.integers(-3, n_classes, n).clip(-1)
    codes[rng.permutation(n)[:n_classes]] = np.arange(n_classes)
    X = rows[rng.integers(len(rows), size=n)]
    return Problem(X, codes, n_components, rng.uniform(0.5, 2, n), reg_covar=1e-6)


def problem_of(X, codes, n_components):
    return Problem(X, np.asarray(codes), n_components, np.ones(len(X)), reg_covar=1e-6)


def propose(name, problem, seed=0):
    return STARTS[name](problem, np.random.RandomState(seed))


def assert_responsibilities(proposed, problem):
    assert proposed.shape == (len(problem.X), problem.n_components)
    assert np.isfinite(proposed).all()
    assert (proposed >= 0).all()
    np.testing.assert_allclose(proposed.sum(1), 1)


@every_start
@given(problems(), seeds)
def test_a_start_is_a_matrix_of_responsibilities(name, problem, seed):
    assert_responsibilities(propose(name, problem, seed), problem)


@every_start
@given(problems(most_distinct=2), seeds)
def test_few_distinct_rows_are_fine(name, problem, seed):
    # No warning either: the test run turns warnings into errors.
    assert_responsibilities(propose(name, problem, seed), problem)


@every_start
@given(problems(most_distinct=2))
def test_singular_covariances_are_fine(name, problem):
    assert_responsibilities(propose(name, replace(problem, reg_covar=0.0)), problem)


@every_start
@given(problems(), seeds)
def test_one_seed_gives_one_proposal(name, problem, seed):
    np.testing.assert_array_equal(propose(name, problem, seed), propose(name, problem, seed))


@every_start
@given(problems(), seeds)
def test_nothing_global_changes(name, problem, seed):
    before = (problem.X.copy(), problem.codes.copy(), problem.sample_weight.copy())
    states = global_states()
    propose(name, problem, seed)
    assert global_states() == states
    after = (problem.X, problem.codes, problem.sample_weight)
    for kept, now in zip(before, after, strict=True):
        np.testing.assert_array_equal(now, kept)


def global_states():
    numpy_state = tuple(map(str, np.random.get_state(legacy=True)))  # noqa: NPY002
    return (
        numpy_state,
        torch.get_rng_state().tolist(),
        random.getstate(),
        torch.get_default_dtype(),
    )


@every_start
@given(problems(), seeds)
def test_every_labelled_row_can_be_given_its_class(name, problem, seed):
    proposed = respect_labels(propose(name, problem, seed), problem.codes)
    assert_responsibilities(proposed, problem)
    labelled = problem.codes >= 0
    one_hot = np.eye(problem.n_components)[problem.codes[labelled]]
    np.testing.assert_array_equal(proposed[labelled], one_hot)


@pytest.mark.parametrize("name", ["kmeans", "k-means++", "gaussian_mixture"])
def test_starts_that_look_at_rows_find_groups_far_apart(name):
    X, group = blobs(3, 20)
    proposed = propose(name, problem_of(X, np.full(60, -1), 3))
    assert len(set(zip(group, proposed.argmax(1), strict=True))) == 3


@pytest.mark.parametrize("name", ["kmeans", "k-means++"])
@given(problems(), seeds)
def test_assignments_are_all_or_nothing(name, problem, seed):
    assert set(np.unique(propose(name, problem, seed))) <= {0.0, 1.0}


@pytest.mark.parametrize("name", ["kmeans", "k-means++"])
@pytest.mark.parametrize(("heavy", "expected"), [((1, 2), [0, 0, 1]), ((0, 1), [0, 1, 1])])
def test_heavy_rows_have_their_own_groups(name, heavy, expected):
    weights = np.ones(3)
    weights[list(heavy)] = 1e6
    problem = Problem(np.array([[0.0], [1.0], [2.0]]), np.full(3, -1), 2, weights, 1e-6)
    labels = propose(name, problem).argmax(1)
    # The light row at the end joins the heavy one next to it.
    np.testing.assert_array_equal(labels == labels[0], np.array(expected) == 0)


@given(problems(), seeds)
def test_random_responsibilities_do_not_look_at_the_rows(problem, seed):
    other = replace(problem, X=problem.X + 1)
    np.testing.assert_array_equal(propose("random", problem, seed), propose("random", other, seed))


def blobs(k, n_each, distance=20.0, seed=0):
    """K groups of rows far apart, and which group each row is from."""
    group = np.repeat(np.arange(k), n_each)
    noise = np.random.default_rng(seed).standard_normal((k * n_each, 2))
    return noise + distance * group[:, None], group


def test_the_log_mask_forbids_what_labels_exclude():
    problem = problem_of(np.zeros((3, 1)), [1, -1, 0], 3)
    expected = [
        [FORBIDDEN, 0, FORBIDDEN],
        [0, 0, 0],
        [0, FORBIDDEN, FORBIDDEN],
    ]
    np.testing.assert_array_equal(problem.log_mask, expected)
    assert problem.n_classes == 2
    assert problem_of(np.zeros((2, 1)), [-1, -1], 1).n_classes == 0


def test_part_of_a_problem_keeps_its_rows_together():
    problem = Problem(np.arange(4.0)[:, None], np.array([0, -1, 1, -1]), 2, np.arange(1.0, 5), 0.1)
    part = problem.take(np.array([2, 3]))
    assert part.X.tolist() == [[2.0], [3.0]]
    assert part.codes.tolist() == [1, -1]
    assert part.sample_weight.tolist() == [3.0, 4.0]
    assert (part.n_components, part.reg_covar) == (2, 0.1)
    for tensor, array in zip(
        part.as_tensors(), (part.X, part.log_mask, part.sample_weight), strict=True
    ):
        assert tensor.dtype == torch.float64
        np.testing.assert_array_equal(tensor, array)


# Gaussian mixtures.


@given(problems(), seeds)
def test_a_gaussian_mixture_keeps_labelled_rows_in_their_class(problem, seed):
    proposed = propose("gaussian_mixture", problem, seed)
    labelled = problem.codes >= 0
    one_hot = np.eye(problem.n_components)[problem.codes[labelled]]
    np.testing.assert_allclose(proposed[labelled], one_hot, atol=1e-12)


def test_a_gaussian_mixture_is_that_of_scikit_learn():
    X, _ = blobs(3, 40, distance=6.0)
    proposed = propose("gaussian_mixture", problem_of(X, np.full(120, -1), 3))
    reference = GaussianMixture(3, random_state=0).fit(X).predict_proba(X)
    order = (proposed.T @ reference).argmax(1)
    np.testing.assert_allclose(proposed, reference[:, order], atol=0.02)


def test_a_gaussian_mixture_is_fitted_to_some_rows_and_asked_about_all(monkeypatch):
    monkeypatch.setattr(starts, "EM_ROWS", 30)
    X, group = blobs(2, 50)
    codes = np.full(100, -1)
    codes[[0, 50]] = [1, 0]
    problem = problem_of(X, codes, 2)
    proposed = propose("gaussian_mixture", problem)
    assert_responsibilities(proposed, problem)
    np.testing.assert_array_equal(proposed.argmax(1), 1 - group)


def test_the_likeliest_gaussian_mixture_wins(monkeypatch):
    X, group = blobs(2, 20)
    problem = problem_of(X, np.full(40, -1), 2)
    right = np.eye(2)[group]
    mixed = np.eye(2)[np.arange(40) % 2]
    proposals = iter([mixed, mixed, right, mixed, mixed])
    monkeypatch.setattr(starts, "kmeans", lambda problem, random_state: next(proposals))
    monkeypatch.setattr(starts, "EM_MAX_ITER", 1)
    np.testing.assert_allclose(propose("gaussian_mixture", problem), right, atol=1e-6)


# Labels.


@given(st.integers(1, 5), st.integers(1, 30), st.integers(0, 5), seeds)
def test_labels_order_the_columns(n_components, n, n_labelled, seed):
    rng = np.random.default_rng(seed)
    proposed = rng.dirichlet(np.ones(n_components), n)
    codes = np.full(n, -1)
    chosen = rng.permutation(n)[:n_labelled]
    codes[chosen] = rng.integers(n_components, size=len(chosen))
    before = proposed.copy()
    ordered = respect_labels(proposed, codes)
    np.testing.assert_array_equal(proposed, before)  # the proposal is left as it was
    np.testing.assert_array_equal(ordered[codes >= 0], np.eye(n_components)[codes[codes >= 0]])
    unlabelled = codes < 0
    assert sorted(map(tuple, ordered[unlabelled].T)) == sorted(map(tuple, proposed[unlabelled].T))


@given(st.integers(1, 5), seeds)
def test_columns_go_to_the_classes_they_are_made_of(n_components, seed):
    rng = np.random.default_rng(seed)
    classes = np.repeat(np.arange(n_components), 3)
    proposed = np.eye(n_components)[rng.permutation(n_components)][classes]  # columns mixed up
    codes = np.where(np.arange(len(classes)) % 3, classes, -1)
    np.testing.assert_array_equal(respect_labels(proposed, codes).argmax(1), classes)


def test_without_labels_columns_stay():
    proposed = np.random.default_rng(0).dirichlet(np.ones(3), 5)
    np.testing.assert_array_equal(respect_labels(proposed, np.full(5, -1)), proposed)


@pytest.mark.parametrize("k", [2, 3])
def test_one_label_a_blob_labels_them_all(k):
    X, group = blobs(k, 30)
    codes = np.full(len(X), -1)
    codes[np.arange(k) * 30] = np.arange(k)[::-1]
    spread = propose("label_spreading", problem_of(X, codes, k))
    np.testing.assert_array_equal(spread.argmax(1), k - 1 - group)
    assert (spread.max(1) > 0.99).all()


def test_rows_that_no_label_reaches_stay_undecided():
    X, group = blobs(3, 30)
    codes = np.full(90, -1)
    codes[[0, 30]] = [0, 1]  # the third blob has no label and no edge to the others
    spread = propose("label_spreading", problem_of(X, codes, 2))
    np.testing.assert_array_equal(spread[:60].argmax(1), group[:60])
    np.testing.assert_allclose(spread[60:], 0.5)


def test_a_far_blob_without_labels_is_a_new_component():
    X, group = blobs(3, 30)
    codes = np.full(90, -1)
    codes[[0, 1, 30]] = [0, 0, 1]
    spread = propose("label_spreading", problem_of(X, codes, 3))
    np.testing.assert_array_equal(spread.argmax(1), group)
    np.testing.assert_array_equal(spread[:, 2], group == 2)


def test_a_second_blob_with_labels_of_a_class_is_no_new_component():
    X, group = blobs(3, 30)
    codes = np.full(90, -1)
    codes[[0, 1, 30, 60]] = [0, 0, 1, 0]
    spread = propose("label_spreading", problem_of(X, codes, 3))
    np.testing.assert_array_equal(spread.argmax(1), np.where(group == 1, 1, 0))


@given(problems(), seeds)
def test_labelled_rows_are_never_in_new_components(problem, seed):
    spread = propose("label_spreading", problem, seed)
    assert not spread[problem.codes >= 0, problem.n_classes :].any()


def test_if_all_rows_are_labelled_labels_are_the_start():
    X, group = blobs(3, 10)
    spread = propose("label_spreading", problem_of(X, group, 3))
    np.testing.assert_array_equal(spread, np.eye(3)[group])


def test_spreading_needs_labels():
    problem = problem_of(np.zeros((4, 1)), np.full(4, -1), 2)
    with pytest.raises(ValueError, match="needs labels in y"):
        propose("label_spreading", problem)


@pytest.mark.parametrize("most", [1, 2, 30, 59, 60])
def test_rows_beyond_the_graph_get_a_class_too(monkeypatch, most):
    monkeypatch.setattr(starts, "SPREADING_ROWS", most)
    X, group = blobs(2, 30)
    codes = np.full(60, -1)
    codes[[3, 40]] = [0, 1]
    problem = problem_of(X, codes, 2)
    spread = propose("label_spreading", problem)
    assert_responsibilities(spread, problem)
    np.testing.assert_array_equal(spread.argmax(1), group)


@given(st.integers(1, 30), st.integers(0, 30), st.integers(1, 40), seeds)
def test_the_graph_holds_all_labelled_rows_and_some_others(n_labelled, n_others, most, seed):
    rng = np.random.default_rng(seed)
    labelled = rng.permutation(np.arange(n_labelled + n_others) < n_labelled)
    chosen = starts._some_rows(labelled, most, np.random.RandomState(seed))
    assert len(chosen) == min(max(most, n_labelled), n_labelled + n_others)
    assert (np.diff(chosen) > 0).all()
    assert set(np.flatnonzero(labelled)) <= set(chosen)


# Doubt.


@given(st.integers(1, 5), st.integers(1, 20), seeds)
def test_doubt_flattens_and_keeps_the_order(n_classes, n, seed):
    probabilities = np.random.default_rng(seed).dirichlet(np.ones(n_classes), n)
    doubted = starts._doubted(probabilities)
    np.testing.assert_allclose(doubted.sum(1), 1)
    assert (doubted.max(1) <= probabilities.max(1) + 1e-9).all()
    ascending = np.take_along_axis(doubted, probabilities.argsort(1), 1)
    assert (np.diff(ascending) >= -1e-12).all()


@pytest.mark.parametrize("n_classes", [1, 2, 5])
def test_certain_rows_are_beyond_doubt(n_classes):
    certain = np.eye(n_classes)
    np.testing.assert_allclose(starts._doubted(certain), certain, atol=1e-10)


def test_undecided_rows_are_shared_evenly():
    close, clear = starts._doubted(np.array([[0.55, 0.45], [0.999, 0.001]]))
    np.testing.assert_allclose(close, 0.5, atol=1e-3)
    assert clear[0] > 0.99


def test_warnings_of_the_libraries_stay_inside():
    X = np.zeros((6, 2))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for name in STARTS:
            propose(name, problem_of(X, [0, -1, -1, 1, -1, -1], 3))
    assert caught == []
