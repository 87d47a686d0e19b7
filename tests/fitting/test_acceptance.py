"""Whether training was worth it."""

from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_1samp
from torch import Generator

from skflowmix.families.separate import SeparateFamily
from skflowmix.fitting.acceptance import (
    CHANCE,
    MAX_LOST_AGREEMENT,
    Evaluation,
    accept,
    agreement,
    best_of,
    evaluate,
    refit_posterior,
    single,
    start_on_all_rows,
    state_of,
)
from skflowmix.fitting.proposals import propose_candidates
from skflowmix.fitting.stacking import most_probable_weights
from skflowmix.fitting.training import start_models
from skflowmix.mixtures import SCALES
from tests.fitting.examples import (
    FAMILIES,
    architecture,
    clouds,
    every_family,
    observations,
    rows_of,
    task_for,
)
from tests.flows.bijections import stirred

seeds = st.integers(0, 2**20)
families = st.sampled_from(sorted(FAMILIES))


def evaluation(log_prob, agreed=1.0):
    """What a single model is worth."""
    log_prob = torch.as_tensor(log_prob)[None]
    return Evaluation(log_prob, torch.ones(log_prob.shape[1]), torch.tensor([agreed]))


@given(st.integers(2, 50), st.floats(0.01, 10), seeds)
def test_a_gain_in_density_counts_if_it_is_more_than_chance(n, gain, seed):
    noise = torch.randn(n, generator=torch.Generator().manual_seed(seed))
    noise -= noise.mean()
    before = evaluation(torch.zeros(n))
    for mean in (0.5 * gain, gain, 2 * gain):
        chance = ttest_1samp(noise + mean, 0, alternative="greater").pvalue
        assert evaluation(noise + mean).improves_on(before, [0]) == (chance < 1 / CHANCE)
    assert not evaluation(noise - gain).improves_on(before, [0])


@given(st.floats(0.1, 1))
def test_a_gain_in_density_does_not_pay_for_lost_classes(agreed):
    before = evaluation(torch.zeros(9), agreed)
    assert evaluation(torch.ones(9), 1.0).improves_on(before, [0])
    assert evaluation(torch.ones(9), agreed - 0.99 * MAX_LOST_AGREEMENT).improves_on(before, [0])
    assert not evaluation(torch.ones(9), agreed - 1.01 * MAX_LOST_AGREEMENT).improves_on(
        before, [0]
    )


def test_one_row_is_no_evidence_and_two_are():
    assert not evaluation(torch.ones(1)).improves_on(evaluation(torch.zeros(1)), [0])
    assert evaluation(torch.ones(2)).improves_on(evaluation(torch.zeros(2)), [0])


def test_every_model_is_compared_with_its_own_start():
    before = Evaluation(torch.zeros(2, 9), torch.ones(9), torch.tensor([0.9, 0.8]))
    log_prob = torch.stack([torch.ones(9), -torch.ones(9)])
    after = Evaluation(log_prob, torch.ones(9), torch.tensor([0.9, 0.8]))
    assert [after.improves_on(before, [start]) for start in range(2)] == [True, False]
    alone = after.of_start(1)
    assert torch.equal(alone.log_prob, log_prob[1:])
    assert alone.score.tolist() == [-1]
    assert alone.agreement.tolist() == pytest.approx([0.8])


def stirred_models(kind, n_starts=3, n_components=2, **changed):
    """Return a family, and models of it that differ from one another."""
    family = kind(architecture(n_components, **changed))
    model, generator = family.build(n_starts, Generator()), Generator().manual_seed(0)
    stirred(model, None, 0.3, generator)
    return family, model


@given(families, seeds)
def test_agreement_takes_a_weight_of_two_for_a_row_twice(name, seed):
    X, groups = clouds(20, seed=seed, distance=2.0)
    twice = np.random.default_rng(seed).integers(1, 4, 20)
    family, model = stirred_models(FAMILIES[name])
    weighted = agreement(model, family, rows_of(X, groups, weights=twice / twice.mean()))
    repeated = agreement(model, family, rows_of(X.repeat(twice, 0), groups.repeat(twice)))
    torch.testing.assert_close(weighted, repeated)


@every_family
def test_agreement_is_what_is_shared_with_each_start(kind):
    X = clouds(40, distance=3.0)[0]
    family, model = stirred_models(kind)
    decided = model.mixture.joint_log_prob(torch.as_tensor(X).float()).argmax(-1).numpy()  # (R, n)
    starts = np.stack([decided[0], 1 - decided[1], np.where(np.arange(40) < 10, 1, 0)])
    found = agreement(model, family, rows_of(X, starts, n_components=2)).tolist()
    assert found[:2] == [1, 0]
    assert found[2] == pytest.approx((starts[2] == decided[2]).mean())


