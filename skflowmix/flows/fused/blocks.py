"""Work in blocks, each small enough for the cache. Uses torch only."""

from collections.abc import Iterable

from torch import Tensor


def block_length(max_numbers: int, numbers_each: int, like: Tensor) -> int:
    """Return how many entries of the first axis of ``like`` make one block.

    On a CPU a block holds ``max_numbers`` at most, ``numbers_each`` an entry, and one entry at
    least; on any other device all entries are one block.
    """
    if like.device.type != "cpu":
        return len(like)
    return max(max_numbers // max(numbers_each, 1), 1)


def in_blocks(length: int, *tensors: Tensor) -> Iterable[tuple[Tensor, ...]]:
    """Split tensors along their first axis into blocks of ``length`` entries."""
    if len(tensors[0]) <= length:
        return [tensors]
    return zip(*(tensor.split(length) for tensor in tensors), strict=True)
