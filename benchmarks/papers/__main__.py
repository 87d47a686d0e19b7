"""Run the experiments of the papers: ``python -m benchmarks.papers [NAME]``.

Each one prints its table, writes it to ``benchmarks/results/papers/`` and draws its picture
there.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.data_sets import DATA, MissingDataError
from benchmarks.papers import (
    circles,
    circles_labelled,
    flowgmm_toys,
    how_to_train,
    latent_prior,
    mnist_five,
    mnist_ten,
    pinwheel,
)
from benchmarks.papers.runs import Options, selected

EXPERIMENTS: dict[str, Callable[[Options], None]] = {
    "pinwheel": pinwheel.run,
    "circles": circles.run,
    "circles_labelled": circles_labelled.run,
    "mnist_five": mnist_five.run,
    "mnist_ten": mnist_ten.run,
    "latent_prior": latent_prior.run,
    "flowgmm_toys": flowgmm_toys.run,
    "how_to_train": how_to_train.run,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one experiment or all, and return 1 if one of them had no data."""
    name, options = _arguments(argv)
    status = 0
    for chosen, run in selected(EXPERIMENTS, name).items():
        print(f"\n{chosen}: {sys.modules[run.__module__].__doc__.splitlines()[0]}")
        try:
            run(options)
        except MissingDataError as error:
            print(f"{chosen} is skipped: {error}", file=sys.stderr)
            status = 1
    return status


def _arguments(argv: Sequence[str] | None) -> tuple[str | None, Options]:
    parser = argparse.ArgumentParser("python -m benchmarks.papers", description=__doc__)
    parser.add_argument("name", nargs="?", choices=EXPERIMENTS, help="all unless one is named")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--quick", action="store_true", help="few seeds and small data")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the real data sets")
    parser.add_argument("--jobs", type=int, default=1, help="runs at once")
    arguments = vars(parser.parse_args(argv))
    if arguments["seeds"] < 1:
        parser.error("--seeds must be 1 or more")
    return arguments.pop("name"), Options(**arguments)


if __name__ == "__main__":
    sys.exit(main())
