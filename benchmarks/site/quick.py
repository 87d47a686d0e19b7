"""Examples with little training, so that a test sees them run."""

from typing import Any

from skflowmix.estimators.base import BaseFlowMixture
from skflowmix.experts import forests

EPOCHS = 2
TREES = 10


def train_little(gallery_conf: dict[str, Any], example: str) -> None:
    """Cut epochs and forests; sphinx-gallery calls this before each example."""
    forests.N_TREES = TREES
    if not hasattr(BaseFlowMixture.fit, "__wrapped_by_site__"):
        BaseFlowMixture.fit = _with_few_epochs(BaseFlowMixture.fit)


def _with_few_epochs(fit):
    def little(self, X, y=None, sample_weight=None):
        self.max_iter = EPOCHS if self.max_iter == "auto" else min(self.max_iter, EPOCHS)
        return fit(self, X, y, sample_weight=sample_weight)

    little.__wrapped_by_site__ = True
    return little
