"""What a model is made of: as it is asked for, and as it is built. Plain data."""

from dataclasses import dataclass, fields, replace
from typing import Any

import torch
from torch import Generator, Tensor

from skflowmix.flows import AUTOREGRESSIVE, Chain, make_flow, reordered, widest

CHUNK_NUMBERS = 2**21
"""Numbers that one layer may hold while rows pass through a model chunk by chunk: sixteen
megabytes in double precision."""
MAX_SPLINE_FEATURES = 100
"""Columns up to which splines are the default for densities; with more they take too long."""
AUTO = "auto"
"""What stands in the place of a parameter that the data decide."""


@dataclass(frozen=True)
class FlowDefaults:
    """What parameters mean by ``"auto"``, for one kind of flow."""

    n_layers: int
    hidden: tuple[int, ...]
    activation: str
    learning_rate: float


AUTOREGRESSIVE_DEFAULTS = FlowDefaults(3, (64, 64), "silu", 1e-2)
"""Of autoregressive flows, whose layers bend more than couplings do, so that fewer suffice. Set on
the seven tables of ``benchmarks/density``."""


@dataclass(frozen=True)
class Architecture:
    """All that is needed to build a model again, except for its parameters."""

    n_components: int
    n_modes: int
    n_features: int
    flow: str
    n_layers: int
    hidden: tuple[int, ...]
    activation: str
    covariance_type: str
    defensive_weight: float
    n_estimators: int = 1
    n_levels: tuple[int, ...] = ()
    """Of the categories beside the features, which are numbers."""

    @property
    def of_numbers(self) -> "Architecture":
        """What the modes are as components of a mixture of the numbers alone."""
        n_components = self.n_components * self.n_modes
        return replace(self, n_components=n_components, n_modes=1, n_levels=())

    @property
    def is_single_gaussian(self) -> bool:
        """Whether there is nothing to train: one Gaussian is what its start is."""
        return self.n_layers == 0 and self.n_components * self.n_modes == 1

    @property
    def width(self) -> int:
        """Most numbers that one row fills in one layer of all components."""
        n_modes = self.n_components * self.n_modes
        return n_modes * max(widest(self.flow, self.n_features, self.hidden), sum(self.n_levels))

    def chunk_rows(self, n_starts: int = 1) -> int:
        """Return how many rows may pass at once within `CHUNK_NUMBERS`."""
        return max(CHUNK_NUMBERS // (n_starts * self.width), 16)

    def make_flow(self, n_starts: int, generator: Generator, n_each: int = 1) -> Chain:
        """Make a stack of ``n_each`` flows for every start, the identity to begin with.

        Where several are to be averaged, each start sees the columns in an order of its own.
        """
        flow = make_flow(
            self.flow,
            n_starts * n_each,
            self.n_features,
            self.n_layers,
            self.hidden,
            self.activation,
            generator,
        )
        if self.n_estimators == 1 or self.n_features == 1:
            return flow
        orders = column_orders(n_starts, self.n_features, generator)
        return reordered(flow, orders.repeat_interleave(n_each, 0))


@dataclass(frozen=True)
class Design:
    """A model as it is asked for, where ``"auto"`` leaves a part to the data.

    The fields are those of `Architecture` that a user may choose.
    """

    flow: str = AUTO
    n_layers: int | str = AUTO
    hidden: tuple[int, ...] | str = AUTO
    activation: str = AUTO
    defensive_weight: float = 0.01
    covariance_type: str = "full"
    n_modes: int | str = 1
    n_estimators: int | str = 1

    def resolved(
        self,
        coupling_defaults: FlowDefaults,
        n_features: int,
        n_components: int,
        n_modes: int,
        n_estimators: int,
        has_groups: bool,
        n_levels: tuple[int, ...] = (),
    ) -> Architecture:
        """Decide what is left open: ``coupling_defaults`` says how, for flows of couplings.

        Layers that bend the most are taken where a density is all there is to find.
        """
        flow = unless_auto(self.flow, _kind_of_flow(n_features, has_groups))
        defaults = flow_defaults(flow, coupling_defaults)
        return Architecture(
            n_components,
            unless_auto(self.n_modes, n_modes),
            n_features,
            flow,
            unless_auto(self.n_layers, defaults.n_layers),
            unless_auto(self.hidden, defaults.hidden),
            unless_auto(self.activation, defaults.activation),
            self.covariance_type,
            self.defensive_weight,
            unless_auto(self.n_estimators, n_estimators),
            n_levels,
        )

    def disagreements(self, architecture: Architecture) -> list[str]:
        """Names of what is asked for and is otherwise in an architecture."""
        return [
            field.name
            for field in fields(self)
            if getattr(self, field.name) not in (AUTO, getattr(architecture, field.name))
        ]


def flow_defaults(flow: str, coupling_defaults: FlowDefaults) -> FlowDefaults:
    """Return the defaults of a kind of flow."""
    return AUTOREGRESSIVE_DEFAULTS if flow in AUTOREGRESSIVE else coupling_defaults


def unless_auto(value: Any, default: Any) -> Any:
    """Return a parameter as the user gave it, or what it is where it is left to us."""
    return default if isinstance(value, str) and value == AUTO else value


def column_orders(n_orders: int, n_features: int, generator: Generator) -> Tensor:
    """Draw orders of the columns ``(n_orders, d)``, the first of which is the columns' own."""
    drawn = [torch.randperm(n_features, generator=generator) for _ in range(n_orders - 1)]
    return torch.stack([torch.arange(n_features), *drawn])


def _kind_of_flow(n_features: int, has_groups: bool) -> str:
    is_apt = 1 < n_features <= MAX_SPLINE_FEATURES and not has_groups
    return "autoregressive_spline" if is_apt else "affine"
