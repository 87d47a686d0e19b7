"""What things cost, in tables of which any can be asked for.

Run ``python -m benchmarks.speed``, or ``python -m benchmarks.speed steps`` for one of them.
``fits``: seconds of a fit beside a Gaussian mixture. ``steps``: milliseconds of a step of
training, of several libraries and for several starts. ``growth``: seconds and memory of fits of
up to a million rows. ``scoring``: rows scored a second. ``cuda``: steps on a GPU.

On which machine and by which versions a table was made is in ``results/speed_machine.csv``.
"""

import argparse
from collections.abc import Callable, Sequence

import torch

from benchmarks import origin, reports
from benchmarks.speed import cuda, fits, growth, scoring, steps
from benchmarks.speed.options import Options, SkippedError

PARTS: dict[str, Callable[[Options], None]] = {
    "fits": fits.run,
    "steps": steps.run,
    "growth": growth.run,
    "scoring": scoring.run,
    "cuda": cuda.run,
}
PACKAGES = ("skflowmix", "numpy", "scikit-learn", "torch", "zuko", "nflows")


def part(name: str) -> str:
    """The name, if a part has it: argparse would look for an empty list among choices."""
    if name not in PARTS:
        raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(PARTS)}")
    return name


def measure(name: str, options: Options) -> None:
    """Report a part and where it was measured, or say why it was not."""
    print(f"\n{name}")
    try:
        PARTS[name](options)
    except SkippedError as reason:
        print(f"Skipped: {reason}")
    else:
        note_machine(name, options)


def note_machine(name: str, options: Options) -> None:
    """Write down where a part was measured."""
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "-"
    found = {"threads": "1", "GPU": gpu, **origin.machine(PACKAGES)}
    reports.note(options.result("machine"), name, found)


def main(argv: Sequence[str] | None = None) -> None:
    """Take the times and report."""
    parser = argparse.ArgumentParser("python -m benchmarks.speed", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", type=part, help=f"of {', '.join(PARTS)}; by default all"
    )
    parser.add_argument("--runs", type=int, default=3, help="of fits and of many rows' scores")
    parser.add_argument(
        "--rows", type=int, default=1_000_000, help="of growth and scoring at most"
    )
    parser.add_argument("--quick", action="store_true", help="little of everything")
    arguments = parser.parse_args(argv)
    if arguments.runs < 1:
        parser.error("--runs must be 1 or more")
    if arguments.rows < min(growth.SIZES):
        parser.error(f"--rows must be {min(growth.SIZES)} or more")
    options = Options(arguments.runs, arguments.rows, arguments.quick)
    for name in arguments.parts or PARTS:
        measure(name, options)


if __name__ == "__main__":
    main()
