"""Invertible maps on stacks: S flows side by side, applied as one.

Nothing here knows of mixtures, of training or of scikit-learn. Every tensor is ``(S, n, d)``:
S flows, n rows, d features. All parameters carry the same leading axis S, so that one
``baddbmm`` moves every flow at once.
"""

from skflowmix.flows.affine import Affine
from skflowmix.flows.autoregressive import Autoregressive
from skflowmix.flows.base import Bijection, Chain
from skflowmix.flows.coupling import Coupling
from skflowmix.flows.elementwise import SinhArcsinh
from skflowmix.flows.fused.couplings import CouplingChain
from skflowmix.flows.linear import Linear
from skflowmix.flows.networks import ACTIVATIONS, StackedMLP
from skflowmix.flows.permutation import Permutation
from skflowmix.flows.registry import AUTOREGRESSIVE, LAYERS, make_flow, widest
from skflowmix.flows.stretch import Stretch
from skflowmix.flows.transformers import AffineTransformer, SplineTransformer, Transformer

__all__ = [
    "ACTIVATIONS",
    "AUTOREGRESSIVE",
    "LAYERS",
    "Affine",
    "AffineTransformer",
    "Autoregressive",
    "Bijection",
    "Chain",
    "Coupling",
    "CouplingChain",
    "Linear",
    "Permutation",
    "SinhArcsinh",
    "SplineTransformer",
    "StackedMLP",
    "Stretch",
    "Transformer",
    "make_flow",
    "widest",
]
