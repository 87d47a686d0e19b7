"""Modes of densities of numbers and categories."""

import numpy as np
import pytest

from skflowmix.data.embedding import Embedding
from skflowmix.data.problem import Problem
from skflowmix.starts import find_profiles


def mixed_problem(n=200, seed=0):
    """Two kinds of rows, which differ in a number and in a category."""
    rng = np.random.default_rng(seed)
    kind = np.arange(n) % 2
    numbers = 4 * kind[:, None] + rng.standard_normal((n, 1))
    numbers = (numbers - numbers.mean()) / numbers.std()
    levels = np.where(rng.random(n) < 0.05, 1 - kind, kind)[:, None].astype(float)
    weights = np.ones(n)
    problem = Problem(numbers, np.full(n, -1), 1, weights, 1e-6, levels=levels)
    return problem.embedded(Embedding.of(levels, [2], weights, 1)), kind


def test_each_mode_is_of_one_kind_of_rows():
    problem, kind = mixed_problem()
    (found,) = find_profiles(problem)
    assert found.shape[1] > 1
    np.testing.assert_allclose(found.sum(1), 1)
    counts = np.stack([found[kind == each].sum(0) for each in (0, 1)])
    assert counts.max(0).sum() > 0.95 * len(kind)


@pytest.mark.parametrize("size", [1, 3])
def test_a_number_of_modes_may_be_asked_for(size):
    problem, _ = mixed_problem(40)
    assert find_profiles(problem, 3, (size,)).shape == (3, 40, size)


def test_profiles_depend_on_the_rows_alone():
    problem, _ = mixed_problem()
    np.testing.assert_array_equal(find_profiles(problem), find_profiles(problem))


def test_few_rows_have_few_modes():
    problem, _ = mixed_problem(12)
    assert find_profiles(problem).shape == (1, 12, 1)
