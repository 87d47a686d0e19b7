"""Which of several groupings is believed, and how starts compete."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.choice import (
    CUT,
    LESS_LIKELY,
    MOST_ROWS,
    MOVED,
    Contest,
    Judge,
    certainty,
    conviction,
    winner,
)

seeds = st.integers(0, 2**20)
sizes = st.integers(2, 5)


def drawn(seed, n, n_groups, sharpness=1.0):
    """Posteriors ``(1, n, K)`` and weights with mean 1."""
    generator = torch.Generator().manual_seed(seed)
    posterior = (sharpness * torch.randn(1, n, n_groups, generator=generator)).softmax(-1)
    weights = torch.rand(n, generator=generator) + 0.1
    return posterior, weights / weights.mean()


@given(seeds, sizes)
def test_certainty_is_a_share(seed, n_groups):
    share = certainty(*drawn(seed, 50, n_groups))
    assert share.shape == (1,)
    assert -1e-5 <= share.item() <= 1


@given(seeds, sizes)
def test_decided_rows_are_certain_and_undecided_ones_are_not(seed, n_groups):
    posterior, weights = drawn(seed, 50, n_groups)
    decided = torch.nn.functional.one_hot(posterior.argmax(-1), n_groups).float()
    assert certainty(decided, weights).item() == 1
    same = posterior[:, :1].expand_as(posterior)
    assert certainty(same, weights).item() == pytest.approx(0, abs=1e-5)


def test_a_single_group_is_certain():
    assert certainty(torch.ones(1, 9, 1), torch.ones(9)).item() == 1


def test_a_weight_of_two_is_a_row_twice():
    posterior, _ = drawn(0, 4, 3)
    twice = posterior[:, [0, 0, 1, 2, 3]]
    weights = torch.tensor([2.0, 1, 1, 1])
    expected = certainty(twice, torch.ones(5))
    torch.testing.assert_close(certainty(posterior, weights / weights.mean()), expected)


def judge(n, weights=None, n_groups=2):
    """A judge of rows in two far clouds."""
    return Judge.of(clouds(n), np.ones(n) if weights is None else weights, n_groups)


def clouds(n):
    """Two clouds ``(n, 2)``, the even rows far from the odd ones."""
    return np.random.default_rng(0).normal(size=(n, 2)) + 100 * (np.arange(n) % 2)[:, None]


def sure(*groups):
    """Responsibilities ``(R, n, 2)`` without a doubt."""
    return torch.nn.functional.one_hot(torch.from_numpy(np.stack(groups)), 2).float()


ALTERNATE = np.arange(50) % 2
HALVES = np.arange(50) // 25


@given(seeds, sizes)
def test_groups_that_stay_lose_nothing_and_names_do_not_matter(seed, n_groups):
    posterior, weights = drawn(seed, 50, n_groups, sharpness=5.0)
    order = np.random.default_rng(seed).permutation(n_groups)
    found = judge(50, weights.numpy()).criteria(posterior.log(), posterior[..., order])
    assert found["agreement"].item() == pytest.approx(1)
    expected = certainty(posterior, weights) - CUT * found["cut"]
    torch.testing.assert_close(found["conviction"], expected)


def test_groups_that_a_model_does_not_keep_count_less():
    models = sure(ALTERNATE, ALTERNATE).log()
    found = judge(50).criteria(models, sure(ALTERNATE, HALVES))
    stayed, moved = found["conviction"].tolist()
    assert stayed == pytest.approx(1)
    assert moved == pytest.approx(1 - MOVED, abs=0.01)


def test_groups_that_part_neighbours_count_less():
    found = judge(50).criteria(sure(HALVES).log(), sure(HALVES))
    assert found["cut"].item() == pytest.approx(0.5, abs=0.1)  # each cloud is halved at random
    assert found["conviction"].item() == pytest.approx(1 - CUT * found["cut"].item())


@given(seeds, st.integers(1, 4), st.integers(2, 40))
def test_a_cut_is_a_share_for_any_rows_and_none_for_one_group(seed, n_groups, n):
    random = np.random.default_rng(seed)
    X = random.normal(size=(n, 2)).round()  # many of them are the same
    judge = Judge.of(X, random.uniform(0.1, 2, n), n_groups)
    assert 0 <= judge.cut(random.integers(n_groups, size=n), n_groups) <= 1
    assert judge.cut(np.zeros(n, dtype=int), 1) == 0


def test_a_small_group_counts_as_much_as_a_large_one():
    """Of ten rows in one spot, five belong to a group of 95: little of it, and much of theirs."""
    X = np.repeat([[0.0], [50.0]], [90, 10], axis=0) + np.random.default_rng(0).normal(
        size=(100, 1)
    )
    groups = np.concatenate([np.zeros(90, dtype=int), np.arange(10) % 2])
    judge = Judge.of(X, np.ones(100), 2)
    elsewhere = (groups[judge.nearest] != groups[:, None]).mean()
    assert elsewhere < 0.1
    assert judge.cut(groups, 2) > 0.2


def test_an_empty_group_counts_as_parted_entirely():
    assert judge(50, n_groups=3).cut(ALTERNATE, 3) == pytest.approx(1 / 3)


def test_of_many_rows_some_are_looked_at():
    n = 3 * MOST_ROWS
    judge = Judge.of(np.arange(n, dtype=float)[:, None], np.ones(n), 2)
    assert len(judge.some) == len(np.unique(judge.some)) == MOST_ROWS
    assert judge.some[-1] == n - 1
    assert 0 < judge.cut(np.arange(n) * 2 // n, 2) < 0.01


@given(st.floats(0, 10), st.integers(1, 100))
def test_less_likely_models_lose_what_they_lack_but_not_more_than_a_little(lacking, d):
    found = {
        "certainty": torch.ones(2),
        "agreement": torch.ones(2),
        "cut": torch.zeros(2),
        "log_likelihood": torch.tensor([1.0, 1.0 - lacking]),
    }
    best, behind = conviction(found, d).tolist()
    assert best == 1
    assert behind == pytest.approx(1 - min(lacking, LESS_LIKELY / d), abs=1e-5)


def test_log_likelihood_is_the_weighted_mean_over_rows():
    joint = torch.randn(2, 5, 3, generator=torch.Generator().manual_seed(0))
    weights = torch.tensor([2.0, 0.5, 0.5, 1.0, 1.0])
    expected = (joint.logsumexp(-1) * weights).sum(-1) / 5
    found = judge(5, weights.numpy()).criteria(joint, joint)
    torch.testing.assert_close(found["log_likelihood"], expected)


def test_the_winner_convinces_most_and_among_equals_is_likeliest():
    def won(convictions, scores):
        return winner({"conviction": np.array(convictions), "validation_score": np.array(scores)})

    assert won([0.5, 0.9, 0.7], [3.0, 1.0, 2.0]) == 1
    assert won([0.9, 0.9001, 0.7], [3.0, 1.0, 4.0]) == 0  # a difference nobody should rely on


def table(convictions):
    return {
        "conviction": np.array(convictions),
        "validation_score": np.zeros(len(convictions)),
    }


def test_the_most_convincing_starts_are_trained():
    contest = Contest.of(["a", "b", "c", "d"], table([0.1, 0.9, 0.3, 0.8]), most=2)
    assert contest.trained.tolist() == [1, 3]


def test_the_outcome_shows_all_starts_and_names_one_that_was_trained():
    contest = Contest.of(["a", "b", "c"], table([0.5, 0.9, 0.8]), most=2)
    name, shown = contest.outcome(table([0.2, 0.4]))
    assert name == "c"
    assert shown["start"].tolist() == ["a", "b", "c"]
    assert shown["trained"].tolist() == [False, True, True]
    assert shown["conviction"].tolist() == [0.5, 0.2, 0.4]


def test_without_a_first_look_all_starts_are_trained():
    name, shown = Contest(["a", "b"], np.arange(2)).outcome(table([0.2, 0.4]))
    assert name == "b"
    assert shown["trained"].all()
    assert shown["conviction"].tolist() == [0.2, 0.4]
