"""What an estimator answers and shows once it is fitted: views of the one value that `fit` sets.

Everything that depends on rows is a view of one quantity, log p(x, k).
"""

from typing import ClassVar, Literal, overload

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import metadata_routing
from sklearn.utils.validation import check_is_fitted

from skflowmix.data.labels import labelled_accuracy
from skflowmix.estimators.criteria import InformationCriteria
from skflowmix.estimators.sampling import Samples
from skflowmix.estimators.validation import (
    checked_columns,
    checked_component_numbers,
    checked_latents,
)
from skflowmix.fitted import Fitted
from skflowmix.scikit_learn_private import check_sample_weight


class FittedViews(InformationCriteria, Samples, ClassNamePrefixFeaturesOutMixin, TransformerMixin):
    """Public methods and attributes of a fitted mixture.

    It stands before scikit-learn's classifiers among the parents of an estimator, whose `score`
    needs labels.
    """

    __metadata_request__inverse_transform: ClassVar[dict[str, str]] = {
        "Z": metadata_routing.UNUSED  # which scikit-learn knows as X
    }

    _fitted: Fitted
    device: str

    # Attributes.

    @property
    def classes_(self) -> np.ndarray:
        """Names of the components, ``(n_components,)``."""
        return self._fitted.classes

    @property
    def n_components_(self) -> int:
        """Number of components, K."""
        return len(self._fitted.classes)

    @property
    def labels_(self) -> np.ndarray:
        """`predict` for the rows of `fit`, ``(n_samples,)``."""
        if self._fitted.labels is None:
            raise AttributeError
        return self._fitted.classes[self._fitted.labels]

    @property
    def weights_(self) -> np.ndarray:
        """Weights of the modes, their sum being 1."""
        return self._fitted.weights

    @property
    def trained_(self) -> bool:
        """Whether training moved the model from its start, and was kept."""
        return self._fitted.report.trained

    @property
    def n_iter_(self) -> int:
        """Epochs run, kept or not."""
        return self._fitted.report.n_iter

    @property
    def converged_(self) -> bool:
        """Whether training ended before ``max_iter``."""
        return self._fitted.report.converged

    @property
    def lower_bound_(self) -> float:
        """Mean bound of the training rows, in nats a row."""
        return self._fitted.report.lower_bound

    @property
    def validation_scores_(self) -> np.ndarray:
        """Score of the held-out rows after each epoch, in nats a row."""
        return self._fitted.report.validation_scores

    @property
    def start_score_(self) -> float:
        """Score of the held-out rows before the first epoch, in nats a row."""
        return self._fitted.report.start_score

    @property
    def start_(self) -> str:
        """Name of the start that was kept."""
        return self._fitted.report.start

    @property
    def starts_(self) -> dict[str, np.ndarray]:
        """How the starts were compared."""
        return self._fitted.report.starts

    @property
    def experts_(self) -> dict[str, np.ndarray]:
        """What decides among labelled classes, and how much each counts."""
        if self._fitted.report.experts is None:
            raise AttributeError
        return self._fitted.report.experts

    @property
    def class_prior_(self) -> np.ndarray:
        """Shares of the labelled classes."""
        if self._fitted.report.class_prior is None:
            raise AttributeError
        return self._fitted.report.class_prior

    @property
    def noise_widths_(self) -> np.ndarray:
        """Widths of the noise that columns of few values had while fitting, ``(d,)``."""
        if self._fitted.noise_widths is None:
            raise AttributeError
        return self._fitted.noise_widths

    @property
    def temperature_(self) -> float:
        """What `predict_proba` divides log p(x, k) by."""
        return self._fitted.calibration.temperature

    @property
    def smoothing_(self) -> float:
        """Share of the uniform distribution in `predict_proba`."""
        return self._fitted.calibration.smoothing

    @property
    def _n_features_out(self) -> int:
        return self._fitted.n_latents

    # The one quantity, and views of it.

    def _joint_log_prob(self, X: ArrayLike) -> np.ndarray:
        """Log p(x, k) in nats and in the units of X, ``(n, K)``."""
        fitted, rows, device = self._asked(X)
        return fitted.joint_log_prob(rows, device)

    @overload
    def score_samples(
        self, X: ArrayLike, *, mass: bool = False, return_std: Literal[False] = False
    ) -> np.ndarray: ...

    @overload
    def score_samples(
        self, X: ArrayLike, *, mass: bool = False, return_std: Literal[True]
    ) -> tuple[np.ndarray, np.ndarray]: ...

    def score_samples(
        self, X: ArrayLike, *, mass: bool = False, return_std: bool = False
    ) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        r"""Compute the log-density of each row, or the log-probability of its cell.

        Of a row with missing values it is that of the values that are there. Of a row with none it
        is 0.

        The density of a column of few values has no bound but what noise while fitting gives it,
        and says as much of this noise as of the column. The probability of a cell as wide as the
        noise, around the value of the row, says what can be compared: it has no units, and where
        values lie on a grid, the cells of all of them share a probability of 1. Two fits compare
        by it where their ``noise_widths_`` are the same, which need not be so between folds.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows; NaN is a missing value.
        mass : bool, default=False
            Whether to integrate the density over the cell of each row,
            :math:`\prod_j [x_j - w_j / 2, x_j + w_j / 2]`, with the widths :math:`w_j` in
            ``noise_widths_``. In continuous columns, whose width is 0, it stays a density.
        return_std : bool, default=False
            Whether to return how far the integral over what is missing may be off.

        Returns
        -------
        log_prob : ndarray of shape (n_samples,)
            log p(x) in nats, as a density in the units of X, or the log-probability of the cell.
        std : ndarray of shape (n_samples,)
            Standard error of log p(x), in nats; 0 of rows that are whole, and of Gaussian models.
            Only returned if ``return_std`` is True.

        Raises
        ------
        ValueError
            If masses are asked of an estimator that was saved before ``noise_widths_`` was kept.

        Warns
        -----
        UserWarning
            If what is missing from rows could not be integrated out well.

        Notes
        -----
        The integral is the size of the cell times the mean of p over 64 scrambled Sobol points,
        the same for all rows, so that it costs 64 times the density. For Gaussians as narrow as
        the noise it was off by .0005 nats a row (root of the mean square) in one column of few
        values, .008 in two, .13 in five and .5 in ten; where Gaussians are as wide as a cell, by
        .008 in five and .04 in ten. With twenty or more it is too low, by .6 nats in the mean
        with twenty narrow ones. Over grids of one and two columns, masses of flows summed to 1
        within .0003.

        Where values are missing and there are flows, the density is integrated by importance
        sampling: 64 draws of a Gaussian mixture like the model, evenly spread and the same for
        all rows with the same gaps, and up to 4,096 where few of them count.
        """
        fitted, rows, device = self._asked(X)
        if not return_std:
            return fitted.log_mass(rows, device) if mass else fitted.log_prob(rows, device)
        log_prob, errors = fitted.log_prob_with_errors(rows, device)
        return fitted.log_mass(rows, device) if mass else log_prob, errors

    def conditional_log_prob(self, X: ArrayLike, given: ArrayLike) -> np.ndarray:
        """Compute the log-density of some columns of each row, given the others.

        It is log p(a, b) - log p(b) of the columns b that are given and the others, a. Both may
        have missing values, which are integrated out.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        given : array-like of str, int or bool
            Names, numbers or mask of the columns that are given.

        Returns
        -------
        log_prob : ndarray of shape (n_samples,)
            log p(a given b) in nats, in the units of X.

        Raises
        ------
        ValueError
            If there is no such column, or all columns are given.
        """
        fitted, rows, device = self._asked(X)
        is_given = checked_columns(given, self._column_names)
        if is_given.all():
            raise ValueError("given must leave a column whose density is asked for.")
        return fitted.conditional_log_prob(rows, self._in_order(is_given), device)

    def predict_log_proba(self, X: ArrayLike) -> np.ndarray:
        """Compute the log-probability of each component for each row.

        Without labels it is that of the exact posterior of the density. Where labels have taught
        experts, these decide among the labelled classes (``experts_``), and the density between
        them and new groups. With labels and a start of your own it is the density's, calibrated
        on the labelled rows: see ``temperature_`` and ``smoothing_``.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        log_proba : ndarray of shape (n_samples, n_components)
            Columns in the order of ``classes_``.
        """
        fitted, rows, device = self._asked(X)
        return fitted.log_proba(rows, device)

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Compute the probability of each component for each row, see `predict_log_proba`.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_components)
            Columns in the order of ``classes_``; every row sums to 1.
        """
        return np.exp(self.predict_log_proba(X))

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Find the most probable component of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            Entries of ``classes_``; never the mark of unlabelled rows.
        """
        fitted, rows, device = self._asked(X)
        return fitted.classes[fitted.decisions(rows, device)]

    def score(
        self,
        X: ArrayLike,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> float:
        """Return the mean log-likelihood, or with labels the accuracy over the labelled rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,) or (n_samples, 1), default=None
            True labels; rows without one are left out, see `fit`.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        score : float
            Without y the mean of `score_samples` in nats. With y the accuracy, which is NaN if no
            row has a label: an average over folds must not mix the two.

        Raises
        ------
        ValueError
            If y or the weights cannot be used.

        Warns
        -----
        UserWarning
            If y is given and no row has a label.
        """
        fitted, rows, device = self._asked(X)
        weights = check_sample_weight(sample_weight, rows, ensure_non_negative=True)
        if y is None:
            return float(np.average(fitted.log_prob(rows, device), weights=weights))

        def predict(some: np.ndarray) -> np.ndarray:
            return fitted.classes[fitted.decisions(rows[some], device)]

        return labelled_accuracy(predict, y, weights)

    # Latents.

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Map each row to its latent position under its most probable component.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        Z : ndarray of shape (n_samples, n_features)
            Latents; see the class for what they look like. A frame after `set_output`, with the
            columns of `get_feature_names_out`.
        """
        fitted, rows, device = self._asked(X)
        return fitted.latents(rows, device)

    def inverse_transform(self, Z: ArrayLike, y: ArrayLike | None = None) -> np.ndarray:
        """Map latents back to the rows that have them.

        Latents are those of the numbers, so that categories do not come back: they are the most
        probable ones of the likeliest mode. Numbers do with `FlowGMM`, which has one latent space,
        and with a `VariationalFlowMixture` if ``y`` is given and its components have one mode
        each. Where they have several, as tables with categories may ask for, each mode has a
        latent space of its own, and latents do not say which one: another row may come back.

        Parameters
        ----------
        Z : array-like of shape (n_samples, n_features)
            Latents, as `transform` gave them.
        y : array-like of shape (n_samples,), default=None
            Component of each row, as `predict` gave it. Without it, every component proposes
            a row, and of those that belong to the component that proposed them the most
            probable is taken.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features)
            Rows; an array whatever `set_output` says, which in scikit-learn is of `transform`.

        Raises
        ------
        ValueError
            If Z has another width than latents have, or y another length than Z, or names
            something that is not in ``classes_``.
        """
        check_is_fitted(self)
        latents = checked_latents(Z, self._fitted.n_latents)
        components = None
        if y is not None:
            components = checked_component_numbers(y, self._fitted.classes, len(latents))
        return self._tabled(self._fitted.decoded(latents, components))
