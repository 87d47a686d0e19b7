"""The laws of every start."""

import itertools
import random
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from skflowmix.starts import GROUPERS, STARTS, propose, respect_labels
from tests.starts.examples import (
    TABLES,
    assert_responsibilities,
    blobs,
    groupings,
    problem_of,
    problems,
    proposal,
    seeds,
)

every_start = pytest.mark.parametrize("name", STARTS)
every_grouper = pytest.mark.parametrize("name", GROUPERS)
NESTED = (
    "ward",
    "unscaled_genie",
    "reachability_genie",
    "linked_pieces",
    "unscaled_linked_pieces",
)
"""Groupers that cut one hierarchy at every size."""
BLIND_TO_GAPS = {"random", "random_from_data", "ranked_mixture"}
"""Starts that look at no rows, or at few of them, or know the order of values only."""


@every_start
@given(problems(), seeds)
def test_a_start_is_a_matrix_of_responsibilities(name, problem, seed):
    assert_responsibilities(proposal(name, problem, seed), problem)


@every_start
@given(problems(most_distinct=2), seeds)
def test_few_distinct_rows_are_fine(name, problem, seed):
    # No warning either: the test run turns warnings into errors.
    assert_responsibilities(proposal(name, problem, seed), problem)


@every_start
@given(problems(most_distinct=2))
def test_singular_covariances_are_fine(name, problem):
    assert_responsibilities(proposal(name, replace(problem, reg_covar=0.0)), problem)


def test_rows_beyond_those_that_are_grouped_follow_their_nearest(monkeypatch):
    monkeypatch.setattr("skflowmix.starts.registry.START_ROWS", 60)
    X, groups = blobs(3, 100)
    problem = problem_of(X, np.full(300, -1), 3)
    for start in sorted(set(GROUPERS) - BLIND_TO_GAPS):
        (found,) = propose([start], problem, np.random.RandomState(0))
        assert_responsibilities(found, problem)
        assert adjusted_rand_score(groups, found.argmax(1)) == 1


@every_start
@given(problems(), seeds)
def test_one_seed_gives_one_proposal(name, problem, seed):
    np.testing.assert_array_equal(proposal(name, problem, seed), proposal(name, problem, seed))


@every_start
@given(problems(), seeds)
def test_nothing_global_changes(name, problem, seed):
    before = (problem.X.copy(), problem.codes.copy(), problem.sample_weight.copy())
    states = global_states()
    proposal(name, problem, seed)
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
    proposed = respect_labels(proposal(name, problem, seed), problem.codes)
    assert_responsibilities(proposed, problem)
    labelled = problem.codes >= 0
    one_hot = np.eye(problem.n_components)[problem.codes[labelled]]
    np.testing.assert_array_equal(proposed[labelled], one_hot)


@every_grouper
@given(problems(), seeds, st.data())
def test_a_grouper_answers_for_each_size_in_the_order_of_the_sizes(name, problem, seed, data):
    sizes = data.draw(st.lists(st.integers(1, len(problem.X)), min_size=1, max_size=4))
    assert_groupings(name, problem, sizes, seed)


@every_grouper
@given(problems(most_distinct=2), seeds)
def test_a_grouper_needs_no_more_than_two_distinct_rows(name, problem, seed):
    assert_groupings(name, problem, range(1, len(problem.X) + 1), seed)


@every_grouper
@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("is_equal", [False, True])
def test_there_may_be_a_group_for_each_row(name, n, is_equal):
    X = np.zeros((n, 2)) if is_equal else 10.0 * np.eye(4)[:n]
    problem = problem_of(X, np.full(n, -1), 1)
    found = assert_groupings(name, problem, range(1, n + 1), 0)[-1]
    if not is_equal:
        assert len(np.unique(found.argmax(1))) == n


def assert_groupings(name, problem, sizes, seed):
    """Labels and the number of components of a problem are not what a grouper goes by."""
    free = replace(problem, codes=np.full(len(problem.X), -1), n_components=1)
    found = groupings(name, free, sizes, seed)
    assert len(found) == len(sizes)
    for size, proposed in zip(sizes, found, strict=True):
        assert_responsibilities(proposed, replace(free, n_components=size))
    return found


@pytest.mark.parametrize("name", NESTED)
@given(seeds)
def test_one_hierarchy_is_cut_the_same_whatever_other_sizes_are_asked_for(name, seed):
    rng = np.random.default_rng(seed)
    problem = problem_of(rng.standard_normal((130, 2)), np.full(130, -1), 1)
    sizes = (4, 2, 3)
    found = groupings(name, problem, sizes, seed)
    for size, several in zip(sizes, found, strict=True):
        (alone,) = groupings(name, problem, [size], seed)
        np.testing.assert_array_equal(several, alone)
    assert_nested(*(found[at].argmax(1) for at in (0, 2, 1)))


def assert_nested(*finer_to_coarser):
    for finer, coarser in itertools.pairwise(finer_to_coarser):
        assert len(set(zip(finer, coarser, strict=True))) == len(np.unique(finer))


@pytest.mark.parametrize("name", sorted(set(STARTS) - BLIND_TO_GAPS))
def test_starts_that_look_at_rows_find_groups_far_apart(name):
    X, group = blobs(3, 20)
    proposed = proposal(name, problem_of(X, np.full(60, -1), 3))
    assert len(set(zip(group, proposed.argmax(1), strict=True))) == 3


@every_start
@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("n_classes", [0, 1, 2, 3])
def test_no_table_makes_a_start_warn(name, kind, n_classes):
    """Filters belong to all threads, so that causes are avoided; warnings are errors here."""
    for seed in range(3):
        rng = np.random.default_rng(seed)
        X = TABLES[kind](rng)
        codes = np.full(len(X), -1)
        known = rng.permutation(len(X))[: 4 * n_classes]
        codes[known] = np.arange(len(known)) % max(n_classes, 1)
        problem = replace(problem_of(X, codes, 3), spread=10.0 ** -rng.uniform(0, 4, X.shape[1]))
        assert_responsibilities(proposal(name, problem, seed), problem)


@every_grouper
@pytest.mark.parametrize("kind", TABLES)
def test_no_table_makes_a_grouper_warn(name, kind):
    X = TABLES[kind](np.random.default_rng(0))
    assert_groupings(name, problem_of(X, np.full(len(X), -1), 1), (2, 3), 0)


def test_starts_in_threads_turn_no_warnings_off():
    """Filters that scikit-learn itself sets for a moment may stay; none of them ignores."""
    X = np.random.default_rng(0).standard_normal((30, 2))
    problem = problem_of(X, np.arange(30) % 3 - 1, 3)
    before = ignored_warnings()
    with ThreadPoolExecutor(4) as pool:
        for name in STARTS:
            list(pool.map(lambda seed, name=name: proposal(name, problem, seed), range(12)))
            assert ignored_warnings() <= before


def ignored_warnings():
    return {entry for entry in warnings.filters if entry[0] == "ignore"}
