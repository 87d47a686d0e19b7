"""Spanning trees: that they are shortest, and the groups that are cut from them."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from scipy.spatial.distance import cdist, squareform
from sklearn.datasets import make_moons
from sklearn.metrics import adjusted_rand_score

from skflowmix.starts.trees import SpanningTree, cut_by_gini, cut_longest
from tests.starts.examples import seeds

CUTS = {
    "even": lambda tree, sizes: cut_by_gini(tree, 0.3, sizes),
    "any size": lambda tree, sizes: cut_by_gini(tree, 1.0, sizes),
    "longest": lambda tree, sizes: cut_longest(tree, 0.5, sizes),
}
cuts = pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
n_rows = st.integers(1, 40)
fractions = st.sampled_from([0.0, 0.1, 0.25, 0.3, 0.5, 1.0])


def distances_of(seed, n, n_values=None):
    """Between n rows of two columns, of so many integers each, or with no two distances alike."""
    rng = np.random.default_rng(seed)
    X = rng.integers(n_values, size=(n, 2)) if n_values else rng.standard_normal((n, 2))
    return cdist(X, X)


def tree_of(seed, n):
    """A random tree of any shape, of no two lengths alike."""
    rng = np.random.default_rng(seed)
    first = np.maximum(np.arange(n - 1) - rng.integers(1, n + 1), 0)  # from chains to stars
    return SpanningTree(np.arange(1, n), rng.integers(first, np.arange(1, n)), rng.random(n - 1))


def chain_of(lengths):
    n = len(lengths) + 1
    return SpanningTree(np.arange(1, n), np.arange(n - 1), np.asarray(lengths, dtype=float))


def star_of(lengths):
    n = len(lengths) + 1
    return SpanningTree(np.arange(1, n), np.zeros(n - 1, dtype=int), np.asarray(lengths))


def together(groups):
    """Tell whether each two of the rows share a group, whatever its number: ``(n, n)``."""
    return groups[:, None] == groups


def sizes_of(groups):
    return np.unique(groups, return_counts=True)[1]


def parts_of(tree, is_cut):
    n = len(tree.rows) + 1
    links = np.zeros((n, n))
    links[tree.rows[~is_cut], tree.parents[~is_cut]] = 1
    return connected_components(links, directed=False)[1]


def gini_index(sizes):
    differences = np.abs(np.subtract.outer(sizes, sizes)).sum() / 2
    return differences / ((len(sizes) - 1) * np.sum(sizes))


@given(seeds, n_rows, st.sampled_from([None, 2, 4]), st.booleans())
def test_no_tree_is_shorter(seed, n, n_values, has_cores):
    distances = distances_of(seed, n, n_values)
    cores = np.random.default_rng(seed).random(n) * has_cores
    reach = np.maximum(distances, np.maximum.outer(cores, cores))
    # One more for each link: scipy takes a distance of 0 for none.
    expected = minimum_spanning_tree(reach + 1).sum() - (n - 1)
    tree = SpanningTree.of(distances, cores if has_cores else None)
    assert tree.lengths.sum() == pytest.approx(expected)
    np.testing.assert_array_equal(tree.lengths, reach[tree.rows, tree.parents])


@given(seeds, n_rows, st.sampled_from([None, 1, 4]))
def test_each_row_joins_once_and_after_its_parent(seed, n, n_values):
    tree = SpanningTree.of(distances_of(seed, n, n_values))
    assert tree.rows.shape == tree.parents.shape == tree.lengths.shape == (n - 1,)
    joined = [0]
    for row, parent in zip(tree.rows, tree.parents, strict=True):
        assert parent in joined
        joined.append(row)
    assert sorted(joined) == list(range(n))


@given(seeds, n_rows)
def test_no_link_is_shorter_than_the_core_distance_of_an_end(seed, n):
    cores = np.random.default_rng(seed).random(n) * 3
    tree = SpanningTree.of(distances_of(seed, n), cores)
    assert (tree.lengths >= cores[tree.rows]).all()
    assert (tree.lengths >= cores[tree.parents]).all()


def test_distances_stay_as_they_are():
    distances = distances_of(0, 20)
    before = distances.copy()
    SpanningTree.of(distances, np.ones(20))
    np.testing.assert_array_equal(distances, before)


@cuts
@given(seeds, n_rows, st.sampled_from([None, 1, 3]))
def test_there_are_as_many_groups_as_wanted(cut, seed, n, n_values):
    tree = SpanningTree.of(distances_of(seed, n, n_values))
    sizes = [*range(1, n + 1), 1, n]
    groupings = cut(tree, sizes)
    assert [groups.shape for groups in groupings] == [(n,)] * len(sizes)
    assert [len(np.unique(groups)) for groups in groupings] == sizes
    assert [groups.max() + 1 for groups in groupings] == sizes


@cuts
@given(seeds, n_rows)
def test_what_else_is_wanted_changes_nothing(cut, seed, n):
    tree = tree_of(seed, n)
    groupings = cut(tree, range(1, n + 1))
    for size in {1, n // 2 + 1, n}:
        np.testing.assert_array_equal(cut(tree, [size])[0], groupings[size - 1])


@cuts
@given(seeds, n_rows, st.data())
def test_groups_are_connected(cut, seed, n, data):
    tree = tree_of(seed, n)
    (groups,) = cut(tree, [data.draw(st.integers(1, n))])
    is_cut = groups[tree.rows] != groups[tree.parents]
    np.testing.assert_array_equal(together(groups), together(parts_of(tree, is_cut)))


@cuts
@given(seeds, n_rows, st.sampled_from([1e-9, 0.25, 1024.0]))
def test_groups_do_not_depend_on_the_unit(cut, seed, n, unit):
    distances, sizes = distances_of(seed, n), range(1, n + 1)
    groupings = cut(SpanningTree.of(distances), sizes)
    np.testing.assert_array_equal(cut(SpanningTree.of(distances * unit), sizes), groupings)


@cuts
@given(seeds, n_rows)
def test_groups_do_not_depend_on_the_order_of_rows(cut, seed, n):
    distances, sizes = distances_of(seed, n), range(1, n + 1)
    order = np.random.default_rng(seed).permutation(n)
    groupings = cut(SpanningTree.of(distances), sizes)
    changed = cut(SpanningTree.of(distances[np.ix_(order, order)]), sizes)
    for before, after in zip(groupings, changed, strict=True):
        np.testing.assert_array_equal(together(before[order]), together(after))


@given(seeds, n_rows, st.floats(0, 1))
def test_merged_groups_stay_merged(seed, n, threshold):
    groupings = cut_by_gini(tree_of(seed, n), threshold, range(1, n + 1))
    for few, more in pairwise(groupings):
        assert (together(few) >= together(more)).all()


@given(seeds, st.integers(2, 40), st.data())
def test_without_a_threshold_it_is_single_linkage(seed, n, data):
    n_groups = data.draw(st.integers(1, n))
    distances = distances_of(seed, n)
    (groups,) = cut_by_gini(SpanningTree.of(distances), 1.0, [n_groups])
    expected = fcluster(linkage(squareform(distances), "single"), n_groups, "maxclust")
    np.testing.assert_array_equal(together(groups), together(expected))


def merged_slowly(tree, threshold):
    """Groupings into n groups and fewer, from sets of rows and the definition of each step."""
    groups = [{row} for row in range(len(tree.rows) + 1)]
    links = sorted(zip(tree.lengths, tree.rows, tree.parents, strict=True))
    yield groups
    while len(groups) > 1:
        sizes = [len(group) for group in groups]
        of = {row: group for group in groups for row in group}
        for link in links:
            _, row, parent = link
            smaller = min(len(of[row]), len(of[parent]))
            if gini_index(sizes) <= threshold or smaller == min(sizes):
                break
        links.remove(link)
        rest = [group for group in groups if row not in group and parent not in group]
        groups = [*rest, of[row] | of[parent]]
        yield groups


@given(st.lists(seeds, min_size=5, max_size=5), st.integers(1, 16), fractions)
def test_too_unequal_sizes_take_in_a_smallest_group(seeds, n, threshold):
    for tree in (tree_of(seed, n) for seed in seeds):
        groupings = cut_by_gini(tree, threshold, range(n, 0, -1))
        for groups, expected in zip(groupings, merged_slowly(tree, threshold), strict=True):
            found = {frozenset(np.flatnonzero(groups == group)) for group in set(groups)}
            assert found == {frozenset(group) for group in expected}


def test_an_index_at_the_threshold_is_not_above_it():
    # The index of the ten groups is 54 / (9 * 20), 0.3 but for rounding, so that the shortest
    # link may follow, which joins 3 rows and 2 though there are rows alone.
    lengths = [5, 17, 1, 2, 9, 13, 6, 7, 19, 4, 16, 18, 10, 3, 11, 8, 12, 15, 14]
    ten, nine = cut_by_gini(chain_of(lengths), 0.3, [10, 9])
    assert sorted(sizes_of(ten)) == [1, 1, 1, 1, 2, 2, 2, 3, 3, 4]
    assert sorted(sizes_of(nine)) == [1, 1, 1, 1, 2, 2, 3, 4, 5]


def test_a_small_threshold_keeps_the_groups_of_a_chain_even():
    trees = [chain_of(np.random.default_rng(seed).random(199)) for seed in range(30)]
    small, large = (
        [gini_index(sizes_of(cut_by_gini(tree, threshold, [10])[0])) for tree in trees]
        for threshold in (0.1, 1.0)
    )
    assert max(small) < 0.4 < np.mean(large)


@given(seeds, st.integers(1, 60))
def test_a_star_has_one_large_group_at_any_threshold(seed, n):
    tree = star_of(np.random.default_rng(seed).random(n - 1))
    for n_groups in (1, n // 2 + 1, n):
        (groups,) = cut_by_gini(tree, 0.0, [n_groups])
        assert sorted(sizes_of(groups)) == [1] * (n_groups - 1) + [n - n_groups + 1]


def cut_slowly(tree, share, n_groups):
    """Cut each of the longest links, if no part is then too small, until there are enough."""
    least = share * (len(tree.rows) + 1) / n_groups
    is_cut = np.zeros(len(tree.rows), dtype=bool)
    for link in np.argsort(-tree.lengths):
        is_cut[link] = is_cut.sum() < n_groups - 1
        is_cut[link] &= sizes_of(parts_of(tree, is_cut)).min() >= least
    if is_cut.sum() < n_groups - 1:
        return cut_slowly(tree, share / 2, n_groups)
    return parts_of(tree, is_cut)


@given(st.lists(seeds, min_size=3, max_size=3), st.integers(1, 12), fractions)
def test_the_longest_links_are_cut_that_leave_no_small_group(seeds, n, share):
    for tree in (tree_of(seed, n) for seed in seeds):
        for n_groups, groups in enumerate(cut_longest(tree, share, range(1, n + 1)), start=1):
            expected = cut_slowly(tree, share, n_groups)
            np.testing.assert_array_equal(together(groups), together(expected))


@given(seeds, st.integers(2, 5), st.integers(2, 12))
def test_groups_of_the_mean_size_are_found_though_a_longer_link_lies_within(seed, n_groups, size):
    lengths = np.random.default_rng(seed).random(n_groups * size - 1)
    lengths[size - 1 :: size] += 1  # between groups
    lengths[0] += 2  # the first row lies apart
    (groups,) = cut_longest(chain_of(lengths), 1.0, [n_groups])
    expected = np.repeat(np.arange(n_groups), size)
    np.testing.assert_array_equal(together(groups), together(expected))


@given(seeds, st.sampled_from([0.25, 0.5]), st.integers(1, 4))
def test_rows_far_off_are_no_groups(seed, share, n_outliers):
    rng = np.random.default_rng(seed)
    y = np.repeat([0, 1, 2], 30)
    X = rng.uniform(-1, 1, (90, 2)) + 8.0 * y[:, None]
    outliers = 100.0 * np.arange(1, n_outliers + 1)[:, None] * [1.0, -1.0]
    X = np.concatenate([X, outliers])
    (groups,) = cut_longest(SpanningTree.of(cdist(X, X)), share, [3])
    assert adjusted_rand_score(y, groups[:90]) == 1


def test_where_there_are_too_few_links_the_least_size_is_halved():
    # A star: each cut leaves one row alone, fewer than the share of the mean size asks for.
    (groups,) = cut_longest(star_of([1.0, 4.0, 2.0, 3.0, 0.5]), 1.0, [3])
    np.testing.assert_array_equal(together(groups), together(np.array([0, 0, 1, 0, 2, 0])))


@cuts
@pytest.mark.parametrize("n_neighbors", [0, 5])
def test_moons_are_told_apart(cut, n_neighbors):
    X, y = make_moons(400, noise=0.05, random_state=0)
    distances = cdist(X, X)
    cores = np.sort(distances)[:, n_neighbors]
    (groups,) = cut(SpanningTree.of(distances, cores), [2])
    assert adjusted_rand_score(y, groups) == 1
