"""Models of starts, what early stopping sees of them, and how they are trained."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Generator

from skflowmix.families.latent import LatentFamily
from skflowmix.families.separate import SeparateFamily
from skflowmix.fitting.proposals import Split, StartMoments, propose_candidates
from skflowmix.fitting.training import (
    masked_log_prob,
    mean_bound,
    settings,
    start_models,
    trainer_for,
    with_guard,
)
from tests.fitting.examples import (
    FAMILIES,
    SMALL,
    architecture,
    clouds,
    every_family,
    observations,
    rows_of,
    task_for,
)

families = st.sampled_from(sorted(FAMILIES))
seeds = st.integers(0, 2**20)


def model_of(family, rows, reg_covar=1e-6):
    """Return the models of the starts of rows, before any step."""
    moments = moments_of(rows, family)
    return start_models(family, moments, rows, reg_covar, Generator())


def moments_of(rows, family):
    """Return the moments of all rows under their starts."""
    return StartMoments.of(Split.of(rows, np.zeros(len(rows), dtype=bool)), family).everything


def gaussians_of(model):
    """Weights, means and covariances of the Gaussians of a model without a guard."""
    mixture = model.mixture
    return (mixture.base if hasattr(mixture, "base") else mixture).gaussians()


NARROW_AND_WIDE = np.r_[[-1.0, 1.0] * 10, [17.0, 23.0] * 10][:, None]
"""Rows around 0 of variance 1, and as many around 20 of variance 9."""
SIDES = (NARROW_AND_WIDE[:, 0] > 10).astype(int)


@pytest.mark.parametrize(("codes", "narrow", "wide"), [(None, 1.0, 9.0), (SIDES, 2.2, 7.8)])
@every_family
def test_labels_draw_covariances_to_the_pooled_one_by_three_tenths(kind, codes, narrow, wide):
    rows = rows_of(NARROW_AND_WIDE, SIDES, codes)
    model = model_of(kind(architecture(n_features=1)), rows)
    _, means, covariances = gaussians_of(model)
    torch.testing.assert_close(
        covariances.flatten(), torch.tensor([narrow, wide]), rtol=1e-4, atol=0
    )
    torch.testing.assert_close(means.flatten(), torch.tensor([0.0, 20.0]), rtol=1e-4, atol=1e-4)


@every_family
def test_the_ridge_is_added_to_the_variances_of_the_start(kind):
    rows = rows_of(NARROW_AND_WIDE, SIDES)
    model = model_of(kind(architecture(n_features=1)), rows, reg_covar=0.5)
    _, _, covariances = gaussians_of(model)
    torch.testing.assert_close(covariances.flatten(), torch.tensor([1.5, 9.5]), rtol=1e-4, atol=0)


@pytest.mark.parametrize("covariance_type", ["tied", "diag", "spherical"])
def test_covariances_of_the_start_are_of_the_type_asked_for(covariance_type):
    X = np.random.default_rng(0).normal(size=(40, 2)) @ np.array([[3.0, 1.0], [0.0, 1.0]])
    X[::2] *= 2
    family = LatentFamily(architecture(covariance_type=covariance_type))
    _, _, ((one, other),) = gaussians_of(model_of(family, rows_of(X, np.arange(40) % 2)))
    is_diagonal = covariance_type != "tied"
    assert torch.equal(one, other) == (covariance_type == "tied")
    assert (abs(one[0, 1]) < 1e-5) == is_diagonal
    assert torch.isclose(one[0, 0], one[1, 1], rtol=1e-4) == (covariance_type == "spherical")


@given(families, seeds)
def test_what_early_stopping_sees_of_a_labelled_row_is_its_own_component(name, seed):
    X, groups = clouds(20, seed=seed, distance=1.0)
    codes = np.where(np.arange(20) < 10, 1 - groups, -1)
    family = FAMILIES[name](architecture())
    rows = rows_of(X, [groups, 1 - groups], codes)
    model = model_of(family, rows_of(X, [groups, 1 - groups]))
    joint = model.mixture.joint_log_prob(rows.x).detach()
    seen = masked_log_prob(model, family, rows)
    torch.testing.assert_close(seen[:, :10], joint[:, range(10), codes[:10]])
    torch.testing.assert_close(seen[:, 10:], joint[:, 10:].logsumexp(-1))


@given(families, seeds)
def test_bounds_are_weighted_means_and_below_the_likelihood(name, seed):
    X, groups = clouds(20, seed=seed, distance=1.0)
    rng = np.random.default_rng(seed)
    twice = rng.integers(1, 3, 20)
    family = FAMILIES[name](architecture())
    rows = rows_of(X, groups, weights=twice / twice.mean())
    repeated = rows_of(X.repeat(twice, 0), groups.repeat(twice))
    model = model_of(family, rows)
    bound = mean_bound(model, family, rows)
    torch.testing.assert_close(bound, mean_bound(model, family, repeated))
    assert (bound <= rows.mean(masked_log_prob(model, family, rows)) + 1e-6).all()


def trained(kind, codes=None, **changed):
    """Return a model of two clouds, its trainer, and rows trained on and held out."""
    X, groups = clouds()
    data = observations(X, None if codes is None else codes(groups))
    task = task_for(data, kind, **changed)
    split = propose_candidates(task, np.random.RandomState(0)).split
    model = model_of(task.family, split.training)
    return model, trainer_for(model, task, split), split


@pytest.mark.parametrize("codes", [None, lambda groups: groups], ids=["free", "labelled"])
@every_family
def test_training_watches_the_rows_that_are_held_out(kind, codes):
    model, trainer, split = trained(kind, codes)
    joint = model.mixture.joint_log_prob(split.held.x) + split.held.log_mask
    expected = (joint.logsumexp(-1) * split.held.weights).mean(-1)
    torch.testing.assert_close(trainer.objective.score(), expected.detach())


@every_family
def test_the_loss_is_of_the_rows_with_these_numbers(kind):
    model, trainer, split = trained(kind)
    numbers, progress = torch.tensor([3, 5, 8]), torch.tensor(0.3)
    alone = split.training.take(numbers)
    family = task_for(observations(clouds()[0]), kind).family
    expected = family.loss(model, alone, progress)
    torch.testing.assert_close(trainer.objective.loss(numbers, progress), expected)


def test_closed_form_steps_move_the_gaussians_of_one_family():
    for kind, is_moved in ((LatentFamily, True), (SeparateFamily, False)):
        model, trainer, _ = trained(kind, reg_covar=0.7)
        mixture = model.mixture.undefended
        before = [parameter.clone() for parameter in mixture.parameters()]
        trainer.objective.after_epoch(0.2)
        pairs = zip(before, mixture.parameters(), strict=True)
        assert all(torch.allclose(a, b, atol=1e-4) for a, b in pairs) != is_moved


@every_family
def test_only_some_parameters_decay_and_none_of_the_gaussians(kind):
    model, trainer, _ = trained(kind)
    decaying = {id(p) for p in trainer.objective.decaying}
    assert 0 < len(decaying) < len(list(model.parameters()))
    mixture = model.mixture.undefended
    gaussians = mixture.base if hasattr(mixture, "base") else mixture.affine
    assert not decaying & {id(p) for p in gaussians.parameters()}


@every_family
def test_settings_are_those_that_were_asked_for(kind):
    asked = {
        "max_iter": 7,
        "batch_size": 11,
        "learning_rate_init": 0.3,
        "weight_decay": 0.4,
        "tol": 0.5,
        "n_iter_no_change": 6,
    }
    found = settings(task_for(observations(clouds()[0]), kind, **asked))
    assert found.batch_size == 11
    assert found.learning_rate == 0.3
    for name in ("max_iter", "weight_decay", "tol", "n_iter_no_change"):
        assert getattr(found, name) == asked[name]


@pytest.mark.parametrize(
    ("kind", "flow", "rate"),
    [
        (LatentFamily, "affine", 5e-3),
        (SeparateFamily, "affine", 1e-2),
        (LatentFamily, "autoregressive", 1e-2),
        (SeparateFamily, "autoregressive_spline", 1e-2),
    ],
)
def test_the_usual_step_size_is_the_documented_one(kind, flow, rate):
    task = task_for(observations(clouds()[0]), kind, design=replace(SMALL, flow=flow))
    assert settings(task).learning_rate == rate


@pytest.mark.parametrize("kind", [LatentFamily, SeparateFamily])
def test_rows_that_know_their_guard_have_the_losses_of_others(kind):
    n, d = 40, 60
    X, groups = np.random.default_rng(0).normal(size=(n, d)), np.arange(n) % 3
    rows = rows_of(X, np.stack([groups, groups[::-1]]))
    family = kind(architecture(3, d, defensive_weight=0.1))
    model = model_of(family, rows, reg_covar=0.1)
    knowing, index = with_guard(rows, model, family), torch.arange(n).flip(0)[:25]
    assert knowing.guard is not None
    progress = torch.tensor(0.5)
    for other, own in ((knowing, rows), (knowing.take(index), rows.take(index))):
        found, expected = (family.loss(model, each, progress) for each in (other, own))
        torch.testing.assert_close(found, expected)
    alone = knowing.of_starts([1])
    torch.testing.assert_close(alone.guard, model.mixture.guard.joint_log_prob(rows.x)[1:])


def test_a_guard_that_takes_little_is_asked_each_time():
    rows = rows_of(np.random.default_rng(0).normal(size=(40, 2)), np.arange(40) % 3)
    family = LatentFamily(architecture(3, 2, defensive_weight=0.1))
    assert with_guard(rows, model_of(family, rows), family).guard is None
