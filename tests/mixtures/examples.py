"""Every mixture by name, moved away from where it began, and rows for them."""

import torch
from hypothesis import strategies as st
from sklearn.mixture import _gaussian_mixture
from torch import Generator

from skflowmix.flows import Stretch, make_flow
from skflowmix.mixtures import (
    SCALES,
    AverageMixture,
    DefensiveMixture,
    FlowMixture,
    Guard,
    LatentMixture,
)
from tests.flows.bijections import normal, stirred

FLOOR = 0.02
scikit_learn_gaussians = _gaussian_mixture._estimate_gaussian_parameters
"""Counts, means and covariances of rows and responsibilities; private in scikit-learn."""


def _flow(n_stack, n_features, generator):
    return make_flow("affine", n_stack, n_features, 3, (8,), "tanh", generator)


def gaussian_mixture(n_starts, n_components, n_features, generator):
    return FlowMixture(n_starts, n_components, n_features)


def guard(n_starts, n_components, n_features, generator):
    return Guard(n_starts, n_components, n_features)


def flow_mixture(n_starts, n_components, n_features, generator):
    flow = _flow(n_starts * n_components, n_features, generator)
    return FlowMixture(n_starts, n_components, n_features, flow)


def latent_mixture(n_starts, n_components, n_features, generator):
    base = gaussian_mixture(n_starts, n_components, n_features, generator)
    return LatentMixture(_flow(n_starts, n_features, generator), base)


def stretched_mixture(n_starts, n_components, n_features, generator):
    base = gaussian_mixture(n_starts, n_components, n_features, generator)
    root = torch.randn(n_features, n_features, generator=generator)
    stretch = Stretch(torch.eye(n_features) + root @ root.T / n_features)
    flow = _flow(n_starts, n_features, generator)
    return LatentMixture(flow, base, stretch=stretch)


def latent_mixture_of_modes(n_starts, n_components, n_features, generator):
    base = FlowMixture(n_starts, n_components, n_features, n_modes=2)
    return LatentMixture(_flow(n_starts, n_features, generator), base)


def _defended(make, n_modes=1):
    def make_defended(n_starts, n_components, n_features, generator):
        guard = Guard(n_starts, n_components, n_features, n_modes=n_modes)
        return DefensiveMixture(make(n_starts, n_components, n_features, generator), guard, FLOOR)

    return make_defended


MIXTURES = {
    "Gaussian": gaussian_mixture,
    "guard": guard,
    "flow": flow_mixture,
    "latent": latent_mixture,
    "latent, stretched": stretched_mixture,
    "latent, two modes": latent_mixture_of_modes,
    "defended Gaussian": _defended(gaussian_mixture),
    "defended flow": _defended(flow_mixture),
    "defended latent": _defended(latent_mixture),
    "defended latent, stretched": _defended(stretched_mixture),
    "defended latent, two modes": _defended(latent_mixture_of_modes, n_modes=2),
}
"""``(n_starts, n_components, n_features, generator) -> Mixture``."""
generators = st.integers(0, 2**31 - 1).map(lambda seed: Generator().manual_seed(seed))
sizes = st.tuples(st.integers(1, 3), st.integers(1, 3), st.sampled_from([1, 2, 3]))
"""R, K and d."""


def random_gaussians(n_starts, n_components, n_features, generator):
    """Weights, means and covariances of R Gaussian mixtures."""
    weights = normal((n_starts, n_components), generator).softmax(-1)
    means = normal((n_starts, n_components, n_features), generator, 2)
    root = normal((n_starts, n_components, n_features, 2 * n_features), generator)
    return weights, means, root @ root.mT / n_features


def random_responsibilities(n_starts, n_rows, n_components, generator):
    """Responsibilities ``(R, n, K)``."""
    return normal((n_starts, n_rows, n_components), generator, 2).softmax(-1)


def moved(name, size, generator, spread=0.25):
    """Make a mixture in float64, set it to Gaussians and add noise to what training moves."""
    mixture = MIXTURES[name](*size, generator).double()
    n_starts, n_modes = mixture.log_weights.shape
    mixture.set_gaussians(*random_gaussians(n_starts, n_modes, size[-1], generator))
    stirred(mixture, None, spread, generator)
    for module in mixture.modules():
        if isinstance(module, Guard):
            module.set_scale_weights(random_scale_weights(generator))
    return mixture


def random_scale_weights(generator):
    """Weights ``(S,)`` of a guard's scales; tails further than a grid reaches have none."""
    near = normal((2,), generator).softmax(-1)
    return torch.cat([near, near.new_zeros(len(SCALES) - 2)])


SINGLE = [*MIXTURES, *(f"average of {name}" for name in MIXTURES)]
"""Every mixture by itself, and averages of them."""


def single(name, seed=0):
    """Make one mixture of three components in two dimensions, or the average of three."""
    kind, generator = name.removeprefix("average of "), Generator().manual_seed(seed)
    if kind == name:
        return moved(name, (1, 3, 2), generator)
    return AverageMixture(moved(kind, (3, 3, 2), generator))


def grid(mixture, n=301):
    """Rows ``(n * n, 2)`` around the first start, and the area that each stands for."""
    x, _ = mixture.sample(4000, Generator().manual_seed(0))
    margin = x.std(0)
    ends = torch.stack([x.amin(0) - margin, x.amax(0) + margin])
    axes = [torch.linspace(*ends[:, j], n, dtype=x.dtype) for j in range(2)]
    area = (axes[0][1] - axes[0][0]) * (axes[1][1] - axes[1][0])
    return torch.cartesian_prod(*axes), float(area)
