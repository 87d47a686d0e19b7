r"""A model on paper: a fit of a billion rows by many workers, each with a shard.

A step of :math:`P` workers on a batch of :math:`B` rows takes

.. math:: t(P) = a + b B / P + 2 (P - 1) (\lambda + s / (P \beta))

seconds: of :math:`a` and a time :math:`b` for each row, both measured here at the shape of the
fit, and of adding up :math:`s` bytes of gradients round a ring, by messages of latency
:math:`\lambda` and bandwidth :math:`\beta`. These are measured between two processes here, and
assumed for a network of many machines. After each epoch moments are added up too.

The same model with what is measured at the shape of `benchmarks.scale.processes` predicts how
much sooner an epoch of two processes ends, which stands beside what was measured there.
"""

from dataclasses import dataclass

import numpy as np

from benchmarks import answers, csv_files, reports
from benchmarks.scale import rates
from benchmarks.scale.options import Options
from benchmarks.scale.rates import Network, Step

ROWS, N_FEATURES, N_GROUPS, WORKERS = 1_000_000_000, 100, 8, 64
EPOCHS, STEPS = 100, 50
"""Of a fit at most, and of an epoch."""
BATCH_SIZE = ROWS // (EPOCHS * STEPS)
"""With which each row is seen once."""
TIMED_ROWS, MEMORY_ROWS = 4096, 20_000
ASSUMED = Network(100e-6, 10e9 / 8)
"""A network of 10 Gbit/s whose messages take 100 microseconds."""
COUNTS = tuple(2**power for power in range(11))
FLOAT32, FLOAT64 = 4, 8
HEADER = ("workers", "rows a step", "compute", "adding up", "step", "hours", "sooner")
FIGURES = ("figure", "value", "unit", "how")
CHECK = ("n", "d", "K", "batch", "predicted", "measured", "difference")
MS, MIB = 1e3, 2**20


@dataclass(frozen=True)
class Plan:
    """What a fit costs by any number of workers.

    Attributes
    ----------
    step : Step
        Of one worker.
    network : Network
    n_bytes : int
        That are added up in a step.
    moments : int
        Bytes that are added up after an epoch.
    batch_size : int
        Rows of all workers in a step.
    """

    step: Step
    network: Network
    n_bytes: int
    moments: int
    batch_size: int

    def compute(self, workers: int) -> float:
        """Seconds of a step without adding up."""
        return self.step.seconds(self.batch_size / workers)

    def adding_up(self, workers: int) -> float:
        """Seconds of adding up in a step, with its share of what is done after an epoch."""
        per_epoch = self.network.sum_seconds(self.moments, workers)
        return self.network.sum_seconds(self.n_bytes, workers) + per_epoch / STEPS

    def seconds(self, workers: int) -> float:
        """Seconds of a step."""
        return self.compute(workers) + self.adding_up(workers)

    def limit(self) -> int:
        """Return the first number of workers that add up for as long as they compute."""
        counts = range(1, 2**16)
        longer = (P for P in counts if self.adding_up(P) >= self.compute(P))
        return next(longer, counts[-1])


def lines(plan: Plan) -> list[tuple]:
    """A line for each number of workers: milliseconds of a step, and hours of all steps."""
    one = plan.seconds(1)
    return [
        (
            *(P, round(plan.batch_size / P)),
            *(MS * seconds(P) for seconds in (plan.compute, plan.adding_up, plan.seconds)),
            *(EPOCHS * STEPS * plan.seconds(P) / 3600, one / plan.seconds(P)),
        )
        for P in COUNTS
    ]


def figures(plan: Plan, local: Network, bytes_a_number: float) -> list[tuple]:
    """What the plan is made from, and what follows for a worker."""
    shard = ROWS / WORKERS * N_FEATURES
    return [
        ("gradients added up in a step", plan.n_bytes / MIB, "MiB", "counted"),
        ("moments added up after an epoch", plan.moments / MIB, "MiB", "counted"),
        ("step, whatever its rows", MS * plan.step.fixed, "ms", "measured"),
        ("rows a second, beyond that", 1 / plan.step.a_row, "rows/s", "measured"),
        ("latency of two processes here", MS * local.latency, "ms", "measured"),
        ("bandwidth of two processes here", local.bandwidth / MIB, "MiB/s", "measured"),
        ("latency of a network", MS * ASSUMED.latency, "ms", "assumed"),
        ("bandwidth of a network", ASSUMED.bandwidth / MIB, "MiB/s", "assumed"),
        ("memory for each number of a shard", bytes_a_number, "bytes", "measured"),
        ("memory of a worker, all rows", bytes_a_number * shard / MIB, "MiB", "predicted"),
        ("workers that add up as long as they compute", plan.limit(), "workers", "predicted"),
    ]


def plan_for(d: int, K: int, step: Step, network: Network, batch_size: int) -> Plan:
    """Count the bytes of a default model, and put the plan together."""
    moments = FLOAT64 * K * (1 + d + d * d)
    return Plan(step, network, FLOAT32 * rates.n_trained(d, K), moments, batch_size)


def check(local: Network, options: Options) -> list[tuple]:
    """Predict how much sooner an epoch of two processes ends, and compare."""
    path = reports.RESULTS / f"{options.result('processes')}.csv"
    measured = [row for row in csv_files.read_named(path) if row["processes"] == "2"]
    if not measured or measured[0][reports.COMMIT] not in answers.present():
        print("Without a check: python -m benchmarks.scale processes has not been run by two.")
        return [(*[np.nan] * len(CHECK),)]
    d, K, batch_size = (int(measured[0][name]) for name in ("d", "K", "batch"))
    plan = plan_for(d, K, rates.step(d, K, batch_size), local, batch_size)
    predicted, ratio = plan.seconds(1) / plan.seconds(2), float(measured[0]["epoch's ratio"])
    return [(int(measured[0]["n"]), d, K, batch_size, predicted, ratio, predicted / ratio - 1)]


def run(options: Options) -> None:
    """Measure the rates, and report what follows."""
    d, timed, kept = (8, 64, 200) if options.quick else (N_FEATURES, TIMED_ROWS, MEMORY_ROWS)
    local = rates.local_network()
    plan = plan_for(d, N_GROUPS, rates.step(d, N_GROUPS, timed), ASSUMED, BATCH_SIZE)
    bytes_a_number = rates.bytes_a_number(d, N_GROUPS, kept)
    found = figures(plan, local, bytes_a_number)
    reports.report(options.result("plan_figures"), FIGURES, found)
    reports.report(options.result("plan"), HEADER, lines(plan))
    reports.report(options.result("plan_check"), CHECK, check(local, options))
