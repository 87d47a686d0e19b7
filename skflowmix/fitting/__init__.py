"""The fit, as functions in the order in which they run; values are handed down.

===================  ============================================================================
module               what it does
===================  ============================================================================
``options``          what a fit is asked to do, as plain data
``monitoring``       who is told how far a fit is
``bounding``         columns get ranges, and rows a scaling
``gaps``             columns without a value are refused; what is missing is filled
``gathering``        rows of all processes are brought to each of them
``drawing``          rows are drawn and scaled
``task``             what all that follows works on, as plain data
``preparation``      groupings are tried, labels teach, a family is chosen: the task is made
``proposals``        starts propose groupings; rows become tensors and are split
``selection``        the starts are compared, and some are chosen to be trained
``training``         the chosen starts are trained side by side
``stacking``         how much a flow, its guard and the tails weigh
``acceptance``       a model that training did not improve is reverted to its start
``pipeline``         all of it in a row, to a `skflowmix.fitted.Fitted`
===================  ============================================================================
"""

from skflowmix.fitting.monitoring import EPOCH, STAGES, START, TRAINING, Monitor
from skflowmix.fitting.options import Observations, Options
from skflowmix.fitting.pipeline import fit_mixture

__all__ = [
    "EPOCH",
    "STAGES",
    "START",
    "TRAINING",
    "Monitor",
    "Observations",
    "Options",
    "fit_mixture",
]
