"""How the default should choose among its starts: a study that leaves one suite out.

Run ``python -m benchmarks.choosing --data FOLDER`` with the data of `benchmarks.clustering`. The
selection score by which a fit chooses has three weights. For each suite they are chosen anew, from
a grid, by the mean score on the sets of all other suites, and reported on the suite that had no
say. As the choice is made before the training, nothing is trained here: scores are those of the
groupings that training begins with, and hold for both estimators.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np
import torch
from joblib import Parallel, delayed

from benchmarks import reports
from benchmarks.clustering import Set, asked, n_groups, result, score
from benchmarks.papers.runs import Options
from skflowmix import FlowGMM
from skflowmix.data.problem import Problem
from skflowmix.data.scaling import Scaling
from skflowmix.fitting.selection import (
    DEPTH_WEIGHT,
    LIKELIHOOD_WEIGHT,
    MAX_LIKELIHOOD_LOSS,
    Borders,
    Criteria,
    best_start,
    compare_groups,
    selection_scores,
)
from skflowmix.starts import CANDIDATES, STARTS

GRID = tuple(product((0.0, 1.0, 2.0, 3.0, 4.0), (0.0, 1.0, 2.0, 4.0), (0.04, 0.08, 0.2, np.inf)))
"""Weights to choose from, as `skflowmix.fitting.selection.selection_scores` takes them."""
CRITERIA = ("normalised_entropy", "depth", "log_likelihood", "validation_score")


@dataclass(frozen=True)
class Case:
    """One set, number of groups and seed: what each start was chosen by and how good it was.

    Attributes
    ----------
    suite : str
    name : str
    seed : int
    n_features : int
    criteria : dict of ndarray
        Of the starts, by the Gaussian mixture of each.
    ari : ndarray of shape (R,)
        Of their groups, the best over the references with as many.
    """

    suite: str
    name: str
    seed: int
    n_features: int
    criteria: Criteria
    ari: np.ndarray


Pick = Callable[[Case], int]
"""Says which start of a case to keep."""


def replay(
    case: Case,
    depth_weight: float = DEPTH_WEIGHT,
    likelihood_weight: float = LIKELIHOOD_WEIGHT,
    max_likelihood_loss: float = MAX_LIKELIHOOD_LOSS,
) -> int:
    """The start that a fit would keep with these weights."""
    criteria = {name: torch.from_numpy(values) for name, values in case.criteria.items()}
    scores = selection_scores(
        criteria, case.n_features, depth_weight, likelihood_weight, max_likelihood_loss
    )
    return best_start({**case.criteria, "selection_score": scores.numpy()})


def always(number: int) -> Pick:
    """Whatever the case, the start of this number."""
    return lambda case: number


PICKS: dict[str, Pick] = {
    "defaults": replay,
    **{name: always(number) for number, name in enumerate(CANDIDATES)},
    "oracle": lambda case: int(case.ari.argmax()),
}
"""What the chosen weights are compared with; the oracle knows the best of the starts."""
WEIGHTS = ("depth weight", "likelihood weight", "max likelihood loss")
HEADER = ("left out", *WEIGHTS, "chosen weights", *PICKS)


def measure(data: Set, K: int, seed: int) -> Case:
    """Propose every start and compare the Gaussian mixtures that they become."""
    problem = unlabelled(data.X, K)
    proposals = [STARTS[start](problem, np.random.RandomState(seed)) for start in CANDIDATES]
    criteria = criteria_of(data.X, problem, proposals)
    references = [reference for reference in data.references if n_groups(reference) == K]
    ari = [
        max(score(reference, proposal.argmax(axis=1)) for reference in references)
        for proposal in proposals
    ]
    return Case(data.suite, data.name, seed, data.X.shape[1], criteria, np.array(ari))


def unlabelled(X: np.ndarray, K: int) -> Problem:
    """The rows as a fit of K components shows them to its starts."""
    ones = np.ones(len(X))
    scaling = Scaling.of(X, ones)
    spread = scaling.spread / scaling.spread.max()
    codes = np.full(len(X), -1)
    return Problem(scaling.apply(X), codes, K, ones, FlowGMM().reg_covar, spread)


def criteria_of(X: np.ndarray, problem: Problem, proposals: Sequence[np.ndarray]) -> Criteria:
    """Criteria of the Gaussian mixtures that proposals ``(n, K)`` become, as a fit sees them."""
    mixtures = [FlowGMM(init_params=start, max_iter=0).fit(X) for start in proposals]
    joint = [m.predict_log_proba(X) + m.score_samples(X)[:, None] for m in mixtures]
    stacks = (torch.from_numpy(np.stack(each)) for each in (joint, proposals))
    criteria = compare_groups(Borders.of(problem), *stacks)
    criteria["validation_score"] = criteria["log_likelihood"]  # no row is held out before training
    return {name: criteria[name].numpy() for name in CRITERIA}


def measured(sets: Sequence[Set], options: Options) -> list[Case]:
    """All cases."""
    return Parallel(options.jobs)(
        delayed(measure)(data, K, seed)
        for data in sets
        for K in data.sizes
        for seed in options.seed_range
    )


def scores(cases: Sequence[Case], pick: Pick) -> np.ndarray:
    """Score of each set, in order: the best over its numbers of groups, the mean over seeds."""
    best: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    for case in cases:
        of_seed = best[case.suite, case.name]
        of_seed[case.seed] = max(case.ari[pick(case)], of_seed.get(case.seed, -np.inf))
    return np.array([np.mean(list(of_seed.values())) for of_seed in best.values()])


def lines(cases: Sequence[Case]) -> list[tuple]:
    """The table: a line for each suite that is left out, and one for all sets."""
    suites = np.array([suite for suite, _ in dict.fromkeys((c.suite, c.name) for c in cases)])
    grid = np.array([scores(cases, partial(_replayed, weights)) for weights in GRID])
    fixed = [scores(cases, pick) for pick in PICKS.values()]
    columns = np.vstack([np.zeros(len(suites)), *fixed])  # (columns, sets)
    table: list[tuple] = []
    for suite in dict.fromkeys(suites.tolist()):
        out = suites == suite
        best = int(grid[:, ~out].mean(axis=1).argmax())  # of equals, the least weights
        columns[0, out] = grid[best, out]
        table.append((suite, *GRID[best], *columns[:, out].mean(axis=1).tolist()))
    return [*table, ("mean of all sets", *"---", *columns.mean(axis=1).tolist())]


def _replayed(weights: tuple[float, float, float], case: Case) -> int:
    return replay(case, *weights)


def main(argv: Sequence[str] | None = None) -> None:
    """Compare the starts on every set, replay the choice and report."""
    options, sets = asked("choosing", __doc__, 3, argv)
    if len({data.suite for data in sets}) < 2:
        raise SystemExit("to leave one suite out, there must be two or more")
    table = lines(measured(sets, options))
    reports.report(result("choosing", options), HEADER, table)


if __name__ == "__main__":
    main()
