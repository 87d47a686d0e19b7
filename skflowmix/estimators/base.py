"""What both estimators share: the parameters, and `fit`."""

from numbers import Integral
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, DensityMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from skflowmix.collective import Collective, current
from skflowmix.data.categories import FROM_DTYPE
from skflowmix.estimators.components import ComponentViews
from skflowmix.estimators.gaussian_start import (
    count_given,
    given_gaussians,
    responsibilities_of,
)
from skflowmix.estimators.marginals import MarginalViews
from skflowmix.estimators.monitoring import CallbackMonitor
from skflowmix.estimators.parameters import CONSTRAINTS, LEAST_REG_COVAR
from skflowmix.estimators.validation import (
    check_continues,
    check_same_parameters,
    checked_bounds,
    checked_class_prior,
    checked_device,
    checked_observations,
    checked_responsibilities,
    checked_widths,
)
from skflowmix.estimators.verbosity import reporting
from skflowmix.estimators.views import FittedViews
from skflowmix.families import Design, Family
from skflowmix.fitting import Observations, Options, fit_mixture
from skflowmix.scikit_learn_private import CallbackSupportMixin, fit_context
from skflowmix.selection import default_sizes
from skflowmix.training import scikit_learn_turn
from skflowmix.warning import warn


class BaseFlowMixture(
    CallbackSupportMixin,
    FittedViews,
    ComponentViews,
    MarginalViews,
    ClassifierMixin,
    DensityMixin,
    BaseEstimator,
):
    """Template of both estimators; see `FlowGMM` and `VariationalFlowMixture`.

    A subclass names its family. What a fit has found is one value, ``_fitted``, set at the end.
    """

    allows_nan: ClassVar[bool] = True

    _parameter_constraints: ClassVar[dict[str, list]] = CONSTRAINTS

    _family: ClassVar[type[Family]]

    # Of estimators that were saved before these were parameters.
    max_components: int | None = None
    class_prior: Any = None
    bounds: Any = None
    n_estimators: int | str = 1
    categorical_features: Any = FROM_DTYPE
    covariance_type: str = "full"
    weights_init: Any = None
    means_init: Any = None
    precisions_init: Any = None
    verbose: int = 0
    verbose_interval: int = 10

    def __init__(
        self,
        n_components=None,
        *,
        max_components=None,
        categorical_features="from_dtype",
        covariance_type="full",
        flow="auto",
        n_layers="auto",
        hidden_layer_sizes="auto",
        activation="auto",
        init_params="auto",
        weights_init=None,
        means_init=None,
        precisions_init=None,
        n_init=1,
        n_estimators="auto",
        max_iter="auto",
        subsample=100_000,
        batch_size="auto",
        learning_rate_init="auto",
        weight_decay=1e-3,
        reg_covar=1e-6,
        defensive_weight=0.01,
        tol=1e-4,
        early_stopping=True,
        validation_fraction=0.1,
        n_iter_no_change="auto",
        class_prior=None,
        bounds=None,
        warm_start=False,
        random_state=None,
        device="auto",
        verbose=0,
        verbose_interval=10,
    ) -> None:
        self.n_components = n_components
        self.max_components = max_components
        self.categorical_features = categorical_features
        self.covariance_type = covariance_type
        self.flow = flow
        self.n_layers = n_layers
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.init_params = init_params
        self.weights_init = weights_init
        self.means_init = means_init
        self.precisions_init = precisions_init
        self.n_init = n_init
        self.n_estimators = n_estimators
        self.max_iter = max_iter
        self.subsample = subsample
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.weight_decay = weight_decay
        self.reg_covar = reg_covar
        self.defensive_weight = defensive_weight
        self.tol = tol
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.class_prior = class_prior
        self.bounds = bounds
        self.warm_start = warm_start
        self.random_state = random_state
        self.device = device
        self.verbose = verbose
        self.verbose_interval = verbose_interval

    # Fitting.

    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Fit the mixture to all rows, and to the labels of those that have one.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows: numbers, of which NaN are missing at random, and categories, see
            ``categorical_features``.
        y : array-like of shape (n_samples,) or (n_samples, 1), default=None
            Labels: strings, whole numbers or bools. A missing label is an unlabelled row. Missing
            are -1 as a number, None, NaN, NaT and pandas' NA; the string "-1" is an error, as it
            may be a class. ``classes_`` has the type of the labels: whole numbers among floats,
            as pandas makes of ints beside missing ones, stay floats, which equal the ints. None
            when no row has a label.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows. A row of weight zero counts as absent, one of weight 2 as two.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If X holds infinity or a column without any value, or if y, the weights or a parameter
            cannot be used; the message says which.

        Warns
        -----
        UserWarning
            If y looks like two classes that are called -1 and 1, of which 1 is the only one. If
            two groupings are as good as each other by the selection score and say different
            things, see ``init_params``. If columns hold few distinct values for so many rows, or
            one value in more than half of them. Their densities have no bound, so noise as wide
            as the steps between values is added to them while fitting.
        ConvergenceWarning
            If the loss is not finite with smaller steps either, or components are left empty.
        """
        together = current()
        with together.joined():
            return self._fit(X, y, sample_weight, together)

    def _fit(
        self,
        X: ArrayLike,
        y: ArrayLike | None,
        sample_weight: ArrayLike | None,
        together: Collective,
    ) -> Self:
        """Fit to the rows of all processes, those given being of this one."""
        previous = self._fitted if self.warm_start and self.__sklearn_is_fitted__() else None
        check_same_parameters(self, previous is not None, together)
        if previous is not None:
            previous = together.from_first(lambda: previous)
        known = None if previous is None else previous.classes
        with scikit_learn_turn:
            data = checked_observations(
                self, X, y, sample_weight, self._n_components_wanted(), known, together
            )
        design = self._design()
        if previous is not None:
            check_continues(previous, data, self._n_components_wanted(), design)
        random_state = check_random_state(self.random_state)
        monitor = CallbackMonitor(self, data.X, y)
        n_rows = together.added(len(data.X))
        with reporting(monitor, self, n_rows, together.rank == 0) as told:
            fitted = fit_mixture(
                data,
                self._family,
                self._options(design, data, self._start(data, random_state)),
                previous,
                together.agreed(lambda: checked_device(self.device)),
                random_state,
                told,
            )
        self._fitted = fitted
        if not data.n_classes:  # else spare ones may stay empty
            taken = together.gather(np.flatnonzero(np.bincount(np.asarray(fitted.labels))))
            _warn_of_empty(np.delete(fitted.classes, taken))
        return self

    def fit_predict(
        self,
        X: ArrayLike,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> np.ndarray:
        """Fit to X and return the component of every row; see `fit`.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,) or (n_samples, 1), default=None
            Labels, some of which may be missing.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            What `predict` returns for X.
        """
        return self.fit(X, y, sample_weight=sample_weight).labels_

    def _validate_params(self) -> None:
        """Check parameters as scikit-learn does, those of all processes that fit together."""
        together = current()
        with together.joined():
            together.agreed(super()._validate_params)

    def _n_components_wanted(self) -> int | None:
        if isinstance(self.n_components, Integral):
            return int(self.n_components)
        if not isinstance(self.init_params, str):
            return np.asarray(self.init_params).shape[-1]
        return count_given(given_gaussians(self)) if self.n_components is None else None

    def _sizes(self, data: Observations) -> tuple[int, ...]:
        """Numbers of components to choose among, if they are to be chosen."""
        if self.n_components != "auto" or not isinstance(self.init_params, str):
            return ()
        if self.max_components is not None:
            return tuple(range(1, self.max_components + 1))
        n_rows = data.together.added(int((data.weights > 0).sum()))
        return tuple(default_sizes(n_rows))

    def _design(self, **own: Any) -> Design:
        """The model that is asked for, by what only this estimator asks and by what all do."""
        return Design(
            flow=self.flow,
            n_layers=self.n_layers,
            hidden=checked_widths(self.hidden_layer_sizes),
            activation=self.activation,
            covariance_type=self.covariance_type,
            defensive_weight=float(self.defensive_weight),
            n_estimators=self.n_estimators,
            **own,
        )

    def _start(self, data: Observations, random_state: np.random.RandomState) -> str | np.ndarray:
        """Name of a start, or responsibilities ``(n, K)`` where the user says how to begin."""
        given = given_gaussians(self)
        if given:
            return responsibilities_of(given, data, self, random_state)
        if isinstance(self.init_params, str):
            return self.init_params
        return data.together.agreed(lambda: checked_responsibilities(self.init_params, data))

    def _options(self, design: Design, data: Observations, start: str | np.ndarray) -> Options:
        return Options(
            design,
            start,
            n_init=self.n_init,
            max_iter=self.max_iter,
            subsample=self.subsample,
            batch_size=self.batch_size,
            learning_rate_init=self.learning_rate_init,
            weight_decay=self.weight_decay,
            reg_covar=max(self.reg_covar, LEAST_REG_COVAR),
            tol=self.tol,
            early_stopping=self.early_stopping,
            validation_fraction=self.validation_fraction,
            n_iter_no_change=self.n_iter_no_change,
            class_prior=checked_class_prior(self.class_prior, data),
            sizes=self._sizes(data),
            bounds=data.together.agreed(lambda: checked_bounds(self.bounds, data)),
        )

    def __sklearn_tags__(self):
        """Labels are welcome but not needed, and values may be missing."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.target_tags.required = False
        return tags


def _warn_of_empty(empty: np.ndarray) -> None:
    if len(empty):
        warn(
            f"No row belongs to the components {empty.tolist()}: fewer n_components, more n_init "
            "or another init_params may suit these rows.",
            ConvergenceWarning,
        )
