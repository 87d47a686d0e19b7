"""Which of several models that were trained side by side is kept."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.fitting.selection import best_start, compare, group_scores
from skflowmix.fitting.training import start_models
from tests.fitting.examples import clouds, every_family, observations, task_for
from tests.fitting.examples import given as starts_given


def models(kind, data, groupings, **changed):
    """Return a task and a model for each grouping ``(R, n)``: the Gaussians of its groups."""
    task, candidates = starts_given(data, groupings, kind, **changed)
    rows, moments = candidates.split.everything, candidates.moments.everything
    return task, start_models(task.family, moments, rows, 1e-6, torch.Generator())


def groupings_of(groups):
    """Groups, such as are drawn by lot, and such that halve the rows at random."""
    rng = np.random.default_rng(0)
    return [rng.permutation(groups), groups, rng.integers(2, size=len(groups))]


@every_family
def test_the_model_whose_groups_lie_apart_is_kept_whatever_the_densities(kind):
    X, groups = clouds(120)
    task, model = models(kind, observations(X), groupings_of(groups))
    scores = np.array([3.0, 1.0, 2.0])
    criteria = compare(task, model, scores)
    assert best_start(criteria) == 1
    np.testing.assert_array_equal(criteria["validation_score"], scores)
    np.testing.assert_array_equal(criteria["trained_score"], group_scores(task, model))


@pytest.mark.parametrize("case", ["one component", "labels", "one model"])
@every_family
def test_where_there_is_no_choice_of_groups_densities_decide(kind, case):
    X, groups = clouds(60)
    codes = groups if case == "labels" else None
    groupings = groupings_of(groups)[: 1 if case == "one model" else 3]
    n_components = 1 if case == "one component" else 2
    if n_components == 1:
        groupings = [np.zeros(60, dtype=int)] * 3
    task, model = models(kind, observations(X, codes, n_components), groupings)
    scores = np.array([1.0, 2.0, 3.0])[: len(groupings)]
    criteria = compare(task, model, scores)
    np.testing.assert_array_equal(criteria["trained_score"], scores)
    assert best_start(criteria) == len(groupings) - 1


@every_family
def test_scores_depend_on_neither_the_order_of_rows_nor_on_copies(kind):
    X, groups = clouds(90, distance=3.0)
    groupings = groupings_of(groups)
    task, model = models(kind, observations(X), groupings)
    expected = group_scores(task, model)
    order = np.random.default_rng(1).permutation(90)
    for rows in (order, np.repeat(np.arange(90), 2)):
        task, model = models(kind, observations(X[rows]), [own[rows] for own in groupings])
        np.testing.assert_allclose(group_scores(task, model), expected, atol=1e-4)


@every_family
def test_rows_that_are_not_fitted_have_no_say(kind):
    X, groups = clouds(90, distance=3.0)
    weights = np.ones(90)
    weights[::3] = 0
    fitted = np.flatnonzero(weights)
    groupings = [own[fitted] for own in groupings_of(groups)]
    task, model = models(kind, observations(X[fitted]), groupings)
    moved = np.where(weights[:, None] > 0, X, 1e3)
    other = task_for(observations(moved, weights=weights), kind)
    np.testing.assert_allclose(group_scores(other, model), group_scores(task, model), atol=1e-6)


@every_family
def test_a_model_that_leaves_a_group_empty_is_not_kept_where_another_does_not(kind):
    X, groups = clouds(90, distance=3.0)
    three = groups + 2 * (np.arange(90) < 20)
    empty = np.where(three < 2, three, groups)
    task, model = models(kind, observations(X, n_components=3), [empty, three.clip(max=2)])
    assert best_start(compare(task, model, np.array([1.0, 0.0]))) == 1


@given(st.lists(st.sampled_from([0.1, 0.5, 0.9]), min_size=1, max_size=6), st.data())
def test_the_best_has_the_largest_score_and_of_equals_is_the_likeliest(scores, data):
    likely = data.draw(st.permutations(range(len(scores))))
    best = best_start(
        {"trained_score": np.array(scores), "validation_score": np.array(likely, dtype=float)}
    )
    assert scores[best] == max(scores)
    equals = [place for place, score in enumerate(scores) if score == max(scores)]
    assert likely[best] == max(likely[place] for place in equals)


@every_family
def test_of_models_with_the_same_groups_by_other_names_the_likeliest_is_kept(kind):
    X, groups = clouds(90, distance=3.0)
    task, model = models(kind, observations(X), [*groupings_of(groups), 1 - groups])
    for likeliest in (1, 3):
        scores = np.where(np.arange(4) == likeliest, 1.0, 0.0)
        assert best_start(compare(task, model, scores)) == likeliest
