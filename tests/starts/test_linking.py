"""Small pieces of the rows, linked by neighbours."""

import numpy as np
import pytest
from sklearn.datasets import make_moons

from skflowmix.datasets import make_two_circles
from skflowmix.starts import linking
from tests.starts.examples import groupings, index, unlabelled


@pytest.mark.parametrize(
    ("X", "y"),
    [make_two_circles(900, random_state=0), make_moons(600, noise=0.05, random_state=0)],
    ids=["circles", "moons"],
)
def test_groups_that_lie_apart_are_found_whatever_their_shape(X, y):
    problem = unlabelled(X, 2)
    assert index("linked_pieces", y, problem) > 0.98
    assert index("kmeans", y, problem) < 0.6
    assert index("ward", y, problem) < 0.9


def test_groups_are_made_of_whole_pieces(monkeypatch):
    monkeypatch.setattr(linking, "N_PIECES", 8)
    X = np.random.default_rng(0).standard_normal((400, 2))
    *coarse, pieces = groupings("linked_pieces", unlabelled(X), [2, 3, 8])
    for found in coarse:
        pairs = set(zip(pieces.argmax(1), found.argmax(1), strict=True))
        assert len(pairs) == 8


def test_more_groups_than_pieces_may_be_asked_for():
    X = np.random.default_rng(0).standard_normal((40, 2))  # enough for four pieces
    (found,) = groupings("linked_pieces", unlabelled(X), [12])
    assert len(np.unique(found.argmax(1))) == 12


def test_the_unit_of_columns_matters_to_one_and_not_to_the_other():
    X, y = make_two_circles(900, random_state=0)
    noise = np.random.default_rng(0).standard_normal((900, 6))
    table = np.column_stack([X / X.std(), noise])
    narrow = unlabelled(table, 2, spread=np.array([1, 1] + [0.001] * 6))
    assert index("unscaled_linked_pieces", y, narrow) > 0.98
    assert index("linked_pieces", y, narrow) < 0.5


def test_rows_beyond_the_most_follow_their_nearest(monkeypatch):
    monkeypatch.setattr(linking, "START_ROWS", 700)
    X, y = make_two_circles(1400, random_state=0)
    assert index("linked_pieces", y, unlabelled(X, 2)) > 0.95
