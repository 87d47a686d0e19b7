"""The laws of every criterion, and what each of them tells right from wrong."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import entr
from scipy.stats import entropy
from sklearn.cluster import KMeans
from sklearn.discriminant_analysis import (
    LinearDiscriminantAnalysis,
    QuadraticDiscriminantAnalysis,
)
from sklearn.metrics import adjusted_rand_score, calinski_harabasz_score
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import NearestCentroid, kneighbors_graph

from skflowmix.data.agreement import adjusted_rand_indices
from skflowmix.selection.criteria import (
    CRITERIA,
    CRITERION_NEIGHBORS,
    MUTUAL_CRITERIA,
    OWN_CRITERIA,
    Grouping,
    border_depth,
    explained_variance,
    largest_cut,
    likelihood_gain,
    linear_discriminant,
    mean_agreement,
    measure,
    near_agreement,
    nearest_mean,
    neighbour_cut,
    normalised_entropy,
    quadratic_discriminant,
    size_entropy,
)
from tests.selection.examples import clouds, moons, scaled
from tests.starts.examples import TABLES

every_criterion = pytest.mark.parametrize("name", OWN_CRITERIA)
every_mutual_criterion = pytest.mark.parametrize("name", MUTUAL_CRITERIA)
seeds = st.integers(0, 2**20)

HARD_TABLES = {
    **TABLES,
    "more columns than rows": lambda rng: rng.standard_normal((9, 40)),
    "one column": lambda rng: rng.standard_normal((30, 1)),
    "two rows": lambda rng: rng.standard_normal((2, 3)),
    "columns alike": lambda rng: np.repeat(rng.standard_normal((40, 1)), 3, axis=1),
    "outliers in all columns": lambda rng: np.concatenate(
        [rng.standard_normal((40, 3)), 1e8 * rng.standard_normal((3, 3))]
    ),
}
GROUPINGS = {
    "any": lambda n, k, rng: rng.integers(k, size=n),
    "one row by itself": lambda n, k, rng: (np.arange(n) == 0).astype(int),
    "all in the last group": lambda n, k, rng: np.full(n, k - 1),
    "a row each, and the rest": lambda n, k, rng: np.minimum(np.arange(n), k - 1),
    "groups left empty": lambda n, k, rng: (k - 1) * rng.integers(2, size=n),
}
BOUNDS = {
    "explained_variance": (0, 1),
    "nearest_mean": (-1, 1),
    "linear_discriminant": (-1, 1),
    "quadratic_discriminant": (-1, 1),
    "normalised_entropy": (0, np.inf),
    "likelihood_gain": (-np.inf, np.inf),
    "neighbour_cut": (0, 1),
    "largest_cut": (0, 1),
    "border_depth": (0, 1),
    "size_entropy": (0, 1),
    "mean_agreement": (-1, 1),
    "near_agreement": (-1, 1),
}
ROUNDING = 1e-9


def assert_within_bounds(name, values):
    lowest, highest = BOUNDS[name]
    assert np.isfinite(values).all()
    assert (np.asarray(values) >= lowest - ROUNDING).all()
    assert (np.asarray(values) <= highest + ROUNDING).all()


def test_criteria_are_both_kinds_by_name():
    assert sorted(CRITERIA) == sorted([*OWN_CRITERIA, *MUTUAL_CRITERIA]) == sorted(BOUNDS)


# Laws of the criteria of one grouping.


@every_criterion
@pytest.mark.parametrize("table", HARD_TABLES)
@pytest.mark.parametrize("kind", GROUPINGS)
def test_any_grouping_of_any_table_has_a_value_within_the_bounds(name, table, kind):
    for seed, k in ((0, 2), (1, 3), (2, 7)):
        rng = np.random.default_rng(seed)
        X = HARD_TABLES[table](rng)
        groups = GROUPINGS[kind](len(X), k, rng)
        for problem in (scaled(X), replace(scaled(X), X=X)):  # light rows may be very far away
            assert_within_bounds(name, OWN_CRITERIA[name](Grouping(problem, groups, k)))


@st.composite
def tables(draw):
    """Rows, weights and groups, none of them special."""
    n, d, k = draw(st.integers(4, 60)), draw(st.integers(1, 5)), draw(st.integers(2, 5))
    rng = np.random.default_rng(draw(seeds))
    X = rng.standard_normal((n, d))
    return X, rng.uniform(0.5, 2, n), rng.integers(k, size=n), k


def value_of(name, X, weights, groups, k):
    return OWN_CRITERIA[name](Grouping(scaled(X, weights), groups, k))


@every_criterion
@given(tables(), seeds)
def test_the_order_of_rows_does_not_matter(name, table, seed):
    X, weights, groups, k = table
    order = np.random.default_rng(seed).permutation(len(X))
    changed = value_of(name, X[order], weights[order], groups[order], k)
    assert changed == pytest.approx(value_of(name, *table))


@every_criterion
@given(tables(), seeds)
def test_the_names_of_groups_do_not_matter(name, table, seed):
    X, weights, groups, k = table
    names = np.random.default_rng(seed).permutation(k)
    changed = value_of(name, X, weights, names[groups], k)
    assert changed == pytest.approx(value_of(name, *table))


@every_criterion
@given(tables(), st.floats(1e-4, 1e4), st.floats(-10, 10))
def test_scale_and_origin_do_not_matter(name, table, scale, shift):
    X, weights, groups, k = table
    changed = value_of(name, scale * (X + shift), weights, groups, k)
    assert changed == pytest.approx(value_of(name, *table), rel=1e-6, abs=1e-9)


@every_criterion
@given(tables(), st.sampled_from([0.5, 2.0, 64.0]))
def test_only_the_ratios_of_weights_matter(name, table, factor):
    X, weights, groups, k = table
    changed = value_of(name, X, factor * weights, groups, k)
    assert changed == pytest.approx(value_of(name, *table))


@pytest.mark.parametrize(
    "name",
    [
        "explained_variance",
        "nearest_mean",
        "linear_discriminant",
        "quadratic_discriminant",
        "normalised_entropy",
    ],
)
@given(tables(), st.integers(1, 3))
def test_an_empty_group_draws_no_row(name, table, n_more):
    X, weights, groups, k = table
    changed = value_of(name, X, weights, groups, k + n_more)
    assert changed == pytest.approx(value_of(name, *table))


@every_criterion
@given(tables())
def test_nothing_is_changed_and_a_second_look_sees_the_same(name, table):
    X, weights, groups, k = table
    problem = scaled(X, weights)
    before = problem.X.copy(), problem.sample_weight.copy(), groups.copy()
    grouping = Grouping(problem, groups, k)
    assert OWN_CRITERIA[name](grouping) == OWN_CRITERIA[name](grouping)
    for kept, now in zip(before, (problem.X, problem.sample_weight, groups), strict=True):
        np.testing.assert_array_equal(now, kept)


# Laws of the criteria of groupings beside each other.


@st.composite
def many_groupings(draw):
    """Return one to seven groupings of the same rows, some of them alike."""
    n, m, k = draw(st.integers(2, 40)), draw(st.integers(1, 7)), draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(seeds))
    kinds = rng.integers(k, size=(draw(st.integers(1, m)), n))
    return [kinds[at] for at in rng.integers(len(kinds), size=m)]


@every_mutual_criterion
@given(many_groupings())
def test_agreement_has_a_value_within_the_bounds(name, groupings):
    values = MUTUAL_CRITERIA[name](adjusted_rand_indices(groupings))
    assert values.shape == (len(groupings),)
    assert_within_bounds(name, values)


@every_mutual_criterion
@given(many_groupings(), seeds)
def test_the_order_of_groupings_and_the_names_of_groups_do_not_matter(name, groupings, seed):
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(groupings))
    renamed = [rng.permutation(4)[groupings[at]] for at in order]
    values = MUTUAL_CRITERIA[name](adjusted_rand_indices(groupings))
    changed = MUTUAL_CRITERIA[name](adjusted_rand_indices(renamed))
    np.testing.assert_allclose(changed, values[order], atol=1e-12)


@every_mutual_criterion
def test_groupings_alike_agree(name):
    groups = np.arange(12) % 3
    values = MUTUAL_CRITERIA[name](adjusted_rand_indices([groups, 2 - groups, groups]))
    np.testing.assert_allclose(values, 1)


def test_agreement_is_that_with_the_others_by_scikit_learn():
    rng = np.random.default_rng(0)
    groupings = list(rng.integers(3, size=(4, 30)))
    others = [
        [adjusted_rand_score(own, other) for at, other in enumerate(groupings) if at != place]
        for place, own in enumerate(groupings)
    ]
    found = mean_agreement(adjusted_rand_indices(groupings))
    np.testing.assert_allclose(found, np.mean(others, axis=1))


def test_near_agreement_asks_the_nearest_only():
    """A minority that agrees is not held back by many that do not."""
    rng = np.random.default_rng(0)
    groups = np.arange(60) % 3
    groupings = [groups] * 6 + list(rng.integers(3, size=(12, 60)))
    agreement = adjusted_rand_indices(groupings)
    assert near_agreement(agreement)[0] == pytest.approx(1)
    assert near_agreement(agreement)[6] < 0.2
    assert mean_agreement(agreement)[0] < 0.5


@given(tables())
def test_measure_has_a_row_for_each_grouping_and_a_column_for_each_criterion(table):
    X, weights, groups, k = table
    problem, others = scaled(X, weights), np.arange(len(X)) % k
    found = measure(problem, [groups, others], k)
    assert found.shape == (2, len(CRITERIA))
    for name, function in OWN_CRITERIA.items():
        own = [function(Grouping(problem, each, k)) for each in (groups, others)]
        np.testing.assert_array_equal(found[:, CRITERIA.index(name)], own)
    agreement = adjusted_rand_score(groups, others)
    for name in MUTUAL_CRITERIA:
        np.testing.assert_allclose(found[:, CRITERIA.index(name)], agreement, atol=1e-12)


# References.


@st.composite
def near_clouds(draw):
    """Standardised rows of clouds that overlap, and their groups, none of which is empty."""
    k, d = draw(st.integers(2, 4)), draw(st.integers(1, 4))
    X, groups = clouds(300, k, d, distance=2.0, seed=draw(seeds))
    X[groups == 0] *= 1.5
    return scaled(X), groups, k


@given(near_clouds())
def test_explained_variance_is_that_of_calinski_and_harabasz(example):
    problem, groups, k = example
    ratio = calinski_harabasz_score(problem.X, groups) * (k - 1) / (len(groups) - k)
    found = explained_variance(Grouping(problem, groups, k))
    assert found == pytest.approx(ratio / (1 + ratio))


@given(near_clouds())
def test_the_nearest_mean_is_that_of_scikit_learn(example):
    problem, groups, k = example
    decided = NearestCentroid().fit(problem.X, groups).predict(problem.X)
    found = nearest_mean(Grouping(problem, groups, k))
    assert found == pytest.approx(adjusted_rand_score(groups, decided))


@pytest.mark.parametrize(
    ("criterion", "model"),
    [
        (linear_discriminant, LinearDiscriminantAnalysis),
        (quadratic_discriminant, QuadraticDiscriminantAnalysis),
    ],
)
@given(near_clouds())
def test_discriminants_are_those_of_scikit_learn_but_for_a_few_rows(criterion, model, example):
    problem, groups, k = example
    decided = model().fit(problem.X, groups).predict(problem.X)
    found = criterion(Grouping(problem, groups, k))
    assert found == pytest.approx(adjusted_rand_score(groups, decided), abs=0.05)


@given(near_clouds())
def test_the_entropy_is_that_of_scikit_learns_posteriors(example):
    problem, groups, k = example
    model = QuadraticDiscriminantAnalysis().fit(problem.X, groups)
    share = entr(model.predict_proba(problem.X)).sum(1).mean() / entropy(model.priors_)
    assert normalised_entropy(Grouping(problem, groups, k)) == pytest.approx(share, abs=0.03)


@given(st.integers(1, 4), seeds)
def test_the_likelihood_gained_is_a_difference_of_two_bic(d, seed):
    X, groups = clouds(400, 2, d, distance=10.0, seed=seed)
    problem = scaled(X)
    one, two = (GaussianMixture(k, random_state=0).fit(problem.X).bic(problem.X) for k in (1, 2))
    found = likelihood_gain(Grouping(problem, groups, 2))
    assert found == pytest.approx((one - two) / (2 * X.size), abs=0.03)


@given(near_clouds())
def test_cuts_are_those_of_a_graph_of_neighbours(example):
    problem, groups, k = example
    graph = kneighbors_graph(problem.X, CRITERION_NEIGHBORS).toarray()
    cuts = [
        graph[groups == own][:, groups != own].sum() / graph[groups == own].sum()
        for own in range(k)
    ]
    grouping = Grouping(problem, groups, k)
    assert neighbour_cut(grouping) == pytest.approx(np.mean(cuts))
    assert largest_cut(grouping) == pytest.approx(np.max(cuts))


@given(st.lists(st.integers(1, 9), min_size=2, max_size=5))
def test_the_entropy_of_sizes_is_that_of_scipy(counts):
    groups = np.repeat(np.arange(len(counts)), counts)
    problem = scaled(np.arange(len(groups), dtype=float)[:, None])
    found = size_entropy(Grouping(problem, groups, len(counts)))
    assert found == pytest.approx(entropy(counts, base=len(counts)))


# What each of them tells right from wrong.


def value(criterion, X, groups):
    return criterion(Grouping(scaled(X), groups, int(groups.max()) + 1))


@pytest.mark.parametrize(
    ("criterion", "sign"),
    [
        (explained_variance, 1),
        (nearest_mean, 1),
        (linear_discriminant, 1),
        (quadratic_discriminant, 1),
        (normalised_entropy, -1),
        (likelihood_gain, 1),
        (neighbour_cut, -1),
        (largest_cut, -1),
        (border_depth, -1),
    ],
)
@given(seeds, st.integers(1, 5), st.integers(2, 4))
def test_clouds_far_apart_are_worth_more_than_the_same_rows_at_random(criterion, sign, seed, d, k):
    X, groups = clouds(40 * k, k, d, seed=seed)
    shuffled = np.random.default_rng(seed).permutation(groups)
    assert sign * value(criterion, X, groups) > sign * value(criterion, X, shuffled) + 0.1


@given(seeds)
def test_groups_far_apart_cut_no_link_and_have_no_border(seed):
    X, groups = clouds(90, 3, distance=100.0, seed=seed)
    for criterion in (neighbour_cut, largest_cut, border_depth):
        assert value(criterion, X, groups) == 0


@given(seeds)
def test_groups_of_kmeans_are_those_of_their_means(seed):
    X = scaled(np.random.default_rng(seed).standard_normal((80, 3))).X
    groups = KMeans(3, n_init=1, tol=0, max_iter=1000, random_state=0).fit(X).labels_
    assert value(nearest_mean, X, groups) == 1
    assert value(nearest_mean, *moons(200)) < 0.9


@given(seeds)
def test_lines_between_long_groups_are_seen_by_the_discriminants_only(seed):
    """Two long clouds side by side: means of halves across would be as good.

    No group is further along than the other: by chance of the draw that difference can turn
    the line between the scaled means into the line between the clouds.
    """
    X, groups = clouds(200, 1, seed=seed)[0], np.arange(200) % 2
    X = np.where(groups[:, None], X - X[1::2].mean(axis=0), X - X[::2].mean(axis=0))
    X = np.column_stack([20 * X[:, 0] + X[:, 1] + 12 * groups, X[:, 0]])
    assert value(linear_discriminant, X, groups) == 1
    assert value(quadratic_discriminant, X, groups) == 1
    assert value(nearest_mean, X, groups) < 0.5


@given(seeds)
def test_a_cloud_within_another_is_seen_by_the_quadratic_discriminant_only(seed):
    X, groups = clouds(300, 2, distance=0.0, seed=seed)
    X[groups == 1] *= 30
    assert value(quadratic_discriminant, X, groups) > 0.8
    assert value(linear_discriminant, X, groups) < 0.5


@given(seeds)
def test_the_likelihood_gains_by_two_clouds_and_loses_by_halves_of_one_of_few_rows(seed):
    X, groups = clouds(60, seed=seed)
    assert value(likelihood_gain, X, groups) > 0
    one = np.random.default_rng(seed).standard_normal((30, 4))
    assert value(likelihood_gain, one, (one[:, 0] > 0).astype(int)) < 0


@given(seeds)
def test_borders_of_moons_are_less_deep_than_cuts_across_them(seed):
    X, groups = moons(400, seed=seed)
    across = (X[:, 0] > 0.5).astype(int)
    assert value(border_depth, X, groups) < 0.1
    assert value(border_depth, X, groups) < value(border_depth, X, across) - 0.1
    assert value(neighbour_cut, X, groups) <= value(neighbour_cut, X, across)


@given(seeds)
def test_a_border_at_the_fringe_is_less_deep_than_one_through_the_core(seed):
    X, groups = clouds(400, 2, distance=6.0, seed=seed)
    assert value(border_depth, X, groups) < 0.2
    assert value(border_depth, X, (X[:, 0] > X[:, 1]).astype(int)) > 0.4


def test_a_group_too_small_to_have_an_inside_is_all_border():
    X, groups = clouds(60, 2, distance=100.0)
    alone = np.where(np.arange(60) == 0, 2, groups)
    assert value(border_depth, X, groups) == 0
    assert value(border_depth, X, alone) > 1 / 3


def test_the_largest_cut_is_that_of_the_worst_group():
    """Two clouds, one of them halved at random: of three groups two have borders."""
    X, groups = clouds(400, 2, distance=50.0)
    halved = np.where(groups == 1, 1 + np.random.default_rng(0).integers(2, size=400), 0)
    assert value(largest_cut, X, halved) > 0.4
    assert value(neighbour_cut, X, halved) < value(largest_cut, X, halved) - 0.1


def test_equal_sizes_have_all_of_the_entropy_and_one_group_none():
    X = np.arange(12.0)[:, None]
    assert value(size_entropy, X, np.arange(12) % 3) == pytest.approx(1)
    assert size_entropy(Grouping(scaled(X), np.zeros(12, dtype=int), 3)) == 0
