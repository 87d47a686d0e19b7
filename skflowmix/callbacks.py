"""Callbacks for scikit-learn's `set_callbacks`: a fit is written to a file while it runs."""

import os
from collections.abc import Callable
from numbers import Integral
from pathlib import Path
from typing import Any

import joblib

from skflowmix.scikit_learn_private import without_callbacks
from skflowmix.whole_files import check_writable, replacing

__all__ = ["Checkpoint"]


class Checkpoint:
    """Write a fit to a file every few epochs, from which it can go on after a crash.

    The file holds the fitted estimator as it stood, with neither the rows of the fit nor its
    callbacks. It is written when the start is found, after every ``every``-th epoch and at the
    end, and takes the place of the one before only once it is whole. `joblib.load` reads it; with
    ``warm_start=True`` its `fit` goes on from there, for up to ``max_iter`` more epochs. What a
    fit knows beside the model begins anew: the rise and the decay of the learning rate, and the
    patience of early stopping.

    Parameters
    ----------
    path : str or path-like
        Of the file, in a folder that exists. A suffix such as ``".gz"`` compresses it. Fits that
        run side by side, as in a grid search, need a path each.
    every : int, default=10
        Epochs from one checkpoint to the next. Each costs about as much as `predict` for all rows
        of the fit.

    Raises
    ------
    ValueError
        If ``every`` is no integer of 1 or more; by `fit`, if nothing can be written to the path.

    Warnings
    --------
    As with any pickle, load only files that you trust.

    Examples
    --------
    >>> import joblib, tempfile
    >>> from pathlib import Path
    >>> from skflowmix import FlowGMM
    >>> from skflowmix.callbacks import Checkpoint
    >>> from skflowmix.datasets import make_pinwheel
    >>> X, _ = make_pinwheel(200, random_state=0)
    >>> path = Path(tempfile.mkdtemp()) / "fit.joblib"
    >>> model = FlowGMM(n_components=5, max_iter=4, random_state=0)
    >>> _ = model.set_callbacks(Checkpoint(path, every=2)).fit(X)
    >>> loaded = joblib.load(path)
    >>> loaded.n_iter_
    4
    >>> loaded.set_params(warm_start=True).fit(X).start_
    'last fit'
    """

    def __init__(self, path: str | os.PathLike[str], every: int = 10) -> None:
        self.path, self.every = Path(path), every
        self._is_due = False
        if not isinstance(every, Integral) or every < 1:
            raise ValueError(f"every must be an integer of 1 or more, got {every!r}.")

    def setup(self, estimator: Any, context: Any) -> None:
        """Refuse a path that nothing can be written to, before anything is fitted."""
        check_writable(self.path)

    def teardown(self, estimator: Any, context: Any) -> None:
        """Nothing is open."""

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Find whether the task that begins is an epoch after which to write."""
        self._is_due = context.max_subtasks == 0 and (context.task_id + 1) % self.every == 0

    @property
    def on_fit_task_end(self) -> Callable[..., None]:
        """What scikit-learn calls at the end of a task.

        It makes a fitted estimator for each call that asks for one, which costs as much as to
        score all rows, so that one that is not due does not ask.
        """
        return self._write if self._is_due else self._wait

    def _write(self, estimator: Any, context: Any, *, fitted_estimator: Any) -> None:
        self._wait(estimator, context)
        if fitted_estimator is not None:
            with replacing(self.path) as beside:
                joblib.dump(without_callbacks(fitted_estimator), beside)

    def _wait(self, estimator: Any, context: Any) -> None:
        self._is_due = True  # if no task begins before the next end, that is of a stage or the fit
