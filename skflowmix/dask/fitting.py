"""A fit by the workers of a cluster that hold the rows, as the client sees it.

Knows distributed and scikit-learn, and of the estimator its `fit` and its parameters.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, TypeVar
from uuid import uuid4

import dask.array as da
import dask.dataframe as dd
from dask.utils import parse_bytes
from distributed import Client, Future, Lock, default_client, wait
from distributed.comm import get_address_host
from sklearn.base import clone

from skflowmix.dask.files import Storage, put_away, remove_files
from skflowmix.dask.partitions import NAMES, Partition, are_on_workers, partitions_on_workers
from skflowmix.dask.shard import Place, fit_shard, process_and_port, sizes

Estimator = TypeVar("Estimator")
Shards = dict[str, list[Partition]]
"""Partitions of each process that fits, by the address of its worker."""

PULSE = 1.0
"""Seconds between two looks at which workers are there."""
LAST_WORDS = 5.0
"""Seconds in which other workers may tell an error as well, which may be its cause."""


def fit(
    estimator: Estimator,
    X: da.Array | dd.DataFrame,
    y: da.Array | dd.Series | dd.DataFrame | None = None,
    sample_weight: da.Array | dd.Series | None = None,
    client: Client | None = None,
    *,
    timeout: float = 1800.0,
    in_memory: int | str = "64 MiB",
) -> Estimator:
    """Fit an estimator by the workers of a cluster, each to the partitions that it holds.

    X, y and weights are computed on the cluster and stay there. Rows may be more than its memory
    holds: see ``in_memory``. Each process that holds rows joins its partitions to a shard and fits
    with the others, as in `skflowmix.distributed.shards`: sums over rows go from worker to worker,
    rows do not, but for a sample of at most 20,000 by which a start is found.

    Parameters
    ----------
    estimator : FlowGMM or VariationalFlowMixture
        It is fitted in place. With a single worker that holds rows, any estimator will do.
    X : dask Array or DataFrame of shape (n_samples, n_features)
        Rows. Partitions may have any sizes, unknown ones and none included. How they are spread
        over the workers is how the work is: see `distributed.Client.rebalance`.
    y : dask Array, Series or DataFrame of shape (n_samples,) or (n_samples, 1), default=None
        Labels, some of which may be missing, in the same partitions as X.
    sample_weight : dask Array or Series of shape (n_samples,), default=None
        Weights of the rows, in the same partitions as X.
    client : distributed.Client, default=None
        Of the cluster. None means the one that was made last.
    timeout : float, default=1800
        Seconds that workers wait for each other, see `skflowmix.distributed.shards`.
    in_memory : int or str, default="64 MiB"
        Bytes of data that a worker may hold. It writes further partitions of X to files in its
        local directory, which are deleted at the end of the fit. The fit is the same.

    Returns
    -------
    estimator : object
        The estimator that was given, fitted. It has no ``labels_``, as the rows are elsewhere:
        `skflowmix.dask.predict` finds them.

    Raises
    ------
    TypeError
        If X, y or the weights are no collections of dask.
    ValueError
        If there is no client, y or the weights have other partitions than X, ``in_memory`` is no
        number of bytes, or what is given cannot be fitted.
    RuntimeError
        If a worker leaves the cluster before the fit has ended. The fit is not tried again.

    Notes
    -----
    Lazy partitions are computed a few at a time, and a worker needs memory for those, beside twice
    ``in_memory``: rows as dask holds them, and joined to a shard. Its disk needs room for its rows
    and for one partition more. Labels and weights stay in memory, as do data frames with columns
    that are not numeric, and a fit keeps some numbers for each row. Rows that were persisted stay
    as they are until you let them go; what is computed from them is written once all of it is
    there. Pages of a file that were just read count as memory of a worker too, although the system
    takes them back when it needs them. A nanny does not know that: if it ends workers that read
    large files, start them with a higher ``memory_limit``.

    Fits on one cluster come one after the other. Warnings and what ``verbose`` prints go to the
    logs of the workers. Workers on several machines speak by the network interface to which
    their host names lead; the environment variable ``GLOO_SOCKET_IFNAME`` names another.

    Examples
    --------
    >>> import dask.array as da
    >>> from distributed import Client  # doctest: +SKIP
    >>> from skflowmix import FlowGMM
    >>> from skflowmix.dask import fit, predict
    >>> client = Client(n_workers=4, threads_per_worker=1)  # doctest: +SKIP
    >>> X = da.random.default_rng(0).normal(size=(1_000_000, 8), chunks=(50_000, 8))
    >>> model = fit(FlowGMM(5, random_state=0), X)  # doctest: +SKIP
    >>> labels = predict(model, X)  # doctest: +SKIP
    """
    client = _connected(client)
    sent = estimator if getattr(estimator, "warm_start", False) else clone(estimator)
    with _files(client, _bytes(in_memory)) as storage:
        partitions = partitions_on_workers(client, storage, X, y, sample_weight)
        with _one_fit_at_a_time(client):
            shards = _held(client, partitions)
            if are_on_workers(X):
                shards = _put_away(client, shards, storage)
            fitted = _fitted_together(client, sent, _with_rows(client, shards), timeout, storage)
    _take_over(estimator, fitted)
    return estimator


def _connected(client: Client | None) -> Client:
    if client is not None:
        return client
    try:
        return default_client()
    except ValueError as error:
        raise ValueError(
            "skflowmix.dask.fit needs a cluster: call it with client=distributed.Client(), which "
            "starts one on this machine, or Client('address of a scheduler')."
        ) from error


def _bytes(in_memory: int | str) -> int:
    try:
        return parse_bytes(in_memory if isinstance(in_memory, str) else int(in_memory))
    except (OverflowError, TypeError, ValueError) as error:
        raise ValueError(
            f"in_memory must be a number of bytes, such as 10_000_000 or '64 MiB', got "
            f"{in_memory!r}."
        ) from error


@contextmanager
def _files(client: Client, in_memory: int) -> Iterator[Storage]:
    """Have workers delete at the end what they write."""
    storage = Storage(f"skflowmix-{uuid4().hex}", in_memory)
    try:
        yield storage
    finally:
        client.run(remove_files, storage, on_error="ignore")


@contextmanager
def _one_fit_at_a_time(client: Client) -> Iterator[None]:
    """Two fits at once would wait for each other, each on a worker that the other has."""
    with client.as_current(), Lock("skflowmix.dask.fit"):
        yield


def _held(client: Client, partitions: list[Partition]) -> Shards:
    """Find out which process holds which partitions of X."""
    rows = [partition.rows for partition in partitions]
    wait(rows)
    for future in rows:
        if future.status == "error":
            future.result()  # raises it
    holders = client.who_has(rows)
    addresses = sorted({address for held in holders.values() for address in held})
    processes = client.run(process_and_port, workers=addresses)
    first_of = {processes[address][0]: address for address in reversed(addresses)}
    shards: Shards = defaultdict(list)
    for partition, future in zip(partitions, rows, strict=True):
        there = {first_of[processes[address][0]] for address in holders[future.key]}
        shards[min(there, key=lambda address: len(shards[address]))].append(partition)
    return shards


def _put_away(client: Client, shards: Shards, storage: Storage) -> Shards:
    """Have each worker write what is too much for its memory of the partitions that it holds."""
    away = {
        address: [
            _submitted(client, address, put_away, one.rows, one.number, storage) for one in own
        ]
        for address, own in shards.items()
    }
    _wait_for(client, [(address, future) for address, own in away.items() for future in own])
    return {
        address: [replace(one, rows=rows) for one, rows in zip(own, away[address], strict=True)]
        for address, own in shards.items()
    }


def _with_rows(client: Client, shards: Shards) -> Shards:
    """Leave out workers without a row; refuse labels and weights that are not one for each row."""
    futures = {
        address: _submitted(client, address, sizes, _columns(partitions))
        for address, partitions in shards.items()
    }
    found = _results(client, futures)
    for address, partitions in shards.items():
        for partition, own in zip(partitions, found[address], strict=True):
            _check_sizes(partition.number, own)
    filled = {address for address, own in found.items() if any(size for size, *_ in own)}
    if not filled:
        raise ValueError("X has no rows.")
    return {address: shards[address] for address in shards if address in filled}


def _check_sizes(number: int, own: tuple[int | None, ...]) -> None:
    for name, size in zip(NAMES, own, strict=True):
        if size not in (None, own[0]):
            raise ValueError(
                f"{name} has other partitions than X: partition {number} has {size} entries for "
                f"{own[0]} rows."
            )


def _fitted_together(
    client: Client, estimator: Any, shards: Shards, timeout: float, storage: Storage
) -> Any:
    """Run one task on each worker, all of which fit together, and return what the first found."""
    first = next(iter(shards))
    _, port = client.run(process_and_port, workers=[first])[first]
    meeting_point = f"tcp://{get_address_host(first)}:{port}"
    futures = {
        address: _submitted(
            client,
            address,
            fit_shard,
            estimator,
            _columns(partitions),
            Place(rank, len(shards), meeting_point, timeout),
            storage,
        )
        for rank, (address, partitions) in enumerate(shards.items())
    }
    return _results(client, futures)[first]


def _columns(partitions: list[Partition]) -> list[list[Future | None]]:
    """Partitions of X, of y and of the weights."""
    parts = [(one.rows, one.labels, one.weights) for one in partitions]
    return [list(column) for column in zip(*parts, strict=True)]


def _submitted(client: Client, address: str, *task: Any) -> Future:
    """Start a task on this worker and no other; it is not tried again."""
    return client.submit(
        *task, workers=[address], allow_other_workers=False, pure=False, retries=0
    )


def _results(client: Client, futures: dict[str, Future]) -> dict[str, Any]:
    """Return what tasks return, by the addresses of their workers, each of which must stay."""
    try:
        _wait_for(client, list(futures.items()))
        return dict(zip(futures, client.gather(list(futures.values())), strict=True))
    finally:
        client.cancel(list(futures.values()))


def _wait_for(client: Client, placed: list[tuple[str, Future]]) -> None:
    """Wait for tasks, each on a worker at an address, which must stay; raise if one fails.

    Dask would wait for another worker at the address of one that has left.
    """
    pending = futures = [future for _, future in placed]
    while pending:
        pending = _still_pending(pending, PULSE, "FIRST_COMPLETED")
        if failed := [one for one in futures if one.status == "error"]:
            pending = _still_pending(pending, LAST_WORDS, "ALL_COMPLETED")
        _check_workers(client, [address for address, one in placed if one.status == "pending"])
        if failed:
            raise _cause([one for one in futures if one.status == "error"])


def _still_pending(futures: list[Future], seconds: float, until: str) -> list[Future]:
    with suppress(TimeoutError):
        if futures:
            wait(futures, timeout=seconds, return_when=until)
    return [future for future in futures if future.status == "pending"]


def _check_workers(client: Client, addresses: list[str]) -> None:
    left = sorted(set(addresses) - set(client.nthreads()))
    if left:
        raise RuntimeError(
            f"Workers left the cluster before the fit had ended: {', '.join(left)}. Their logs "
            "may say why, such as too little memory. Fit again when the cluster is whole."
        )


def _cause(failed: list[Future]) -> BaseException:
    """Return the error that tells most: a worker whose neighbour failed has a RuntimeError."""
    errors = [future.exception() for future in failed]
    return min(errors, key=lambda error: type(error) is RuntimeError)


def _take_over(estimator: Any, fitted: Any) -> None:
    """Give an estimator what a copy of it has found; its parameters stay the objects they are."""
    before_fits = vars(clone(estimator))
    found = {name: value for name, value in vars(fitted).items() if name not in before_fits}
    vars(estimator).update(found)
