"""Starting points of training, each one matrix of responsibilities ``(n, K)``.

Whatever proposes a grouping (centres, a Gaussian mixture, a neighbour graph, experts that labels
have taught, an array of the user's own) ends up as such a matrix; nothing else knows where it came
from. A start looks at a `skflowmix.data.problem.Problem`: standardised rows, with labels that are
integers below K and -1 for unlabelled rows.

To add a start
--------------
1. A file of its own, with a function of a problem and a `numpy.random.RandomState`, the source of
   all chance, that returns responsibilities: not negative, with rows that sum to 1, columns in
   any order. What it needs of neighbours it asks of ``problem.neighbours``, which are searched
   once for all, and of k-means by `skflowmix.starts.clusters.fit_kmeans`, which stays quiet where
   rows are equal. Rows that would be too many for it are thinned out by
   `skflowmix.starts.thinning.thin`.
2. Its name in ``STARTS`` of `skflowmix.starts.registry`. From there the estimators'
   ``init_params`` accepts it, and every law in ``tests/starts/test_laws.py`` holds it. To compete
   where the user asks for nothing it has to group into any number of groups, and has its name in
   ``GROUPERS``; then the rule that chooses among them is learned anew, see
   `skflowmix.selection`.

Its tests are a file beside the others in ``tests/starts``: on which rows it is right and the
others are not.
"""

from skflowmix.starts.base import Start, respect_labels
from skflowmix.starts.mixed import MixedRows, spaces_of
from skflowmix.starts.modes import modes_from_labels, split_modes
from skflowmix.starts.new_groups import new_groups
from skflowmix.starts.profiles import PROFILES, find_profiles
from skflowmix.starts.registry import GROUPERS, STARTS, propose

__all__ = [
    "GROUPERS",
    "PROFILES",
    "STARTS",
    "MixedRows",
    "Start",
    "find_profiles",
    "modes_from_labels",
    "new_groups",
    "propose",
    "respect_labels",
    "spaces_of",
    "split_modes",
]
