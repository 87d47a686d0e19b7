"""Which of several groupings is believed, and how starts compete."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.data.problem import Problem
from skflowmix.fitting.selection import (
    BORDER_ROWS,
    DEPTH_WEIGHT,
    LIKELIHOOD_WEIGHT,
    MAX_LIKELIHOOD_LOSS,
    Borders,
    best_start,
    compared,
    largest,
    normalised_entropy,
    selection_scores,
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
def test_the_entropy_is_a_share(seed, n_groups):
    share = normalised_entropy(*drawn(seed, 50, n_groups))
    assert share.shape == (1,)
    assert 0 <= share.item() <= 1 + 1e-5


@given(seeds, sizes)
def test_decided_rows_have_no_entropy_and_undecided_ones_all_of_it(seed, n_groups):
    posterior, weights = drawn(seed, 50, n_groups)
    decided = torch.nn.functional.one_hot(posterior.argmax(-1), n_groups).float()
    assert normalised_entropy(decided, weights).item() == 0
    same = posterior[:, :1].expand_as(posterior)
    assert normalised_entropy(same, weights).item() == pytest.approx(1, abs=1e-5)


def test_a_single_group_has_no_entropy():
    assert normalised_entropy(torch.ones(1, 9, 1), torch.ones(9)).item() == 0


def test_a_weight_of_two_is_a_row_twice():
    posterior, _ = drawn(0, 4, 3)
    twice = posterior[:, [0, 0, 1, 2, 3]]
    weights = torch.tensor([2.0, 1, 1, 1])
    expected = normalised_entropy(twice, torch.ones(5))
    torch.testing.assert_close(normalised_entropy(posterior, weights / weights.mean()), expected)


def borders_of(X, weights=None, n_groups=2):
    """Borders of standardised rows."""
    weights = np.ones(len(X)) if weights is None else weights
    return Borders.of(Problem(X, np.full(len(X), -1), n_groups, weights, 1e-6))


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
    borders = borders_of(clouds(50), weights.numpy())
    found = compared(borders, posterior.log(), sure(1 - ALTERNATE))
    assert found["depth"].item() == 0
    torch.testing.assert_close(
        found["selection_score"], 1 - normalised_entropy(posterior, weights)
    )


def test_groups_whose_borders_run_through_dense_rows_count_less():
    same = sure(ALTERNATE, ALTERNATE).log()
    found = compared(borders_of(clouds(50)), same, sure(ALTERNATE, HALVES))
    apart, halved = found["selection_score"].tolist()
    assert apart == pytest.approx(1)
    depth = found["depth"][1].item()
    assert depth == pytest.approx(0.5, abs=0.1)  # each cloud is halved at random
    assert halved == pytest.approx(1 - DEPTH_WEIGHT * depth)


@given(seeds, st.integers(1, 4), st.integers(2, 40))
def test_a_depth_is_a_share_for_any_rows_and_none_for_one_group(seed, n_groups, n):
    random = np.random.default_rng(seed)
    X = random.normal(size=(n, 2)).round()  # many of them are the same
    borders = borders_of(X, random.uniform(0.1, 2, n), n_groups)
    assert 0 <= borders.depth(random.integers(n_groups, size=n), n_groups) <= 1
    assert borders.depth(np.zeros(n, dtype=int), 1) == 0


def test_a_border_at_the_fringe_is_less_deep_than_one_through_the_core():
    """Two Gaussian clouds that touch, parted where they do and across both of them."""
    X = np.random.default_rng(0).normal(size=(400, 2))
    X[::2, 0] += 5
    borders = borders_of(X, n_groups=2)
    between, across = (
        borders.depth((column > at).astype(int), 2)
        for column, at in zip(X.T, (2.5, 0), strict=True)
    )
    assert between < 0.2 < 0.4 < across


def test_depth_is_the_share_of_less_dense_rows_of_the_group():
    """On a line ever denser to the left, the rows beside a border are among the emptiest."""
    X = np.geomspace(1, 100, 60)[:, None]
    borders = borders_of(X, n_groups=2)
    left = (np.arange(60) < 30).astype(int)
    at_border = (left[borders.nearest] != left[:, None]).any(axis=1)
    shares = [
        np.mean(
            [
                (borders.density[own] < borders.density[i]).mean()
                for i in np.flatnonzero(at_border & own)
            ]
        )
        for own in (left == 0, left == 1)
    ]
    assert borders.depth(left, 2) == pytest.approx(np.mean(shares))


@pytest.mark.parametrize("n_outliers", [0, 1, 5])
def test_a_group_of_nothing_or_of_outliers_is_as_bad_as_can_be(n_outliers):
    X = clouds(300)
    X[:n_outliers] += 1e4 * np.arange(1, n_outliers + 1)[:, None]
    groups = np.arange(300) % 2
    groups[:n_outliers] = 2
    assert borders_of(X, n_groups=3).depth(groups, 3) == pytest.approx(1 / 3, abs=0.05)


def test_few_rows_are_a_group_where_all_are_few():
    X = np.concatenate([clouds(50), 500 + clouds(2)[:1] + np.arange(5)[:, None]])
    groups = np.concatenate([ALTERNATE, np.full(5, 2)])
    assert borders_of(X, n_groups=3).depth(groups, 3) < 0.2


def test_of_many_rows_some_are_looked_at():
    n = 3 * BORDER_ROWS
    borders = borders_of(np.arange(n, dtype=float)[:, None], n_groups=2)
    assert len(borders.some) == len(np.unique(borders.some)) == BORDER_ROWS
    assert borders.some[-1] == n - 1
    assert borders.depth(np.arange(n) * 2 // n, 2) > 0


@given(st.floats(0, 10), st.integers(1, 100))
def test_less_likely_models_lose_what_they_lack_but_not_more_than_a_little(lacking, d):
    found = {
        "normalised_entropy": torch.zeros(2),
        "depth": torch.zeros(2),
        "log_likelihood": torch.tensor([1.0, 1.0 - lacking]),
    }
    best, behind = selection_scores(found, d).tolist()
    assert best == 1
    assert behind == pytest.approx(
        1 - min(LIKELIHOOD_WEIGHT * lacking / d, MAX_LIKELIHOOD_LOSS), abs=1e-5
    )


def test_log_likelihood_is_the_weighted_mean_over_rows():
    joint = torch.randn(2, 5, 3, generator=torch.Generator().manual_seed(0))
    weights = torch.tensor([2.0, 0.5, 0.5, 1.0, 1.0])
    expected = (joint.logsumexp(-1) * weights).sum(-1) / 5
    found = compared(borders_of(clouds(5), weights.numpy()), joint, joint)
    torch.testing.assert_close(found["log_likelihood"], expected)


def test_the_best_start_has_the_largest_score_and_among_equals_is_likeliest():
    def best(scores, likelihoods):
        return best_start(
            {
                "selection_score": np.array(scores),
                "validation_score": np.array(likelihoods),
            }
        )

    assert best([0.5, 0.9, 0.7], [3.0, 1.0, 2.0]) == 1
    assert best([0.9, 0.9001, 0.7], [3.0, 1.0, 4.0]) == 0  # a difference nobody should rely on


def test_the_starts_of_the_largest_scores_are_trained():
    assert largest(np.array([0.1, 0.9, 0.3, 0.8]), 2).tolist() == [1, 3]
    assert largest(np.array([0.5, 0.5, 0.5]), 2).tolist() == [0, 1]
