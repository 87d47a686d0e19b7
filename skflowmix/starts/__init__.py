"""Starting points of training, each one matrix of responsibilities ``(n, K)``.

Whatever proposes a grouping (centres, a Gaussian mixture, a neighbour graph with labels or
without, an array of the user's own) ends up as such a matrix; nothing else knows where it came
from. Rows are standardised numpy arrays; labels are integers below K, with -1 for unlabelled.
"""

from collections.abc import Sequence

import numpy as np

from skflowmix.starts.centres import kmeans, merged_centres, random, seeding
from skflowmix.starts.gaussians import gaussian_mixture
from skflowmix.starts.graph import neighbour_graph, unscaled_neighbour_graph
from skflowmix.starts.merging import merged_mixture
from skflowmix.starts.modes import modes_known, split_modes
from skflowmix.starts.problem import (
    FORBIDDEN,
    Problem,
    Start,
    nearest_of,
    respect_labels,
    some_rows,
)
from skflowmix.starts.spreading import label_spreading

__all__ = [
    "FORBIDDEN",
    "RIVALS",
    "STARTS",
    "Problem",
    "Start",
    "modes_known",
    "proposed",
    "respect_labels",
    "split_modes",
]

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

RIVALS = (
    "gaussian_mixture",
    "merged_mixture",
    "merged_centres",
    "neighbour_graph",
    "unscaled_neighbour_graph",
)
"""The starts that ``init_params="auto"`` tries where no row has a label."""

START_ROWS = 40_000
"""Most rows that are grouped where none has a label; further rows follow their nearest."""


def proposed(
    names: Sequence[str], problem: Problem, random_state: np.random.RandomState
) -> list[np.ndarray]:
    """Responsibilities ``(n, K)`` by each of the named starts."""
    if problem.n_classes:  # labels and what they say of all rows are not to be thinned out
        return [STARTS[name](problem, random_state) for name in names]
    some = some_rows(problem.codes >= 0, START_ROWS, random_state)
    sample, nearest = problem.take(some), nearest_of(problem.X, some)
    return [STARTS[name](sample, random_state)[nearest] for name in names]
