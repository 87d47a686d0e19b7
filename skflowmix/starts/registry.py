"""The starts by name, and which of them are tried."""

from collections.abc import Sequence

import numpy as np

from skflowmix.data.problem import Problem
from skflowmix.starts.base import Start
from skflowmix.starts.centres import kmeans, merged_centres, random, seeding
from skflowmix.starts.gaussians import gaussian_mixture
from skflowmix.starts.graph import neighbour_graph, unscaled_neighbour_graph
from skflowmix.starts.merging import merged_mixture
from skflowmix.starts.spreading import label_spreading
from skflowmix.starts.thinning import START_ROWS, thin

STARTS: dict[str, Start] = {
    "kmeans": kmeans,
    "k-means++": seeding,
    "random": random,
    "gaussian_mixture": gaussian_mixture,
    "merged_mixture": merged_mixture,
    "merged_centres": merged_centres,
    "neighbour_graph": neighbour_graph,
    "unscaled_neighbour_graph": unscaled_neighbour_graph,
    "label_spreading": label_spreading,
}
"""Every start by the name that the estimators' ``init_params`` takes."""

CANDIDATES = (
    "gaussian_mixture",
    "merged_mixture",
    "merged_centres",
    "neighbour_graph",
    "unscaled_neighbour_graph",
)
"""The starts that ``init_params="auto"`` tries where no row has a label."""


def default_starts(problem: Problem) -> tuple[str, ...]:
    """Names of the starts to try where none is asked for.

    One component without labels has one grouping, so that any start would do.
    """
    if problem.n_classes:
        return ("label_spreading",)
    return CANDIDATES if problem.n_components > 1 else ("gaussian_mixture",)


def propose(
    names: Sequence[str], problem: Problem, random_state: np.random.RandomState
) -> list[np.ndarray]:
    """Group rows by several starts.

    Parameters
    ----------
    names : sequence of str
        Keys of `STARTS`; one that is named twice proposes twice, by chance differently.
    problem : Problem
        Of n rows and K components. Without labels, no more than `START_ROWS` rows are grouped,
        and the others follow their nearest.
    random_state : RandomState
        Source of all chance, used by one start after the other.

    Returns
    -------
    proposals : list of ndarray of shape (n, K)
        Responsibilities by each of the starts, in their order.

    Raises
    ------
    ValueError
        If a start needs labels and there are none.
    """
    if problem.n_classes:  # labels and what they say of all rows are not to be thinned out
        return [STARTS[name](problem, random_state) for name in names]
    sample, nearest = thin(problem, START_ROWS, random_state)
    return [STARTS[name](sample, random_state)[nearest] for name in names]