@every_family
def test_an_evaluation_is_of_the_rows_held_out(kind):
    X, groups = clouds(60)
    task = task_for(observations(X, np.where(np.arange(60) < 20, groups, -1)), kind)
    split = propose_candidates(task, np.random.RandomState(0)).split
    family, model = stirred_models(kind, 1)
    found = evaluate(model, family, split)
    joint = model.mixture.joint_log_prob(split.held.x) + split.held.log_mask
    torch.testing.assert_close(found.log_prob, joint.logsumexp(-1).detach())
    torch.testing.assert_close(found.score, split.held.mean(found.log_prob))
    torch.testing.assert_close(found.agreement, agreement(model, family, split.held))


@every_family
def test_without_labels_components_may_go_where_they_like(kind):
    X, _ = clouds(60)
    split = propose_candidates(task_for(observations(X), kind), np.random.RandomState(0)).split
    family, model = stirred_models(kind, 2)
    assert evaluate(model, family, split).agreement.tolist() == [1, 1]


@given(families, st.integers(0, 2), st.sampled_from([0.0, 0.05]))
def test_one_of_several_models_is_the_same_by_itself(name, start, weight):
    family, model = stirred_models(FAMILIES[name], defensive_weight=weight)
    alone = single(model, family, start)
    x = torch.randn(9, 2, generator=Generator().manual_seed(0))
    joint = model.mixture.joint_log_prob(x)[start : start + 1]
    torch.testing.assert_close(alone.mixture.joint_log_prob(x), joint)
    if alone.posterior is not None:
        torch.testing.assert_close(alone.posterior(x), model.posterior(x)[start : start + 1])
    state = state_of(model, start)
    assert state.keys() == dict(alone.state_dict()).keys()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    assert any(value.abs().sum() > 0 for value in state.values())
    assert torch.equal(alone.mixture.joint_log_prob(x), alone.mixture.joint_log_prob(x))


def proposed_for(task):
    """Return the starts that are trained for a task."""
    return propose_candidates(task, np.random.RandomState(0))


def spoilt(model, by=0.5):
    """Move a model away from its start."""
    stirred(model, None, by, Generator().manual_seed(0))


def fitted_start(kind, codes=None, seed=0, **changed):
    """Return a task, its starts, and their models before any step, with what they are worth."""
    X, groups = clouds(80, seed=seed)
    task = task_for(observations(X, None if codes is None else codes(groups)), kind, **changed)
    candidates = proposed_for(task)
    rows, moments = candidates.split.training, candidates.moments.training
    model = start_models(task.family, moments, rows, task.options.reg_covar, task.generator)
    return task, candidates, model, evaluate(model, task.family, candidates.split)


CODES = {"free": None, "labelled": lambda groups: groups}
every_labelling = pytest.mark.parametrize("codes", CODES.values(), ids=CODES)


@every_labelling
@every_family
def test_a_model_that_training_spoilt_ends_as_its_start_on_all_rows(kind, codes):
    task, candidates, model, before = fitted_start(kind, codes, reg_covar=0.1)
    spoilt(model)
    kept = accept(task, candidates, model, before, has_trained=True)
    everything = candidates.split.everything
    untrained = start_on_all_rows(task, candidates, [0])
    joint = untrained.mixture.joint_log_prob(everything.x)
    torch.testing.assert_close(kept.model.mixture.joint_log_prob(everything.x), joint)
    assert not kept.trained.any()
    assert kept.starts == [0]
    assert kept.criteria["validation_score"] == pytest.approx(
        float(before.score) + task.scaling.log_det, rel=1e-4
    )


@every_family
def test_q_of_a_model_that_was_spoilt_learns_the_posterior_of_the_start(kind):
    task, candidates, model, before = fitted_start(kind)
    spoilt(model)
    kept = accept(task, candidates, model, before, has_trained=True).model
    if kept.posterior is None:
        return
    rows = candidates.split.held
    exact = kept.mixture.joint_log_prob(rows.x).softmax(-1)
    away = [
        (exact - q(rows.x).softmax(-1)).abs().mean().item()
        for q in (model.posterior, kept.posterior)
    ]
    assert away[1] < 0.9 * away[0]


class Watched(SeparateFamily):
    """Writes down how far a training has come whenever its loss is asked for."""

    seen: ClassVar[list[float]] = []

    def loss(self, model, rows, progress):
        self.seen.append(float(progress))
        return super().loss(model, rows, progress)


def test_q_learns_from_the_bound_alone_and_the_mixture_stays():
    task, candidates, model, _ = fitted_start(Watched)
    x = candidates.split.held.x
    joint, q = model.mixture.joint_log_prob(x), model.posterior(x).detach()
    refit_posterior(model, task, candidates.split)
    torch.testing.assert_close(model.mixture.joint_log_prob(x), joint)
    assert not torch.allclose(model.posterior(x), q)
    n_batches = len(range(0, len(candidates.split.training), task.batch_rows))
    assert Watched.seen == [1.0] * 10 * n_batches


