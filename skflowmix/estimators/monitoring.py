"""scikit-learn's callbacks, told how a fit goes. Knows no tensors."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from skflowmix.data.labels import UNLABELLED
from skflowmix.fitted import Fitted
from skflowmix.fitting import STAGES


class CallbackMonitor:
    """Calls the callbacks of an estimator: a task for the fit, each of its stages and each step.

    The task of the fit begins when the monitor is made. There is nothing to reconstruct before
    the end of the start, when there is a model.

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
        y = np.full(len(X), UNLABELLED) if y is None else y
        self.arguments: dict[str, Any] = {"estimator": estimator, "X": X, "y": y}
        self.context = estimator._init_callback_context(max_subtasks=len(STAGES))
        self.context.call_on_fit_task_begin(**self.arguments)
        self.of_stage: Any = None

    def stage(self, name: str, n_steps: int, current: Callable[[], Fitted] | None = None) -> None:
        """Tell that a stage begins; ``current`` returns the fit as it would end now."""
        if current is not None:
            self.arguments["reconstruction_attributes"] = lambda: {"_fitted": current()}
        self._end_stage()
        self.of_stage = self.context.subcontext(task_name=name, max_subtasks=n_steps)
        self.of_stage.call_on_fit_task_begin(**self.arguments)

    def step(self, name: str, score: float | None = None) -> bool:
        """Tell that a step has ended, and return whether the stage shall end.

        The score is no matter of theirs: who wants it asks the fit as it stands.
        """
        step = self.of_stage.subcontext(task_name=name)
        step.call_on_fit_task_begin(**self.arguments)
        return step.call_on_fit_task_end(**self.arguments)

    def end(self, fitted: Fitted) -> None:
        """Tell what the fit has found."""
        self.arguments["reconstruction_attributes"] = lambda: {"_fitted": fitted}
        self._end_stage()
        self.context.call_on_fit_task_end(**self.arguments)

    def _end_stage(self) -> None:
        if self.of_stage is not None:
            self.of_stage.call_on_fit_task_end(**self.arguments)
