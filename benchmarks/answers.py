"""What some small fits answer, by which old results are told from those of the present code.

Run ``python -m benchmarks.answers``. A few fits of a few epochs on small tables, each with one
thread, are reduced to some numbers and written to ``results/answers.csv``, with the commits whose
code gives these numbers. Results of those commits are results of the present code, whatever else
has changed, be it messages, plots or the command line: `benchmarks.published` shows them and no
others. If an answer has changed, the file begins anew with the present commit, and all results are
old until they are measured again.
"""

import math
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from sklearn.datasets import load_wine, make_blobs, make_moons
from sklearn.metrics import log_loss
from threadpoolctl import threadpool_limits

from benchmarks import csv_files, origin, reports
from benchmarks.arguments import Command
from benchmarks.data_sets import hide_labels
from skflowmix import FlowGMM, OutlierDetector, VariationalFlowMixture
from skflowmix.datasets import make_pinwheel

NAME = "answers"
HEADER = ("fit", "number", "value", reports.COMMIT)
TOLERANCE = 1e-3
"""Of a number, relative to it or to 1; processors differ by much less in so few epochs."""
BRIEF = {"max_iter": 4, "random_state": 0}
TO_THE_END = {**BRIEF, "early_stopping": False}
"""Training is kept even where so few epochs gain nothing."""
ADVICE = (
    "Fits answer otherwise than when the results were measured. If that is meant, run "
    "`python -m benchmarks.answers` and `python -m benchmarks.published`, which takes the old "
    "tables out, and measure anew with `python -m benchmarks.run_all`."
)
Numbers = dict[str, float]


def density() -> Numbers:
    """A density of bent rows."""
    X, _ = make_pinwheel(300, random_state=0)
    return _likelihood(FlowGMM(**BRIEF).fit(X), X)


def groups() -> Numbers:
    """Groups from the start that is chosen."""
    X = load_wine().data
    model = FlowGMM(3, **BRIEF).fit(X)
    return _likelihood(model, X) | _sizes(model.predict(X))


def number_of_groups() -> Numbers:
    """Groups whose number is chosen."""
    X, _ = make_blobs(200, 3, centers=4, random_state=0, cluster_std=0.6)
    model = FlowGMM("auto", max_components=6, **BRIEF).fit(X)
    return _likelihood(model, X) | _sizes(model.predict(X))


def one_flow_a_group() -> Numbers:
    """Groups, each with a flow of its own."""
    X, _ = make_moons(300, noise=0.08, random_state=0)
    model = VariationalFlowMixture(2, **TO_THE_END).fit(X)
    return _likelihood(model, X) | _sizes(model.predict(X))


def splines() -> Numbers:
    """Groups of a mixture whose flow is made of splines."""
    X, _ = make_moons(300, noise=0.08, random_state=0)
    model = FlowGMM(2, flow="spline", **TO_THE_END).fit(X)
    return _likelihood(model, X) | _sizes(model.predict(X))


def few_labels() -> Numbers:
    """Classes from five labels each."""
    return _classes(FlowGMM(**BRIEF))


def few_labels_one_flow_a_class() -> Numbers:
    """The same by one flow for each class."""
    return _classes(VariationalFlowMixture(**TO_THE_END))


def outliers() -> Numbers:
    """Scores of all rows, and how many are outliers."""
    X = load_wine().data
    detector = OutlierDetector().fit(X)
    told = float((detector.predict(X) == -1).sum())
    return {"mean score": float(detector.score_samples(X).mean()), "outliers": told}


FITS: dict[str, Callable[[], Numbers]] = {
    fit.__name__.replace("_", " "): fit
    for fit in (
        density,
        groups,
        number_of_groups,
        one_flow_a_group,
        splines,
        few_labels,
        few_labels_one_flow_a_class,
        outliers,
    )
}


def _likelihood(model: FlowGMM | VariationalFlowMixture, X: np.ndarray) -> Numbers:
    scores = model.score_samples(X)
    return {"mean log-likelihood": float(scores.mean()), "least": float(scores.min())}


def _sizes(groups: np.ndarray) -> Numbers:
    sizes = np.sort(np.unique(groups, return_counts=True)[1])[::-1]
    return {f"size of group {place}": float(size) for place, size in enumerate(sizes, 1)}


def _classes(model: FlowGMM | VariationalFlowMixture) -> Numbers:
    X, y = load_wine(return_X_y=True)
    model.fit(X, hide_labels(y, 5, seed=0))
    found = _likelihood(model, X)
    return found | {"log-loss": float(log_loss(y, model.predict_proba(X)))}


def computed() -> dict[tuple[str, str], float]:
    """All numbers, by the name of the fit and their own."""
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of few epochs, few values and equal groupings
        return {(fit, number): v for fit, of in FITS.items() for number, v in of().items()}


def path() -> Path:
    """The file of answers."""
    return reports.RESULTS / f"{NAME}.csv"


def written() -> dict[tuple[str, str], float]:
    """The numbers in the file."""
    rows = csv_files.read_named(path())
    return {(row["fit"], row["number"]): float(row["value"]) for row in rows}


def commits() -> frozenset[str]:
    """Commits whose code gives the answers in the file: their results are not old."""
    rows = csv_files.read_named(path())
    return frozenset(one for row in rows for one in row[reports.COMMIT].split("/"))


def present() -> frozenset[str]:
    """The present commit, and those whose code answers as the present code does."""
    return commits() | {origin.commit()}


def differences(
    now: dict[tuple[str, str], float], then: dict[tuple[str, str], float]
) -> list[str]:
    """Say which answers are not the same, nothing where all are."""
    return [
        f"{fit}, {number}: {then.get((fit, number))} has become {now.get((fit, number))}"
        for fit, number in dict.fromkeys([*then, *now])
        if not _same(now.get((fit, number), math.nan), then.get((fit, number), math.nan))
    ]


def _same(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


def update() -> list[str]:
    """Add the present commit to those of the same answers, or begin anew; say what differs."""
    now, then, present = computed(), written(), origin.commit()
    found = differences(now, then)
    numbers = now if found else then
    commit = present if found else origin.joined([*_in_order(), present])
    rows = [(*key, f"{value:.6g}", commit) for key, value in numbers.items()]
    csv_files.write(path(), [HEADER, *rows])
    return found


def _in_order() -> list[str]:
    """Commits of the file, oldest first."""
    return [row[reports.COMMIT] for row in csv_files.read_named(path())[:1]]


def main(argv: Sequence[str] | None = None) -> int:
    """Compare with the file and write it, or only say what differs; return 1 if that is much."""
    command = Command(NAME, __doc__, ())
    command.add_argument("--check", action="store_true", help="only say what differs")
    if command.asked(argv).check:
        found = differences(computed(), written())
        print("\n".join([ADVICE, *found] if found else ["Fits answer as they are written."]))
        return int(bool(found))
    found = update()
    if found:
        print("\n".join(["Not as before, so that all earlier results are old:", *found]))
    print(f"{path()} holds for the results of {', '.join(sorted(commits()))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
