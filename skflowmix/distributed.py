"""Fits over several processes, each with a shard of the rows, on `torch.distributed`."""

import atexit
import os
import pickle
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import torch
import torch.distributed as dist
from torch import Tensor

from skflowmix.collective import ALONE, Collective, using

__all__ = ["shards"]

T = TypeVar("T")

MOST_ROWS = 20_000
"""Rows of all processes that each of them sees, to look for a start. By hand: as many as experts
look at, and more than are grouped."""
TORCHRUN = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
"""What torchrun tells a process that it starts."""


@contextmanager
def shards(group: Any = None, timeout: float = 1800.0) -> Iterator[None]:
    """Have each `fit` inside be one fit of all processes, X being the rows of this one.

    Every process runs the same lines, with an estimator of the same parameters and with rows of
    its own: a shard. The fit is that of all rows together, and each process ends with the same
    fitted estimator, bit by bit, but for ``labels_``, which are those of its shard. Shards may
    have any sizes, none of the rows included (as an array of shape ``(0, d)``), and labels that
    others have not. A fit outside of this context, or in another thread, is one of this process
    alone.

    Nothing else changes for the user, with these differences:

    * An array as ``init_params`` has the rows of the shard. ``subsample``, ``batch_size`` and
      ``max_components`` count the rows of all shards.
    * A start is looked for among 20,000 rows of all shards at most, in the first process. The
      others receive it.
    * ``warm_start`` goes on from the fit that the first process has.
    * ``random_state`` of the first process counts. The same rows in other shards are held out
      and drawn into batches differently, as with another ``random_state``.
    * Callbacks are called on each process. Training ends on all of them at the end of an epoch
      in which one of them was told to end or was interrupted. ``verbose`` speaks in the first
      process only. One process is enough to write a checkpoint; all go on from its file.

    Parameters
    ----------
    group : torch.distributed.ProcessGroup, optional
        Processes that take part, all of which enter the context; those of the default group
        without it. If there is no default group, and torchrun has started this process, a
        default group is made (of backend gloo), which stays until the process ends.
    timeout : float, default=1800
        Seconds to wait for another process. It must be longer than the first process looks for
        a start, and longer than any callback takes.

    Raises
    ------
    RuntimeError
        If there is neither a default group nor torchrun. Inside, by `fit`: if another process
        ended or failed, after which the context is of no more use. One that ends is noticed at
        once; one that hangs, or whose machine is cut off, after the timeout.
    ValueError
        By `fit`, on all processes: if the rows or parameters of one cannot be used, which the
        message names, or if columns or parameters of the processes differ.

    Notes
    -----
    Gradients are summed by the group that is given where it serves the device, such as by NCCL
    on GPUs, and all else by gloo. Each process trains with as many threads as torch has there:
    ``OMP_NUM_THREADS``, which torchrun sets to 1.

    A `sklearn.model_selection.GridSearchCV` inside has all processes do the same fits, but each
    scores the rows of its own shard. If they prefer different parameters, the last fit is an
    error on all: set ``refit=False``, and choose by the ``cv_results_`` of all processes. With
    ``n_jobs`` of 2 or more, the fits are of each process alone.

    Examples
    --------
    A file ``fit.py``, run by ``torchrun --nproc-per-node=2 fit.py``, or on two machines by
    ``torchrun --nnodes=2 --nproc-per-node=1 --rdzv-backend=c10d --rdzv-endpoint=HOST:29500
    fit.py``::

        import os
        import numpy as np
        from skflowmix import FlowGMM
        from skflowmix.distributed import shards

        X = np.load(f"rows_{os.environ['RANK']}.npy")
        with shards():
            mixture = FlowGMM(n_components=5, subsample=None, random_state=0).fit(X)
        if os.environ["RANK"] == "0":
            print(mixture.validation_scores_[-1])

    One process is a group too, and its fit is the usual one:

    >>> import tempfile
    >>> import numpy as np
    >>> import torch.distributed as dist
    >>> from skflowmix import FlowGMM
    >>> from skflowmix.distributed import shards
    >>> folder = tempfile.TemporaryDirectory()
    >>> dist.init_process_group("gloo", f"file://{folder.name}/meet", rank=0, world_size=1)
    >>> X = np.random.default_rng(0).normal(size=(100, 2))
    >>> with shards():
    ...     mixture = FlowGMM(n_components=2, max_iter=1, random_state=0).fit(X)
    >>> mixture.labels_.shape
    (100,)
    >>> dist.destroy_process_group()
    >>> folder.cleanup()
    """
    _ensure_default_group(timeout)
    if dist.get_rank(group) < 0:
        raise RuntimeError("shards() is entered by a process that is not of its group.")
    with using(ALONE if dist.get_world_size(group) == 1 else _shards_of(group, timeout)):
        yield


