"""The starts by name, and which of them are tried."""

from collections.abc import Callable, Sequence

import numpy as np

from skflowmix.data.problem import Problem
from skflowmix.starts.base import Grouper, Start, each_size, one_size
from skflowmix.starts.centres import (
    kmeans,
    merged_centres,
    random,
    random_rows,
    seeding,
)
from skflowmix.starts.gaussians import (
    gaussian_mixture,
    gaussian_mixtures,
    ranked_mixture,
    shrunk_mixture,
    tied_mixture,
)
from skflowmix.starts.genie import reachability_genie, unscaled_genie
from skflowmix.starts.graph import neighbour_graph, unscaled_neighbour_graph
from skflowmix.starts.linkages import ward
from skflowmix.starts.linking import linked_pieces, unscaled_linked_pieces
from skflowmix.starts.merging import merged_mixture
from skflowmix.starts.thinning import START_ROWS, thin

GROUPERS: dict[str, Grouper] = {
    "gaussian_mixture": gaussian_mixtures,
    "linked_pieces": linked_pieces,
    "kmeans": each_size(kmeans),
    "ward": ward,
    "tied_mixture": tied_mixture,
    "shrunk_mixture": shrunk_mixture,
    "ranked_mixture": ranked_mixture,
    "merged_mixture": merged_mixture,
    "unscaled_linked_pieces": unscaled_linked_pieces,
    "unscaled_genie": unscaled_genie,
    "reachability_genie": reachability_genie,
}
"""What ``init_params="auto"`` tries where no row has a label, the cheapest first."""

STARTS: dict[str, Start] = {
    **{name: one_size(grouper) for name, grouper in GROUPERS.items()},
    "gaussian_mixture": gaussian_mixture,
    "k-means++": seeding,
    "random": random,
    "random_from_data": random_rows,
    "merged_centres": merged_centres,
    "neighbour_graph": neighbour_graph,
    "unscaled_neighbour_graph": unscaled_neighbour_graph,
}
"""Every start by the name that the estimators' ``init_params`` takes."""


def propose(
    names: Sequence[str],
    problem: Problem,
    random_state: np.random.RandomState,
    on_step: Callable[[str], object] = lambda name: None,
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
    on_step : callable
        ``on_step(name)`` is called after each start.

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
        return _proposals(names, problem, random_state, on_step)
    sample, nearest = thin(problem, START_ROWS, random_state)
    return [each[nearest] for each in _proposals(names, sample, random_state, on_step)]


def _proposals(
    names: Sequence[str],
    problem: Problem,
    random_state: np.random.RandomState,
    on_step: Callable[[str], object],
) -> list[np.ndarray]:
    proposals = []
    for name in names:
        proposals.append(STARTS[name](problem, random_state))
        on_step(name)
    return proposals