@every_family
def test_without_any_epoch_q_stays_as_it_was(kind):
    task, candidates, model, before = fitted_start(kind)
    kept = accept(task, candidates, model, before, has_trained=False)
    assert not kept.trained.any()
    if kept.model.posterior is not None:
        x = candidates.split.held.x
        torch.testing.assert_close(kept.model.posterior(x), model.posterior(x))


@every_family
def test_a_model_that_training_improved_is_kept_with_a_guard_of_all_rows(kind):
    task, candidates, model, _ = fitted_start(kind)
    rows = candidates.split
    worse = Evaluation(torch.full((1, len(rows.held)), -50.0), rows.held.weights, torch.zeros(1))
    kept = accept(task, candidates, model, worse, has_trained=True)
    assert kept.trained.all()
    untrained = start_on_all_rows(task, candidates, [0])
    guard, expected = kept.model.mixture.guard, untrained.mixture.guard
    for own, same in zip(guard.gaussians(), expected.gaussians(), strict=True):
        torch.testing.assert_close(own, same)
    x = rows.everything.x
    own = kept.model.mixture.undefended.joint_log_prob(x)
    torch.testing.assert_close(own, model.mixture.undefended.joint_log_prob(x))
    assert not torch.allclose(own, untrained.mixture.undefended.joint_log_prob(x), atol=1e-4)
    seen = evaluate(model, task.family, rows).score.item() + task.scaling.log_det
    assert kept.criteria["validation_score"] == pytest.approx(seen, rel=1e-4)


@every_family
def test_a_fit_that_goes_on_has_no_start_to_go_back_to(kind):
    task, candidates, model, before = fitted_start(kind)
    spoilt(model)
    kept = accept(replace(task, previous=object()), candidates, model, before, has_trained=True)
    x = candidates.split.held.x
    torch.testing.assert_close(
        kept.model.mixture.joint_log_prob(x), model.mixture.joint_log_prob(x)
    )
    assert kept.trained.all()


@every_family
def test_the_best_of_several_models_is_kept_and_the_others_are_told(kind):
    task, candidates, model, before = fitted_start(kind, init_params="random", n_init=3, seed=1)
    kept = best_of(task, model, before, has_trained=True)
    scores = kept.criteria["trained_score"]
    assert scores.shape == (3,)
    assert scores[kept.best] == scores.max()
    assert kept.trained.tolist() == [True] * 3
    x = candidates.split.held.x
    own = model.mixture.joint_log_prob(x)[kept.best]
    torch.testing.assert_close(kept.model.mixture.joint_log_prob(x)[0], own)
    assert best_of(task, model, before, has_trained=False).trained.tolist() == [False] * 3
    assert best_of(task, model, before, has_trained=True).trained.all()
    spoilt(model, 0.01)
    after = accept(task, candidates, model, before, has_trained=True)
    others = np.arange(3) != after.best
    assert after.trained[others].all()
    assert not after.trained[after.best]


def test_a_gain_on_rows_that_hardly_count_is_no_gain():
    weights = torch.tensor([1e-3] * 3 + [1.0] * 3)
    weights = weights / weights.mean()
    gain = torch.tensor([5.0, 5.1, 4.9, -0.1, -0.2, -0.1])[None]
    before = Evaluation(torch.zeros(1, 6), weights, torch.zeros(1))
    after = Evaluation(gain, weights, torch.zeros(1))
    assert after.score < before.score
    assert not after.improves_on(before, [0])
    assert Evaluation(gain.abs(), weights, torch.zeros(1)).improves_on(before, [0])


@given(st.integers(1, 40), seeds)
def test_the_most_probable_weights_suit_the_rows_and_those_without_weight_do_not_count(n, seed):
    generator = Generator().manual_seed(seed)
    log_prob = 2 * torch.randn(1 + len(SCALES), n, generator=generator).double()
    rows = torch.rand(n, generator=generator).double() + 0.1
    found = most_probable_weights(log_prob, rows)
    assert found.sum().item() == pytest.approx(1)
    assert (found >= 0).all()
    best = log_prob.mT.max(1).indices.bincount(minlength=len(log_prob)).argmax()
    surer = log_prob.clone()
    surer[best] += 20.0
    assert most_probable_weights(surer, rows)[best] >= n / (n + 1) - 0.05
    more = torch.cat([log_prob, 9 * torch.randn(1 + len(SCALES), 5, generator=generator)], 1)
    same = most_probable_weights(more, torch.cat([rows, torch.zeros(5).double()]))
    torch.testing.assert_close(same, found)


@given(seeds)
def test_the_most_probable_weights_are_more_probable_than_equal_ones(seed):
    generator = Generator().manual_seed(seed)
    log_prob = 2 * torch.randn(1 + len(SCALES), 400, generator=generator).double()
    found = most_probable_weights(log_prob, torch.ones(400))
    likelihood = (found.log().unsqueeze(1) + log_prob).logsumexp(0).mean()
    equal = (log_prob.logsumexp(0) - np.log(len(log_prob))).mean()
    assert likelihood > equal
