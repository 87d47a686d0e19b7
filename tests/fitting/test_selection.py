"""Which of several groupings is believed, and how starts compete."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.data.problem import Problem
from skflowmix.fitting.proposals import Candidates, Split, StartMoments
from skflowmix.fitting.selection import (
    BORDER_ROWS,
    Borders,
    Selection,
    best_start,
    compare_groups,
    compare_untrained,
    judge,
    largest,
    normalised_entropy,
    select_candidates,
    selection_scores,
)
from tests.fitting.examples import (
    FAMILIES,
    architecture,
    every_family,
    observations,
    rows_of,
    task_for,
)
from tests.fitting.examples import clouds as clouds_in_a_row

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
    found = compare_groups(borders, posterior.log(), sure(1 - ALTERNATE))
    assert found["depth"].item() == 0
    torch.testing.assert_close(
        found["selection_score"], 1 - normalised_entropy(posterior, weights)
    )


def test_the_depth_is_that_of_the_groups_that_scores_are_highest_for():
    groups = np.arange(90) % 3
    X = clouds(90) + 40 * groups[:, None]
    borders = borders_of(X, n_groups=3)
    halved = np.random.default_rng(0).integers(0, 3, 90)
    scores = torch.nn.functional.one_hot(torch.from_numpy(np.stack([groups, halved])), 3).float()
    found = compare_groups(borders, scores, scores)["depth"].tolist()
    assert found == pytest.approx([borders.depth(each, 3) for each in (groups, halved)])
    assert found[0] < 0.2 < found[1]


def test_groups_whose_borders_run_through_dense_rows_count_less():
    same = sure(ALTERNATE, ALTERNATE).log()
    found = compare_groups(borders_of(clouds(50)), same, sure(ALTERNATE, HALVES))
    apart, halved = found["selection_score"].tolist()
    assert apart == pytest.approx(1)
    depth = found["depth"][1].item()
    assert depth == pytest.approx(0.5, abs=0.1)  # each cloud is halved at random
    assert halved == pytest.approx(1 - 4 * depth)  # as documented, and so are the next two


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


def test_rows_of_hardly_any_weight_hardly_count_at_a_border():
    """One border row is deep inside its group, the other at its fringe."""
    X = np.random.default_rng(0).normal(size=(60, 2))
    groups = (X[:, 0] > 0).astype(int)
    at_border = (groups[borders_of(X).nearest] != groups[:, None]).any(axis=1)
    density = borders_of(X).density
    is_deep = at_border & (density > np.median(density[at_border]))
    depths = [
        borders_of(X, np.where(light, 1e-9, 1.0)).depth(groups, 2)
        for light in (is_deep, at_border & ~is_deep)
    ]
    assert depths[0] < borders_of(X).depth(groups, 2) < depths[1]


def test_an_eighth_of_a_fair_size_is_a_group_and_less_is_not():
    X = np.random.default_rng(0).normal(size=(64, 2))
    groups = np.arange(64) % 3
    X[:, 0] += 50 * groups
    depths = []
    for n_few in (2, 1):
        rows, own = X.copy(), groups.copy()
        rows[:n_few] = [500, 500] + np.arange(n_few)[:, None]
        own[:n_few] = 3
        depths.append(borders_of(rows, n_groups=4).depth(own, 4))
    assert depths == [1 / 16, 1 / 4]  # half of its rows are less dense than the other half


def test_of_many_rows_some_are_looked_at():
    n = 3 * BORDER_ROWS
    borders = borders_of(np.arange(n, dtype=float)[:, None], n_groups=2)
    assert len(borders.some) == len(np.unique(borders.some)) == BORDER_ROWS
    assert borders.some[-1] == n - 1
    assert borders.depth(np.arange(n) * 2 // n, 2) > 0


@pytest.mark.parametrize(
    ("n", "k", "n_neighbors"), [(200, 2, 10), (40, 2, 10), (20, 2, 5), (3, 2, 1)]
)
def test_neighbours_are_ten_but_no_more_than_half_of_a_group(n, k, n_neighbors):
    borders = borders_of(clouds(n), n_groups=k)
    assert borders.nearest.shape == (n, n_neighbors)
    assert (borders.nearest != np.arange(n)[:, None]).all()


@given(st.floats(0, 10), st.integers(1, 100))
def test_less_likely_models_lose_what_they_lack_but_not_more_than_a_little(lacking, d):
    found = {
        "normalised_entropy": torch.zeros(2),
        "depth": torch.zeros(2),
        "log_likelihood": torch.tensor([1.0, 1.0 - lacking]),
    }
    best, behind = selection_scores(found, d).tolist()
    assert best == 1
    assert behind == pytest.approx(max(1 - 4 * lacking / d, 0.8), abs=1e-5)


def test_log_likelihood_is_the_weighted_mean_over_rows():
    joint = torch.randn(2, 5, 3, generator=torch.Generator().manual_seed(0))
    weights = torch.tensor([2.0, 0.5, 0.5, 1.0, 1.0])
    expected = (joint.logsumexp(-1) * weights).sum(-1) / 5
    found = compare_groups(borders_of(clouds(5), weights.numpy()), joint, joint)
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


@given(st.sampled_from(sorted(FAMILIES)), seeds, st.floats(-5, 5))
def test_models_are_judged_on_all_rows_and_in_the_units_of_the_data(name, seed, log_det):
    X, groups = clouds_in_a_row(30, seed=seed, distance=1.0)
    codes = np.where(np.arange(30) < 10, 1 - groups, -1)
    rows, family = rows_of(X, groups, codes), FAMILIES[name](architecture())
    model = family.build(2, torch.Generator())
    borders = borders_of(X)
    plain = judge(model, family, rows, borders, 0.0)
    moved = judge(model, family, rows, borders, log_det)
    for criterion, values in moved.items():
        shift = log_det if criterion == "log_likelihood" else 0
        np.testing.assert_allclose(values, plain[criterion] + shift, rtol=1e-4, atol=1e-5)
        assert values.shape == (2,)
    (joint, _) = model.mixture.joint_log_prob(rows.x).detach()
    own = torch.cat([joint[range(10), codes[:10]], joint[10:].logsumexp(-1)])
    np.testing.assert_allclose(plain["log_likelihood"], float(own.mean()), rtol=1e-4)


def test_models_are_judged_by_their_own_groups_unless_others_are_given():
    X, groups = clouds_in_a_row(40)
    rows, family = rows_of(X, groups), FAMILIES["latent"](architecture())
    moments = StartMoments.of(Split.of(rows, np.zeros(40, dtype=bool)), family).everything
    model = family.build(1, torch.Generator())
    model.mixture.set_gaussians(*moments.gaussians())
    others = sure(np.arange(40) // 20)
    own, given_ones = (
        judge(model, family, rows, borders_of(X), 0.0, grouping) for grouping in (None, others)
    )
    assert own["depth"] == 0
    assert given_ones["depth"] > 0.3
    assert own["normalised_entropy"] == given_ones["normalised_entropy"] < 0.01


def ring(n=200, seed=0):
    """Rows of a ring and of what is in its middle, and which of both they are."""
    rng = np.random.default_rng(seed)
    groups = np.arange(n) % 2
    angle = rng.uniform(0, 2 * np.pi, n)
    X = np.c_[np.cos(angle), np.sin(angle)] * np.where(groups, 10, 1)[:, None]
    return X + 0.3 * rng.normal(size=(n, 2)), groups


def candidates_of(task, groupings):
    """Starts that are sure of their groupings."""
    rows = rows_of(task.problem.X, np.stack(groupings))
    split = Split.of(rows, np.arange(len(rows)) % 5 == 0)
    names = [f"start {r}" for r in range(len(groupings))]
    return Candidates(names, split, StartMoments.of(split, task.family))


@every_family
def test_starts_are_judged_by_their_own_groups_which_their_gaussians_cannot_follow(kind):
    X, groups = ring()
    shuffled = np.random.default_rng(0).permutation(groups)
    task = task_for(observations(X), kind)
    candidates = candidates_of(task, [groups, shuffled])
    borders = Borders.of(task.problem)
    criteria = compare_untrained(task, candidates, borders)
    expected = [borders.depth(each, 2) for each in (groups, shuffled)]
    np.testing.assert_allclose(criteria["depth"], expected, rtol=1e-6)
    assert expected[0] == 0 < expected[1]
    np.testing.assert_array_equal(criteria["validation_score"], criteria["log_likelihood"])


@every_family
def test_starts_are_compared_in_the_units_of_the_data_and_whatever_the_layers(kind):
    X, groups = clouds_in_a_row(60, distance=3.0)
    found = []
    for scale in (1.0, 4.0):
        task = task_for(observations(scale * X), kind, reg_covar=0.1)
        candidates = candidates_of(task, [groups, groups // 2, 1 - groups])
        found.append(compare_untrained(task, candidates, Borders.of(task.problem)))
    for criterion, values in found[0].items():
        moved = criterion in ("log_likelihood", "validation_score")
        np.testing.assert_allclose(found[1][criterion], values - moved * 2 * np.log(4), rtol=1e-5)


@pytest.mark.parametrize("n_init", [1, 2, 3, 4])
@every_family
def test_as_many_starts_are_trained_as_are_asked_for(kind, n_init):
    X, groups = clouds_in_a_row(60)
    task = task_for(observations(X), kind, n_init=n_init)
    halves = (np.arange(60) // 30) % 2
    starts = candidates_of(task, [halves, groups, halves])
    found = select_candidates(task, starts)
    n_chosen = min(n_init, 3)
    assert found.names == starts.names
    assert (
        len(found.chosen)
        == len(found.split.everything.start)
        == len(found.moments.training.counts)
        == n_chosen
    )
    assert bool(found.untrained) == (n_init < 3)
    assert 1 in found.chosen
    kept = starts.split.everything.start[found.chosen]
    assert torch.equal(found.split.everything.start, kept)
    expected = starts.moments.everything.first[found.chosen]
    assert torch.equal(found.moments.everything.first, expected)


def test_the_table_of_starts_has_what_the_chosen_ones_ended_as():
    untrained = {"depth": np.array([0.1, 0.2, 0.3]), "validation_score": np.array([1.0, 2.0, 3.0])}
    everything = (None, None, None)
    found = Selection(["a", "b", "c"], np.array([0, 2]), untrained, *everything)
    ended = {"depth": np.array([0.5, 0.6]), "validation_score": np.array([7.0, 8.0])}
    table = found.table(ended, np.array([False, True]))
    assert table["start"].tolist() == ["a", "b", "c"]
    assert table["trained"].tolist() == [False, False, True]
    assert table["depth"].tolist() == [0.5, 0.2, 0.6]
    assert table["validation_score"].tolist() == [7.0, 2.0, 8.0]
    assert untrained["depth"].tolist() == [0.1, 0.2, 0.3]
    no_contest = Selection(["a", "b"], np.arange(2), {}, *everything)
    assert no_contest.table(ended, np.array([True, True]))["depth"].tolist() == [0.5, 0.6]
