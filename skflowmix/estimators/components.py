"""What `sklearn.mixture.GaussianMixture` says of its components, of mixtures of flows."""

import numpy as np

from skflowmix.fitted import Fitted


class ComponentViews:
    """Attributes that describe components, of an estimator whose fit is ``_fitted``."""

    _fitted: Fitted

    @property
    def component_means_(self) -> np.ndarray:
        """Means of the components in the units of X, ``(n_components, n_features)``."""
        return self._fitted.component_moments[0].copy()

    @property
    def component_covariances_(self) -> np.ndarray:
        """Covariances of the components, ``(n_components, n_features, n_features)``."""
        return self._fitted.component_moments[1].copy()

    @property
    def lower_bounds_(self) -> np.ndarray:
        """Score after each epoch, by the name that scikit-learn's mixtures have for it."""
        return self._fitted.report.validation_scores
