"""The grouping that is chosen, the number of groups, and the table of all that were tried."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from skflowmix.selection import choose, default_sizes, selection_scores
from skflowmix.selection.choice import ROWS_PER_GROUP
from skflowmix.selection.criteria import CRITERIA
from skflowmix.starts import GROUPERS
from tests.selection.examples import clouds, scaled, use_rule

COLUMNS = ["start", "n_components", "selection_score", *CRITERIA]
BY_NEAREST_MEAN = {"nearest_mean": 1.0}
seeds = st.integers(0, 2**20)


def chosen(X, sizes, weights=None):
    return choose([(scaled(X, weights), X)], sizes)


def by_table(monkeypatch, scores, agree=False):
    """Try groupings that are told beforehand, of which each is worth what is told as well.

    Parameters
    ----------
    scores : dict of dict
        By number of groups and by name.
    agree : bool
        Whether the groupings are the same.
    """
    names = list(next(iter(scores.values())))

    def grouper(place):
        def propose(problem, sizes, random_state):
            rng = np.random.default_rng(0 if agree else place)
            drawn = rng.permutation(len(problem.X))
            return [np.eye(size)[drawn % size] for size in sizes]

        return propose

    def measure(problem, groupings, n_groups):
        criteria = np.zeros((len(groupings), len(CRITERIA)))
        criteria[:, CRITERIA.index("nearest_mean")] = list(scores[n_groups].values())[
            : len(groupings)
        ]
        return criteria

    ways = {name: grouper(place) for place, name in enumerate(names)}
    monkeypatch.setattr("skflowmix.selection.search.GROUPERS", ways)
    monkeypatch.setattr("skflowmix.selection.search.measure", measure)
    use_rule(monkeypatch, BY_NEAREST_MEAN, BY_NEAREST_MEAN)


X60 = np.random.default_rng(0).standard_normal((60, 2))
THREE = {
    2: {"a": 0.4, "b": 0.1, "c": 0.2},
    3: {"a": 0.2, "b": 0.6, "c": 0.3},
    4: {"a": 0.2, "b": 0.1, "c": 0.5},
}


def test_of_one_size_the_best_comes_first(monkeypatch):
    by_table(monkeypatch, THREE)
    choice = chosen(X60, (3,))
    assert choice.n_groups == 3
    assert choice.names == ["b", "c", "a"]
    assert choice.table["start"].tolist() == ["a", "b", "c"]
    np.testing.assert_allclose(choice.table["selection_score"], [-0.1, 0.3, 0.0])


def test_of_several_sizes_the_one_whose_best_is_worth_the_most(monkeypatch):
    by_table(monkeypatch, THREE)
    choice = chosen(X60, range(1, 5))
    assert (choice.n_groups, choice.names[0]) == (3, "b")
    assert choice.table["n_components"].tolist() == [1, *np.repeat([2, 3, 4], 3)]
    best = [
        choice.table["selection_score"][choice.table["n_components"] == k].max() for k in THREE
    ]
    np.testing.assert_allclose(best, [0.4, 0.6, 0.5])


def test_one_group_is_chosen_where_nothing_is_worth_more(monkeypatch):
    by_table(monkeypatch, THREE)
    use_rule(monkeypatch, BY_NEAREST_MEAN, BY_NEAREST_MEAN, one_group=0.6)
    choice = chosen(X60, range(1, 5))
    assert choice.n_groups == len(choice.names) == 1
    np.testing.assert_array_equal(choice.best(3)[1], [np.ones((60, 1))])
    assert choice.table["selection_score"][0] == 0.6
    assert len(choice.table["start"]) == 10
    assert chosen(X60, range(2, 5)).n_groups == 3  # where one is not a choice


@given(st.integers(1, 70), st.integers(2, 9))
def test_an_open_number_of_groups_leaves_some_rows_to_each(n, most):
    X = np.arange(float(n))[:, None]
    with pytest.MonkeyPatch.context() as monkeypatch:
        worth = {k: {"a": 0.9 + k / 100} for k in range(2, most + 1)}
        by_table(monkeypatch, worth)
        choice = chosen(X, range(1, most + 1))
    assert choice.n_groups == max(min(most, n // ROWS_PER_GROUP), 1)
    assert choice.table["n_components"].tolist() == list(range(1, choice.n_groups + 1))


@given(st.integers(2, 10**7))
def test_numbers_of_groups_are_looked_for_from_one_to_no_more_than_rows_allow(n):
    sizes = default_sizes(n)
    assert sizes[0] == 1
    assert len(sizes) == sizes[-1] <= 20
    assert sizes[-1] == 1 or 2 * sizes[-1] ** 2 <= n


# Rows and copies.


def test_every_row_has_the_group_of_its_copies():
    X, groups = clouds(60, 3)
    copies = np.random.default_rng(0).integers(60, size=200)
    choice = chosen(X[copies], (3,))
    names, proposals = choice.best(2)
    assert len(names) == len(proposals) == 2
    for own in proposals:
        assert own.shape == (200, 3)
        assert adjusted_rand_score(groups[copies], own.argmax(axis=1)) == 1


@pytest.mark.parametrize("sizes", [(3,), range(1, 5)])
def test_neither_the_order_of_rows_nor_copies_change_what_is_chosen(sizes):
    X, _ = clouds(80, 3, distance=4.0)
    order = np.random.default_rng(0).permutation(80)
    first = chosen(X, sizes)
    for at in (order, np.concatenate([order, np.arange(80)])):
        other = chosen(X[at], sizes)
        assert (other.n_groups, other.names) == (first.n_groups, first.names)
        (own,), (before,) = other.best(1)[1], first.best(1)[1]
        assert adjusted_rand_score(before.argmax(1)[at], own.argmax(1)) == 1
        scores = other.table["selection_score"], first.table["selection_score"]
        np.testing.assert_allclose(*scores, atol=1e-6)


@pytest.mark.parametrize("n_kinds", [1, 2, 3, 5, 7])
def test_few_distinct_rows_are_one_group_where_the_number_is_open(n_kinds):
    X = np.arange(n_kinds)[np.arange(50) % n_kinds][:, None].astype(float)
    choice = chosen(X, range(1, 6))
    assert choice.n_groups == 1
    assert list(choice.table) == COLUMNS
    assert choice.table["n_components"].tolist() == [1]


@pytest.mark.parametrize("n_kinds", [1, 2, 3])
def test_few_distinct_rows_are_groups_where_as_many_are_asked_for(n_kinds):
    kinds = np.arange(50) % n_kinds
    choice = chosen(kinds[:, None].astype(float), (3,))
    (own,) = choice.best(1)[1]
    assert own.shape == (50, 3)
    assert adjusted_rand_score(kinds, own.argmax(axis=1)) == 1


# The table.


@pytest.mark.parametrize("sizes", [(2,), (3,), range(1, 2), range(1, 3), range(1, 6)])
def test_the_table_has_a_row_for_each_grouping(sizes):
    X, _ = clouds(60, 3, distance=2.0)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Two groupings")
        table = chosen(X, sizes).table
    assert list(table) == COLUMNS
    assert len({len(column) for column in table.values()}) == 1
    n_components = table["n_components"]
    assert sorted(set(n_components.tolist())) == list(sizes)
    for name in table.keys() - {"start"}:
        of_criteria = name in CRITERIA
        np.testing.assert_array_equal(np.isnan(table[name]), of_criteria & (n_components == 1))
    for size in set(sizes) - {1}:
        assert set(table["start"][n_components == size]) <= set(GROUPERS)


def test_one_size_beside_one_group_is_searched_as_fully_as_several():
    X, _ = clouds(60, 2)
    assert len(chosen(X, (2,)).table["start"]) == 2
    two, more = (chosen(X, range(1, most + 1)).table for most in (2, 3))
    for name in CRITERIA:
        rows = more["n_components"] <= 2
        np.testing.assert_allclose(two[name], more[name][rows], atol=1e-6)


def test_what_training_tells_stands_beside_the_starts_that_were_trained(monkeypatch):
    by_table(monkeypatch, THREE)
    choice = chosen(X60, range(1, 5))
    ended = {"trained": np.array([True, False]), "trained_score": np.array([0.5, 0.75])}
    table = choice.table_with(np.array(["c", "a"]), ended)
    places = [np.flatnonzero((table["n_components"] == 3) & (table["start"] == k)) for k in "ca"]
    assert table["trained"].sum() == 1
    assert table["trained"][places[0]]
    np.testing.assert_array_equal(table["trained_score"][np.ravel(places)], [0.5, 0.75])
    assert np.isnan(table["trained_score"]).sum() == 8
    assert list(choice.table) == COLUMNS  # as it was


# Rivals.


def rivals(monkeypatch, scores, agree=False):
    by_table(monkeypatch, {3: scores}, agree)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        chosen(X60, (3,))
    return [str(each.message) for each in caught]


def test_two_groupings_as_good_as_each_other_are_named_in_one_warning(monkeypatch):
    (message,) = rivals(monkeypatch, {"first": 0.5, "worst": 0.1, "second": 0.495, "third": 0.494})
    assert "first" in message
    assert "second" in message
    assert "third" not in message
    assert "init_params" in message


def test_there_is_no_warning_where_they_agree_or_one_is_better(monkeypatch):
    equal = {"first": 0.5, "second": 0.5, "third": 0.5}
    assert rivals(monkeypatch, equal, agree=True) == []
    assert rivals(monkeypatch, {"first": 0.5, "second": 0.4, "third": 0.3}) == []


def test_sizes_that_are_not_chosen_have_no_rivals(monkeypatch):
    worth = {2: {"a": 0.4, "b": 0.4}, 3: {"a": 0.7, "b": 0.5}}
    by_table(monkeypatch, worth)
    assert chosen(X60, range(1, 4)).n_groups == 3  # a warning is an error here
    use_rule(monkeypatch, BY_NEAREST_MEAN, BY_NEAREST_MEAN, one_group=0.9)
    assert chosen(X60, range(1, 4)).n_groups == 1


# Scores of groupings that others made.


@given(seeds, st.integers(1, 60), st.integers(1, 5), st.integers(2, 4))
def test_groupings_of_any_rows_have_scores(seed, n, m, k):
    rng = np.random.default_rng(seed)
    groupings = list(rng.integers(k, size=(m, n)))
    scores = selection_scores(scaled(rng.standard_normal((n, 2))), groupings, k)
    assert scores.shape == (m,)
    assert np.isfinite(scores).all()


def test_the_better_grouping_has_the_larger_score():
    """Whatever has been learned, three far clouds are one of the better groupings."""
    X, groups = clouds(90, 3)
    shuffled = np.random.default_rng(0).permutation(groups)
    scores = selection_scores(scaled(X), [shuffled, groups, 2 - groups], 3)
    assert scores[1] == pytest.approx(scores[2])
    assert scores[1] > scores[0]


def test_three_far_clouds_are_found_where_agreement_counts(monkeypatch):
    use_rule(monkeypatch)
    X, groups = clouds(90, 3, distance=20.0)
    choice = chosen(X, range(1, 7))
    assert choice.n_groups == 3
    assert adjusted_rand_score(groups, choice.best(1)[1][0].argmax(axis=1)) == 1


# Tables that differ in what fills their gaps.


def noise(seed):
    """Rows without groups."""
    return np.random.default_rng(1 + seed).uniform(size=(60, 2))


def of_tables(tables, sizes=(3,), on_step=lambda name: False):
    return choose([(scaled(X), X) for X in tables], sizes, on_step)


@pytest.mark.parametrize("sizes", [(3,), (2, 3, 4)])
def test_of_several_tables_the_grouping_is_one_that_others_agree_with(sizes):
    X, groups = clouds(60, 3)
    choice = of_tables([noise(0), X, X[:, ::-1]], sizes)
    assert choice.n_groups == 3
    assert adjusted_rand_score(groups, choice.best(1)[1][0].argmax(1)) == 1


def test_scores_are_means_over_tables():
    tables = [noise(seed) for seed in range(2)]
    each = [of_tables([X]).table["selection_score"] for X in tables]
    assert not np.allclose(*each)
    both = of_tables(tables).table
    np.testing.assert_allclose(both["selection_score"], np.mean(each, axis=0))


def test_one_table_is_enough_where_its_first_groupings_agree():
    X, _ = clouds(60, 3)

    def tables():
        yield scaled(X), X
        raise AssertionError("a second table is asked for")

    assert choose(tables(), (3,)).n_groups == 3


def test_tables_whose_search_is_ended_do_not_count():
    tables, steps, later = [noise(seed) for seed in range(3)], [], []
    alone = of_tables(tables[:1], on_step=steps.append)
    choice = of_tables(tables, on_step=lambda name: later.append(name) or len(later) > len(steps))
    assert len(later) > len(steps)
    assert choice.names == alone.names
    np.testing.assert_array_equal(choice.best(1)[1], alone.best(1)[1])
