"""Starts propose groupings, noise is added, rows are held out."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.fitting import proposals
from skflowmix.fitting.proposals import Split, StartMoments, propose_candidates, rows_to_hold_out
from tests.fitting.examples import (
    CPU,
    FAMILIES,
    SMALL,
    architecture,
    clouds,
    every_family,
    observations,
    rows_of,
    task_for,
)

seeds = st.integers(0, 2**20)


def candidates(data, **changed):
    """Return a task and what is proposed for it."""
    task = task_for(data, **changed)
    return task, propose_candidates(task, np.random.RandomState(0))


def test_columns_in_steps_are_moved_within_their_steps_and_others_stay():
    X, _ = clouds(200)
    X[:, 1] = np.round(X[:, 1])
    task = task_for(observations(X))
    with pytest.warns(UserWarning, match=r"columns \[1\] hold few distinct"):
        split = propose_candidates(task, np.random.RandomState(0)).split
    moved = task.scaling.undo(split.everything.x.double().numpy()) - X[task.numbers]
    np.testing.assert_allclose(moved[:, 0], 0, atol=1e-5)
    assert 0.4 < np.abs(moved[:, 1]).max() <= 0.5001
    assert np.abs(moved[:, 1]).mean() == pytest.approx(0.25, rel=0.2)


@given(seeds)
def test_continuous_rows_stay_what_they_are(seed):
    X, groups = clouds(40, seed=seed)
    weights = np.random.default_rng(seed).uniform(0.5, 2, 40)
    codes = np.where(np.arange(40) < 10, groups, -1)
    task, found = candidates(observations(X, codes, weights=weights))
    rows = found.split.everything
    np.testing.assert_allclose(rows.x, task.problem.X, rtol=1e-6, atol=1e-6)
    weights, codes = weights[task.numbers], codes[task.numbers]
    np.testing.assert_allclose(rows.weights, weights / weights.mean(), rtol=1e-6)
    assert rows.x.device == CPU
    is_allowed = rows.log_mask == 0
    assert (is_allowed.sum(1).numpy() == np.where(codes < 0, 2, 1)).all()
    known = codes >= 0
    assert is_allowed[known, codes[known]].all()


@given(st.integers(1, 3), st.sampled_from(["random", "kmeans", "ward"]))
def test_a_start_is_proposed_as_often_as_it_is_asked_for(n_init, name):
    X, _ = clouds(40)
    _, found = candidates(observations(X), init_params=name, n_init=n_init)
    assert found.names == [name] * n_init
    start = found.split.everything.start
    assert start.shape == (n_init, 40, 2)
    torch.testing.assert_close(start.sum(-1), torch.ones(start.shape[:2]))


@pytest.mark.parametrize("n_init", [1, 3, 99])
def test_where_nothing_is_asked_for_the_best_groupings_are_proposed(n_init):
    X = np.random.default_rng(0).normal(size=(60, 3))
    task, found = candidates(observations(X), init_params="auto", n_init=n_init)
    names, proposals = task.choice.best(n_init)
    assert found.names == names == task.choice.names[:n_init]
    expected = torch.as_tensor(np.stack(proposals)).float()
    torch.testing.assert_close(found.split.everything.start, expected)


@pytest.mark.parametrize(
    ("codes", "n_components", "name"),
    [
        (None, 1, "gaussian_mixture"),
        ([0, -1], 1, "gaussian_mixture"),
        ([0, 1], 2, "pooled_experts"),
    ],
)
def test_where_there_is_no_choice_one_start_is_run_as_often_as_asked(codes, n_components, name):
    X, _ = clouds(40)
    known = None if codes is None else np.r_[codes, np.full(38, -1)]
    data = observations(X, known, n_components)
    task, found = candidates(data, init_params="auto", n_init=2)
    assert task.choice is None
    assert found.names == [name, name]


def test_a_start_of_the_users_own_is_taken_row_by_row():
    X, _ = clouds(40)
    own = np.random.default_rng(0).uniform(size=(40, 2))
    weights = np.where(np.arange(40) % 4 == 1, 0.0, 1.0)
    task, found = candidates(observations(X, weights=weights), init_params=own, n_init=3)
    assert found.names == ["given"]
    (start,) = found.split.everything.start.double().numpy()
    np.testing.assert_allclose(start.sum(1), 1, rtol=1e-6)
    np.testing.assert_allclose(
        start[:, 0] / start[:, 1], own[task.numbers, 0] / own[task.numbers, 1], rtol=1e-5
    )


@pytest.mark.parametrize("name", ["kmeans", "auto", "own"])
def test_every_start_respects_the_labels(name):
    X, groups = clouds(60)
    codes = np.where(np.arange(60) < 30, 1 - groups, -1)
    start = np.full((60, 2), 0.5) if name == "own" else name
    task, found = candidates(observations(X, codes), init_params=start)
    (start,) = found.split.everything.start.numpy()
    codes = codes[task.numbers]
    assert (start.argmax(1) == codes)[codes >= 0].all()
    assert (start.max(1) == 1)[codes >= 0].all()


@given(st.integers(1, 3))
def test_modes_of_a_component_share_its_rows(n_modes):
    X, _ = clouds(60)
    own = np.random.default_rng(0).dirichlet(np.ones(2), 60)
    data = observations(X)
    task, found = candidates(data, init_params=own, design=replace(SMALL, n_modes=n_modes))
    rows = found.split.everything
    assert rows.start.shape == (1, 60, 2 * n_modes)
    np.testing.assert_allclose(rows.groups[0], own[task.numbers], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("asked", "expected"), [("auto", [4, 1, 1]), (3, [3, 3, 3]), (1, [1, 1, 1])]
)
def test_each_class_has_modes_of_its_own_unless_all_have_as_many(asked, expected):
    X, _ = clouds(120)
    codes = np.r_[np.zeros(40, int), np.ones(5, int), np.full(75, -1)]
    design = replace(SMALL, n_modes=asked)
    task = task_for(observations(X, codes, 3), design=design)
    assert proposals.modes_of_each(task).tolist() == expected
    assert task.family.architecture.n_modes == max(expected)


def taught(n_components):
    """A task whose third cloud has no labels, and the cloud of each row."""
    X, groups = clouds(90, k=3, distance=15.0)
    codes = np.where((np.arange(90) < 30) & (groups < 2), groups, -1)
    task = task_for(observations(X, codes, n_components), init_params="auto")
    return task, groups[task.numbers]


def test_with_as_many_components_as_classes_a_start_is_what_experts_say():
    task, groups = taught(2)
    start = proposals.responsibilities_by(task.answers, task.problem, np.random.RandomState(0))
    np.testing.assert_allclose(start, task.answers.proba)
    np.testing.assert_array_equal(start[groups < 2].argmax(axis=1), groups[groups < 2])


def test_a_cloud_without_labels_starts_as_a_component_of_its_own():
    task, groups = taught(3)
    start = proposals.responsibilities_by(task.answers, task.problem, np.random.RandomState(0))
    np.testing.assert_array_equal(start[:, 2], groups == 2)
    np.testing.assert_array_equal(start.argmax(axis=1), groups)
    np.testing.assert_allclose(start.sum(axis=1), 1)
    np.testing.assert_allclose(start[groups < 2, :2], task.answers.proba[groups < 2])


def test_a_fit_that_goes_on_has_no_opinion():
    X, _ = clouds(40)
    task = replace(task_for(observations(X)), previous=SimpleNamespace(noise_widths=None))
    found = propose_candidates(task, np.random.RandomState(0))
    assert found.names == ["last fit"]
    assert found.split.everything.start.shape == (1, 40, 2)
    assert (found.split.everything.start == 0.5).all()


@pytest.mark.parametrize(
    ("changed", "n_held"),
    [
        ({}, 15),
        ({"validation_fraction": 0.5}, 30),
        ({"early_stopping": False}, 0),
        ({"max_iter": 0}, 0),
        ({"max_iter": 1}, 15),
    ],
)
def test_rows_are_held_out_where_training_can_stop_early(changed, n_held):
    data = observations(clouds(60)[0])
    task, found = candidates(data, **changed)
    split = found.split
    assert rows_to_hold_out(task, np.random.RandomState(0)).sum() == n_held
    (mask,) = split.mask
    assert mask.sum() == n_held
    assert len(split.everything) == 60
    assert len(split.held) == (n_held or 60)
    assert len(split.training) == 60 - n_held
    np.testing.assert_array_equal(split.held.x, split.everything.x[mask | (n_held == 0)])
    np.testing.assert_array_equal(split.training.x, split.everything.x[~mask])


def test_every_class_is_held_out_in_its_share():
    X, groups = clouds(80, k=4)
    codes = np.where(groups == 3, -1, groups)
    task = task_for(observations(X, codes, 4))
    (mask,) = rows_to_hold_out(task, np.random.RandomState(0))
    assert np.bincount(groups[task.numbers][mask]).tolist() == [5, 5, 5, 5]


@given(st.sampled_from(sorted(FAMILIES)), st.integers(0, 12), seeds)
def test_moments_of_all_rows_are_those_of_both_parts(name, n_held, seed):
    rng = np.random.default_rng(seed)
    X, groups = clouds(30, seed=seed)
    rows = rows_of(
        X, [groups, 1 - groups, groups * 0 + 1], weights=rng.dirichlet(np.ones(30)) * 30
    )
    mask = rng.permutation(30)[np.newaxis] < n_held
    family = FAMILIES[name](architecture())
    split = Split.of(rows, mask)
    found = StartMoments.of(split, family)
    whole = StartMoments.of(Split.of(rows, np.zeros((1, 30), dtype=bool)), family)
    kept = StartMoments.of(
        Split.of(split.training, np.zeros((1, 30 - n_held), dtype=bool)), family
    )
    for part in ("counts", "first", "second"):
        own, expected = getattr(found.everything, part), getattr(whole.training, part)
        torch.testing.assert_close(own, expected, rtol=1e-4, atol=1e-3)
        torch.testing.assert_close(getattr(found.training, part), getattr(kept.training, part))
        some, few = found.of_starts([2, 0]), split.of_starts([2, 0])
        torch.testing.assert_close(getattr(some.everything, part), own[[2, 0]])
        torch.testing.assert_close(
            getattr(some.training, part), getattr(found.training, part)[[2, 0]]
        )
    for part in ("everything", "training", "held"):
        before, after = getattr(split, part), getattr(few, part)
        assert torch.equal(after.start, before.start[[2, 0]])
        assert torch.equal(after.x, before.x)
    assert len(few.everything.start) == 2
    assert (few.mask == mask).all()


@every_family
def test_moments_do_not_depend_on_the_chunks(kind, monkeypatch):
    X, groups = clouds(60)
    rows, family = rows_of(X, groups), kind(architecture())
    split = Split.of(rows, np.zeros((1, 60), dtype=bool))
    whole = StartMoments.of(split, family).training
    monkeypatch.setattr("skflowmix.families.architecture.CHUNK_NUMBERS", 1)
    torch.testing.assert_close(StartMoments.of(split, family).training.second, whole.second)


def test_starts_are_proposed_for_the_problem_of_the_task(monkeypatch):
    seen = []

    def watched(names, problem, random_state, on_step):
        seen.append(problem)
        return [np.full((len(problem.X), 2), 0.5) for _ in names]

    monkeypatch.setattr(proposals, "propose", watched)
    task, _ = candidates(observations(clouds()[0]))
    assert seen == [task.problem]
