"""Which parameters decay, and how many are free. Uses torch only.

Modules say so themselves, so that no one has to read the names of their parameters:

* A class with ``decays = True`` wants weight decay on all parameters of its instances.
* A module that keeps more numbers than are free, in a full matrix of which half is used for
  instance, has a property ``n_free``: how many of its own parameters, those of its submodules
  left out, are free in one map of the stack.
"""

from torch import nn


def decaying_parameters(module: nn.Module) -> list[nn.Parameter]:
    """Return the parameters that are subject to weight decay, each once, in the module's order."""
    decaying = (each for each in module.modules() if getattr(each, "decays", False))
    return list(dict.fromkeys(p for each in decaying for p in each.parameters()))


def n_free_parameters(module: nn.Module) -> int:
    """Count the numbers that are free to change in one of the S maps of a stack.

    Numbers that are cut off on every use do not count, such as the other half of a triangular
    matrix and masked weights, nor do buffers.
    """
    own = getattr(module, "n_free", None)
    if own is None:
        own = sum(p.shape[1:].numel() for p in module.parameters(recurse=False))
    return own + sum(n_free_parameters(child) for child in module.children())
