"""What is worked out of a module's parameters: always anew while they are trained, then once.

Uses torch only.
"""

import inspect
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar, overload

import torch
from torch import nn

Value = TypeVar("Value")


class derived(Generic[Value]):  # noqa: N801 - it stands where "property" would
    """A property of a module that depends on its parameters and buffers alone.

    `freeze` works it out for good; until then it is worked out at every use.

    Parameters
    ----------
    function : callable
        Returns the value, given the module.
    """

    def __init__(self, function: Callable[[Any], Value]) -> None:
        self.function = function
        self.__doc__ = function.__doc__

    @overload
    def __get__(self, module: None, owner: type) -> "derived[Value]": ...

    @overload
    def __get__(self, module: nn.Module, owner: type) -> Value: ...

    def __get__(self, module: nn.Module | None, owner: type) -> "derived[Value] | Value":
        return self if module is None else self.function(module)


@torch.no_grad()
def freeze(module: nn.Module) -> None:
    """Keep all that is derived in a module that is neither changed nor moved any more."""
    for layer, name in _derived_within(module):
        vars(layer)[name] = getattr(layer, name)  # found there first, as by cached_property


def thaw(module: nn.Module) -> None:
    """Have all be worked out anew, of a module whose parameters are to change after all."""
    for layer, name in _derived_within(module):
        vars(layer).pop(name, None)


def _derived_within(module: nn.Module) -> Iterator[tuple[nn.Module, str]]:
    """Yield each layer with the name of each quantity that is derived in it."""
    for layer in module.modules():
        for name, _ in inspect.getmembers_static(type(layer), _is_derived):
            yield layer, name


def _is_derived(member: object) -> bool:
    return isinstance(member, derived)
