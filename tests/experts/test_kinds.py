"""What each kind of expert is known to be."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.linalg import spsolve
from scipy.special import logit
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from skflowmix.experts import forests
from skflowmix.experts.forests import ForestLearner
from skflowmix.experts.gaussians import SharedCovarianceLearner, gaussians_of
from skflowmix.experts.graphs import GraphLearner, solved
from skflowmix.experts.kernels import KernelLearner
from skflowmix.experts.linear import LogisticLearner
from skflowmix.experts.registry import AS_THEY_ARE
from tests.experts.examples import evidence_of, evidences, few_of_blobs, seeds


def training_rows(evidence):
    known = evidence.labelled
    return evidence.X[known], evidence.codes[known], evidence.sample_weight[known]


@pytest.mark.parametrize("kind", [RandomForestClassifier, ExtraTreesClassifier])
@given(evidences(), seeds)
def test_a_forest_says_what_that_of_scikit_learn_says(kind, evidence, seed):
    X, codes, weights = training_rows(evidence)
    peer = kind(forests.N_TREES, random_state=forests.SEED).fit(X, codes, sample_weight=weights)
    rows = np.random.default_rng(seed).standard_normal((50, X.shape[1]))
    forest = ForestLearner(evidence, AS_THEY_ARE, kind).learn(evidence)
    np.testing.assert_allclose(forest.proba(rows), peer.predict_proba(rows), atol=1e-12)


@given(evidences(), st.sampled_from([0.1, 1.0, 30.0]))
def test_logistic_regression_is_that_of_scikit_learn(evidence, C):
    X, codes, weights = training_rows(evidence)
    peer = LogisticRegression(C=C, max_iter=10_000).fit(X, codes, sample_weight=weights)
    linear = LogisticLearner(evidence, AS_THEY_ARE, C).learn(evidence)
    np.testing.assert_allclose(linear.proba(evidence.X), peer.predict_proba(evidence.X), atol=1e-9)


@given(st.integers(1, 30), st.integers(1, 4), seeds)
def test_conjugate_gradients_solve_what_scipy_solves(m, n_columns, seed):
    rng = np.random.default_rng(seed)
    half = sp.random(m, m, 0.3, random_state=rng)
    system = sp.csr_array(half @ half.T + sp.eye(m))
    right = rng.standard_normal((m, n_columns))
    right[:, 0] = 0.0
    expected = spsolve(sp.csc_matrix(system), right).reshape(m, n_columns)
    np.testing.assert_allclose(solved(system, right), expected, atol=1e-7)


@pytest.mark.parametrize("passed_on", [0.5, 0.9, 0.99])
def test_labels_reach_rows_that_chains_of_neighbours_lead_to(passed_on):
    """Two arcs, one label at an end of each."""
    angle = np.tile(np.linspace(0, 3, 60), 2)
    arc = np.repeat([0, 1], 60)
    X = np.column_stack([np.cos(angle), np.sin(angle)]) * np.where(arc, 1.0, 2.0)[:, None]
    codes = np.full(120, -1)
    codes[[0, 60]] = [0, 1]
    evidence = evidence_of(X, codes)
    spread = GraphLearner(evidence, AS_THEY_ARE, passed_on).learn(evidence)
    said = spread.log_proba_at_fit(X, np.arange(120))
    np.testing.assert_array_equal(said.argmax(axis=1), arc)
    np.testing.assert_array_equal(spread.log_proba(1.001 * X).argmax(axis=1), arc)


def test_rows_that_no_label_reaches_may_be_of_any_class():
    X, blob = few_of_blobs(3)[0].X, few_of_blobs(3)[1]
    codes = np.full(len(X), -1)
    codes[[0, 30]] = [0, 1]  # the third blob has no label and no link to the others
    evidence = evidence_of(X, codes)
    spread = GraphLearner(evidence, AS_THEY_ARE, 0.9).learn(evidence)
    said = np.exp(spread.log_proba_at_fit(X, np.flatnonzero(blob == 2)))
    np.testing.assert_allclose(said, 0.5, atol=1e-6)


def test_gaussians_of_many_labels_are_linear_discriminants():
    rng = np.random.default_rng(0)
    codes = rng.choice(3, 3000, p=[0.5, 0.3, 0.2])
    X = rng.standard_normal((3000, 1)) + 1.5 * codes[:, None]  # one column: its temperature is 1
    evidence = evidence_of(X, codes)
    expert = SharedCovarianceLearner(evidence, AS_THEY_ARE).learn(evidence)
    peer = LinearDiscriminantAnalysis().fit(X, codes)
    np.testing.assert_allclose(expert.proba(X), peer.predict_proba(X), atol=0.02)


def test_columns_that_say_the_same_count_as_the_root_of_their_number():
    """Nine independent copies of one column: nine times its log odds, over three."""
    rng = np.random.default_rng(0)
    codes = np.arange(20_000) % 2
    X = rng.standard_normal((20_000, 9)) + 0.5 * codes[:, None]
    evidence = evidence_of(X, codes)
    whole = SharedCovarianceLearner(evidence, AS_THEY_ARE).learn(evidence)
    rows = np.linspace(-1, 2, 7)[:, None]
    narrow = evidence_of(X[:, :1], codes)
    one = SharedCovarianceLearner(narrow, AS_THEY_ARE).learn(narrow)
    odds = logit(whole.proba(np.repeat(rows, 9, axis=1))[:, 1])
    np.testing.assert_allclose(odds, 3 * logit(one.proba(rows)[:, 1]), atol=0.25)


@given(seeds)
def test_gaussians_of_responsibilities_follow_a_class_that_is_wider(seed):
    rng = np.random.default_rng(seed)
    group = np.repeat([0, 1], 300)
    X = rng.standard_normal((600, 2)) * np.where(group, 5.0, 0.5)[:, None]
    own, common = (gaussians_of(X, np.eye(2)[group], AS_THEY_ARE, s, 0.0) for s in (0.0, 1.0))
    centre_and_edge = np.array([[0.0, 0.0], [6.0, 6.0]])
    assert own.proba(centre_and_edge).argmax(axis=1).tolist() == [0, 1]
    np.testing.assert_allclose(common.proba(centre_and_edge), 0.5, atol=0.2)


def test_a_kernel_says_nothing_but_shares_far_from_all_labels():
    evidence, group = few_of_blobs(3)
    expert = KernelLearner(evidence, AS_THEY_ARE).learn(evidence)
    far = np.full((1, 2), 1e3)
    np.testing.assert_allclose(expert.proba(far), 1 / 3)
    assert (expert.proba(evidence.X)[np.arange(90), group] > 0.8).all()
    uneven = evidence_of(evidence.X, np.where(group == 0, 0, np.where(evidence.labelled, 1, -1)))
    expert = KernelLearner(uneven, AS_THEY_ARE).learn(uneven)
    assert expert.proba(far)[0].argmax() == 0


def test_a_kernel_needs_no_distance_between_rows():
    """Rows that differ may be alike once they are standardised beside one that is far off."""
    evidence = evidence_of(np.zeros((6, 2)), [0, 0, 1, -1, -1, -1])
    said = KernelLearner(evidence, AS_THEY_ARE).learn(evidence).proba(evidence.X)
    np.testing.assert_allclose(said.sum(axis=1), 1)
    assert (said.argmax(axis=1) == 0).all()


def test_a_kernel_may_ask_some_of_the_labels_only(monkeypatch):
    evidence, group = few_of_blobs(2, n_labels=20)
    every = KernelLearner(evidence, AS_THEY_ARE).learn(evidence)
    monkeypatch.setattr("skflowmix.experts.kernels.MOST_CENTRES", 25)
    some = KernelLearner(evidence, AS_THEY_ARE).learn(evidence)
    assert len(some.centres) == 25 < len(every.centres) == 40
    np.testing.assert_array_equal(some.proba(evidence.X).argmax(axis=1), group)


@pytest.mark.parametrize("make", [KernelLearner, SharedCovarianceLearner])
@given(evidences(), seeds)
def test_the_heavier_label_of_one_row_is_believed(make, evidence, seed):
    """Copies of a row may have labels that disagree: they are weights of one row."""
    labels = evidence.label_weights.copy()
    row = np.flatnonzero(evidence.labelled)[seed % evidence.labelled.sum()]
    said = []
    for weight in (0.1, 50.0):
        labels[row, 0] = weight
        both = type(evidence)(evidence.X, labels.copy(), evidence.sample_weight)
        expert = make(both, AS_THEY_ARE).learn(both)
        said.append(expert.proba(evidence.X[[row]])[0, 0])
    assert said[1] > said[0]
