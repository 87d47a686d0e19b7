"""Classifiers that see a few labels and many rows, on rows that they have not seen.

Run ``python -m benchmarks.few_labels --data FOLDER``. A fifth of the rows, stratified, is for the
test; of the others some rows a class keep their labels, drawn anew with every seed, and all are
standardised by them; MNIST is principal components in one scale. A class that has too few rows
shows the labels of all but one. With ``--draw proportional`` labels are those of random rows, and
of one row at least of every class. Calibration is the log-loss and the expected calibration error
(15 bins).

Every run is written to ``results/few_labels_runs.csv`` as it ends and is not repeated while it
stands there, of the same code and machine, so a long benchmark can be done in parts. Means, and
each flow beside the best peer of each set, are given for the groups of sets on which all is there;
``--without`` does as if there were no sets of some families.
"""

from argparse import Namespace
from collections.abc import Sequence
from functools import partial
from itertools import product

from benchmarks import reports
from benchmarks.arguments import Command, at_least
from benchmarks.few_labels import best_peers, figures, means, peers
from benchmarks.few_labels.peers import ESTIMATORS, FEW, MANY
from benchmarks.few_labels.runs import Cell, measure, record
from benchmarks.few_labels.sets import FAMILIES, GROUPS, SETS
from benchmarks.few_labels.splitting import ALL, DRAWS, EQUAL
from benchmarks.papers import pictures
from benchmarks.resumable import Runs


def command() -> Command:
    """The command line."""
    taken = Command("few_labels", __doc__, ("data", "seeds", "jobs"), seeds=5)
    taken.add_argument(
        "--sets",
        nargs="+",
        choices=[*GROUPS, *SETS],
        default=list(GROUPS),
        help="names of sets, or of groups of them",
    )
    taken.add_names("estimators", ESTIMATORS)
    taken.add_argument(
        "--labels",
        nargs="+",
        type=at_least(0),
        default=[3, 10, 30, 100, ALL],
        help="labelled rows a class, 0 for all",
    )
    taken.add_argument("--draw", choices=DRAWS, default=EQUAL, help="which rows are labelled")
    taken.add_argument(
        "--without", nargs="+", choices=FAMILIES, default=[], help="families left out"
    )
    return taken


def cells(asked: Namespace) -> list[Cell]:
    """What is asked, but for peers whose packages are missing."""
    sets = [name for given in asked.sets for name in GROUPS.get(given, [given])]
    sets = [name for name in dict.fromkeys(sets) if SETS[name].family not in asked.without]
    absent = peers.missing()
    return [
        Cell(data, labels, EQUAL if labels == ALL else asked.draw, name, seed)
        for labels, name, seed, data in product(
            asked.labels, asked.estimators, range(asked.seeds), sets
        )
        if name in (MANY if labels == ALL else FEW) and name not in absent
    ]


def report(runs: Runs, families: Sequence[str]) -> None:
    """Write and print the tables, and say which peers are in none."""
    name = "_".join(["few_labels", *(["without"] if families else []), *sorted(families)])
    reports.report_runs(name, means.HEADER, means.lines(runs, families))
    found = best_peers.compared(runs, families)
    reports.report_runs(
        f"{name}_best_peer_by_set", best_peers.SETS_HEADER, best_peers.lines_of_sets(found)
    )
    reports.report_runs(
        f"{name}_best_peer",
        best_peers.GROUPS_HEADER,
        best_peers.lines_of_groups(found, families),
    )
    measured = {cell.estimator for cell in runs}
    for peer, reason in peers.missing().items():
        if peer not in measured:
            print(f"not measured: {peer}: {reason}")


def main(argv: Sequence[str] | None = None) -> None:
    """Do the runs that are missing, report and draw."""
    taken = command()
    asked = taken.asked(argv)
    with taken.needing_data():
        runs = record().completed(cells(asked), partial(measure, folder=asked.data), asked.jobs)
    report(runs, asked.without)
    pictures.save(figures.draw(runs), "few_labels", folder="")
    pictures.save(figures.regions(), "few_labels_regions", folder="")


if __name__ == "__main__":
    main()
