"""Run the experiments of the papers: ``python -m benchmarks.papers [NAME]``.

Each one prints its table, writes it to ``benchmarks/results/papers/`` and draws its picture
there.
"""

import sys
from collections.abc import Callable, Sequence

from benchmarks.arguments import Command
from benchmarks.data_sets import MissingDataError
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
    command = Command("papers", __doc__, ("data", "seeds", "quick", "jobs"), seeds=10)
    command.add_argument("name", nargs="?", choices=EXPERIMENTS, help="all unless one is named")
    arguments = vars(command.asked(argv))
    return arguments.pop("name"), Options(**arguments)


if __name__ == "__main__":
    sys.exit(main())
