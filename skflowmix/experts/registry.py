"""The experts by name. Knows all of them."""

from collections.abc import Callable

from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

from skflowmix.experts.base import Learner
from skflowmix.experts.evidence import Evidence
from skflowmix.experts.forests import ForestLearner
from skflowmix.experts.gaussians import SharedCovarianceLearner
from skflowmix.experts.graphs import GraphLearner
from skflowmix.experts.kernels import KernelLearner
from skflowmix.experts.linear import LogisticLearner
from skflowmix.experts.spaces import Standardised

AS_THEY_ARE = Standardised()

LEARNERS: dict[str, Callable[[Evidence], Learner]] = {
    "near graph": lambda evidence: GraphLearner(evidence, AS_THEY_ARE, passed_on=0.9),
    "far graph": lambda evidence: GraphLearner(evidence, AS_THEY_ARE, passed_on=0.99),
    "logistic": lambda evidence: LogisticLearner(evidence, evidence.ranks, C=30.0),
    "random forest": lambda evidence: ForestLearner(evidence, AS_THEY_ARE, RandomForestClassifier),
    "extra trees": lambda evidence: ForestLearner(evidence, AS_THEY_ARE, ExtraTreesClassifier),
    "gaussians": lambda evidence: SharedCovarianceLearner(evidence, AS_THEY_ARE),
    "kernel": lambda evidence: KernelLearner(evidence, AS_THEY_ARE),
}
"""What makes each expert. Which kinds there are was decided on many tables, see
``python -m benchmarks.pooling``; `skflowmix.experts.learning` decides by the labels of one table
what each of them is worth there."""
