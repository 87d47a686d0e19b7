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
    Neighbours,
    certainty,
    conviction,
    groups_of,
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


def judge(*earlier, weights=None, X=None):
    """A judge of rows in two far clouds, or of others."""
    n = earlier[0].shape[-1]
    X = clouds(n) if X is None else X
    return Judge(list(earlier), Neighbours.of(X, 2), even(n) if weights is None else weights, 2)


def clouds(n):
    """Two clouds ``(n, 2)``, the even rows far from the odd ones."""
    return np.random.default_rng(0).normal(size=(n, 2)) + 100 * (np.arange(n) % 2)[:, None]


def even(n):
    return torch.ones(n)


def sure(groups):
    """Log p(x, k) ``(R, n, 2)`` of models that have no doubt: ``groups (R, n)``."""
    return torch.nn.functional.one_hot(torch.from_numpy(groups), 2).float().log()


ALTERNATE = np.arange(50)[None] % 2
HALVES = np.arange(50)[None] // 25


@given(seeds, sizes)
def test_groups_that_stay_lose_nothing_and_names_do_not_matter(seed, n_groups):
    posterior, weights = drawn(seed, 50, n_groups, sharpness=5.0)
    order = np.random.default_rng(seed).permutation(n_groups)
    found = judge(groups_of(posterior[..., order]), weights=weights).criteria(posterior.log())
    assert found["agreement"].item() == pytest.approx(1)
    expected = certainty(posterior, weights) - CUT * found["cut"]
    torch.testing.assert_close(found["conviction"], expected)


def test_groups_that_training_moved_count_less():
    joint = sure(np.concatenate([ALTERNATE, ALTERNATE]))
    found = judge(np.concatenate([ALTERNATE, HALVES])).criteria(joint)
    stayed, moved = found["conviction"].tolist()
    assert stayed == pytest.approx(1)
    assert moved == pytest.approx(1 - MOVED, abs=0.01)


def test_it_is_enough_to_agree_with_one_of_the_earlier_groupings():
    found = judge(HALVES, ALTERNATE).criteria(sure(ALTERNATE))
    assert found["agreement"].item() == 1


def test_groups_that_part_neighbours_count_less():
    found = judge(HALVES).criteria(sure(HALVES))
    assert found["cut"].item() == pytest.approx(0.5, abs=0.1)  # each cloud is halved at random
    assert found["conviction"].item() == pytest.approx(1 - CUT * found["cut"].item())


@given(seeds, st.integers(1, 4), st.integers(1, 40))
def test_a_cut_is_a_share_for_any_rows_and_none_for_one_group(seed, n_groups, n):
    random = np.random.default_rng(seed)
    X = random.normal(size=(n + 1, 2)).round()  # many of them are the same
    near = Neighbours.of(X, n_groups)
    groups, weights = random.integers(n_groups, size=n + 1), random.uniform(0.1, 2, n + 1)
    assert 0 <= near.cut(groups, weights, n_groups) <= 1
    assert near.cut(np.zeros(n + 1, dtype=int), weights, 1) == 0


def test_a_small_group_counts_as_much_as_a_large_one():
    """Of ten rows in one spot, five belong to a group of 95: little of it, and much of theirs."""
    X = np.repeat([[0.0], [50.0]], [90, 10], axis=0) + np.random.default_rng(0).normal(
        size=(100, 1)
    )
    groups = np.concatenate([np.zeros(90, dtype=int), np.arange(10) % 2])
    near = Neighbours.of(X, 2)
    elsewhere = (groups[near.nearest] != groups[:, None]).mean()
    assert elsewhere < 0.1
    assert near.cut(groups, np.ones(100), 2) > 0.2


def test_an_empty_group_counts_as_parted_entirely():
    near = Neighbours.of(clouds(50), 3)
    assert near.cut(ALTERNATE[0], np.ones(50), 3) == pytest.approx(1 / 3)


def test_of_many_rows_some_are_looked_at():
    X = np.arange(3.0 * MOST_ROWS)[:, None]
    near = Neighbours.of(X, 2)
    assert len(near.rows) == len(np.unique(near.rows)) == MOST_ROWS
    assert near.rows[-1] == len(X) - 1
    halves = np.arange(len(X)) * 2 // len(X)
    assert 0 < near.cut(halves, np.ones(len(X)), 2) < 0.01


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
    found = judge(groups_of(joint), weights=weights).criteria(joint)
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
