"""Cross-validation with few labels. Knows numpy and scikit-learn only."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.model_selection import BaseCrossValidator, check_cv
from sklearn.utils import check_consistent_length

from skflowmix.data.labels import known_labels


class LabeledOnlySplit(BaseEstimator):
    """Test on labelled rows only, and train on all unlabelled rows in every fold.

    Scorers like ``"accuracy"`` count an unlabelled row (y = -1, or another mark of a missing
    label) in a test fold as an error whatever is predicted, or refuse it. Here the labelled rows
    alone are split; the unlabelled ones, which nobody could be tested on, join the training part
    of every fold.

    Parameters
    ----------
    cv : int, cross-validation generator or iterable, default=5
        How to split the labelled rows. An int makes stratified folds.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import make_moons
    >>> from sklearn.model_selection import cross_val_score
    >>> from skflowmix import FlowGMM
    >>> from skflowmix.model_selection import LabeledOnlySplit
    >>> X, y = make_moons(200, noise=0.05, random_state=0)
    >>> few = np.full(200, -1)
    >>> few[:20] = y[:20]
    >>> model = FlowGMM(max_iter=20, random_state=0)
    >>> scores = cross_val_score(model, X, few, cv=LabeledOnlySplit(2), scoring="accuracy")
    >>> bool(scores.min() > 0.8)
    True
    """

    def __init__(self, cv: Any = 5) -> None:
        self.cv = cv

    def split(
        self, X: ArrayLike, y: ArrayLike | None = None, groups: ArrayLike | None = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Generate row numbers of the training and the test part of each fold.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,) or (n_samples, 1)
            Labels; a missing one, as the int -1, NaN or None, is an unlabelled row.
        groups : array-like of shape (n_samples,), default=None
            Groups of rows, for splitters that keep them together.

        Yields
        ------
        train, test : ndarray
            Sorted numbers of rows. No row of ``test`` is unlabelled.

        Raises
        ------
        ValueError
            If no row has a label, y cannot be used, or X, y and groups differ in length.
        """
        check_consistent_length(X, y, groups)
        mask, parts = self._labelled_parts(y, groups)
        labelled, unlabelled = np.flatnonzero(mask), np.flatnonzero(~mask)
        for train, test in self._splitter(parts[1]).split(*parts):
            yield np.sort(np.concatenate([labelled[train], unlabelled])), labelled[test]

    def get_n_splits(
        self,
        X: ArrayLike | None = None,
        y: ArrayLike | None = None,
        groups: ArrayLike | None = None,
    ) -> int:
        """Return the number of folds, with the parameters of `split`."""
        if y is None:
            return check_cv(self.cv, classifier=True).get_n_splits(X, y, groups)
        _, parts = self._labelled_parts(y, groups)
        return self._splitter(parts[1]).get_n_splits(*parts)

    def _splitter(self, labels: np.ndarray) -> BaseCrossValidator:
        return check_cv(self.cv, labels, classifier=True)

    def _labelled_parts(self, y: ArrayLike | None, groups: ArrayLike | None) -> tuple:
        """Mask of the labelled rows, and their X, y and groups for the splitter."""
        if y is None or not (given := known_labels(y))[0].any():
            raise ValueError("LabeledOnlySplit needs labelled rows: y has none, or is None.")
        mask, names = given
        known_groups = None if groups is None else np.asarray(groups)[mask]
        return mask, (np.flatnonzero(mask), names, known_groups)
