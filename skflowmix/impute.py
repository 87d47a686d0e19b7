"""Missing values filled in by a fitted density, as scikit-learn's imputers do it.

Knows numpy, scikit-learn and the estimators.
"""

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin, clone
from sklearn.impute import MissingIndicator
from sklearn.utils import check_random_state

from skflowmix.estimators.base import BaseFlowMixture
from skflowmix.estimators.columns import FittedToColumns
from skflowmix.estimators.flow_gmm import FlowGMM
from skflowmix.estimators.validation import checked_rows
from skflowmix.scikit_learn_private import fit_context

if TYPE_CHECKING:
    from numpy.random import RandomState

CANDIDATES: tuple[dict[str, Any], ...] = (
    {"n_components": 1, "reg_covar": 0.1},
    {"n_components": 1},
    {"n_components": 20, "covariance_type": "tied", "reg_covar": 0.03},
    {"n_components": 8, "reg_covar": 0.003},
)
"""Gaussian mixtures to choose from, of standardised columns."""
SHARED = {"n_layers": 0, "init_params": "kmeans", "early_stopping": False, "max_iter": 20}
"""Parameters of all candidates."""
HELD_OUT = 5
"""One in how many rows is held out to choose."""
LEAST_ROWS, MOST_ROWS = 50, 2_000
"""Fewer rows have the first candidate, and of more some are taken to choose."""
LEAST_HIDDEN, MOST_HIDDEN = 0.1, 0.5
"""Shares of the values of held-out rows that are hidden: as many as are missing, within these."""
N_DRAWS = 20
"""Draws of each hidden value."""


class FlowImputer(FittedToColumns, OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Imputation by a density: means of what is missing given what is there, or draws of it.

    Values are taken to be missing at random: whether one is missing may depend on the values of
    the row that are there, and on nothing else. A row without any value gets the means of the
    columns under the density, or a draw from it.

    Parameters
    ----------
    estimator : FlowGMM or VariationalFlowMixture, default=None
        The density; a clone of it is fitted. By default some Gaussian mixtures are compared: a
        fifth of the rows is held out, some of their values are hidden, and the mixture whose
        draws are nearest to them, by the continuous ranked probability score [1]_, is fitted to
        all rows.
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
    estimator_ : FlowGMM or VariationalFlowMixture
        The fitted density. `score_samples` and ``sample(n, given=X)`` take incomplete rows.
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
    .. [1] Gneiting and Raftery (2007), Strictly proper scoring rules, prediction, and estimation.
           Journal of the American Statistical Association 102.

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
        self.estimator_ = self._density(X, rows, random_state)
        self._fitted = self.estimator_._fitted
        self.random_state_ = random_state
        self.indicator_ = None
        if self.add_indicator:
            self.indicator_ = MissingIndicator(error_on_new=False).fit(rows)
        return self

    def _density(
        self, X: ArrayLike, rows: np.ndarray, random_state: "RandomState"
    ) -> BaseFlowMixture:
        """Fit to X, whose rows are ``(n, d)``."""
        if self.estimator is None:
            with warnings.catch_warnings(action="ignore"):  # of a density nobody asked for
                return chosen(rows, random_state).fit(X)
        density = clone(self.estimator)
        if density.random_state is None:
            density.set_params(random_state=random_state.randint(2**31 - 1))
        return density.fit(X)

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


@dataclass(frozen=True)
class Trial:
    """Rows to fit, and other rows of which some values are hidden.

    Attributes
    ----------
    shown : ndarray of shape (n, d)
    held : ndarray of shape (m, d)
    is_hidden : ndarray of shape (m, d)
        Which values of those that are there are hidden.
    """

    shown: np.ndarray
    held: np.ndarray
    is_hidden: np.ndarray

    @classmethod
    def of(cls, rows: np.ndarray, random_state: "RandomState") -> Self:
        """Hold out some of the rows ``(n, d)``, and hide as much of them as is missing."""
        some = rows[random_state.permutation(len(rows))[:MOST_ROWS]]
        held, shown = np.split(some, [len(some) // HELD_OUT])
        is_there = ~np.isnan(held)
        share = np.clip(1 - is_there.mean(), LEAST_HIDDEN, MOST_HIDDEN)
        return cls(shown, held, is_there & (random_state.uniform(size=held.shape) < share))

    @property
    def tells(self) -> bool:
        """Whether something is hidden, and every column has values to fit."""
        return bool(self.is_hidden.any() and (~np.isnan(self.shown)).any(axis=0).all())

    def error(self, density: FlowGMM) -> float:
        """Mean continuous ranked probability score of what is hidden, in deviations."""
        fitted = density.fit(self.shown)._fitted
        asked = np.where(self.is_hidden, np.nan, self.held)
        random_state = check_random_state(density.random_state)
        draws = fitted.completions(asked, N_DRAWS, random_state)[:, self.is_hidden]  # (S, h)
        truth = self.held[self.is_hidden]
        spread = np.nanstd(self.shown, axis=0)
        unit = np.broadcast_to(np.where(spread > 0, spread, 1), asked.shape)[self.is_hidden]
        return float((ranked_probability(draws, truth) / unit).mean())


def ranked_probability(draws: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Continuous ranked probability scores ``(h,)`` of draws ``(S, h)`` of numbers ``(h,)``."""
    n_draws = len(draws)
    places = 2 * np.arange(n_draws) - n_draws + 1  # how often each is the larger of two draws
    apart = places @ np.sort(draws, axis=0) / (n_draws * (n_draws - 1))
    return np.abs(draws - truth).mean(axis=0) - apart


def chosen(rows: np.ndarray, random_state: "RandomState") -> FlowGMM:
    """Return the density whose draws are nearest to hidden values of rows ``(n, d)``, unfitted."""
    seed = random_state.randint(2**31 - 1)
    densities = [FlowGMM(**SHARED, **own, random_state=seed) for own in CANDIDATES]
    trial = Trial.of(rows, random_state)
    if len(rows) < LEAST_ROWS or not trial.tells:
        return densities[0]
    return clone(min(densities, key=trial.error))
