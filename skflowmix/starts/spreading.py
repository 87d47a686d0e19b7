"""The start from labels that spread over a neighbour graph.

What the graph says of a row is multiplied with what a linear classifier says: the graph follows
groups of any shape, and the classifier knows more where they touch. Together, rows are nearly
decided; responsibilities in between would make each class as wide as its neighbours.
"""

import warnings

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import cg
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression

from skflowmix.starts.graph import graph_groups, jaccard_graph, neighbors, normalised
from skflowmix.starts.problem import Problem, nearest_of, some_rows

SPREADING_ROWS = 20_000
"""Most rows in the graph that labels spread over; further rows ask their neighbours in it."""

N_NEIGHBORS, FEWEST_NEIGHBORS = 20, 5
"""Neighbours of a row in that graph: a tenth of the rows within these bounds."""

PASSED_ON = 0.99
"""Share of what a row holds of each label that it has from its neighbours."""
PARTS_PER_COMPONENT, LABELS_PER_PART = 2, 4
"""Parts of the graph that are looked at for new groups, and labelled rows that one should have."""
FAINTEST = 1e-100
"""What a row holds of a label that does not reach it."""
NEAR = 2
"""Weight of the graph's log-probabilities beside those of logistic regression."""


def label_spreading(problem: Problem, random_state: np.random.RandomState) -> np.ndarray:
    """Spread labels over the neighbour graph, whose parts without labels are new groups.

    Rows in parts that hang together and have no labelled row belong to the components beyond
    the classes, all others share the classes: labels spread over the graph as in [1]_, times
    logistic regression.

    References
    ----------
    .. [1] Zhou, Bousquet, Lal, Weston and Schoelkopf (2004), Learning with local and global
           consistency, equation 4.
    """
    if not problem.n_classes:
        raise ValueError("init_params='label_spreading' needs labels in y: choose another start.")
    groups = _new_groups(problem, random_state)
    responsibilities = np.eye(problem.n_components)[groups]
    known = np.flatnonzero(groups < 0)
    responsibilities[known] = 0.0
    responsibilities[known, : problem.n_classes] = _spread(
        problem.X[known], problem.codes[known], random_state
    )
    return responsibilities


def _new_groups(problem: Problem, random_state: np.random.RandomState) -> np.ndarray:
    """New component of the rows in parts of the graph that have no labelled row, else -1."""
    groups = np.full(len(problem.X), -1)
    n_new = problem.n_components - problem.n_classes
    if not n_new:
        return groups
    some = some_rows(problem.codes >= 0, SPREADING_ROWS, random_state)
    labelled = problem.codes[some] >= 0
    most = min(PARTS_PER_COMPONENT * problem.n_components, len(some))
    n_parts = int(np.clip(labelled.sum() // LABELS_PER_PART, problem.n_components, most))
    parts = graph_groups(problem.X[some], n_parts, random_state)
    rows = np.flatnonzero(~np.isin(parts, parts[labelled]))
    if len(rows):
        new = graph_groups(problem.X[some[rows]], min(n_new, len(rows)), random_state)
        groups[some[rows]] = problem.n_classes + new
    return groups[some][nearest_of(problem.X, some)]


def _spread(X: np.ndarray, codes: np.ndarray, random_state: np.random.RandomState) -> np.ndarray:
    """Class probabilities ``(n, C)`` of all rows from those with ``codes >= 0``."""
    labelled = codes >= 0
    if labelled.all():
        return np.eye(codes.max() + 1)[codes]
    chosen = some_rows(labelled, SPREADING_ROWS, random_state)
    near = _over_graph(X[chosen], codes[chosen])[nearest_of(X, chosen)]
    return softmax(NEAR * np.log(near) + _log_linear(X, codes), axis=1)


def _over_graph(X: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Spread labels over links until they are at rest.

    Rows that no label reaches may be of any class.
    """
    system = sp.csr_array(sp.eye_array(len(X)) - PASSED_ON * normalised(_links(X)))
    labels = np.eye(codes.max() + 1)[codes] * (codes >= 0)[:, None]
    # The first labels to reach a far row are faint: a looser tolerance would lose them.
    solved = [cg(system, each, rtol=1e-12, maxiter=1000)[0] for each in labels.T]
    spread = np.maximum(np.column_stack(solved), FAINTEST)
    return spread / spread.sum(axis=1, keepdims=True)


def _log_linear(X: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Log-probabilities of the classes by logistic regression on the labelled rows alone."""
    if codes.max() == 0:
        return np.zeros((len(X), 1))
    labelled = codes >= 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # not quite at the optimum is good enough
        model = LogisticRegression().fit(X[labelled], codes[labelled])
    return model.predict_log_proba(X)


def _links(X: np.ndarray) -> sp.csr_array:
    """Links between neighbours, squared: labels shall not pass where groups hardly touch."""
    n_neighbors = min(max(len(X) // 10, FEWEST_NEIGHBORS), N_NEIGHBORS, len(X) - 1)
    return jaccard_graph(neighbors(X, n_neighbors)).power(2)
