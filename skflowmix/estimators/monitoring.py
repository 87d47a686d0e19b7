"""scikit-learn's callbacks, told how a fit goes. Knows no tensors."""

from collections.abc import Callable
from typing import Any

import numpy as np

from skflowmix.data.labels import UNLABELLED
from skflowmix.fitted import Fitted
from skflowmix.fitting import Observations


class CallbackMonitor:
    """Calls the callbacks of an estimator: a task for the fit, and one for each epoch.

    Parameters
    ----------
    estimator : CallbackSupportMixin
        Whose callbacks are called.
    data : Observations
        What it is fitted to.
    """

    def __init__(self, estimator: Any, data: Observations) -> None:
        self.estimator = estimator
        y = np.full(len(data.X), UNLABELLED) if data.y is None else data.y
        self.arguments: dict[str, Any] = {"estimator": estimator, "X": data.X, "y": y}

    def begin(self, max_iter: int, current: Callable[[], Fitted]) -> None:
        """Tell that training begins; ``current`` returns the fit as it would end now."""
        self.arguments["reconstruction_attributes"] = lambda: {"_fitted": current()}
        self.context = self.estimator._init_callback_context(max_subtasks=max_iter)
        self.context.call_on_fit_task_begin(**self.arguments)

    def epoch(self) -> bool:
        """Tell that an epoch has ended, and return whether training shall end."""
        epoch = self.context.subcontext(task_name="epoch")
        epoch.call_on_fit_task_begin(**self.arguments)
        return epoch.call_on_fit_task_end(**self.arguments)

    def end(self) -> None:
        """Tell that training has ended."""
        self.context.call_on_fit_task_end(**self.arguments)
