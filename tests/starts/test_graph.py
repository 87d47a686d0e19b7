"""The neighbour graph: its weights, its pieces, and how they are merged."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components
from sklearn.datasets import make_moons
from sklearn.metrics import adjusted_rand_score

from skflowmix.data.problem import Problem
from skflowmix.datasets import make_pinwheel, make_two_circles
from skflowmix.starts import graph
from skflowmix.starts.graph import (
    cut,
    graph_groups,
    jaccard_graph,
    merge,
    most_central,
)
from tests.starts.examples import problem_of, seeds


def random_rows(seed, n, d=2):
    return np.random.default_rng(seed).standard_normal((n, d))


def unlabelled(X, n_components=1):
    return problem_of(X, np.full(len(X), -1), n_components)


def links(X, n_neighbors):
    return jaccard_graph(unlabelled(X).neighbours(n_neighbors).indices)


def grouped(X, n_groups, seed=0):
    return graph_groups(unlabelled(X), n_groups, np.random.RandomState(seed))


@given(seeds, st.integers(1, 60), st.integers(1, 3), st.data())
def test_every_row_has_one_of_the_groups(seed, n, d, data):
    n_groups = data.draw(st.integers(1, n))
    groups = grouped(random_rows(seed, n, d), n_groups)
    assert groups.shape == (n,)
    assert 0 <= groups.min() <= groups.max() < n_groups


@given(seeds, st.sampled_from([0.25, 4.0, 1024.0]))
def test_groups_do_not_depend_on_the_unit(seed, unit):
    X = random_rows(seed, 80)
    np.testing.assert_array_equal(grouped(X, 3), grouped(X * unit, 3))


@pytest.mark.parametrize(
    ("X", "y"),
    [make_two_circles(300, random_state=0), make_moons(400, noise=0.05, random_state=0)],
    ids=["circles", "moons"],
)
def test_groups_that_lie_apart_are_found_whatever_their_shape(X, y):
    assert adjusted_rand_score(y, grouped(X, 2)) == 1


def test_groups_that_touch_are_cut_where_they_are_thin():
    X, y = make_pinwheel(1500, random_state=0)
    assert adjusted_rand_score(y, grouped(X, 5)) > 0.95


@given(seeds, st.integers(5, 40), st.integers(1, 4))
def test_links_are_shares_of_common_neighbours(seed, n, n_neighbors):
    X = random_rows(seed, n)
    graph = links(X, n_neighbors).toarray()
    distances = ((X[:, None] - X) ** 2).sum(-1)
    near = [set(row[: n_neighbors + 1]) for row in np.argsort(distances)]  # and itself
    for i in range(n):
        for j in range(n):
            linked = i != j and (j in near[i] or i in near[j])
            share = len(near[i] & near[j]) / len(near[i] | near[j])
            assert graph[i, j] == pytest.approx(share if linked else 0)


@given(seeds, st.integers(2, 8))
def test_no_piece_has_two_unconnected_parts(seed, n_vectors):
    X = np.concatenate([random_rows(seed, 20), random_rows(seed + 1, 30) + 50])
    graph = links(X, 5)
    vectors = random_rows(seed, 50, n_vectors)  # even those of another graph
    pieces = cut(graph, vectors, np.random.RandomState(0))
    parts = connected_components(graph)[1]
    for piece in np.unique(pieces):
        assert len(np.unique(parts[pieces == piece])) == 1


def test_the_heaviest_average_link_is_merged_first():
    # Three groups of 1, 1 and 4 rows: the large one has the most links, but few a pair.
    links = np.zeros((6, 6))
    links[0, 1] = 0.5
    links[0, 2:] = 0.3
    graph = sp.csr_array(links + links.T)
    (groups,) = merge(graph, np.array([0, 1, 2, 2, 2, 2]), [2], np.zeros((6, 1)))
    np.testing.assert_array_equal(groups == groups[0], [True, True, False, False, False, False])


def test_an_unlinked_small_group_joins_the_rows_next_to_it():
    X = np.array([0.0, 0.1, 0.2, 0.3, 10.0, 10.1, 10.2, 12.0])[:, None]
    graph = sp.csr_array((8, 8))
    (groups,) = merge(graph, np.array([0, 0, 0, 0, 1, 1, 1, 2]), [2], X)
    np.testing.assert_array_equal(groups, [0, 0, 0, 0, 1, 1, 1, 1])


def test_fewer_pieces_than_groups_stay_as_they_are():
    pieces = np.array([0, 0, 1, 1])
    (kept,) = merge(sp.csr_array((4, 4)), pieces, [3], np.zeros((4, 1)))
    np.testing.assert_array_equal(kept, pieces)


def test_the_grouping_that_most_agree_on_is_central():
    common, renamed, other = np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0]), np.array([0, 1, 0, 1])
    assert adjusted_rand_score(most_central([other, common, renamed]), common) == 1


def test_rows_beyond_the_graph_follow_their_nearest_in_it(monkeypatch):
    monkeypatch.setattr(graph, "START_ROWS", 200)
    X, y = make_two_circles(600, random_state=0)
    problem = Problem(X, np.full(600, -1), 2, np.ones(600), reg_covar=1e-6)
    proposed = graph.neighbour_graph(problem, np.random.RandomState(0))
    assert adjusted_rand_score(y, proposed.argmax(1)) == 1


def test_columns_in_one_unit_need_not_be_standardised():
    # Two rings in the wide columns; the narrow ones are noise that standardising blows up.
    X, y = make_two_circles(400, random_state=0)
    noise = random_rows(0, 400, 6)
    problem = Problem(
        np.column_stack([X / X.std(), noise]),
        np.full(400, -1),
        2,
        np.ones(400),
        reg_covar=1e-6,
        spread=np.array([1, 1] + [0.001] * 6),
    )
    own, scaled = (
        adjusted_rand_score(y, start(problem, np.random.RandomState(0)).argmax(1))
        for start in (graph.unscaled_neighbour_graph, graph.neighbour_graph)
    )
    assert own == 1
    assert scaled < 0.5
