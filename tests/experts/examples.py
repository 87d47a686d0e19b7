"""Evidence for experts, experts that say what they are told, and what every answer must be."""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st
from scipy.special import logsumexp

from skflowmix.experts import LEARNERS, Evidence
from skflowmix.experts.base import Expert, Learner
from skflowmix.experts.registry import AS_THEY_ARE
from tests.starts.examples import blobs

seeds = st.integers(0, 2**20)


def evidence_of(X, codes, n_classes=None, weights=None):
    """Evidence on rows that are all distinct, each of one label or none."""
    codes, weights = np.asarray(codes), np.ones(len(X)) if weights is None else weights
    n_classes = codes.max() + 1 if n_classes is None else n_classes
    labels = np.zeros((len(X), n_classes))
    known = np.flatnonzero(codes >= 0)
    labels[known, codes[known]] = weights[known]
    return Evidence(X, labels, weights)


@st.composite
def evidences(draw, fewest_of_a_class=1, is_weighted=True):
    """Evidence with labels of every class, on few rows."""
    n_classes, d = draw(st.integers(2, 4)), draw(st.integers(1, 3))
    m = draw(st.integers(2 * fewest_of_a_class * n_classes, 40))
    rng = np.random.default_rng(draw(seeds))
    codes = rng.integers(-n_classes, n_classes, m).clip(-1)
    first = rng.permutation(m)[: fewest_of_a_class * n_classes]
    codes[first] = np.arange(len(first)) % n_classes
    weights = rng.uniform(0.5, 2, m) if is_weighted else np.ones(m)
    return evidence_of(rng.standard_normal((m, d)), codes, n_classes, weights)


def learned(name, evidence):
    """What an expert of the registry learns."""
    return LEARNERS[name](evidence).learn(evidence)


def few_of_blobs(k=3, n_each=30, n_labels=3, seed=0):
    """Standardised blobs far apart with few labels each, and the blob of each row."""
    X, group = blobs(k, n_each, seed=seed)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    codes = np.where(np.arange(len(X)) % n_each < n_labels, group, -1)
    return evidence_of(X, codes), group


def some_rows(evidence, seed=0):
    """Rows of the evidence, near it, and far off."""
    rng = np.random.default_rng(seed)
    d = evidence.X.shape[1]
    far = 1e5 * rng.standard_normal((3, d))
    return np.concatenate([evidence.X[:5], rng.standard_normal((6, d)), far, np.zeros((1, d))])


def assert_log_probabilities(found, shape):
    assert found.shape == shape
    assert np.isfinite(found).all()
    np.testing.assert_allclose(logsumexp(found, axis=1), 0, atol=1e-6)


@dataclass(frozen=True)
class Told(Expert):
    """Says of a row what it was told to say by the place of its first column."""

    places: np.ndarray
    said: np.ndarray

    def proba(self, X):
        return self.said[np.searchsorted(self.places, X[:, 0])]


def teller(X, said):
    """What makes a learner that labels teach nothing; it says ``said (m, C)`` of rows ``X``."""
    order = np.argsort(X[:, 0])

    class Teller(Learner):
        def learn(self, evidence):
            return Told(self.space, 1e-4, X[order, 0], said[order])

    return lambda evidence: Teller(evidence, AS_THEY_ARE)
