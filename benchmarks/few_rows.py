"""Few rows: whether a fit is worse than the Gaussian that it starts from.

Run ``python -m benchmarks.few_rows``. Tables of 20 to 160 rows are drawn of several kinds, most of
which one Gaussian fits best. A fit is scored on 3,000 more rows of the same kind, and so is its
start; the gain is the difference, in nats a row. A flow that is kept by mistake loses.
"""

from collections.abc import Callable, Sequence

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks import reports
from benchmarks.arguments import Command
from skflowmix import FlowGMM

N_ROWS = (20, 40, 80, 160)
N_TEST = 3_000
Draw = np.random.Generator


def _correlated(rng: Draw, n: int) -> np.ndarray:
    d = rng.integers(2, 8)
    return rng.normal(size=(n, d)) @ rng.normal(size=(d, d))


KINDS: dict[str, Callable[[Draw, int], np.ndarray]] = {
    "two columns": lambda rng, n: rng.normal(size=(n, 2)),
    "correlated": _correlated,
    "one column": lambda rng, n: rng.normal(size=(n, 1)),
    "Student t": lambda rng, n: rng.standard_t(4, size=(n, 3)),
    "lognormal": lambda rng, n: rng.lognormal(size=(n, 2)),
}
"""Tables to draw; the first three are of one Gaussian."""
HEADER = ("rows", "kind", "tables", "mean gain", "worst", "moved")


def gain(kind: str, n_rows: int, seed: int) -> float:
    """How much likelier than by its start new rows are by a fit to a table, in nats a row."""
    rng = np.random.default_rng([seed, n_rows])
    X = KINDS[kind](rng, n_rows + N_TEST)
    fits = (FlowGMM(random_state=seed, **given) for given in ({}, {"max_iter": 0}))
    after, before = (fit.fit(X[:n_rows]).score(X[n_rows:]) for fit in fits)
    return float(after - before)


def lines(n_rows: int, kinds: Sequence[str], n_tables: int) -> list[tuple]:
    """A line for each kind of table, and one for all of them."""
    found = {kind: [gain(kind, n_rows, seed) for seed in range(n_tables)] for kind in kinds}
    found["all"] = [each for own in found.values() for each in own]
    return [
        (n_rows, kind, len(own), float(np.mean(own)), min(own), float(np.mean(np.array(own) != 0)))
        for kind, own in found.items()
    ]


def main(argv: Sequence[str] | None = None) -> None:
    """Fit all tables and report."""
    command = Command("few_rows", __doc__, ())
    command.add_number("tables", 40, "tables of each kind and size")
    command.add_names("kinds", KINDS)
    asked = command.asked(argv)
    with threadpool_limits(1):
        table = [line for n in N_ROWS for line in lines(n, asked.kinds, asked.tables)]
    reports.report("few_rows", HEADER, table)


if __name__ == "__main__":
    main()
