"""Normalizing-flow mixtures with the interface of scikit-learn."""

from skflowmix._flow_gmm import FlowGMM
from skflowmix._variational import VariationalFlowMixture

__all__ = ["FlowGMM", "VariationalFlowMixture"]
