"""Stacks that pass in parts, each small enough for the cache. Uses torch only."""

from collections.abc import Iterable

from torch import Tensor


def at_once(most: int, each: int, of: Tensor) -> int:
    """How many entries of a tensor's first axis, ``each`` of so many numbers, to take at once.

    On a CPU they hold ``most`` numbers in all; elsewhere all of them pass.
    """
    if of.device.type != "cpu":
        return len(of)
    return max(most // max(each, 1), 1)


def blocks(size: int, *tensors: Tensor) -> Iterable[tuple[Tensor, ...]]:
    """Split tensors along their first axis."""
    if len(tensors[0]) <= size:
        return [tensors]
    return zip(*(tensor.split(size) for tensor in tensors), strict=True)
