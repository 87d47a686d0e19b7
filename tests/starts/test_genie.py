"""Spanning trees whose groups are not too unequal."""

import numpy as np
import pytest
from sklearn.datasets import make_moons
from sklearn.metrics import adjusted_rand_score

from skflowmix.datasets import make_two_circles
from skflowmix.starts import genie
from tests.starts.examples import groupings, index, unlabelled

every_genie = pytest.mark.parametrize("name", ["unscaled_genie", "reachability_genie"])


@every_genie
@pytest.mark.parametrize(
    ("X", "y"),
    [make_two_circles(300, random_state=0), make_moons(400, noise=0.05, random_state=0)],
    ids=["circles", "moons"],
)
def test_groups_that_lie_apart_are_found_whatever_their_shape(name, X, y):
    problem = unlabelled(X, 2)
    assert index(name, y, problem) == 1
    assert index("kmeans", y, problem) < 0.6
    assert index("gaussian_mixture", y, problem) < 0.9


def test_outliers_are_no_groups():
    """The longest links are those of single rows far from all others."""
    rng = np.random.default_rng(0)
    y = np.arange(300) % 3
    X = rng.standard_normal((300, 2)) + 20 * np.c_[y, y**2]
    X[:5] = [[-60, 90], [150, -70], [-80, -80], [160, 160], [-90, 10]]
    (found,) = groupings("unscaled_genie", unlabelled(X), [3])
    assert adjusted_rand_score(y[5:], found.argmax(1)[5:]) == 1


def test_mutual_reachability_tells_a_small_dense_group_from_a_wide_one_around_it():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], [400, 20])
    X = rng.standard_normal((420, 2)) * np.where(y, 0.3, 3)[:, None] + 9 * y[:, None]
    problem = unlabelled(X, 2)
    assert index("reachability_genie", y, problem) > 0.95
    assert index("unscaled_genie", y, problem) < 0.2
    assert index("ward", y, problem) < 0.5


def test_the_unit_of_columns_matters_to_one_and_not_to_the_other():
    X, y = make_two_circles(400, random_state=0)
    noise = np.random.default_rng(0).standard_normal((400, 6))
    table = np.column_stack([X / X.std(), noise])
    narrow = unlabelled(table, 2, spread=np.array([1, 1] + [0.001] * 6))
    assert index("unscaled_genie", y, narrow) == 1
    assert index("reachability_genie", y, narrow) < 0.5


@every_genie
def test_rows_beyond_the_tree_follow_their_nearest_in_it(name, monkeypatch):
    monkeypatch.setattr(genie, "TREE_ROWS", 300)
    X, y = make_two_circles(900, random_state=0)
    assert index(name, y, unlabelled(X, 2)) > 0.98
