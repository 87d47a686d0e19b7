"""How large fits can get, in tables of which any can be asked for.

Run ``python -m benchmarks.scale``, or ``python -m benchmarks.scale memory`` for one of them.
``processes``: a fit by one and by two processes, each with a shard of the rows. ``memory``: that
of fits to files of up to ten million rows. ``joblib``: a grid search over one and two workers, by
backend and by the size of its fits. ``plan``: a model on paper of a billion rows on many workers,
from rates that are measured here, and checked against ``processes``.

Every process has one thread.
"""

import os
from collections.abc import Callable, Sequence

from benchmarks.arguments import Command, one_of
from benchmarks.scale import memory, on_paper, processes, searches
from benchmarks.scale.options import Options
from benchmarks.speed.options import SkippedError
from benchmarks.speed.total import ONE_THREAD

PARTS: dict[str, Callable[[Options], None]] = {
    "processes": processes.run,
    "memory": memory.run,
    "joblib": searches.run,
    "plan": on_paper.run,
}


def measure(name: str, options: Options) -> None:
    """Report a part, or say why it was not measured."""
    print(f"\n{name}", flush=True)
    try:
        PARTS[name](options)
    except SkippedError as reason:
        print(f"Skipped: {reason}")


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and report."""
    command = Command("scale", __doc__, ["quick"])
    about = f"of {', '.join(PARTS)}; by default all"
    command.add_argument("parts", nargs="*", type=one_of(PARTS), help=about)
    command.add_number("rows", Options.rows, "that processes fit", 1000)
    asked = command.asked(argv)
    os.environ.update(ONE_THREAD)  # of all processes that are started from here
    for name in asked.parts or PARTS:
        measure(name, Options(asked.rows, asked.quick))


if __name__ == "__main__":
    main()
