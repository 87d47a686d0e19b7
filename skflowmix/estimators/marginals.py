"""What a fitted mixture says of some of its columns, whatever the others are."""

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from skflowmix.data.categories import column_of, n_columns_of
from skflowmix.estimators.validation import (
    checked_column_numbers,
    checked_mixed_rows,
    checked_rows,
    usable_device,
)
from skflowmix.fitted import Fitted
from skflowmix.scikit_learn_private import feature_names_of

if TYPE_CHECKING:
    import pandas as pd


class Marginal:
    """The distribution of some columns under a fitted mixture, which `marginal` returns.

    Rows have these columns only, in the order that they were asked for. The others are integrated
    out: exactly where no flow was trained, else by importance sampling, as of rows with missing
    values.

    Parameters
    ----------
    estimator : FlowGMM or VariationalFlowMixture
        Fitted.
    columns : sequence of str or int, or mask
        Names or numbers of columns.

    Attributes
    ----------
    feature_names_ : list of str
        Names of the columns; x0, x1, ... if the fit knew none.
    classes_ : ndarray of shape (n_components,)
        What `predict` calls the components.
    """

    allows_nan = True

    def __init__(self, estimator: Any, columns: ArrayLike) -> None:
        self._estimator = estimator
        self._fitted: Fitted = estimator._fitted
        self._numbers = _in_order(columns, estimator._column_names)
        self.feature_names_ = [estimator._column_names[number] for number in self._numbers]

    def __repr__(self) -> str:
        return f"Marginal({self._estimator!r}, columns={self.feature_names_})"

    @property
    def classes_(self) -> np.ndarray:
        """Names of the components, ``(n_components,)``."""
        return self._fitted.classes

    def score_samples(self, X: ArrayLike, *, mass: bool = False) -> np.ndarray:
        """Compute the log-density of each row, in nats and in the units of its columns.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_columns)
            Rows; NaN is a missing value.
        mass : bool, default=False
            Whether to integrate over cells, as `score_samples` of the whole mixture does.

        Returns
        -------
        log_prob : ndarray of shape (n_samples,)
        """
        rows, device = self._whole(X)
        return self._fitted.log_mass(rows, device) if mass else self._fitted.log_prob(rows, device)

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Compute the probability of each component given these columns.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_columns)
            Rows.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_components)
            Columns in the order of ``classes_``.
        """
        return np.exp(self._fitted.log_proba(*self._whole(X)))

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Find the most probable component given these columns.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_columns)
            Rows.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            Entries of ``classes_``.
        """
        return self.classes_[self._fitted.decisions(*self._whole(X))]

    def sample(
        self,
        n_samples: int = 1,
        random_state: int | np.random.RandomState | None = None,
        as_frame: bool = False,
        *,
        y: Any = None,
    ) -> "tuple[np.ndarray, np.ndarray] | tuple[pd.DataFrame, pd.Series]":
        """Draw rows, as `sample` of the whole mixture does, and leave the other columns out.

        Parameters
        ----------
        n_samples : int, default=1
            How many.
        random_state : int, RandomState instance or None, default=None
            An int gives the same rows on every call.
        as_frame : bool, default=False
            Whether to return a pandas data frame and a series.
        y : label, default=None
            Component or class to draw of; all of them by default.

        Returns
        -------
        X : ndarray or DataFrame of shape (n_samples, n_columns)
        y : ndarray or Series of shape (n_samples,)
            Component of each row.
        """
        if as_frame:
            frame, series = self._estimator.sample(n_samples, random_state, as_frame=True, y=y)
            return frame.iloc[:, self._numbers], series
        rows, names = self._estimator.sample(n_samples, random_state, y=y)
        return rows[:, self._numbers], names

    def _whole(self, X: ArrayLike) -> tuple[np.ndarray, torch.device]:
        """Whole rows ``(n, d)`` with NaN in the other columns, and where to score them."""
        device, categories = usable_device(self._estimator.device), self._estimator._categories
        if categories is None:
            rows = checked_rows(self, X)
            self._check_columns(X, rows.shape[1])
            whole = np.full((len(rows), self._fitted.n_features), np.nan)
            whole[:, self._numbers] = rows
            return whole, device
        self._check_columns(X, n_columns_of(X))
        columns = [np.asarray(column_of(X, j), dtype=object) for j in range(len(self._numbers))]
        table = np.full((len(columns[0]), self._estimator.n_features_in_), np.nan, dtype=object)
        table[:, self._numbers] = np.stack(columns, axis=1)
        return checked_mixed_rows(self._estimator, table, categories), device

    def _check_columns(self, X: ArrayLike, n_columns: int) -> None:
        """Refuse rows that have other columns, by their number or their names."""
        names = feature_names_of(X)
        is_named = names is not None and self._fitted.feature_names is not None
        is_other = is_named and list(names) != self.feature_names_
        if n_columns != len(self._numbers) or is_other:
            got = list(names) if is_named else n_columns
            raise ValueError(f"X must have the columns {self.feature_names_}, got {got}.")


def _in_order(columns: ArrayLike, names: list[str]) -> np.ndarray:
    """Return the numbers of one column or more, each of them once, in their order."""
    numbers = checked_column_numbers(columns, names)
    if not len(numbers) or len(set(numbers.tolist())) < len(numbers):
        raise ValueError(f"Columns must be one or more, each of them once; got {columns!r}.")
    return numbers


class MarginalViews:
    """The method by which a fitted estimator is asked about some of its columns."""

    def marginal(self, columns: ArrayLike) -> Marginal:
        """Return the distribution of some columns, whatever the others are.

        Parameters
        ----------
        columns : sequence of str or int, or mask of shape (n_features,)
            Names or numbers of the columns.

        Returns
        -------
        marginal : Marginal
            With `score_samples`, `predict`, `predict_proba` and `sample`, of rows that have these
            columns in this order.

        Raises
        ------
        ValueError
            If there is no such column, or one of them is there twice.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from skflowmix import FlowGMM
        >>> X, y = load_iris(return_X_y=True)
        >>> model = FlowGMM(n_layers=0, random_state=0).fit(X, y)
        >>> petals = model.marginal([2, 3])
        >>> petals.score_samples(X[:5, 2:]).shape
        (5,)
        """
        check_is_fitted(self)
        return Marginal(self, columns)
