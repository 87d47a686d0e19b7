"""The start from a Gaussian mixture with too many components, merged down to K groups.

A group of any shape can be covered by some Gaussians, and those that cover one group overlap.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np
from scipy.special import entr

from skflowmix.data.problem import Problem
from skflowmix.starts.centres import kmeans
from skflowmix.starts.gaussians import as_tensors, fit_mixtures
from skflowmix.starts.thinning import thin

MIXTURE_SIZES = (5, 10, 20, 40, 60)
"""Components to begin with, in turn. Sizes of 5 to 60 merged like this have a mean ARI of .93 on
27 sets of the clustering benchmark; no measurement of others is on record."""
FITS_PER_SIZE = 2
"""How often each of these is fitted, as EM depends on where it begins. By hand;
no measurement is on record."""
ROWS_PER_PARAMETER = 2
"""No more components than have so many rows for each of their means and covariances. By hand;
no measurement is on record."""
MERGED_ROWS = 10_000
"""Most rows that it is done on. By hand; no measurement is on record."""
LEAST_SIZE = 1e-12
"""Weight of a group below which overlap is not divided by less."""


def merged_mixture(
    problem: Problem, sizes: Sequence[int], random_state: np.random.RandomState
) -> list[np.ndarray]:
    """Merge the components of too large Gaussian mixtures; keep what tells most of the rows.

    References
    ----------
    Baudry, Raftery, Celeux, Lo and Gottardo (2010), Combining mixture components for
    clustering, equation 8, with each gain of entropy divided by the smaller weight.
    """
    sample, nearest = thin(problem, MERGED_ROWS, random_state)
    weights = sample.sample_weight
    found: dict[int, list[np.ndarray]] = {size: [] for size in sizes}
    for begin in _begins(sample, sizes):
        smaller = [size for size in found if size <= begin]
        for posterior in _posteriors(sample, begin, random_state):
            for size, groups in zip(
                smaller, merge_by_overlap(posterior, smaller, weights), strict=True
            ):
                found[size].append(groups)
    best = [max(found[size], key=lambda each: mutual_information(each, weights)) for size in sizes]
    return [groups[nearest] for groups in best]


def _begins(problem: Problem, sizes: Sequence[int]) -> list[int]:
    """Numbers of components to begin with, that the rows are enough for, or K itself."""
    n_rows, n_features = problem.X.shape
    n_parameters = n_features * (n_features + 3) / 2
    most = n_rows / (ROWS_PER_PARAMETER * n_parameters)
    larger = [size for size in MIXTURE_SIZES if min(sizes) < size <= most]
    return sorted({*larger, *(size for size in sizes if size >= max(larger, default=0))})


def _posteriors(problem: Problem, size: int, random_state: np.random.RandomState) -> np.ndarray:
    """Responsibilities ``(R, n, size)`` of R Gaussian mixtures, labels aside."""
    wide = replace(problem, n_components=size, codes=np.full_like(problem.codes, -1))
    begins = np.stack([kmeans(wide, random_state) for _ in range(FITS_PER_SIZE)])
    mixtures, _ = fit_mixtures(wide, begins)
    return mixtures.joint_log_prob(as_tensors(wide)[0]).softmax(-1).detach().numpy()


def merge_by_overlap(
    responsibilities: np.ndarray, sizes: Sequence[int], weights: np.ndarray
) -> list[np.ndarray]:
    """Merge columns of responsibilities, each time the two that overlap most.

    Overlap is the entropy, in nats, that merging takes away, for each row of the smaller of the
    two groups.

    Parameters
    ----------
    responsibilities : ndarray of shape (n, M)
        At least as many columns as groups.
    sizes : sequence of int
        Numbers of groups K.
    weights : ndarray of shape (n,)
        Of the rows.

    Returns
    -------
    groupings : list of ndarray of shape (n, K)
        Sums of the columns, for each of the sizes.
    """
    wanted = max(responsibilities.shape[1] - min(sizes) + 1, 0)
    merged = {
        groups.shape[1]: groups
        for groups in islice(_mergers(responsibilities, weights), wanted)
        if groups.shape[1] in sizes
    }
    return [merged[n_groups] for n_groups in sizes]


def _mergers(responsibilities: np.ndarray, weights: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the responsibilities before any merger, and after each."""
    columns = responsibilities.T.copy()  # (M, n)
    yield columns.T.copy()  # who wants no other waits for no overlap
    entropies = entr(columns) @ weights  # (M,)
    overlaps = _all_overlaps(columns, entropies, weights)
    while len(columns) > 1:
        np.fill_diagonal(overlaps, -np.inf)
        kept, gone = sorted(np.unravel_index(overlaps.argmax(), overlaps.shape))
        columns[kept] += columns[gone]
        entropies[kept] = entr(columns[kept]) @ weights
        columns, entropies = np.delete(columns, gone, axis=0), np.delete(entropies, gone)
        overlaps = np.delete(np.delete(overlaps, gone, axis=0), gone, axis=1)
        overlaps[kept] = overlaps[:, kept] = _overlaps(kept, columns, entropies, weights)
        yield columns.T.copy()


def _all_overlaps(columns: np.ndarray, entropies: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Overlaps ``(M, M)`` of all pairs of ``columns (M, n)``, each worked out once."""
    overlaps = np.empty((len(columns), len(columns)))
    for i in range(len(columns)):
        overlaps[i, i:] = _overlaps(0, columns[i:], entropies[i:], weights)
        overlaps[i:, i] = overlaps[i, i:]
    return overlaps


def _overlaps(
    group: int | np.intp, columns: np.ndarray, entropies: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Overlap ``(M,)`` of one group with each of ``columns (M, n)`` of ``entropies (M,)``."""
    saved = entropies[group] + entropies - entr(columns[group] + columns) @ weights
    sizes = columns @ weights
    return saved / np.maximum(np.minimum(sizes[group], sizes), LEAST_SIZE)


def mutual_information(responsibilities: np.ndarray, weights: np.ndarray) -> float:
    """Mutual information of rows and groups in nats.

    This is the entropy of the groups' sizes less the mean entropy of the groups given a row.
    """
    sizes = np.average(responsibilities, axis=0, weights=weights)
    given_row = np.average(entr(responsibilities).sum(axis=1), weights=weights)
    return float(entr(sizes).sum() - given_row)
