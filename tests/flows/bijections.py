"""Every bijection by name, and the states in which the laws look at them."""

import torch
from hypothesis import strategies as st
from torch import Generator, Tensor

from skflowmix.flows import (
    ACTIVATIONS,
    LAYERS,
    Affine,
    AffineTransformer,
    Autoregressive,
    Chain,
    Coupling,
    Linear,
    Permutation,
    Reordering,
    SinhArcsinh,
    SplineTransformer,
    Stretch,
    make_flow,
    reordered,
)

HIDDEN = (8,)


def _permutation(n_stack, n_features, generator):
    return Permutation(torch.randperm(n_features, generator=generator))


def _orders(n_stack, n_features, generator):
    return torch.rand(n_stack, n_features, generator=generator).argsort()


def _reordering(n_stack, n_features, generator):
    return Reordering(_orders(n_stack, n_features, generator))


def _reordered_flow(n_stack, n_features, generator):
    flow = make_flow("autoregressive", n_stack, n_features, 2, HIDDEN, "tanh", generator)
    return reordered(flow, _orders(n_stack, n_features, generator))


def _stretch(n_stack, n_features, generator):
    root = torch.randn(n_features, n_features, generator=generator)
    return Stretch(torch.eye(n_features) + root @ root.T / n_features)


def _layer(kind, transformer, activation="tanh", hidden=HIDDEN):
    return lambda n_stack, n_features, generator: kind(
        transformer, n_stack, n_features, hidden, activation, generator
    )


def _chain(n_stack, n_features, generator):
    return Chain(
        Affine(n_stack, n_features),
        _permutation(n_stack, n_features, generator),
        SinhArcsinh(n_stack, n_features),
    )


def _flow(kind, n_layers):
    return lambda n_stack, n_features, generator: make_flow(
        kind, n_stack, n_features, n_layers, HIDDEN, "tanh", generator
    )


AFFINE_COUPLINGS = {
    **{f"coupling {name}": _layer(Coupling, AffineTransformer(), name) for name in ACTIVATIONS},
    "deep coupling": _layer(Coupling, AffineTransformer(), hidden=(4, 6)),
    "linear coupling": _layer(Coupling, AffineTransformer(), hidden=()),
}
SPLINE_COUPLINGS = {
    f"spline coupling of {k} bins": _layer(Coupling, SplineTransformer(k)) for k in (2, 8)
}
COUPLINGS = {**AFFINE_COUPLINGS, **SPLINE_COUPLINGS}
AUTOREGRESSIVE = {
    "autoregressive": _layer(Autoregressive, AffineTransformer()),
    "deep autoregressive": _layer(Autoregressive, AffineTransformer(), hidden=(4, 6)),
    "linear autoregressive": _layer(Autoregressive, AffineTransformer(), hidden=()),
    "autoregressive spline": _layer(Autoregressive, SplineTransformer()),
}
CONDITIONAL = {**COUPLINGS, **AUTOREGRESSIVE}
"""``(n_stack, n_features, generator) -> Bijection`` for two features or more."""

BIJECTIONS = {
    "affine": lambda n_stack, n_features, generator: Affine(n_stack, n_features),
    "linear": lambda n_stack, n_features, generator: Linear(n_stack, n_features),
    "permutation": _permutation,
    "reordering": _reordering,
    "reordered flow": _reordered_flow,
    "stretch": _stretch,
    "sinh-arcsinh": lambda n_stack, n_features, generator: SinhArcsinh(n_stack, n_features),
    "empty chain": lambda n_stack, n_features, generator: Chain(),
    "chain": _chain,
    **{f"flow of 3 {kind}": _flow(kind, 3) for kind in LAYERS},
    **CONDITIONAL,
}
"""``(n_stack, n_features, generator) -> Bijection``."""

generators = st.integers(0, 2**31 - 1).map(lambda seed: Generator().manual_seed(seed))
spreads = st.floats(0.05, 0.4)
"""How far parameters are from where they began."""
scales = st.floats(-2, 1).map(lambda power: 10.0**power)
"""Sizes of the data."""


def shapes(name):
    """Shapes ``(S, n, d)`` of data that a bijection takes."""
    n_features = st.sampled_from([2, 3, 5] if name in CONDITIONAL else [1, 2, 3, 5])
    return st.tuples(st.integers(1, 3), st.integers(1, 4), n_features)


def built(bijection, shape, spread, generator):
    """Leave a bijection as its constructor made it."""


def trainable(module):
    """Return the parameters that training moves."""
    return [parameter for parameter in module.parameters() if parameter.requires_grad]


@torch.no_grad()
def stirred(bijection, shape, spread, generator):
    """Add noise to every number that may be trained, those that must not matter included."""
    for parameter in trainable(bijection):
        noise = torch.randn(parameter.shape, generator=generator, dtype=parameter.dtype)
        parameter.add_(spread * noise)


def trained(bijection, shape, spread, generator):
    """Take a few steps of AdamW from a stirred state."""
    stirred(bijection, shape, spread, generator)
    parameters = trainable(bijection)
    if not parameters:
        return
    optimizer = torch.optim.AdamW(parameters, lr=spread / 10)
    for _ in range(3):
        optimizer.zero_grad()
        negative_log_likelihood(bijection, normal(shape, generator)).backward()
        optimizer.step()


STATES = {"built": built, "stirred": stirred, "trained": trained}
"""What has happened to a bijection before a law looks at it."""


def prepared(name, state, shape, spread, generator):
    """Make a bijection in float64 and bring it into a state."""
    bijection = BIJECTIONS[name](shape[0], shape[-1], generator).double()
    STATES[state](bijection, shape, spread, generator)
    return bijection


def normal(shape, generator, scale=1.0) -> Tensor:
    """Draw normal numbers in float64."""
    return scale * torch.randn(shape, generator=generator, dtype=torch.float64)


def negative_log_likelihood(bijection, x):
    """Mean under a standard normal behind the bijection, less a constant."""
    z, log_det = bijection(x)
    return (0.5 * z.square().sum(-1) - log_det).mean()


def alone(make, module, element):
    """Make a stack of one with the parameters of one element of a larger stack.

    ``make(n_stack)`` makes such modules; all their parameters have the stack in front.
    """
    stacked = {name for name, _ in module.named_parameters()}
    floats = (v for v in module.state_dict().values() if v.is_floating_point())
    one = make(1).to(next(floats, torch.zeros(0)).dtype)
    own = {name: len(value) for name, value in one.named_parameters()}
    state = {
        name: value[element * own[name] : (element + 1) * own[name]] if name in stacked else value
        for name, value in module.state_dict().items()
    }
    one.load_state_dict(state)
    return one
