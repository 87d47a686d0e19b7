"""Categories beside numbers: an exact density, tables in closed form."""

import itertools

import pytest
import torch
from torch import Generator

from skflowmix.flows import freeze
from skflowmix.mixtures import AverageMixture, CategoricalMixture, m_step
from tests.mixtures.examples import moved, random_responsibilities

INNER = ["Gaussian", "flow", "defended latent"]
"""Mixtures of numbers, of six components each."""
LEVELS = (3, 2)
every_inner = pytest.mark.parametrize("inner", INNER)
every_n_modes = pytest.mark.parametrize("n_modes", [1, 2])


def mixed(inner, n_modes=1, n_starts=2, seed=0):
    """Make a mixture of two numbers and two categories, of six modes with tables of chance."""
    generator = Generator().manual_seed(seed)
    numbers = moved(inner, (n_starts, 6, 2), generator)
    mixture = CategoricalMixture(numbers, 2, LEVELS, n_modes).double()
    counts = torch.rand(n_starts, sum(LEVELS), 6, generator=generator).double()
    mixture.set_tables(10 * counts)
    return mixture


def some_rows(n=7, seed=1):
    generator = Generator().manual_seed(seed)
    numbers = 2 * torch.randn(n, 2, generator=generator).double()
    codes = [torch.randint(own, (n, 1), generator=generator) for own in LEVELS]
    return torch.cat([numbers, *codes], 1)


def without(rows, columns):
    rows = rows.clone()
    rows[:, columns] = torch.nan
    return rows


@every_inner
@every_n_modes
def test_the_sum_over_all_levels_is_the_density_of_the_numbers(inner, n_modes):
    mixture, rows = mixed(inner, n_modes), some_rows()
    of_levels = []
    for levels in itertools.product(*map(range, LEVELS)):
        rows[:, 2:] = torch.tensor(levels)
        of_levels.append(mixture.joint_log_prob(rows))
    expected = mixture.inner.joint_log_prob(rows[:, :2]).unflatten(-1, (-1, n_modes))
    total = torch.stack(of_levels).logsumexp(0)
    torch.testing.assert_close(total, expected.logsumexp(-1))


@every_inner
@every_n_modes
def test_a_missing_category_is_the_sum_over_its_levels(inner, n_modes):
    mixture, rows = mixed(inner, n_modes), some_rows()
    for column, n_levels in zip((2, 3), LEVELS, strict=True):
        of_levels, known = [], rows.clone()
        for level in range(n_levels):
            known[:, column] = level
            of_levels.append(mixture.joint_log_prob(known))
        missing = mixture.joint_log_prob(without(rows, [column]))
        total = torch.stack(of_levels).logsumexp(0)
        torch.testing.assert_close(missing, total, rtol=1e-10, atol=1e-10)


