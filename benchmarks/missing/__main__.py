"""Missing values: imputation, densities, groups, few labels, conditional samples, and cost.

Run ``python -m benchmarks.missing --data FOLDER``, or name some parts. All methods see the same
rows with the same gaps: values hidden at random, or the more of a row the larger its value in one
column, which is always seen.

``imputation``
    What is filled in, beside imputers of scikit-learn: root of the mean square error, and
    continuous ranked probability score of draws.
``densities``
    Log-densities of what is there in incomplete rows, beside Gaussian mixtures of filled rows.
``groups``
    What a fifth of missing values costs groupings, beside filling in first.
``labels``
    Ten labels a class and a fifth of missing values, beside filling in and classifying.
``conditionals``
    Draws of what is missing beside the exact conditional distribution.
``cost``
    Time of a fit with a fifth of missing values over that of the complete table.

Runs are written to ``results/missing_PART_runs.csv`` as they end and are not repeated while the
code and the machine are the same. ``--only-report`` makes tables of the runs that are there,
whichever machines they are from.
"""

from collections.abc import Sequence

from threadpoolctl import threadpool_limits

from benchmarks.arguments import Command, one_of
from benchmarks.missing.part import Asked
from benchmarks.missing.registry import PARTS


def main(argv: Sequence[str] | None = None) -> None:
    """Do the runs that are missing and report."""
    methods = tuple(dict.fromkeys(name for part in PARTS.values() for name in part.methods))
    command = Command("missing", __doc__, ("data", "seeds", "quick", "jobs"))
    command.add_argument("parts", nargs="*", type=one_of(PARTS), help="all unless some are named")
    command.add_names("methods", methods)
    command.add_argument("--only-report", action="store_true", help="report, and do no runs")
    asked = command.asked(argv)
    seeds = range(1 if asked.quick else asked.seeds)
    wanted = Asked(
        asked.data, () if asked.only_report else tuple(asked.methods), seeds, asked.quick
    )
    for name in asked.parts or PARTS:
        with command.needing_data(), threadpool_limits(1):
            runs = PARTS[name].completed(wanted, asked.jobs)
        PARTS[name].report(runs, asked.quick)


if __name__ == "__main__":
    main()
