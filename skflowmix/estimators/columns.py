"""What all estimators of this package answer by the one value that a fit has found."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted, validate_data

from skflowmix.estimators.validation import FLOATS


class FittedToColumns:
    """An estimator whose fit is one value, ``_fitted``; it checks rows by their columns."""

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

    def _checked(self, X: ArrayLike) -> np.ndarray:
        """Return rows like those of the fit, ``(n, d)``."""
        check_is_fitted(self)
        with np.errstate(invalid="ignore"):  # scikit-learn adds numbers up, to infinities even
            return validate_data(self, X, dtype=FLOATS, reset=False)
