"""Problems for starts, and what every proposal must be."""

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from skflowmix.data.problem import Problem
from skflowmix.starts import GROUPERS, STARTS

seeds = st.integers(0, 2**20)


@st.composite
def problems(draw, most_distinct=40):
    """Rows with a label at least for every class; few of the rows may be distinct."""
    n_components = draw(st.integers(1, 4))
    n_classes = draw(st.integers(1, n_components))
    n, d = draw(st.integers(n_components, 40)), draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(seeds))
    rows = rng.standard_normal((draw(st.integers(1, most_distinct)), d))
    codes = rng.integers(-3, n_classes, n).clip(-1)
    codes[rng.permutation(n)[:n_classes]] = np.arange(n_classes)
    X = rows[rng.integers(len(rows), size=n)]
    return Problem(X, codes, n_components, rng.uniform(0.5, 2, n), reg_covar=1e-6)


def _far_rows(values):
    def table(rng):
        X = rng.standard_normal((60, 2))
        X[: len(values), 0] = values
        return X

    return table


TABLES = {
    "many copies": lambda rng: rng.standard_normal((8, 3))[rng.integers(8, size=120)],
    "copies but for rounding": lambda rng: (
        rng.standard_normal((3, 2))[rng.integers(3, size=60)]
        * (1 + 1e-15 * rng.standard_normal((60, 2)))
    ),
    "three values": lambda rng: rng.integers(3, size=(120, 1)).astype(float),
    "small integers": lambda rng: rng.integers(3, size=(90, 2)).astype(float),
    "blobs far apart": lambda rng: (
        1e-8 * rng.standard_normal((80, 2)) + rng.integers(4, size=80)[:, None]
    ),
    "a constant column": lambda rng: np.column_stack([rng.standard_normal(60), np.zeros(60)]),
    "all rows equal": lambda rng: np.zeros((40, 2)),
    "as many rows as components": lambda rng: rng.standard_normal((3, 2)),
    "hardly more rows": lambda rng: rng.standard_normal((5, 2)),
    "an outlier": _far_rows([1e8]),
    "outliers as far as they are let": _far_rows([1e30, -1e30, 1e30]),
}
"""Tables ``(n, d)`` by what is hard about them, made of a generator."""


def problem_of(X, codes, n_components):
    return Problem(X, np.asarray(codes), n_components, np.ones(len(X)), reg_covar=1e-6)


def proposal(name, problem, seed=0):
    return STARTS[name](problem, np.random.RandomState(seed))


def groupings(name, problem, sizes, seed=0):
    return GROUPERS[name](problem, sizes, np.random.RandomState(seed))


def unlabelled(X, n_components=1, spread=1.0):
    """The problem of rows of equal weights."""
    return replace(problem_of(X, np.full(len(X), -1), n_components), spread=spread)


def index(name, y, problem):
    """Adjusted Rand index of a start with the groups that rows are from."""
    return adjusted_rand_score(y, proposal(name, problem).argmax(1))


def assert_responsibilities(proposed, problem):
    assert proposed.shape == (len(problem.X), problem.n_components)
    assert np.isfinite(proposed).all()
    assert (proposed >= 0).all()
    np.testing.assert_allclose(proposed.sum(1), 1)


def blobs(k, n_each, distance=20.0, seed=0):
    """K groups of rows far apart, and which group each row is from."""
    group = np.repeat(np.arange(k), n_each)
    noise = np.random.default_rng(seed).standard_normal((k * n_each, 2))
    return noise + distance * group[:, None], group
