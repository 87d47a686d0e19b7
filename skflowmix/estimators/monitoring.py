"""scikit-learn's callbacks, told how a fit goes. Knows no tensors."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from skflowmix.data.labels import UNLABELLED
from skflowmix.fitted import Fitted


class CallbackMonitor:
    """Calls the callbacks of an estimator: a task for the fit, and one for each epoch.

    Parameters
    ----------
    estimator : CallbackSupportMixin
        Whose callbacks are called.
    X : ndarray of shape (n, d)
        Rows that it is fitted to.
    y : array-like of shape (n,) or None
        Their labels, as the user gave them.
    """

    def __init__(self, estimator: Any, X: np.ndarray, y: ArrayLike | None) -> None:
        self.estimator = estimator
        y = np.full(len(X), UNLABELLED) if y is None else y
        self.arguments: dict[str, Any] = {"estimator": estimator, "X": X, "y": y}

    def begin(self, max_iter: int, current: Callable[[], Fitted]) -> None:
        """Tell that training begins; ``current`` returns the fit as it would end now."""
        self.arguments["reconstruction_attributes"] = lambda: {"_fitted": current()}
        self.context = self.estimator._init_callback_context(max_subtasks=max_iter)
        self.context.call_on_fit_task_begin(**self.arguments)

    def epoch(self, score: float) -> bool:
        """Tell that an epoch has ended, and return whether training shall end.

        The score is no matter of theirs: who wants it asks the fit as it stands.
        """
        epoch = self.context.subcontext(task_name="epoch")
        epoch.call_on_fit_task_begin(**self.arguments)
        return epoch.call_on_fit_task_end(**self.arguments)

    def end(self, fitted: Fitted) -> None:
        """Tell what the fit has found."""
        self.arguments["reconstruction_attributes"] = lambda: {"_fitted": fitted}
        self.context.call_on_fit_task_end(**self.arguments)
