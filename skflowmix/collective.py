"""What the processes of one fit tell each other; one process alone says nothing.

Code that sums over rows asks a `Collective` for the sum over all processes. `ALONE` is that of a
fit in one process, where each answer is what was asked with. So no other module knows whether
there are several. All processes ask the same in the same order.

Knows numpy and torch.
"""

import copy
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

T = TypeVar("T")


class Collective(ABC):
    """Processes that fit one model, each to rows of its own.

    Attributes
    ----------
    rank : int
        Number of this process, from 0 on.
    n_processes : int
    most_rows : float
        How many rows of all processes may be brought to each of them.
    """

    rank: int = 0
    n_processes: int = 1
    most_rows: float = math.inf

    @abstractmethod
    def joined(self) -> AbstractContextManager[None]:
        """Return a context in which processes may ask; who leaves it by an error ends all."""

    @abstractmethod
    def collected(self, value: T) -> list[T]:
        """Return the values of all processes, in the order of their numbers."""

    @abstractmethod
    def from_first(self, function: Callable[[], T]) -> T:
        """Return what the function returns in the first process; an error there is raised here."""

    @abstractmethod
    def sum(self, values: Tensor) -> Tensor:
        """Return the sum of tensors of one shape."""

    @abstractmethod
    def mean(self, values: Tensor) -> Tensor:
        """Return the mean over the last axis, which is the rows of all processes."""

    def agreed(self, function: Callable[[], T]) -> T:
        """Run a function on each process; an error on one is raised on all, with its number."""
        try:
            result, fault = function(), None
        except (TypeError, ValueError) as error:
            result, fault = None, error
        faults = self.collected(None if fault is None else str(fault))
        told = {rank: text for rank, text in enumerate(faults) if text is not None}
        at_fault = [f"process {rank}: {text}" for rank, text in told.items()]
        if at_fault:
            raise ValueError(f"What a process has cannot be used, {'; '.join(at_fault)}")
        return result  # type: ignore[return-value]

    def gather(self, array: np.ndarray) -> np.ndarray:
        """Return arrays ``(n, ...)`` of all processes one behind the other."""
        parts = self.collected(array)
        return np.concatenate([part for part in parts if len(part)] or parts[:1])

    def gather_rows(self, values: Tensor) -> Tensor:
        """Return tensors ``(..., n)`` of all processes one behind the other."""
        parts = self.collected(values.cpu())
        return torch.cat(parts, -1).to(values.device)

    def added(self, array: Any) -> Any:
        """Return the sum of numbers, or arrays of one shape, of all processes."""
        return sum(self.collected(array))

    def largest(self, array: Any) -> Any:
        """Return the largest of numbers, or arrays of one shape, of all processes."""
        return np.max(self.collected(array), axis=0)

    def any(self, truth: bool) -> bool:
        """Return whether anything is true on any process."""
        return bool(self.largest(bool(truth)))

    def share(self, amount: int, n_own: int) -> int:
        """Return how much of an amount this process has, as the numbers of rows are."""
        ends = np.cumsum([0, *self.collected(n_own)])
        if amount >= ends[-1]:
            return n_own
        begin, end = (round(amount * int(at) / int(ends[-1])) for at in ends[self.rank :][:2])
        return end - begin

    def begin_of(self, n_own: int) -> int:
        """Return how many rows the processes before this one have."""
        return sum(self.collected(n_own)[: self.rank])

    def own_state(self, random_state: np.random.RandomState) -> np.random.RandomState:
        """Return a source of chance for the rows of this process; the given one stays as it is."""
        seed = copy.deepcopy(random_state).randint(2**31 - 1)
        return np.random.RandomState([seed, self.rank])


class Alone(Collective):
    """One process, whose rows are all there are."""

    def joined(self) -> AbstractContextManager[None]:
        """There is nobody to join."""
        return nullcontext()

    def collected(self, value: T) -> list[T]:
        """Return the own value."""
        return [value]

    def from_first(self, function: Callable[[], T]) -> T:
        """Call the function."""
        return function()

    def agreed(self, function: Callable[[], T]) -> T:
        """Call the function."""
        return function()

    def sum(self, values: Tensor) -> Tensor:
        """Return the own values."""
        return values

    def mean(self, values: Tensor) -> Tensor:
        """Return the mean over the last axis."""
        return values.mean(-1)

    def gather(self, array: np.ndarray) -> np.ndarray:
        """Return the array itself."""
        return array

    def added(self, array: Any) -> Any:
        """Return the array itself."""
        return array

    def gather_rows(self, values: Tensor) -> Tensor:
        """Return the tensor itself."""
        return values

    def own_state(self, random_state: np.random.RandomState) -> np.random.RandomState:
        """Return the given source."""
        return random_state


ALONE = Alone()

_current: ContextVar[Collective] = ContextVar("skflowmix_collective", default=ALONE)


def current() -> Collective:
    """Return the processes that a fit which begins now is of."""
    return _current.get()


@contextmanager
def using(collective: Collective) -> Iterator[None]:
    """Have fits be of these processes meanwhile."""
    token = _current.set(collective)
    try:
        yield
    finally:
        _current.reset(token)


def unlike(values: Sequence[Any]) -> int | None:
    """Return the number of the first process whose value is not that of process 0, if any is."""
    return next((rank for rank, own in enumerate(values) if own != values[0]), None)


def refuse_shards(what: str) -> None:
    """Raise an error where something is to be fitted that several processes cannot fit."""
    if current() is not ALONE:
        raise NotImplementedError(
            f"{what} cannot be fitted over several processes: fit it outside of shards()."
        )
