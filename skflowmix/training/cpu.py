"""How many threads a piece of work takes, and denormals. Uses torch and threadpoolctl only.

BLAS libraries count their threads for a whole process, not for each of its Python threads. So
whoever limits them must know who else does: the last to end puts back what the first has found.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from typing import Any

import torch
from threadpoolctl import ThreadpoolController

SMALL_WORK = 2**22
"""Numbers in one layer's output below which a second thread costs more than it gains: two threads
ran 8 times slower than one on two busy cores."""


class _Shared:
    """A setting of the process that several threads share, by counting who holds it."""

    def __init__(self, take: Callable[[], Any], put_back: Callable[[Any], object]) -> None:
        self._take, self._put_back = take, put_back
        self._lock = threading.Lock()
        self._n_holders = 0

    @contextmanager
    def held(self) -> Iterator[Any]:
        """Yield what the first holder has taken."""
        with self._lock:
            if not self._n_holders:
                self._taken = self._take()
            self._n_holders += 1
        try:
            yield self._taken
        finally:
            with self._lock:
                self._n_holders -= 1
                if not self._n_holders:
                    self._put_back(self._taken)


@cache
def _openmp_libraries() -> list[Any]:
    return _libraries().select(user_api="openmp").lib_controllers


@cache
def _libraries() -> ThreadpoolController:
    """The libraries that have threads; to look for them takes milliseconds."""
    return ThreadpoolController()


_blas_threads = _Shared(
    lambda: _libraries().select(user_api="blas").limit(limits=1),
    lambda limits: limits.restore_original_limits(),
)


@contextmanager
def _single_openmp_thread() -> Iterator[None]:
    """OpenMP, torch's own included, counts for each Python thread, so that nobody else sees it.

    `torch.set_num_threads` would also change what new threads begin with.
    """
    torch.get_num_threads()  # torch sets a Python thread up when it is first asked: before we do
    usual = [(library, library.get_num_threads()) for library in _openmp_libraries()]
    for library, _ in usual:
        library.set_num_threads(1)
    try:
        yield
    finally:
        for library, n_threads in usual:
            library.set_num_threads(n_threads)


def scoring_threads(work: int) -> Any:
    """Limit torch to one thread where ``work`` numbers are too few to share."""
    return _single_openmp_thread() if work < SMALL_WORK else nullcontext()


@contextmanager
def training_threads(work: int) -> Iterator[None]:
    """Limit all libraries to one thread where ``work`` numbers are too few to share.

    Denormals are flushed to zero meanwhile: they cost twice the time late in a training.
    """
    with flush_denormals(True), _single_threads() if work < SMALL_WORK else nullcontext():
        yield


@contextmanager
def _single_threads() -> Iterator[None]:
    with _single_openmp_thread(), _blas_threads.held():
        yield


@contextmanager
def flush_denormals(are_flushed: bool) -> Iterator[None]:
    """Have this thread take denormals for zero, or for what they are, meanwhile."""
    smallest = torch.tensor(1e-310, dtype=torch.float64)
    were_flushed = bool(smallest * 0.5 == 0)
    torch.set_flush_denormal(are_flushed)
    try:
        yield
    finally:
        torch.set_flush_denormal(were_flushed)
