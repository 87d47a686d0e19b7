"""FlowGMM: which model it builds and what it is trained for."""

import torch
from torch import Generator, Tensor, nn

from skflowmix._base import Architecture, BaseFlowMixture, Rows, component_flow, defended
from skflowmix._validation import StrOptions
from skflowmix.mixtures import COVARIANCE_TYPES, FlowMixture, LatentMixture, m_step
from skflowmix.training import Objective


class FlowGMM(BaseFlowMixture):
    """One flow with a Gaussian mixture on its latent space."""

    _parameter_constraints: dict = {
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
        n_layers=6,
        hidden_layer_sizes=(32,),
        activation="tanh",
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
        n_iter_no_change=15,
        warm_start=False,
        random_state=None,
        device="auto",
    ):
        self.n_components = n_components
        self.covariance_type = covariance_type
        self.algorithm = algorithm
        self.flow = flow
        self.n_layers = n_layers
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.init_params = init_params
        self.n_init = n_init
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.weight_decay = weight_decay
        self.reg_covar = reg_covar
        self.defensive_weight = defensive_weight
        self.tol = tol
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.warm_start = warm_start
        self.random_state = random_state
        self.device = device

    def _build(self, n_starts: int, shape: Architecture, generator: Generator) -> nn.ModuleDict:
        base = FlowMixture(n_starts, shape.n_components, shape.n_features)
        mixture = LatentMixture(component_flow(n_starts, shape, generator), base)
        return nn.ModuleDict({"mixture": defended(mixture, n_starts, shape)})

    def _objective(self, model: nn.ModuleDict, rows: Rows, shape: Architecture) -> Objective:
        mixture = model["mixture"]

        def loss(index: Tensor, progress: float) -> Tensor:
            batch = rows.take(index)
            return -batch.mean(self._bound(model, batch))

        def closed_form() -> None:
            chunks = (
                (part.x, part.log_mask, part.weights)
                for part in rows.chunks(shape.chunk_rows(len(rows.start)))
            )
            m_step(mixture, chunks, shape.covariance_type, self.reg_covar)

        latent = getattr(mixture, "model", mixture)
        latent.base.requires_grad_(False)
        return Objective(loss, lambda: torch.zeros(1), closed_form)

    def _bound(self, model: nn.ModuleDict, rows: Rows) -> Tensor:
        return torch.logsumexp(model["mixture"].joint_log_prob(rows.x) + rows.log_mask, -1)

    def _latents(self, mixture: nn.Module, x: Tensor) -> Tensor:
        raise NotImplementedError

    def _decoded(self, mixture: nn.Module, z: Tensor) -> Tensor:
        raise NotImplementedError
