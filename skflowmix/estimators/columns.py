"""What all estimators of this package answer by the one value that a fit has found."""

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from skflowmix.data.categories import Categories
from skflowmix.estimators.frames import framed
from skflowmix.estimators.links import LinkedEstimator
from skflowmix.estimators.validation import check_is_table, checked_mixed_rows, checked_rows
from skflowmix.scikit_learn_private import check_feature_names, check_n_features

if TYPE_CHECKING:
    import pandas as pd


class FittedToColumns(LinkedEstimator):
    """An estimator whose fit is one value, ``_fitted``; it checks rows by their columns."""

    allows_nan: ClassVar[bool] = False
    """Whether values may be missing."""

    _fitted: Any

    def __getattr__(self, name: str):
        """Say of an attribute that only a fit sets that there is none."""
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __sklearn_is_fitted__(self) -> bool:
        return "_fitted" in vars(self)

    @property
    def n_features_in_(self) -> int:
        """Number of features."""
        return self._fitted.n_features

    @property
    def feature_names_in_(self) -> np.ndarray:
        """Names of the features, ``(n_features_in_,)``, if they are all strings."""
        if self._fitted.feature_names is None:
            raise AttributeError
        return self._fitted.feature_names

    @property
    def _column_names(self) -> list[str]:
        """Names of the features, made up as scikit-learn does if there are none."""
        given = self._fitted.feature_names
        return [f"x{j}" for j in range(self.n_features_in_)] if given is None else given.tolist()

    def _checked(self, X: ArrayLike) -> np.ndarray:
        """Return rows like those of the fit, ``(n, d)``."""
        check_is_fitted(self)
        if self._categories is not None:
            check_is_table(self, X)
        check_feature_names(self, X, reset=False)
        if self._categories is None:
            rows = checked_rows(self, X)
            check_n_features(self, rows, reset=False)
            return rows
        check_n_features(self, X, reset=False)
        return checked_mixed_rows(self, X, self._categories)

    @property
    def _categories(self) -> Categories | None:
        """Which columns are categories, if any."""
        return getattr(self._fitted, "categories", None)

    def _in_order(self, values: np.ndarray) -> np.ndarray:
        """Return values ``(D,)`` of the columns of the fit in the order of the model."""
        return values if self._categories is None else values[self._categories.order]

    def _tabled(self, rows: np.ndarray) -> np.ndarray:
        """Return rows ``(n, D)`` as a model has them in the columns of the fit."""
        return rows if self._categories is None else self._categories.decoded(rows)

    def _framed(self, rows: np.ndarray) -> "pd.DataFrame":
        """Return rows ``(n, D)`` as a model has them as a frame with the columns of the fit."""
        if self._categories is None:
            return framed(rows, self._column_names)
        return self._categories.framed(rows, self._column_names)
