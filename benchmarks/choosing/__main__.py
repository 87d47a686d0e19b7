"""How the default should choose among groupings: learn the rule, and report what it is worth.

Run ``python -m benchmarks.choosing --data FOLDER``. Tables of many families (pictures, real
ones, drawn ones, and such without groups; see `benchmarks.tables`) are grouped in all ways that
``init_params="auto"`` knows, into the numbers of groups that ``n_components="auto"`` would try.
The rule says from what can be seen of a grouping, without the labels, which one has the largest
adjusted Rand index. With ``--write`` it is learned from all families and written into the package.
What is reported is learned anew for each family, from all others. Nothing is trained here: scores
are those of the groupings that training begins with.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import joblib
import numpy as np
from joblib import Parallel, delayed

from benchmarks import reports
from benchmarks.arguments import Command
from benchmarks.choosing.cases import KINDS, Case, measure, tables
from benchmarks.choosing.learning import (
    Judged,
    by_kind,
    judged,
    learned,
    left_out,
    one_group_worth,
)
from skflowmix.selection.criteria import CRITERIA
from skflowmix.selection.rule import FILE, Rule
from skflowmix.starts import GROUPERS


def lines_given(left: Sequence[Judged], whole: Sequence[Judged]) -> list[tuple]:
    """Table of what is chosen where the number of groups is known."""
    grouped = [own for own in left if own.case.known]
    known = [own for own in whole if own.case.known]
    lines = [
        ("the rule, each family left out", *by_kind(grouped, lambda own: own.given)),
        ("the rule, on what it was learned from", *by_kind(known, lambda own: own.given)),
        ("most agreement", *by_kind(grouped, lambda own: always(own.case, by_agreement))),
    ]
    for place, name in enumerate(GROUPERS):
        lines.append(
            (name, *by_kind(grouped, lambda own, p=place: always(own.case, lambda c, a: p)))
        )
    return [*lines, ("hindsight", *by_kind(grouped, lambda own: always(own.case, by_hindsight)))]


def always(case: Case, pick: Callable[[Case, int], int]) -> float:
    """Index of what is picked for each size that a reference has, their mean."""
    return float(np.mean([case.given[at, pick(case, at)] for at in case.known]))


def by_agreement(case: Case, at: int) -> int:
    """The grouping that agrees most with all others."""
    return int(case.criteria[at, :, CRITERIA.index("mean_agreement")].argmax())


def by_hindsight(case: Case, at: int) -> int:
    """The grouping that is best."""
    return int(case.given[at].argmax())


def lines_open(left: Sequence[Judged], one_group: float) -> list[tuple]:
    """Table of what is chosen where the number of groups is open."""
    grouped = [own for own in left if own.case.known]
    none = [own for own in left if own.case.kind == "ungrouped"]
    in_one = float(np.mean([own.size(one_group) == 1 for own in none]))
    return [
        ("adjusted Rand index", *by_kind(grouped, lambda own: own.index(one_group))),
        ("the same, two groups or more", *by_kind(grouped, lambda own: own.index(-np.inf))),
        (
            "number of groups right",
            *by_kind(grouped, lambda own: own.size(one_group) in own.case.true),
        ),
        ("taken for one group", *by_kind(grouped, lambda own: own.size(one_group) == 1)),
        ("clouds of kinds left out taken for one", in_one, float("nan"), float("nan")),
    ]


def main(argv: Sequence[str] | None = None) -> None:
    """Measure all tables, learn, report, and write the rule if asked to."""
    command = Command("choosing", __doc__, ("data", "quick", "jobs"))
    command.add_number("drawn", 12, "tables of each drawn family")
    command.add_argument("--cases", type=Path, help="file of what is measured, to go on from")
    command.add_argument("--write", action="store_true", help="write the rule into the package")
    asked = command.asked(argv)
    with command.needing_data():
        cases = measured(asked.data, 1 if asked.quick else asked.drawn, asked.jobs, asked.cases)
    left, numbers = left_out(cases), learned(cases)
    numbers["one_group"] = round(one_group_worth(cases), 4)
    whole = judged(cases, Rule.of(numbers))
    folder = "quick/" if asked.quick else ""
    reports.report(f"{folder}choosing", ("given the number", *KINDS), lines_given(left, whole))
    reports.report(
        f"{folder}choosing_sizes",
        ("not given the number", *KINDS),
        lines_open(left, numbers["one_group"]),
    )
    if asked.write:
        path = Path("skflowmix/selection") / FILE
        path.write_text(json.dumps(numbers) + "\n")


def measured(data: Path, n_drawn: int, jobs: int, path: Path | None) -> list[Case]:
    """Measure all tables, or read what was measured before."""
    if path is not None and path.exists():
        return joblib.load(path)
    cases = Parallel(jobs)(delayed(measure)(table) for table in tables(data, n_drawn))
    if path is not None:
        joblib.dump(cases, path)
    return cases


if __name__ == "__main__":
    main()