def _shards_of(group: Any, timeout: float) -> "Shards":
    """Return the processes of a group, which keep their connections from one context to the next.

    To close them and connect anew takes time, and fails where one connects before another closes.
    """
    world = dist.group.WORLD
    own = _known.setdefault(world, {})
    key = (None if group is world else group, timeout)
    if key not in own or own[key].is_broken:
        own[key] = Shards(*key)
    return own[key]


def _ensure_default_group(timeout: float) -> None:
    """Make a default group where torchrun has started this process and nobody has made one.

    It stays until the process ends: torchrun keeps the addresses of the first group, by which
    nobody could meet in a second one.
    """
    if not dist.is_available():
        raise RuntimeError("shards() needs a torch that was built with torch.distributed.")
    if dist.is_initialized():
        return
    if not all(name in os.environ for name in TORCHRUN):
        raise RuntimeError(
            "shards() needs several processes: start this program by torchrun, or call "
            "torch.distributed.init_process_group before."
        )
    dist.init_process_group("gloo", timeout=timedelta(seconds=timeout))
    atexit.register(_end_default_group)


def _end_default_group() -> None:
    if dist.is_initialized():
        dist.destroy_process_group()


_known: MutableMapping[Any, dict[tuple, "Shards"]] = WeakKeyDictionary()
"""By the default group, which nobody here may hold on to: it closes its connections, by which
others notice that a process has failed, when the last reference to it is gone."""


class ProcessLostError(RuntimeError):
    """Another process of a fit ended, failed, or did not answer in time."""


class Shards(Collective):
    """The processes of a group.

    They speak by a group of their own, which one that fails closes: the others notice at once.

    Parameters
    ----------
    group : ProcessGroup or None
        The user's.
    timeout : float
        In seconds.
    """

    most_rows = MOST_ROWS

    def __init__(self, group: Any, timeout: float) -> None:
        self.users, self.timeout = group, timedelta(seconds=timeout)
        self.rank, self.n_processes = dist.get_rank(group), dist.get_world_size(group)
        self._own: Any = None
        self.is_broken = False

    @contextmanager
    def joined(self) -> Iterator[None]:
        """Have a group of their own meanwhile, and close it on an error."""
        if self.is_broken:
            raise RuntimeError(
                "Another process was lost in an earlier fit: leave shards(), and enter it anew "
                "when all processes do."
            )
        with _losses_told():
            self._join()
        try:
            yield
        except BaseException as error:
            self.is_broken = isinstance(error, ProcessLostError)
            self.leave()
            raise

    def _join(self) -> None:
        if self._own is None:
            is_part = self.n_processes < dist.get_world_size()
            self._own = dist.new_group(
                dist.get_process_group_ranks(self.users or dist.group.WORLD),
                timeout=self.timeout,
                backend="gloo",
                use_local_synchronization=is_part,
            )

    def leave(self) -> None:
        """Close the group, if there is one."""
        if self._own is not None:
            own, self._own = self._own, None
            dist.destroy_process_group(own)

    def collected(self, value: T) -> list[T]:
        """Exchange pickled values."""
        values: list[Any] = [None] * self.n_processes
        with _losses_told():
            dist.all_gather_object(values, value, group=self._own)
        return values

    def from_first(self, function: Callable[[], T]) -> T:
        """Call the function in the first process, and send what it returns or raises."""
        told: list[Any] = [None, None]
        if self.rank == 0:
            try:
                told = [function(), None]
            except Exception as error:
                told = [None, _as_sent(error)]
        sent = [told]
        with _losses_told():
            dist.broadcast_object_list(sent, group=self._own, group_src=0)
        result, fault = told if self.rank == 0 else sent[0]
        if fault is not None:
            raise fault
        return result

    def sum(self, values: Tensor) -> Tensor:
        """Add up by the user's group if it is one for the device, else by the own one."""
        values = values.detach().contiguous().clone()
        with _losses_told():
            if values.is_cuda and dist.get_backend(self.users) == "nccl":
                dist.all_reduce(values, group=self.users)
                return values
            total = values.cpu()
            dist.all_reduce(total, group=self._own)
        return total.to(values.device)

    def mean(self, values: Tensor) -> Tensor:
        """Add up sums and numbers of rows at once, in double precision."""
        sums = values.sum(-1).cpu().double()
        number = sums.new_full((1,), values.shape[-1])
        total = self.sum(torch.cat([sums.flatten(), number]))
        return (total[:-1] / total[-1]).view(sums.shape).to(values)


def _as_sent(error: Exception) -> Exception:
    """Return an error, or its text where others could not read it."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__} in process 0: {error}")
    return error


@contextmanager
def _losses_told() -> Iterator[None]:
    """Say in words that a process was lost, where torch speaks of connections."""
    try:
        yield
    except RuntimeError as error:  # what torch raises of groups is a kind of it
        raise ProcessLostError(
            "Another process of this fit was lost: it ended, failed, or did not answer within "
            f"the timeout of shards(). Its own output says why. torch says: {error}"
        ) from error
