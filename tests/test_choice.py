"""Which of several groupings is believed, and how starts compete."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.choice import (
    DEPTH,
    MOST_FORGOTTEN,
    MOST_ROWS,
    MOST_UNLIKELY,
    UNLIKELY,
    Contest,
    Judge,
    Standing,
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


@given(seeds)
def test_groups_that_lie_apart_lose_nothing_whatever_their_names(seed):
    posterior, weights = drawn(seed, 50, 2)
    found = judge(50, weights.numpy()).criteria(posterior.log(), sure(1 - ALTERNATE))
    assert found["depth"].item() == 0
    torch.testing.assert_close(found["conviction"], certainty(posterior, weights))


def test_groups_whose_borders_run_through_dense_rows_count_less():
    found = judge(50).criteria(sure(ALTERNATE, ALTERNATE).log(), sure(ALTERNATE, HALVES))
    apart, halved = found["conviction"].tolist()
    assert apart == pytest.approx(1)
    depth = found["depth"][1].item()
    assert depth == pytest.approx(0.5, abs=0.1)  # each cloud is halved at random
    assert halved == pytest.approx(1 - DEPTH * depth)


@given(seeds, st.integers(1, 4), st.integers(2, 40))
def test_a_depth_is_a_share_for_any_rows_and_none_for_one_group(seed, n_groups, n):
    random = np.random.default_rng(seed)
    X = random.normal(size=(n, 2)).round()  # many of them are the same
    judge = Judge.of(X, random.uniform(0.1, 2, n), n_groups)
    assert 0 <= judge.depth(random.integers(n_groups, size=n), n_groups) <= 1
    assert judge.depth(np.zeros(n, dtype=int), 1) == 0


def test_a_border_at_the_fringe_is_less_deep_than_one_through_the_core():
    """Two Gaussian clouds that touch, parted where they do and across both of them."""
    X = np.random.default_rng(0).normal(size=(400, 2))
    X[::2, 0] += 5
    judge = Judge.of(X, np.ones(400), 2)
    between, across = (
        judge.depth((column > at).astype(int), 2) for column, at in zip(X.T, (2.5, 0), strict=True)
    )
    assert between < 0.2 < 0.4 < across


def test_depth_is_the_share_of_less_dense_rows_of_the_group():
    """On a line ever denser to the left, the rows beside a border are among the emptiest."""
    X = np.geomspace(1, 100, 60)[:, None]
    judge = Judge.of(X, np.ones(60), 2)
    left = (np.arange(60) < 30).astype(int)
    at_border = (left[judge.nearest] != left[:, None]).any(axis=1)
    shares = [
        np.mean(
            [
                (judge.density[own] < judge.density[i]).mean()
                for i in np.flatnonzero(at_border & own)
            ]
        )
        for own in (left == 0, left == 1)
    ]
    assert judge.depth(left, 2) == pytest.approx(np.mean(shares))


@pytest.mark.parametrize("n_outliers", [0, 1, 5])
def test_a_group_of_nothing_or_of_outliers_is_as_bad_as_can_be(n_outliers):
    X = clouds(300)
    X[:n_outliers] += 1e4 * np.arange(1, n_outliers + 1)[:, None]
    groups = np.arange(300) % 2
    groups[:n_outliers] = 2
    near = Judge.of(X, np.ones(300), 3)
    assert near.depth(groups, 3) == pytest.approx(1 / 3, abs=0.05)


def test_few_rows_are_a_group_where_all_are_few():
    X = np.concatenate([clouds(50), 500 + clouds(2)[:1] + np.arange(5)[:, None]])
    groups = np.concatenate([ALTERNATE, np.full(5, 2)])
    assert Judge.of(X, np.ones(55), 3).depth(groups, 3) < 0.2


def test_of_many_rows_some_are_looked_at():
    n = 3 * MOST_ROWS
    judge = Judge.of(np.arange(n, dtype=float)[:, None], np.ones(n), 2)
    assert len(judge.some) == len(np.unique(judge.some)) == MOST_ROWS
    assert judge.some[-1] == n - 1
    assert judge.depth(np.arange(n) * 2 // n, 2) > 0


@given(st.floats(0, 10), st.integers(1, 100))
def test_less_likely_models_lose_what_they_lack_but_not_more_than_a_little(lacking, d):
    found = {
        "certainty": torch.ones(2),
        "depth": torch.zeros(2),
        "log_likelihood": torch.tensor([1.0, 1.0 - lacking]),
    }
    best, behind = conviction(found, d).tolist()
    assert best == 1
    assert behind == pytest.approx(1 - min(UNLIKELY * lacking / d, MOST_UNLIKELY), abs=1e-5)


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


def standing(log_prob, label_loss):
    return Standing(torch.as_tensor(log_prob)[None], np.array([label_loss]))


@given(st.integers(2, 50), st.floats(0.01, 10), seeds)
def test_a_gain_in_density_counts_if_it_is_more_than_chance(n, gain, seed):
    noise = torch.randn(n, generator=torch.Generator().manual_seed(seed))
    noise -= noise.mean()
    before = standing(torch.zeros(n), 0.0)
    chance = float(noise.std()) / n**0.5
    assert standing(noise + 1.01 * chance, 0.0).beats(before, 0)
    assert not standing(noise + 0.99 * chance, 0.0).beats(before, 0)
    assert not standing(noise - gain, 0.0).beats(before, 0)


def test_a_gain_in_density_does_not_pay_for_lost_labels():
    before = standing(torch.zeros(9), 0.2)
    assert standing(torch.ones(9), 0.2 * MOST_FORGOTTEN).beats(before, 0)
    assert not standing(torch.ones(9), 0.21 * MOST_FORGOTTEN).beats(before, 0)


@given(st.integers(1, 20), st.integers(2, 4), seeds)
def test_labels_are_lost_where_the_model_says_otherwise(n, n_classes, seed):
    codes = np.random.default_rng(seed).integers(0, n_classes, n)
    right = torch.nn.functional.one_hot(torch.from_numpy(codes), n_classes).double()
    joint = torch.stack([right, 0 * right, -right])
    weights = torch.ones(n)
    found = Standing.of(torch.zeros(3, 1), joint, right.argmax(-1), weights, 2).label_loss
    assert found[0] < found[1] < found[2]
    assert found[1] == pytest.approx(np.log(n_classes))
