"""Starts from centres, and from nothing."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from skflowmix.starts import Problem
from tests.starts.examples import problems, propose, seeds


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
