"""A mixture of flows beside one flow of as many parameters: held-out log-likelihood.

Run ``python -m benchmarks.one_or_many --data FOLDER``. A layer of K small networks has as many
weights as one of a network K times as wide, so the comparison is of what they are spent on.
Both kinds of flow are Real NVPs of the same depth, trained alike. A single flow has to stretch
threads between groups that lie apart; a mixture has less for what bends all rows alike. Rows are
standardised by those that are trained on, and a tenth of them is held out.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from sklearn.base import clone
from sklearn.datasets import make_circles
from threadpoolctl import threadpool_limits

from benchmarks import reports
from benchmarks.arguments import Command
from benchmarks.density.tables import Split, load
from skflowmix import VariationalFlowMixture
from skflowmix.datasets import make_eight_gaussians, make_pinwheel, make_two_bananas

MOST_ROWS, N_TOY = 4000, 2000
WIDTH = 16
"""Of the hidden layer of each flow in a mixture."""


def _table(name: str) -> Callable[[Path], np.ndarray]:
    def some(folder: Path) -> np.ndarray:
        X = load(name, folder)
        return X[np.random.default_rng(0).permutation(len(X))[:MOST_ROWS]]

    return some


DATASETS: dict[str, tuple[int, Callable[[Path], np.ndarray]]] = {
    "eight Gaussians": (8, lambda _: make_eight_gaussians(N_TOY, random_state=0)[0]),
    "pinwheel": (5, lambda _: make_pinwheel(N_TOY, random_state=0)[0]),
    "two bananas": (2, lambda _: make_two_bananas(N_TOY, random_state=0)[0]),
    "rings": (2, lambda _: make_circles(N_TOY, noise=0.05, factor=0.4, random_state=0)[0]),
    "gvhd": (5, _table("gvhd")),
    "pendigits": (10, _table("pendigits")),
    "protein": (8, _table("protein")),
    "wine": (4, _table("wine")),
}
"""Number of flows in the mixture, and rows."""
HEADER = ("data", "d", "flows", "width", "parameters", "seeds", "mean", "deviation", "median")


def fitted(X: np.ndarray, n_flows: int, width: int, seed: int) -> tuple[int, np.ndarray]:
    """Number of parameters of the flows, and the log-densities of the rows that were held out."""
    split = Split.of(X, seed)
    rows = np.vstack([split.train, split.validation])
    model = VariationalFlowMixture(
        n_flows,
        flow="affine",
        hidden_layer_sizes=width,
        n_estimators=1,
        random_state=seed,
    )
    model.fit(rows)
    return n_flow_parameters(model, rows), model.score_samples(split.test)


def n_flow_parameters(model: VariationalFlowMixture, X: np.ndarray) -> int:
    """Number of parameters that a mixture has more than one without flows."""
    without = clone(model).set_params(n_layers=0, max_iter=0, init_params="kmeans").fit(X)
    return n_parameters(model, X) - n_parameters(without, X)


def n_parameters(model: VariationalFlowMixture, X: np.ndarray) -> int:
    """Number of all parameters, which is half of what aic adds to the likelihood of any rows."""
    return round(model.aic(X) / 2 + model.score_samples(X).sum())


def lines(name: str, n_seeds: int, folder: Path) -> list[tuple]:
    """The mixture, then the one flow."""
    n_flows, make = DATASETS[name]
    X = make(folder)
    table = []
    for flows, width in ((n_flows, WIDTH), (1, n_flows * WIDTH)):
        runs = [fitted(X, flows, width, seed) for seed in range(n_seeds)]
        means = np.array([scores.mean() for _, scores in runs])
        median = np.mean([np.median(scores) for _, scores in runs])
        found = map(float, (means.mean(), reports.deviation(means), median))
        table.append((name, X.shape[1], flows, width, runs[0][0], n_seeds, *found))
    return table


def main(argv: Sequence[str] | None = None) -> None:
    """Fit both for every set and report."""
    command = Command("one_or_many", __doc__, ("data", "seeds"))
    command.add_names("sets", DATASETS)
    asked = command.asked(argv)
    with command.needing_data(), threadpool_limits(1):
        table = [line for name in asked.sets for line in lines(name, asked.seeds, asked.data)]
    reports.report("one_or_many", HEADER, table)


if __name__ == "__main__":
    main()
