"""VariationalFlowMixture: which model it builds and what it is trained for."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Generator, Tensor

from skflowmix._architecture import Architecture, Model
from skflowmix._base import BaseFlowMixture
from skflowmix._rows import Rows
from skflowmix.mixtures import FlowMixture, Mixture, PosteriorNetwork, undefended
from skflowmix.training import Objective

HOTTEST, COOLED_AT = 1.2, 0.5
"""Temperature of the posteriors at the beginning, and when in the training it is down to 1."""


class VariationalFlowMixture(BaseFlowMixture):
    """K flows as components and a variational posterior."""

    def __init__(
        self,
        n_components=None,
        *,
        flow="affine",
        n_layers=6,
        hidden_layer_sizes=(32,),
        activation="tanh",
        init_params="auto",
        n_init=1,
        max_iter=100,
        batch_size="auto",
        learning_rate_init=1e-2,
        weight_decay=1e-3,
        reg_covar=1e-6,
        defensive_weight=0.01,
        tol=1e-4,
        early_stopping=True,
        validation_fraction=0.1,
        n_iter_no_change=25,
        warm_start=False,
        random_state=None,
        device="auto",
    ):
        super().__init__(
            n_components,
            flow=flow,
            n_layers=n_layers,
            hidden_layer_sizes=hidden_layer_sizes,
            activation=activation,
            init_params=init_params,
            n_init=n_init,
            max_iter=max_iter,
            batch_size=batch_size,
            learning_rate_init=learning_rate_init,
            weight_decay=weight_decay,
            reg_covar=reg_covar,
            defensive_weight=defensive_weight,
            tol=tol,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            warm_start=warm_start,
            random_state=random_state,
            device=device,
        )

    def variational_posterior(self, X: ArrayLike) -> np.ndarray:
        """Compute the amortised posterior q(k given x), one pass through a small network.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_components)
            Columns in the order of ``classes_``; every row sums to 1. `predict_proba` is the
            exact posterior that it approximates.
        """
        return self._map_rows(self._checked(X), lambda model, x: model.posterior(x)[0].softmax(-1))

    def _build(self, n_starts: int, shape: Architecture, generator: Generator) -> Model:
        flow = shape.make_flow(n_starts * shape.n_components, generator)
        mixture = FlowMixture(n_starts, shape.n_components, shape.n_features, flow)
        posterior = PosteriorNetwork(
            n_starts,
            shape.n_features,
            shape.n_components,
            shape.hidden,
            shape.activation,
            generator,
        )
        return Model(shape.defend(mixture, n_starts), posterior)

    def _objective(self, model: Model, rows: Rows, score: Callable[[], Tensor]) -> Objective:
        def loss(index: Tensor, progress: float) -> Tensor:
            batch = rows.take(index)
            joint = model.mixture.joint_log_prob(batch.x)
            logits = model.posterior(batch.x)
            lead = 1 - progress
            early = _taught(joint, logits, batch.log_prior(lead), _temperature(progress))
            late = _elbo(joint, logits, batch.log_mask) + _told(logits, batch.log_mask)
            return -batch.mean(lead * early + progress * late)

        return Objective(model.mixture, loss, score)

    def _bound(self, model: Model, rows: Rows) -> Tensor:
        joint = model.mixture.joint_log_prob(rows.x)
        return _elbo(joint, model.posterior(rows.x), rows.log_mask)

    def _latents(self, mixture: Mixture, x: Tensor) -> Tensor:
        z, _ = undefended(mixture).latents(x)  # (1, K, n, d)
        return z[0].movedim(0, 1)

    def _decoded(self, mixture: Mixture, z: Tensor) -> Tensor:
        return (
            undefended(mixture).decode(z.expand(self._shape.n_components, *z.shape)).movedim(0, 1)
        )


def _temperature(progress: float) -> float:
    """Falls from the hottest to its floor of 1, where posteriors are what they are."""
    return max(1.0, HOTTEST ** (1 - progress / COOLED_AT))


def _taught(joint: Tensor, logits: Tensor, log_prior: Tensor, temperature: float) -> Tensor:
    """Log-likelihood under a prior, and q learning the exact posterior, ``(R, n)``.

    A temperature above 1 lets every component see rows of the others, so that none starves.
    """
    tempered = (joint + log_prior) / temperature
    exact = tempered.softmax(-1).detach()
    log_likelihood = temperature * tempered.logsumexp(-1)
    return log_likelihood + (exact * logits.log_softmax(-1)).sum(-1)


def _elbo(joint: Tensor, logits: Tensor, log_mask: Tensor) -> Tensor:
    """The evidence lower bound, summed over the components, ``(R, n)``."""
    log_q = (logits + log_mask).log_softmax(-1)
    return (log_q.exp() * (joint - log_q)).sum(-1)


def _told(logits: Tensor, log_mask: Tensor) -> Tensor:
    """Log-probability that q gives to the components a label allows; 0 without a label."""
    return torch.logsumexp(logits.log_softmax(-1) + log_mask, -1)
