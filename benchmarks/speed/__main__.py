"""What things cost, in tables of which any can be asked for.

Run ``python -m benchmarks.speed``, or ``python -m benchmarks.speed steps`` for one of them.
``total``: seconds of some fits that stay the same and their sum, with ``--against COMMIT`` beside
those of another commit. ``growth``: seconds and memory of fits, of peers too, as rows, columns and
groups become more. ``steps``: milliseconds of a step of training, of several libraries and for
several starts. ``scoring``: rows scored a second. ``cuda``: steps on a GPU.

On which machine and by which versions a table was made is in ``results/speed_machine.csv``.
"""

from collections.abc import Callable, Sequence

import torch

from benchmarks import origin, reports
from benchmarks.arguments import Command, one_of
from benchmarks.speed import cuda, growth, scoring, steps, total
from benchmarks.speed.options import Options, SkippedError

PARTS: dict[str, Callable[[Options], None]] = {
    "total": total.run,
    "growth": growth.run,
    "steps": steps.run,
    "scoring": scoring.run,
    "cuda": cuda.run,
}
PACKAGES = ("skflowmix", "numpy", "scikit-learn", "torch", "zuko", "nflows")


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
    command = Command("speed", __doc__, ["quick", "jobs"])
    about = f"of {', '.join(PARTS)}; by default all"
    command.add_argument("parts", nargs="*", type=one_of(PARTS), help=about)
    command.add_number("runs", 3, "of the fits of total, and of many rows' scores")
    command.add_number("rows", 1_000_000, "of growth and scoring at most", min(growth.AXES["n"]))
    command.add_argument("--against", help="commit whose fits are timed beside ours, by total")
    asked = command.asked(argv)
    options = Options(asked.runs, asked.rows, asked.quick, asked.against, asked.jobs)
    for name in asked.parts or PARTS:
        measure(name, options)


if __name__ == "__main__":
    main()
