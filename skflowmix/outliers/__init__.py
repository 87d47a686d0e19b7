"""How unusual rows are, in several views, each on one scale: how rare what it says is.

A view is learned from `TrainingRows` and is frozen plain data from then on. `VIEWS` has what makes
each of them, `WEIGHTS` what they count. Knows numpy, scipy, scikit-learn and ``data``.
"""

from skflowmix.outliers.base import View
from skflowmix.outliers.fitted import FittedDetector, fit_detector
from skflowmix.outliers.registry import VIEWS, WEIGHTS
from skflowmix.outliers.training import TrainingRows

__all__ = ["VIEWS", "WEIGHTS", "FittedDetector", "TrainingRows", "View", "fit_detector"]
