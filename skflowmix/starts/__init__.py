"""Starting points of training, each one matrix of responsibilities ``(n, K)``.

Whatever proposes a grouping (centres, a Gaussian mixture, a neighbour graph with labels or
without, an array of the user's own) ends up as such a matrix; nothing else knows where it came
from. Rows are standardised numpy arrays; labels are integers below K, with -1 for unlabelled.
"""

from skflowmix.starts.centres import kmeans, merged_centres, random, seeding
from skflowmix.starts.gaussians import gaussian_mixture
from skflowmix.starts.graph import neighbour_graph, unscaled_neighbour_graph
from skflowmix.starts.merging import merged_mixture
from skflowmix.starts.modes import modes_known, split_modes
from skflowmix.starts.problem import FORBIDDEN, Problem, Start, respect_labels
from skflowmix.starts.spreading import label_spreading

__all__ = [
    "FORBIDDEN",
    "RIVALS",
    "STARTS",
    "Problem",
    "Start",
    "modes_known",
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
