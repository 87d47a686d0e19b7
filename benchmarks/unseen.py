"""How right groups of tables are that the rule has not seen, and whether they hold.

The number of groups is given.

Run ``python -m benchmarks.unseen --data FOLDER --cases FILE``, where FILE is what
`benchmarks.choosing` has measured. The default of this package chooses by a rule that is learned
from tables; here every table is grouped by a rule that was learned from all other families. Peers
get standardised rows. On real tables a fit is repeated with another seed, with rows in another
order, with every row twice, and without a hundredth of the rows, and its groups are compared with
those of the first. With ``--pictures`` the tables are pictures in two or three columns.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import joblib
import numpy as np
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.cluster import KMeans, SpectralClustering
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import StandardScaler

from benchmarks import reports
from benchmarks.arguments import Command
from benchmarks.choosing.cases import PICTURES, Case, family_of
from benchmarks.choosing.learning import learned
from benchmarks.clustering import n_groups, score
from benchmarks.tables import Table, real
from skflowmix import FlowGMM, VariationalFlowMixture
from skflowmix.selection.rule import Rule

ROWS = 1000
"""Most rows of a table."""
TABLES = 2
"""Most tables of a family of real ones."""
OWN = {"FlowGMM": FlowGMM, "VariationalFlowMixture": VariationalFlowMixture}
PEERS: dict[str, Callable[[int, int], Any]] = {
    "GaussianMixture": lambda K, seed: GaussianMixture(K, random_state=seed),
    "KMeans": lambda K, seed: KMeans(K, n_init=10, random_state=seed),
    "SpectralClustering": lambda K, seed: SpectralClustering(
        K, affinity="nearest_neighbors", random_state=seed
    ),
}
CHANGES = ("seed", "order", "twice", "removed")
HEADER = ("family", "tables", *OWN, *(f"{name} before training" for name in OWN), *PEERS)
"""Mean adjusted Rand index over the tables of a family, with seed 0."""
STABILITY = ("estimator", *CHANGES, "worst")
"""Mean adjusted Rand index between a fit and what it is after a change, and the least of all."""


@dataclass(frozen=True)
class Found:
    """What was found on one table.

    Attributes
    ----------
    family : str
    index : dict of float
        Adjusted Rand index with the reference, by column of the report.
    agreement : dict of dict of float
        Of each own estimator's first fit with what it is after each change.
    """

    family: str
    index: dict[str, float]
    agreement: dict[str, dict[str, float]]


def pictures(data: Path) -> Iterator[Table]:
    """Pictures in two or three columns."""
    return (table for table in real(data, n_subsets=1) if table.family in PICTURES)


def real_tables(data: Path) -> Iterator[Table]:
    """The first real tables of each family that have more than three columns."""
    count: Counter[str] = Counter()
    for table in real(data, n_subsets=1):
        if table.family not in PICTURES and table.X.shape[1] > 3:
            count[table.family] += 1
            if count[table.family] <= TABLES:
                yield table


def measure(table: Table, numbers: dict[str, Any]) -> Found:
    """Fit everything to one table; real ones again after each change."""
    X, references = table.X[:ROWS], [y[:ROWS] for y in table.references]
    reference = max(references, key=n_groups)
    K = n_groups(reference)
    index, agreement, is_picture = {}, {}, table.family in PICTURES
    with patch("skflowmix.selection.choice.shipped_rule", lambda: Rule.of(numbers)):
        for name, estimator in OWN.items():
            model = estimator(K, random_state=0)
            first = model.fit_predict(X)
            start = clone(model).set_params(max_iter=0).fit_predict(X)
            index[name] = score(reference, first)
            index[f"{name} before training"] = score(reference, start)
            agreement[name] = {
                change: adjusted_rand_score(first[kept], groups)
                for change, kept, groups in (() if is_picture else changed(model, X))
            }
    Z = StandardScaler().fit_transform(X)
    for name, make in PEERS.items():
        index[name] = score(reference, make(K, 0).fit_predict(Z))
    return Found(family_of(table), index, agreement)


def changed(model: Any, X: np.ndarray) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Fit again after each change; yield its name, rows to compare, and their groups."""
    n_rows = len(X)
    rng = np.random.default_rng(0)
    everything, order = np.arange(n_rows), rng.permutation(n_rows)
    kept = np.sort(order[n_rows // 100 + 1 :])
    other = clone(model).set_params(random_state=1)
    yield "seed", everything, other.fit_predict(X)
    yield "order", order, clone(model).fit_predict(X[order])
    yield "twice", everything, clone(model).fit_predict(np.vstack([X, X]))[:n_rows]
    yield "removed", kept, clone(model).fit_predict(X[kept])


def lines(found: Sequence[Found]) -> list[tuple]:
    """A line for each family, and their mean."""
    table = []
    for family in dict.fromkeys(own.family for own in found):
        own = [each for each in found if each.family == family]
        means = [float(np.mean([each.index[name] for each in own])) for name in HEADER[2:]]
        table.append((family, len(own), *means))
    columns = np.array([line[2:] for line in table])
    return [*table, ("mean of families", len(found), *columns.mean(axis=0).tolist())]


def lines_of_stability(found: Sequence[Found]) -> list[tuple]:
    """A line for each estimator."""
    return [
        (
            name,
            *(
                float(np.mean([each.agreement[name][change] for each in found]))
                for change in CHANGES
            ),
            min(min(each.agreement[name].values()) for each in found),
        )
        for name in OWN
    ]


def main(argv: Sequence[str] | None = None) -> None:
    """Measure all tables and report."""
    command = Command("unseen", __doc__, ("data", "jobs"))
    command.add_argument("--cases", type=Path, required=True, help="what choosing has measured")
    command.add_argument("--pictures", action="store_true", help="pictures, not real tables")
    asked = command.asked(argv)
    with command.needing_data():
        tables = list(pictures(asked.data) if asked.pictures else real_tables(asked.data))
    cases: list[Case] = joblib.load(asked.cases)
    rules = {
        family: learned([case for case in cases if case.family != family])
        for family in {family_of(table) for table in tables}
    }
    found = Parallel(asked.jobs)(
        delayed(measure)(table, rules[family_of(table)]) for table in tables
    )
    if asked.pictures:
        reports.report("unseen_pictures", HEADER, lines(found))
        return
    reports.report("unseen_real", HEADER, lines(found))
    reports.report("unseen_stability", STABILITY, lines_of_stability(found))


if __name__ == "__main__":
    main()
