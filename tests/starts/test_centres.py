"""Starts from centres, and from nothing."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from sklearn.metrics import adjusted_rand_score

from skflowmix.data.problem import Problem
from tests.starts.examples import problems, proposal, seeds


@pytest.mark.parametrize("name", ["kmeans", "k-means++", "merged_centres", "random_from_data"])
@given(problems(), seeds)
def test_assignments_are_all_or_nothing(name, problem, seed):
    assert set(np.unique(proposal(name, problem, seed))) <= {0.0, 1.0}


@pytest.mark.parametrize("name", ["kmeans", "k-means++"])
@pytest.mark.parametrize(("heavy", "expected"), [((1, 2), [0, 0, 1]), ((0, 1), [0, 1, 1])])
def test_heavy_rows_have_their_own_groups(name, heavy, expected):
    weights = np.ones(3)
    weights[list(heavy)] = 1e6
    problem = Problem(np.array([[0.0], [1.0], [2.0]]), np.full(3, -1), 2, weights, 1e-6)
    labels = proposal(name, problem).argmax(1)
    # The light row at the end joins the heavy one next to it.
    np.testing.assert_array_equal(labels == labels[0], np.array(expected) == 0)


@given(seeds)
def test_rows_drawn_by_chance_are_heavy_ones_and_take_the_nearest(seed):
    weights = np.array([1.0, 1e-12, 1e-12, 1.0])
    problem = Problem(np.arange(4.0)[:, None], np.full(4, -1), 2, weights, 1e-6)
    labels = proposal("random_from_data", problem, seed).argmax(1)
    np.testing.assert_array_equal(labels == labels[0], [True, True, False, False])


@given(problems(), seeds)
def test_random_responsibilities_do_not_look_at_the_rows(problem, seed):
    other = replace(problem, X=problem.X + 1)
    np.testing.assert_array_equal(
        proposal("random", problem, seed), proposal("random", other, seed)
    )


@given(seeds)
def test_small_groups_beside_a_large_one_are_found_by_merging_centres(seed):
    """Where k-means would rather halve the 900 rows than tell 20 from another 20."""
    random = np.random.default_rng(seed)
    sizes = (900, 20, 20)
    groups = np.repeat(np.arange(3), sizes)
    X = random.normal(size=(940, 2)) * 2 + np.array([[0, 0], [15, 0], [15, 12]])[groups]
    problem = Problem(X, np.full(940, -1), 3, np.ones(940), 1e-6)
    found = proposal("merged_centres", problem, seed).argmax(1)
    assert adjusted_rand_score(groups, found) > 0.95


def test_centres_are_merged_in_the_units_of_the_columns():
    """Two groups apart in the wide column; the narrow one is noise that standardising blew up."""
    random = np.random.default_rng(0)
    wide = np.repeat([-1.0, 1.0], 100) + random.normal(scale=0.1, size=200)
    X = np.column_stack([wide, *random.uniform(-1.7, 1.7, size=(6, 200))])
    spread = np.array([1.0, *[0.01] * 6])
    problem = Problem(X, np.full(200, -1), 2, np.ones(200), 1e-6, spread)
    found = proposal("merged_centres", problem).argmax(1)
    assert adjusted_rand_score(np.repeat([0, 1], 100), found) == 1
