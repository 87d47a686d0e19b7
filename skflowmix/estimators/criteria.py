"""Information criteria of a fitted mixture, by which models are compared on the same rows."""

import math

import numpy as np
import torch
from numpy.typing import ArrayLike
from scipy.special import log_softmax

from skflowmix.estimators.columns import FittedToColumns
from skflowmix.estimators.validation import usable_device
from skflowmix.fitted import Fitted


class InformationCriteria(FittedToColumns):
    """Criteria of a fitted mixture, of what its `score_samples` says."""

    _fitted: Fitted
    device: str

    def _asked(self, X: ArrayLike) -> tuple[Fitted, np.ndarray, torch.device]:
        """What the fit has found, rows like those of the fit, and where to score them."""
        rows = self._checked(X)
        return self._fitted, rows, usable_device(self.device)

    def bic(self, X: ArrayLike) -> float:
        """Compute the Bayesian information criterion on X; lower is better.

        What is counted are the numbers of the density that are free: without flows they are
        those of `sklearn.mixture.GaussianMixture`, and the start that stays in the model counts
        nothing. A network's numbers do not all matter, so this over-counts what a flow costs. To
        compare models, held-out `score` says more.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        bic : float
        """
        log_prob = self.score_samples(X)
        return float(-2 * log_prob.sum() + self._fitted.n_parameters * math.log(len(log_prob)))

    def aic(self, X: ArrayLike) -> float:
        """Compute the Akaike information criterion on X; lower is better, see `bic`.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        aic : float
        """
        return float(-2 * self.score_samples(X).sum() + 2 * self._fitted.n_parameters)

    def icl(self, X: ArrayLike) -> float:
        """Compute the integrated completed likelihood on X; lower is better.

        It is `bic` plus twice the entropy of the posteriors.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        icl : float

        References
        ----------
        Biernacki, Celeux and Govaert (2000), Assessing a mixture model for clustering with the
        integrated completed likelihood.
        """
        fitted, rows, device = self._asked(X)
        log_proba = log_softmax(fitted.joint_on_line(rows, device), axis=1)
        return self.bic(X) - 2 * float((np.exp(log_proba) * log_proba).sum())