@every_inner
@every_n_modes
def test_frequencies_of_samples_match(inner, n_modes):
    mixture = mixed(inner, n_modes, n_starts=1)
    n = 20_000
    rows, component = mixture.sample(n, Generator().manual_seed(0))
    shares = mixture.log_weights[0].exp()
    for column, n_levels in zip((2, 3), LEVELS, strict=True):
        codes = rows[:, column]
        assert codes.unique().tolist() == list(range(n_levels))
        for k in range(6 // n_modes):
            own = slice(k * n_modes, (k + 1) * n_modes)
            begin = sum(LEVELS[: column - 2])
            tables = mixture.tables[0, begin : begin + n_levels, own].exp()
            expected = tables @ (shares[own] / shares[own].sum())
            drawn = codes[component == k].long().bincount(minlength=n_levels)
            error = (drawn / drawn.sum() - expected).abs().max()
            assert error < 5 * (0.25 / float(drawn.sum())) ** 0.5


@pytest.mark.parametrize("n", [0, 1])
def test_any_number_of_rows_is_drawn(n):
    rows, component = mixed("flow", n_starts=1).sample(n, Generator().manual_seed(0))
    assert (rows.shape, component.shape) == ((n, 4), (n,))


@every_inner
def test_no_order_of_levels_matters(inner):
    mixture, other, rows = mixed(inner, 2), mixed(inner, 2), some_rows(40)
    renamed = rows.clone()
    renamed[:, 2] = (rows[:, 2] + 1) % 3
    shares = random_responsibilities(2, 40, 6, Generator().manual_seed(0))
    mixture.set_tables(mixture.counts(rows, shares))
    other.set_tables(other.counts(renamed, shares))
    torch.testing.assert_close(mixture.joint_log_prob(rows), other.joint_log_prob(renamed))


@pytest.mark.parametrize("missing", [[], [2], [2, 3]])
def test_shares_of_levels_are_those_of_the_rows_but_for_a_row_of_prior(missing):
    mixture, rows = mixed("Gaussian"), without(some_rows(400), [])
    rows[:30, missing] = torch.nan
    shares = torch.eye(6).double()[torch.arange(400) % 6].expand(2, -1, -1)
    mixture.set_tables(mixture.counts(rows, shares))
    tables = mixture.tables.exp()
    for own in tables.split(LEVELS, 1):
        torch.testing.assert_close(own.sum(1), torch.ones(2, 6).double())
    for mode in range(6):
        codes = rows[torch.arange(400) % 6 == mode, 2]
        codes = codes[~codes.isnan()]
        expected = codes.long().bincount(minlength=3) / len(codes)
        assert (tables[0, :3, mode] - expected).abs().max() < 1 / len(codes)


def test_levels_without_rows_are_possible_and_modes_without_rows_are_as_all():
    mixture, rows = mixed("Gaussian"), some_rows(60)
    rows[:, 2] = 0
    shares = torch.zeros(2, 60, 6).double()
    shares[..., 0] = 1
    mixture.set_tables(mixture.counts(rows, shares))
    assert mixture.tables.isfinite().all()
    assert (mixture.tables[:, 0].exp() > 0.97).all()


def log_likelihood(mixture, rows):
    return mixture.joint_log_prob(rows).logsumexp(-1).mean(-1)


@pytest.mark.parametrize("inner", ["latent", "defended latent"])
def test_closed_form_steps_do_not_lower_the_likelihood(inner):
    mixture, rows = mixed(inner, 2), some_rows(200)
    rows[:20, 2] = torch.nan
    log_prior, weights = torch.zeros(200, 3).double(), torch.ones(200).double()
    before = log_likelihood(mixture, rows)
    for _ in range(5):
        m_step(mixture, [(rows, log_prior, weights)], 0.0)
        between = log_likelihood(mixture, rows)
        mixture.set_tables(mixture.counts(rows, mixture.shares(rows, log_prior)), smoothing=0.0)
        after = log_likelihood(mixture, rows)
        assert (between >= before - 1e-9).all()
        assert (after >= between - 1e-9).all()
        before = after


def test_shares_sum_to_one_and_follow_the_prior():
    mixture, rows = mixed("defended latent", 2), some_rows()
    prior = torch.full((7, 3), -1e30).double()
    prior[:, 1] = 0
    shares = mixture.shares(rows, prior)
    torch.testing.assert_close(shares[..., 2:4].sum(-1), torch.ones(2, 7).double())


@every_inner
@every_n_modes
def test_latents_give_back_the_numbers(inner, n_modes):
    mixture, rows = mixed(inner, n_modes, n_starts=1), some_rows()
    latents = mixture.encode(rows)
    assert latents.shape == (1, 7, 6 // n_modes, 2)
    for k in range(6 // n_modes):
        back = mixture.decode(latents[0, :, k])
        assert back.shape == (1, 7, 6 // n_modes, 4)
        codes = back[..., 2:]
        assert (codes == codes.round()).all()
        if (
            inner == "defended latent" or n_modes == 1
        ):  # else latents do not tell of which mode they are
            torch.testing.assert_close(back[0, :, k, :2], rows[:, :2], rtol=1e-6, atol=1e-6)


def test_gradients_move_numbers_only():
    mixture = mixed("flow", 2)
    log_likelihood(mixture, some_rows()).sum().backward()
    assert mixture.tables.grad is None
    assert all(own.grad.isfinite().all() for own in mixture.inner.parameters())


def test_averages_and_frozen_mixtures_say_the_same():
    mixture, rows = mixed("defended latent", 2), some_rows()
    average = AverageMixture(mixture)
    expected = mixture.joint_log_prob(rows).exp().mean(0, keepdim=True).log()
    torch.testing.assert_close(average.joint_log_prob(rows), expected)
    drawn, _ = average.sample(50, Generator().manual_seed(0))
    assert drawn.shape == (50, 4)
    mixture.requires_grad_(False)
    freeze(mixture)
    torch.testing.assert_close(average.joint_log_prob(rows), expected)


def test_the_untrained_mixture_is_the_guard_with_the_same_tables():
    mixture, rows = mixed("defended latent"), some_rows()
    expected = mixture.inner.guard.joint_log_prob(rows[:, :2]) + mixture.log_prob_of_categories(
        rows
    )
    torch.testing.assert_close(mixture.untrained.joint_log_prob(rows), expected)
    parts = mixture.joint_of_parts(rows)
    of_model = mixture.inner.model.joint_log_prob(rows[:, :2])
    torch.testing.assert_close(parts[0], of_model + mixture.log_prob_of_categories(rows))
