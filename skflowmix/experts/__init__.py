"""What labels say of unlabelled rows: experts, each taught by the labels, and their pool.

An expert is a classifier that is plain data once it is taught: labels that spread over a
neighbour graph, logistic regression, forests, Gaussians, a kernel. What each of them is worth for
one table its labels decide: some are hidden at a time, and experts are asked for them. Where
there are few labels, the weights stay near those that many tables have taught. The posterior of
the density is pooled with the experts by the same rule.

Knows numpy, scipy, scikit-learn, the data layer, and of the starts the neighbour graph and how
rows follow those that are looked at.
"""

from skflowmix.experts.evidence import Evidence, Sample
from skflowmix.experts.learning import MOST_STEPS, Learned, Prior, learn_pool
from skflowmix.experts.pool import Pool, density_among_classes
from skflowmix.experts.registry import LEARNERS

__all__ = [
    "LEARNERS",
    "MOST_STEPS",
    "Evidence",
    "Learned",
    "Pool",
    "Prior",
    "Sample",
    "density_among_classes",
    "learn_pool",
]
