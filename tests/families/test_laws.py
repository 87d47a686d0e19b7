"""The laws of all families: what is built, losses, bounds, closed-form steps."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Generator

from skflowmix.data.problem import Problem
from skflowmix.families import latent
from skflowmix.families.latent import LatentFamily
from skflowmix.families.losses import INITIAL_TEMPERATURE
from skflowmix.families.separate import SeparateFamily
from tests.fitting.examples import FAMILIES, architecture, clouds, every_family, rows_of

families = st.sampled_from(sorted(FAMILIES))
seeds = st.integers(0, 2**20)
progresses = st.floats(0, 1)


def stirred(model, seed=0, spread=0.3):
    """Move all parameters of a model a little, guards and Gaussians included."""
    generator = Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(spread * torch.randn(parameter.shape, generator=generator))
    return model


def problem_of(X, codes=None, n_components=2, reg_covar=1e-6):
    """Return the problem of standardised rows of weight one."""
    codes = np.full(len(X), -1) if codes is None else codes
    return Problem(X, codes, n_components, np.ones(len(X)), reg_covar)


@given(families, st.integers(1, 3), st.integers(1, 3), st.sampled_from([0.0, 0.05]))
def test_models_stand_side_by_side_and_are_what_the_architecture_says(name, n_starts, k, weight):
    family = FAMILIES[name](architecture(k, 2, defensive_weight=weight))
    model = family.build(n_starts, Generator())
    assert model.n_starts == n_starts
    assert model.mixture.joint_log_prob(torch.zeros(5, 2)).shape == (n_starts, 5, k)
    is_defended = model.mixture.undefended is not model.mixture
    assert is_defended == (weight > 0)
    if is_defended:
        assert model.mixture.floor.item() == pytest.approx(weight)
    assert (model.posterior is not None) == (name == "separate")


@given(st.integers(1, 3), st.integers(1, 3), st.sampled_from([0.0, 0.05]))
def test_modes_are_as_many_as_the_architecture_says_and_the_guard_has_them_too(k, m, weight):
    family = LatentFamily(architecture(k, 2, n_modes=m, defensive_weight=weight))
    mixture = family.build(1, Generator()).mixture
    assert mixture.log_weights.shape == (1, k * m)
    assert mixture.joint_log_prob(torch.zeros(5, 2)).shape == (1, 5, k)


@every_family
def test_flows_begin_as_the_identity_and_q_as_the_uniform_distribution(kind):
    model = kind(architecture(3)).build(1, Generator())
    x = torch.randn(9, 2, generator=Generator().manual_seed(0))
    z = model.mixture.encode(x)
    torch.testing.assert_close(z, x[None, :, None].expand_as(z))
    if model.posterior is not None:
        assert (model.posterior(x).softmax(-1) - 1 / 3).abs().max() < 1e-6


@every_family
def test_what_is_built_is_as_deep_and_as_wide_as_it_is_asked_to_be(kind):
    def n_numbers(**changed):
        return sum(
            p.numel() for p in kind(architecture(**changed)).build(1, Generator()).parameters()
        )

    usual = n_numbers()
    assert n_numbers(n_layers=3) > usual
    assert n_numbers(hidden=(5,)) > usual
    assert n_numbers(flow="spline") > usual
    x = 2 * torch.randn(9, 2, generator=Generator().manual_seed(0))
    tanh, relu = (
        stirred(kind(architecture(activation=activation)).build(1, Generator().manual_seed(0)))
        for activation in ("tanh", "relu")
    )
    assert not torch.allclose(tanh.mixture.joint_log_prob(x), relu.mixture.joint_log_prob(x))
    if tanh.posterior is not None:
        assert not torch.allclose(tanh.posterior(x), relu.posterior(x))


@given(families, progresses, seeds)
def test_a_weight_of_two_is_a_row_twice(name, progress, seed):
    X, groups = clouds(12, seed=seed, distance=1.0)
    twice = np.random.default_rng(seed).integers(1, 3, 12)
    family = FAMILIES[name](architecture())
    model = stirred(family.build(1, Generator()), seed)
    weighted = rows_of(X, groups, weights=twice / twice.mean())
    repeated = rows_of(X.repeat(twice, 0), groups.repeat(twice))
    one, other = (
        family.loss(model, rows, torch.tensor(progress)) for rows in (weighted, repeated)
    )
    torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)


@given(families, seeds)
def test_bounds_are_no_higher_than_the_likelihood_and_the_loss_ends_at_one(name, seed):
    X, groups = clouds(12, seed=seed, distance=1.0)
    rows = rows_of(X, groups)
    family = FAMILIES[name](architecture())
    model = stirred(family.build(1, Generator()), seed)
    bound = family.bound(model, rows)
    assert (bound <= model.mixture.joint_log_prob(rows.x).logsumexp(-1) + 1e-5).all()
    torch.testing.assert_close(family.loss(model, rows, torch.tensor(1.0)), -bound.mean(-1))


@given(families, seeds)
def test_the_bound_of_a_labelled_row_is_its_joint(name, seed):
    X, groups = clouds(12, seed=seed, distance=1.0)
    family = FAMILIES[name](architecture())
    model = stirred(family.build(1, Generator()), seed)
    joint = model.mixture.joint_log_prob(rows_of(X, groups).x)
    bound = family.bound(model, rows_of(X, groups, codes=groups))
    torch.testing.assert_close(bound[0], joint[0, range(12), groups])


def shares(family, model, rows, progress):
    """Which share of each component the loss sees rows by: its gradient by their weights."""
    logits = (model.mixture.base if hasattr(model.mixture, "base") else model.mixture).logits
    logits.requires_grad_()
    (gradient,) = torch.autograd.grad(
        family.loss(model, rows, torch.tensor(progress)).sum(), logits
    )
    return logits.softmax(-1).detach() - gradient  # EM: the weights to be are the shares


@given(families, seeds)
def test_what_the_start_says_counts_at_first_and_not_at_the_end(name, seed):
    X, _ = clouds(12, seed=seed, distance=0.0)
    family = FAMILIES[name](architecture())
    model = family.build(1, Generator())
    ones, zeros = (rows_of(X, np.full(12, group), n_components=2) for group in (1, 0))
    first = [shares(family, model, rows, 0.0)[0, 1].item() for rows in (ones, zeros)]
    middle = [shares(family, model, rows, 0.9)[0, 1].item() for rows in (ones, zeros)]
    last = [shares(family, model, rows, 1.0)[0, 1].item() for rows in (ones, zeros)]
    assert first[0] > 0.999
    assert first[1] < 0.001
    assert 0.5 < middle[0] < first[0]
    assert last == pytest.approx([0.5, 0.5])


@given(families, progresses, seeds)
def test_labels_count_at_any_time_whatever_the_start_says(name, progress, seed):
    X, groups = clouds(12, seed=seed, distance=0.0)
    family = FAMILIES[name](architecture())
    model = stirred(family.build(1, Generator()), seed)
    rows = rows_of(X, 1 - groups * 0, codes=np.ones(12, dtype=int), n_components=2)
    assert shares(family, model, rows, progress)[0, 1].item() == pytest.approx(1, abs=1e-3)


@given(seeds)
def test_at_first_every_component_sees_rows_of_the_others(seed):
    """The odds of shares are those of the posteriors, less sharp at first."""
    x = np.random.default_rng(seed).normal(size=(1, 2))
    family = SeparateFamily(architecture())
    model = stirred(family.build(1, Generator()), seed, 0.05)
    even = replace(rows_of(x, [0], n_components=2), start=torch.ones(1, 1, 2))
    posterior = model.mixture.joint_log_prob(even.x).softmax(-1)[0].detach()
    first = shares(family, model, even, 0.0)
    torch.testing.assert_close(
        first.logit() * INITIAL_TEMPERATURE, posterior.logit(), rtol=1e-3, atol=1e-3
    )
    assert 1 < INITIAL_TEMPERATURE < 1.5


@given(seeds, st.floats(0.01, 1))
def test_q_is_told_the_labels(seed, progress):
    X, groups = clouds(12, seed=seed, distance=0.0)
    family = SeparateFamily(architecture())
    model = stirred(family.build(1, Generator()), seed)
    rows = rows_of(X, groups, codes=groups)
    model.zero_grad()
    family.loss(model, rows, torch.tensor(1.0)).sum().backward()

    def told():
        return model.posterior(rows.x).log_softmax(-1)[0, range(12), groups].mean().item()

    before = told()
    with torch.no_grad():
        for parameter in model.posterior.parameters():
            parameter -= 1e-2 * parameter.grad
    assert told() > before + 1e-6


@given(seeds)
def test_q_learns_the_exact_posterior_at_first(seed):
    X, groups = clouds(30, seed=seed, distance=2.0)
    family = SeparateFamily(architecture())
    model = stirred(family.build(1, Generator()), seed)
    rows = replace(rows_of(X, groups), start=torch.ones(1, 30, 2))
    family.loss(model, rows, torch.tensor(0.0)).sum().backward()

    def missing():
        exact = model.mixture.joint_log_prob(rows.x).softmax(-1).detach()
        return -(exact * model.posterior(rows.x).log_softmax(-1)).sum(-1).mean().item()

    before = missing()
    with torch.no_grad():
        for parameter in model.posterior.parameters():
            parameter -= 1e-2 * parameter.grad
    assert missing() < before


def stepped(family, rows, reg_covar=1e-6, progresses=(1.0,)):
    """Return a latent mixture after closed-form steps, its flow the identity."""
    model = family.build(len(rows.start), Generator())
    step = family.closed_form_step(model, rows, reg_covar)
    for progress in progresses:
        step(progress)
    return model.mixture


NARROW_AND_WIDE = np.r_[[-1.0, 1.0] * 10, [17.0, 23.0] * 10][:, None]
SIDES = (NARROW_AND_WIDE[:, 0] > 10).astype(int)


@pytest.mark.parametrize(("codes", "narrow", "wide"), [(None, 1.0, 9.0), (SIDES, 2.2, 7.8)])
def test_labels_draw_covariances_of_every_step_to_the_pooled_one(codes, narrow, wide):
    rows = rows_of(NARROW_AND_WIDE, SIDES, codes)
    mixture = stepped(LatentFamily(architecture(n_features=1)), rows, progresses=(0.0,) * 3)
    _, _, covariances = mixture.base.gaussians()
    expected = torch.tensor([narrow, wide])
    torch.testing.assert_close(covariances.flatten(), expected, rtol=1e-3, atol=0)


@given(seeds, st.sampled_from([1e-6, 0.3, 2.0]), st.floats(0.1, 5))
def test_a_step_is_the_same_whatever_has_been_stretched(seed, reg_covar, factor):
    X, groups = clouds(30, seed=seed, distance=2.0)
    rows = rows_of(X, groups)
    turn, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(2, 2)))
    stretch = turn @ np.diag([1.0, factor]) @ turn.T
    plain, stretched = (
        stepped(LatentFamily(architecture(), matrix), rows, reg_covar, (0.0, 0.5))
        for matrix in (None, stretch)
    )
    x = torch.randn(9, 2, generator=Generator().manual_seed(seed))
    one, other = (mixture.joint_log_prob(x) for mixture in (plain, stretched))
    torch.testing.assert_close(one, other, rtol=1e-2, atol=1e-2)


def test_steps_add_the_ridge_to_the_variances_of_rows():
    rows = rows_of(NARROW_AND_WIDE, SIDES)
    mixture = stepped(LatentFamily(architecture(n_features=1)), rows, 0.5, (0.0,) * 3)
    _, _, covariances = mixture.base.gaussians()
    torch.testing.assert_close(covariances.flatten(), torch.tensor([1.5, 9.5]), rtol=1e-3, atol=0)


@pytest.mark.parametrize("n", [10, 11, 12])
def test_steps_on_many_rows_look_at_others_in_turn_and_miss_none(n, monkeypatch):
    monkeypatch.setattr(latent, "M_STEP_ROWS", 4)
    x = 2.0 ** np.arange(n)[:, None]  # sums tell which rows they are of
    rows = rows_of(x, np.zeros(n, dtype=int))
    family = LatentFamily(architecture(1, 1))
    model = family.build(1, Generator())
    step, seen = family.closed_form_step(model, rows, 1.0), []
    for _ in range(4):
        step(1.0)
        mean = model.mixture.base.gaussians()[1].item()
        some = [
            set(rows)
            for size in range(1, 5)
            for rows in itertools.combinations(range(n), size)
            if np.isclose(x[list(rows)].mean(), mean, rtol=1e-5)
        ]
        assert len(some) == 1  # of at most four rows
        seen += some
    assert set.union(*seen[:3]) == set(range(n))
    assert seen[3] == seen[0]
    assert not seen[0] & seen[1]


def test_steps_on_few_rows_look_at_all_of_them():
    assert latent.M_STEP_ROWS == 25_000
    x = np.arange(9.0)[:, None]
    mixture = stepped(LatentFamily(architecture(1, 1)), rows_of(x, np.zeros(9, dtype=int)))
    assert mixture.base.gaussians()[1].item() == pytest.approx(4)


def test_what_the_start_says_fades_from_the_steps():
    X, groups = clouds(400, distance=0.0)
    family, rows = LatentFamily(architecture()), rows_of(X, groups * 0 + 1, n_components=2)
    weights = [
        stepped(family, rows, progresses=(progress,)).log_weights.exp()[0, 1].item()
        for progress in (0.0, 0.9, 1.0)
    ]
    assert weights[0] > 0.999
    assert weights[0] > weights[1] > 0.55
    assert weights[2] == pytest.approx(0.5)


@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag", "spherical"])
@pytest.mark.parametrize("is_labelled", [False, True])
def test_narrow_directions_are_stretched_where_nothing_speaks_against_it(
    covariance_type, is_labelled
):
    X = np.random.default_rng(0).normal(size=(200, 2))
    X[:, 1] = X[:, 0] + 0.01 * X[:, 1]
    codes = np.arange(200) % 2 if is_labelled else None
    shape = architecture(covariance_type=covariance_type)
    stretch = LatentFamily.for_problem(shape, problem_of(X, codes)).stretch
    assert (stretch is None) == (is_labelled or covariance_type in ("diag", "spherical"))
    assert LatentFamily.for_problem(shape, problem_of(X * [1, 0] + [0, 1])) is not None
    if stretch is not None:
        assert np.linalg.eigvalsh(np.cov((X @ stretch).T)).min() > 0.04
        floored = LatentFamily.for_problem(shape, problem_of(X, reg_covar=0.01)).stretch
        assert np.linalg.norm(floored) < np.linalg.norm(stretch)


def test_separate_flows_stretch_nothing():
    X = np.random.default_rng(0).normal(size=(200, 1)) * [1.0, 1.0]
    shape = architecture()
    assert SeparateFamily.for_problem(shape, problem_of(X)) == SeparateFamily(shape)


@given(families, st.integers(1, 50), st.integers(1, 200))
def test_chunks_are_all_rows_in_turn_and_smaller_where_there_are_more_starts(name, n, k):
    family = FAMILIES[name](architecture(k, 1))
    rows = rows_of(np.arange(float(n))[:, None], np.zeros(n, dtype=int), n_components=k)
    assert torch.cat([part.x for part in family.chunks(rows)]).flatten().tolist() == list(range(n))
