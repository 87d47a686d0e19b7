"""FlowGMM: which model it builds and what it is trained for."""

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Generator, Tensor

from skflowmix._architecture import Architecture, Model
from skflowmix._base import BaseFlowMixture
from skflowmix._rows import Rows
from skflowmix._validation import StrOptions
from skflowmix.mixtures import (
    COVARIANCE_TYPES,
    FlowMixture,
    LatentMixture,
    Mixture,
    m_step,
    tie_gradients,
    undefended,
)
from skflowmix.training import Objective


class FlowGMM(BaseFlowMixture):
    """One flow with a Gaussian mixture on its latent space."""

    _parameter_constraints: ClassVar[dict[str, list]] = {
        **BaseFlowMixture._parameter_constraints,
        "covariance_type": [StrOptions(set(COVARIANCE_TYPES))],
        "algorithm": [StrOptions({"em", "gradient"})],
    }

    def __init__(
        self,
        n_components=None,
        *,
        covariance_type="full",
        algorithm="em",
        flow="affine",
        n_layers=8,
        hidden_layer_sizes=(32,),
        activation="relu",
        init_params="auto",
        n_init=1,
        max_iter=100,
        batch_size="auto",
        learning_rate_init=5e-3,
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
        self.covariance_type = covariance_type
        self.algorithm = algorithm

    def _build(self, n_starts: int, shape: Architecture, generator: Generator) -> Model:
        base = FlowMixture(n_starts, shape.n_components, shape.n_features)
        mixture = LatentMixture(shape.make_flow(n_starts, generator), base)
        return Model(shape.defend(mixture, n_starts))

    def _objective(self, model: Model, rows: Rows, score: Callable[[], Tensor]) -> Objective:
        def loss(index: Tensor, progress: float) -> Tensor:
            batch = rows.take(index)
            return -batch.mean(self._bound(model, batch, 1 - progress))

        def closed_form(progress: float) -> None:
            chunks = (
                (part.x, part.log_prior(1 - progress), part.weights) for part in self._chunks(rows)
            )
            m_step(model.mixture, chunks, self._shape.covariance_type, self.reg_covar)

        base = _latent(model).base
        if self.algorithm == "gradient":
            tie_gradients(base, self._shape.covariance_type)
            return Objective(model, loss, score)
        base.requires_grad_(False)
        return Objective(model, loss, score, closed_form)

    def _bound(self, model: Model, rows: Rows, lead: float = 0.0) -> Tensor:
        """Log-likelihood under a prior that the start leads, ``(R, n)``."""
        joint = model.mixture.joint_log_prob(rows.x)
        return torch.logsumexp(joint + rows.log_prior(lead), -1)

    def _latents(self, mixture: Mixture, x: Tensor) -> Tensor:
        z, _ = undefended(mixture).latents(x)  # (1, n, d)
        return z.movedim(0, 1).expand(-1, self._shape.n_components, -1)

    def _decoded(self, mixture: Mixture, z: Tensor) -> Tensor:
        x = undefended(mixture).decode(z.unsqueeze(0))
        return x.movedim(0, 1).expand(-1, self._shape.n_components, -1)

    def _attributes(self, model: Model, winner: int) -> dict[str, Any]:
        _, means, covariances = _latent(model).base.gaussians()
        return {
            **super()._attributes(model, winner),
            "means_": means[winner].detach().double().cpu().numpy(),
            "covariances_": self._compact(covariances[winner].detach().double().cpu().numpy()),
        }

    def _compact(self, covariances: np.ndarray) -> np.ndarray:
        """Covariances in the shape that `GaussianMixture` gives its type."""
        variances = np.diagonal(covariances, axis1=1, axis2=2)
        shapes = {
            "full": covariances,
            "tied": covariances[0],
            "diag": variances,
            "spherical": variances[:, 0],
        }
        return shapes[self._shape.covariance_type]


def _latent(model: Model) -> LatentMixture:
    mixture = undefended(model.mixture)
    assert isinstance(mixture, LatentMixture)
    return mixture
