"""VariationalFlowMixture: which model it builds and what it is trained for."""

import math

import torch
from torch import Generator, Tensor, nn

from skflowmix._base import Architecture, BaseFlowMixture, Rows, component_flow, defended
from skflowmix.mixtures import FlowMixture, PosteriorNetwork
from skflowmix.training import Objective

FOLLOWING = 0.2
HOT = 2.0


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
        flow = component_flow(n_starts * shape.n_components, shape, generator)
        mixture = FlowMixture(n_starts, shape.n_components, shape.n_features, flow)
        posterior = PosteriorNetwork(
            n_starts,
            shape.n_features,
            shape.n_components,
            shape.hidden,
            shape.activation,
            generator,
        )
        return nn.ModuleDict(
            {"mixture": defended(mixture, n_starts, shape), "posterior": posterior}
        )

    def _objective(self, model: nn.ModuleDict, rows: Rows, shape: Architecture) -> Objective:
        def loss(index: Tensor, progress: float) -> Tensor:
            batch = rows.take(index)
            if progress < FOLLOWING:
                return -batch.mean(_followed(model, batch))
            temperature = max(1.0, HOT ** (2 * (FOLLOWING - progress) / FOLLOWING + 1))
            return -batch.mean(_elbo(model, batch, temperature))

        return Objective(loss, lambda: torch.zeros(1))

    def _bound(self, model: nn.ModuleDict, rows: Rows) -> Tensor:
        return _elbo(model, rows)

    def _latents(self, mixture: nn.Module, x: Tensor) -> Tensor:
        raise NotImplementedError

    def _decoded(self, mixture: nn.Module, z: Tensor) -> Tensor:
        raise NotImplementedError


def _elbo(model, rows: Rows, temperature: float = 1.0) -> Tensor:
    joint = model["mixture"].joint_log_prob(rows.x)
    logits = model["posterior"](rows.x) / temperature
    log_q = torch.log_softmax(logits + rows.log_mask, -1)
    bound = (log_q.exp() * (joint - log_q)).sum(-1)
    # cross-entropy of q where the label allows one component only
    labelled = (rows.log_mask < 0).any(-1)
    log_right = torch.logsumexp(torch.log_softmax(logits, -1) + rows.log_mask, -1)
    return bound + torch.where(labelled, log_right, 0.0)


def _followed(model, rows: Rows) -> Tensor:
    joint = model["mixture"].joint_log_prob(rows.x)
    log_q = torch.log_softmax(model["posterior"](rows.x), -1)
    return (rows.start * (joint + log_q)).sum(-1)
