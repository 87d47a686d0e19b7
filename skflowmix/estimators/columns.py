"""What all estimators of this package answer by the one value that a fit has found."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from skflowmix.estimators.links import LinkedEstimator
from skflowmix.estimators.validation import checked_rows
from skflowmix.scikit_learn_private import check_feature_names, check_n_features


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
        check_feature_names(self, X, reset=False)
        rows = checked_rows(self, X)
        check_n_features(self, rows, reset=False)
        return rows
