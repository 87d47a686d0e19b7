"""What tells groups apart: columns, by how far a group is from the rest, and two directions."""

import numpy as np
from scipy.linalg import LinAlgError
from scipy.stats import wasserstein_distance
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from skflowmix.plotting.base import standardised


def distances_to_rest(X: np.ndarray, groups: np.ndarray, n_groups: int) -> np.ndarray:
    """Measure how far each group is from all other rows, column by column.

    Parameters
    ----------
    X : ndarray of shape (n, d)
        Rows.
    groups : ndarray of int of shape (n,)
        Number of the group of each row.
    n_groups : int
        Number of groups K, empty ones included.

    Returns
    -------
    distances : ndarray of shape (K, d)
        Wasserstein distances of order one between the group and the rest, in standard deviations
        of the column: how far values of the group have to move, in the mean, to be distributed as
        the rest is. 0 in constant columns; NaN of a group that has no rows, or all.
    """
    Z = standardised(X)
    distances = np.full((n_groups, X.shape[1]), np.nan)
    for group in range(n_groups):
        is_own = groups == group
        if is_own.any() and not is_own.all():
            distances[group] = [wasserstein_distance(z[is_own], z[~is_own]) for z in Z.T]
    return distances


def median_differences(X: np.ndarray, groups: np.ndarray, n_groups: int) -> np.ndarray:
    """Return the median of each group less that of the rest, in standard deviations, ``(K, d)``.

    NaN of a group that has no rows, or all.
    """
    Z = standardised(X)
    differences = np.full((n_groups, X.shape[1]), np.nan)
    for group in range(n_groups):
        is_own = groups == group
        if is_own.any() and not is_own.all():
            differences[group] = np.median(Z[is_own], axis=0) - np.median(Z[~is_own], axis=0)
    return differences


def by_distance(distances: np.ndarray) -> np.ndarray:
    """Return numbers of columns by the mean distance over groups ``(K, d)``, the farthest first.

    Groups without a distance count nothing, and of equal columns the first comes first.
    """
    known = distances[~np.isnan(distances).any(axis=1)]
    return np.argsort(-known.sum(axis=0), kind="stable")


def projected(X: np.ndarray, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Look at rows from where their groups are farthest apart.

    Parameters
    ----------
    X : ndarray of shape (n, d)
        Rows.
    groups : ndarray of int of shape (n,)
        Number of the group of each row.

    Returns
    -------
    points : ndarray of shape (n, 2)
        Positions along two directions in the standardised columns: those of a linear discriminant
        analysis of the groups, whose covariances are shrunk. As many as it lacks, one with two
        groups and two with one, are the principal components of what remains.
    correlations : ndarray of shape (d, 2)
        Of the columns with the positions. The largest of each is positive.
    """
    Z = standardised(X)
    directions = _discriminants(Z, groups)[:, :2]  # (d, 0), (d, 1) or (d, 2)
    directions = np.column_stack([directions, _components(Z, directions)])
    points = Z @ directions
    correlations = Z.T @ standardised(points) / len(Z)
    largest = correlations[np.abs(correlations).argmax(axis=0), [0, 1]]
    signs = np.where(largest < 0, -1.0, 1.0)
    return points * signs, correlations * signs


def _discriminants(Z: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Directions of the linear discriminants of groups; none where rows say nothing of them."""
    counts = np.bincount(groups)
    known = counts[groups] > 1  # one row has no covariance
    Z, groups = Z[known], groups[known]
    n_groups, d = len(np.unique(groups)), Z.shape[1]
    none = np.empty((d, 0))
    if n_groups < 2:
        return none
    shrinkage = d / (d + len(Z))  # as by d rows more of a round cloud
    try:
        found = LinearDiscriminantAnalysis(solver="eigen", shrinkage=shrinkage).fit(Z, groups)
    except LinAlgError:  # all rows of each group are the same
        return none
    return found.scalings_[:, : n_groups - 1]


def _components(Z: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Principal components of rows without some directions; zeros where nothing is left."""
    n_missing, d = 2 - directions.shape[1], Z.shape[1]
    basis = np.linalg.qr(directions)[0]
    rest = Z - Z @ basis @ basis.T
    n_found = min(n_missing, *Z.shape)
    components = np.zeros((d, n_missing))
    if n_found and np.ptp(rest, axis=0).max() > 1e-9:
        components[:, :n_found] = PCA(n_found, svd_solver="full").fit(rest).components_.T
    return components
