"""Missing values filled in by a fitted density, as scikit-learn's imputers do it.

Knows numpy, scikit-learn and the estimators.
"""

from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin, clone
from sklearn.impute import MissingIndicator
from sklearn.utils import check_random_state

from skflowmix.estimators.base import BaseFlowMixture
from skflowmix.estimators.columns import FittedToColumns
from skflowmix.estimators.flow_gmm import FlowGMM
from skflowmix.estimators.imputing import FittedCommittee
from skflowmix.estimators.validation import checked_categories, checked_rows
from skflowmix.scikit_learn_private import feature_names_of, fit_context

if TYPE_CHECKING:
    from numpy.random import RandomState

OF_CATEGORIES = FlowGMM(n_components=1, n_layers=0)
"""What fills in where a frame has categories and nobody names a density."""


class FlowImputer(FittedToColumns, OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Imputation by a density: means of what is missing given what is there, or draws of it.

    Values are taken to be missing at random: whether one is missing may depend on the values of
    the row that are there, and on nothing else. A row without any value gets the means of the
    columns under the density, or a draw from it.

    Parameters
    ----------
    estimator : FlowGMM or VariationalFlowMixture, default=None
        The density; a clone of it is fitted. By default there are many Gaussian mixtures, of 1 to
        30 Gaussians and with more or less ridge: each fifth of the rows is held out in turn, some
        of their values are hidden, and what is filled in is a mean, or a draw, of all mixtures,
        weighted by how probable the hidden values were under them [1]_. It is never beyond the
        values of its column in `fit`. With categories in a frame there is one mixture, a `FlowGMM`
        without layers.
    sample_posterior : bool, default=False
        Whether to fill in draws instead of means. Every call of `transform` draws anew, so
        repeated calls make multiple imputations.
    add_indicator : bool, default=False
        Whether to append columns that say where values were missing, one for each column that
        has missing values in `fit`, as `sklearn.impute.MissingIndicator` does.
    random_state : int, RandomState instance or None, default=None
        Of the fit, unless ``estimator`` has its own, and of draws.

    Attributes
    ----------
    estimator_ : FlowGMM, VariationalFlowMixture or None
        The fitted density. `score_samples` and ``sample(n, given=X)`` take incomplete rows. None
        where there are many mixtures, as by default.
    indicator_ : MissingIndicator or None
        What says where values were missing; None without ``add_indicator``.
    random_state_ : RandomState
        Of draws.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if they are all strings.

    See Also
    --------
    sklearn.impute.IterativeImputer : Regressions of each column on the others.
    skflowmix.FlowGMM : Takes incomplete rows itself: fill in only for estimators that do not.

    References
    ----------
    .. [1] Smyth and Wolpert (1999), Linearly combining density estimators via stacking. Machine
           Learning 36.

    Examples
    --------
    >>> import numpy as np
    >>> from skflowmix.impute import FlowImputer
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(200, 1))
    >>> X = np.hstack([x, 2 * x]) + 0.01 * rng.normal(size=(200, 2))
    >>> X[:50, 1] = np.nan
    >>> filled = FlowImputer(random_state=0).fit_transform(X)
    >>> bool(np.abs(filled[:50, 1] - 2 * x[:50, 0]).max() < 0.2)
    True
    """

    allows_nan: ClassVar[bool] = True

    _parameter_constraints: ClassVar[dict[str, list]] = {
        "estimator": [BaseFlowMixture, None],
        "sample_posterior": ["boolean"],
        "add_indicator": ["boolean"],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator: BaseFlowMixture | None = None,
        *,
        sample_posterior: bool = False,
        add_indicator: bool = False,
        random_state: "int | RandomState | None" = None,
    ) -> None:
        self.estimator = estimator
        self.sample_posterior = sample_posterior
        self.add_indicator = add_indicator
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Fit the density to rows of which values may be missing.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows, with NaN where a value is missing.
        y : None
            Not used; it is there as in all transformers.

        Returns
        -------
        self : object
            The fitted imputer.

        Raises
        ------
        ValueError
            If a column has no value at all, X holds infinity, or there are fewer than two rows;
            the message says which column.
        """
        rows = checked_rows(self, X, least=2)
        random_state = check_random_state(self.random_state)
        density = self._density(X, random_state)
        if density is None:
            self._fitted = FittedCommittee.of(rows, feature_names_of(X), random_state)
        else:
            self._fitted = density.fit(X)._fitted
        self.estimator_ = density
        self.random_state_ = random_state
        self.indicator_ = None
        if self.add_indicator:
            self.indicator_ = MissingIndicator(error_on_new=False).fit(rows)
        return self

    def _density(self, X: ArrayLike, random_state: "RandomState") -> BaseFlowMixture | None:
        """Return the density to fit to X; none where many mixtures are fitted instead."""
        if self.estimator is not None:
            density = clone(self.estimator)
        elif checked_categories(OF_CATEGORIES, X, None) is not None:
            density = clone(OF_CATEGORIES)
        else:
            return None
        if density.random_state is None:
            density.set_params(random_state=random_state.randint(2**31 - 1))
        return density

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Fill in what is missing.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows, with NaN where a value is missing.

        Returns
        -------
        filled : ndarray of shape (n_samples, n_features_out)
            Rows without NaN, and with ``add_indicator`` the columns that say where it was.
        """
        rows = self._checked(X)
        filled = rows.copy()
        incomplete = np.isnan(rows).any(axis=1)
        if incomplete.any():
            filled[incomplete] = self._filled(rows[incomplete])
        if self._categories is not None:  # which are numbers here
            filled = self._tabled(filled).astype(np.float64)
            rows = rows[:, np.argsort(self._categories.order)]
        if self.indicator_ is None:
            return filled
        return np.hstack([filled, self.indicator_.transform(rows)])

    def _filled(self, rows: np.ndarray) -> np.ndarray:
        """Fill in rows ``(n, d)`` of each of which something is missing."""
        if self.sample_posterior:
            return self._fitted.completions(rows, 1, self.random_state_)[0]
        return self._fitted.expected(rows)

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Return names of the columns that `transform` returns.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the columns; those of `fit` by default.

        Returns
        -------
        names : ndarray of str
            Those of the columns, then with ``add_indicator`` those of `MissingIndicator`.
        """
        names = super().get_feature_names_out(input_features)
        if self.indicator_ is None:
            return names
        return np.concatenate([names, self.indicator_.get_feature_names_out(names)])

    def __sklearn_tags__(self):
        """Values may be missing."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags
