"""What a few labels can decide: learn the prior of the experts' weights, and report its worth.

Run ``python -m benchmarks.pooling --data FOLDER``. Pictures, real and drawn tables of many
families (see `benchmarks.tables`) show 3, 10 or 30 labels a class. Experts are asked for labels
that they have not been shown, which decides on their weights, and then for new rows, which decides
on nothing but the prior of these weights on other tables. With ``--write`` the prior is learned
from all families and written into the package. The weights of what is reported are learned anew
for each family, from all others; in brackets stands what the prior of all families makes. Nothing
is trained here.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import joblib
import numpy as np
from joblib import Parallel, delayed

from benchmarks import reports
from benchmarks.arguments import Command
from benchmarks.choosing.cases import KINDS
from benchmarks.pooling.cases import LABELS, Case, measure, tables
from benchmarks.pooling.learning import learned, left_out, ways
from skflowmix.experts import LEARNERS, Prior
from skflowmix.experts.learning import DENSITY, FILE

NAMES = (*LEARNERS, DENSITY)
HEADER = (
    "labels a class",
    "answered by",
    *(f"{kind}: {what}" for kind in KINDS for what in ("tables", "accuracy", "log-loss")),
)


def lines(judged: Sequence[tuple[Case, Prior]], whole: Prior) -> list[tuple]:
    """The table: mean figures of each way, over tables of each kind, by the labels they show."""
    found: list[tuple] = []
    for n_labels in LABELS:
        own = [each for each in judged if each[0].n_labels == n_labels]
        for name, way in ways(NAMES).items():
            found.append((n_labels, name, *_means([(c, way(c, p)) for c, p in own])))
            if name == "pooled by labels, shares believed":
                inside = _means([(c, way(c, whole)) for c, _ in own])
                found.append((n_labels, f"({name}, prior of all families)", *inside))
    return found


def _means(measured: Sequence[tuple[Case, tuple[float, float]]]) -> list[float]:
    means: list[float] = []
    for kind in KINDS:
        own = np.array([figures for case, figures in measured if case.kind == kind])
        means += [len(own), *(own.mean(axis=0).tolist() if len(own) else (np.nan, np.nan))]
    return means


def main(argv: Sequence[str] | None = None) -> None:
    """Measure all tables, learn, report, and write the prior if asked to."""
    command = Command("pooling", __doc__, ("data", "quick", "jobs"))
    command.add_number("drawn", 3, "tables of each drawn family, and of each source of many")
    command.add_argument("--cases", type=Path, help="file of what is measured, to go on from")
    command.add_argument("--write", action="store_true", help="write the prior into the package")
    asked = command.asked(argv)
    with command.needing_data():
        cases = measured(asked.data, 1 if asked.quick else asked.drawn, asked.jobs, asked.cases)
    whole = learned(cases)
    folder = "quick/" if asked.quick else ""
    reports.report(f"{folder}pooling", HEADER, lines(left_out(cases, whole), whole))
    if asked.write:
        numbers = {
            "weights": dict(zip(NAMES, whole.weights.round(4).tolist(), strict=True)),
            "strength": whole.strength,
        }
        (Path("skflowmix/experts") / FILE).write_text(json.dumps(numbers, indent=2) + "\n")


def measured(data: Path, n_drawn: int, jobs: int, path: Path | None) -> list[Case]:
    """Measure all tables, or read what was measured before."""
    if path is not None and path.exists():
        return joblib.load(path)
    found = Parallel(jobs)(
        delayed(measure)(table, n_labels) for table in tables(data, n_drawn) for n_labels in LABELS
    )
    cases = [case for case in found if case is not None]
    if path is not None:
        joblib.dump(cases, path)
    return cases


if __name__ == "__main__":
    main()
