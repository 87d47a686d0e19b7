"""The start from labels that spread over a neighbour graph.

What the graph says of a row is multiplied with what a linear classifier says: the graph follows
groups of any shape, and the classifier knows more where they touch. Together, rows are nearly
decided; responsibilities in between would make each class as wide as its neighbours.
"""

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import cg
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression

from skflowmix.data.problem import Problem
from skflowmix.starts.graph import graph_groups, jaccard_graph, normalised
from skflowmix.starts.thinning import thin

SPREADING_ROWS = 20_000
"""Most rows in the graph that labels spread over; further rows ask their neighbours in it. By
hand; no measurement is on record."""
SPREADING_NEIGHBORS, FEWEST_NEIGHBORS = 20, 5
"""Neighbours of a row in that graph: a tenth of the rows within these bounds. By hand; no
measurement is on record."""
PASSED_ON = 0.99
"""Share of what a row holds of each label that it has from its neighbours: alpha of Zhou et al.,
who take the same."""
PARTS_PER_COMPONENT, LABELS_PER_PART = 2, 4
"""Parts of the graph that are looked at for new groups, and labelled rows that one should have.
By hand; no measurement is on record."""
FAINTEST = 1e-100
"""What a row holds of a label that does not reach it."""
GRAPH_WEIGHT = 2
"""Weight of the graph's log-probabilities beside those of logistic regression, by hand. The
product, together with shrunk covariances, took test accuracy with ten labels a class from .90 to
.93 on pendigits, .79 to .94 on optdigits, .64 to .70 on letter and .65 to .79 on magic_gamma."""
MOST_STEPS = 10_000
"""Steps that logistic regression may take: it took 41 at most on 400 tables with outliers of up
to 1e30, columns of unlike scales and integers, standardised and within `FARTHEST`. Of 100 tables
where half of the rows are outliers of hardly any weight, one was not done by then."""
FARTHEST = 1e3
"""Standardised values beyond this are moved to it for logistic regression, which takes a
thousand steps and more from 1e5 on and fails at 1e30. Rows of equal weight have such values only
if they are more than a million."""


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
    responsibilities[known, : problem.n_classes] = _class_probabilities(
        problem.take(known), random_state
    )
    return responsibilities


def _new_groups(problem: Problem, random_state: np.random.RandomState) -> np.ndarray:
    """New component of the rows in parts of the graph that have no labelled row, else -1."""
    n_new = problem.n_components - problem.n_classes
    if not n_new:
        return np.full(len(problem.X), -1)
    sample, nearest = thin(problem, SPREADING_ROWS, random_state)
    groups = np.full(len(sample.X), -1)
    parts = graph_groups(sample, _n_parts(sample), random_state)
    rows = np.flatnonzero(~np.isin(parts, parts[sample.labelled]))
    if len(rows):
        new = graph_groups(sample.take(rows), min(n_new, len(rows)), random_state)
        groups[rows] = problem.n_classes + new
    return groups[nearest]


def _n_parts(problem: Problem) -> int:
    """How many parts to look at: the more, the more labels tell of them, but K at least."""
    n_components = problem.n_components
    most = min(PARTS_PER_COMPONENT * n_components, len(problem.X))
    return int(np.clip(problem.labelled.sum() // LABELS_PER_PART, n_components, most))


def _class_probabilities(problem: Problem, random_state: np.random.RandomState) -> np.ndarray:
    """Class probabilities ``(n, C)`` of all rows from those that have a label."""
    if problem.labelled.all():
        return np.eye(problem.n_classes)[problem.codes]
    sample, nearest = thin(problem, SPREADING_ROWS, random_state)
    over_graph = spread(_links(sample), sample.codes)[nearest]
    return softmax(GRAPH_WEIGHT * np.log(over_graph) + _log_linear(problem), axis=1)


def _links(problem: Problem) -> sp.csr_array:
    """Links between neighbours, squared: labels shall not pass where groups hardly touch."""
    n_rows = len(problem.X)
    n_neighbors = min(max(n_rows // 10, FEWEST_NEIGHBORS), SPREADING_NEIGHBORS, n_rows - 1)
    return jaccard_graph(problem.neighbours(n_neighbors).indices).power(2)


def spread(links: sp.csr_array, codes: np.ndarray) -> np.ndarray:
    """Spread labels over links until they are at rest.

    Parameters
    ----------
    links : csr_array of shape (n, n)
        Symmetric, not negative.
    codes : ndarray of shape (n,)
        Class of each labelled row, -1 for the others.

    Returns
    -------
    probabilities : ndarray of shape (n, C)
        Rows that no label reaches may be of any class.
    """
    system = sp.csr_array(sp.eye_array(len(codes)) - PASSED_ON * normalised(links))
    labels = np.eye(codes.max() + 1)[codes] * (codes >= 0)[:, None]
    # The first labels to reach a far row are faint: a looser tolerance would lose them.
    solved = [cg(system, each, rtol=1e-12, maxiter=1000)[0] for each in labels.T]
    held = np.maximum(np.column_stack(solved), FAINTEST)
    return held / held.sum(axis=1, keepdims=True)


def _log_linear(problem: Problem) -> np.ndarray:
    """Log-probabilities ``(n, C)`` by logistic regression on the labelled rows alone."""
    if problem.n_classes == 1:
        return np.zeros((len(problem.X), 1))
    X, labelled = np.clip(problem.X, -FARTHEST, FARTHEST), problem.labelled
    model = LogisticRegression(max_iter=MOST_STEPS).fit(X[labelled], problem.codes[labelled])
    with np.errstate(divide="ignore"):  # a class may have no probability at all
        return model.predict_log_proba(X)
