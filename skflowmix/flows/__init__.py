"""Invertible maps on stacks: S flows side by side, applied as one.

Nothing here knows of mixtures, of training or of scikit-learn. Every tensor is ``(S, n, d)``:
S flows, n rows, d features. All parameters carry the same leading axis S, so that one
``baddbmm`` applies all flows at once.

Where things are
----------------
* `base`: what a bijection must provide, and the composition of several.
* `affine`, `linear`, `permutation`, `stretch`, `elementwise`: bijections without a network.
* `coupling`, `autoregressive`: bijections in which a network (`networks`) of some features gives
  the parameters of a transformer (`transformers`) of the others; `conditioned` is their base.
* `splines`, `fused`: what transformers and chains are computed by.
* `derived`: what is worked out of parameters, once they stay what they are.
* `parameters`: which parameters decay, and how many are free.
* `registry`: kinds of layers by name, and flows made of them.

How to add a bijection
----------------------
1. In a file of its own, subclass `Bijection`, with `forward` and `inverse`. Parameters have
   the stack as their leading axis; what the stack shares is a buffer. If some of the numbers in
   a parameter are never used, add a property ``n_free``; if its weights should decay, set
   ``decays = True`` (see `parameters`).
2. In ``tests/flows/bijections.py``, add an entry to ``BIJECTIONS``: every law holds it to its
   inverse, its Jacobian, finite gradients, rows and flows that do not affect each other, and its
   number of free parameters.
3. If other packages use it by name, export it here.

How to add a kind of layer
--------------------------
A kind of layer is what an estimator's parameter ``flow`` names. It begins as the identity.

1. Write the bijection as above; or, if a network is to give the parameters of another monotone
   map, only a `Transformer` in ``transformers.py``, which couplings and autoregressive layers take
   as they are; or, if other features are to be conditioned on, a `Conditioned`.
2. Add an entry to ``LAYERS`` in ``registry.py``. Without another line the estimators accept it,
   and the tests hold it to the laws of bijections and of flows: two layers transform every
   feature, and each bears on another.
3. Add a variant or two of unusual sizes to ``tests/flows/bijections.py``.
"""

from skflowmix.flows.affine import Affine
from skflowmix.flows.autoregressive import Autoregressive
from skflowmix.flows.base import Bijection, Chain
from skflowmix.flows.coupling import Coupling
from skflowmix.flows.derived import derived, freeze, thaw
from skflowmix.flows.elementwise import SinhArcsinh
from skflowmix.flows.fused.couplings import CouplingChain
from skflowmix.flows.linear import Linear
from skflowmix.flows.networks import ACTIVATIONS, StackedMLP, fold_weights
from skflowmix.flows.parameters import decaying_parameters, n_free_parameters
from skflowmix.flows.permutation import Permutation, Reordering
from skflowmix.flows.registry import (
    AUTOREGRESSIVE,
    LAYERS,
    LayerKind,
    make_flow,
    reordered,
    widest,
)
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
    "LayerKind",
    "Linear",
    "Permutation",
    "Reordering",
    "SinhArcsinh",
    "SplineTransformer",
    "StackedMLP",
    "Stretch",
    "Transformer",
    "decaying_parameters",
    "derived",
    "fold_weights",
    "freeze",
    "make_flow",
    "n_free_parameters",
    "reordered",
    "thaw",
    "widest",
]
