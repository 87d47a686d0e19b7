"""How proposals respect labels."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.starts import respect_labels
from tests.starts.examples import seeds


@given(st.integers(1, 5), st.integers(1, 30), st.integers(0, 5), seeds)
def test_labels_order_the_columns(n_components, n, n_labelled, seed):
    rng = np.random.default_rng(seed)
    proposed = rng.dirichlet(np.ones(n_components), n)
    codes = np.full(n, -1)
    chosen = rng.permutation(n)[:n_labelled]
    codes[chosen] = rng.integers(n_components, size=len(chosen))
    before = proposed.copy()
    ordered = respect_labels(proposed, codes)
    np.testing.assert_array_equal(proposed, before)  # the proposal is left as it was
    np.testing.assert_array_equal(ordered[codes >= 0], np.eye(n_components)[codes[codes >= 0]])
    unlabelled = codes < 0
    assert sorted(map(tuple, ordered[unlabelled].T)) == sorted(map(tuple, proposed[unlabelled].T))


@given(st.integers(1, 5), seeds)
def test_columns_go_to_the_classes_they_are_made_of(n_components, seed):
    rng = np.random.default_rng(seed)
    classes = np.repeat(np.arange(n_components), 3)
    proposed = np.eye(n_components)[rng.permutation(n_components)][classes]  # columns mixed up
    codes = np.where(np.arange(len(classes)) % 3, classes, -1)
    np.testing.assert_array_equal(respect_labels(proposed, codes).argmax(1), classes)


def test_without_labels_columns_stay():
    proposed = np.random.default_rng(0).dirichlet(np.ones(3), 5)
    np.testing.assert_array_equal(respect_labels(proposed, np.full(5, -1)), proposed)
