"""Rows of classes that nobody labelled, and rows unlike anything seen.

Run ``python -m benchmarks.new_classes --data FOLDER``. The last two classes of a set have no
labels, the others ten a class, and as many components are asked for as there are classes. Accuracy
is over test rows of the labelled classes, and over those of the others with new components matched
to them. "AUROC" is how well a low log-density tells these others where no row of theirs was in
training at all. The peer is a Gaussian mixture with the same start.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score
from sklearn.mixture import GaussianMixture

from benchmarks import reports
from benchmarks.arguments import Command
from benchmarks.data_sets import hide_labels
from benchmarks.few_labels.splitting import ALL, split
from benchmarks.papers.rivals import FLOWS, Factory
from benchmarks.papers.runs import Metrics, Options, fitted, matched, over_seeds
from skflowmix.data.problem import Problem
from skflowmix.experts import Sample, learn_pool
from skflowmix.fitting.proposals import responsibilities_by
from skflowmix.fitting.task import Answers
from skflowmix.starts import respect_labels

SETS = ("optdigits", "pendigits")
N_LABELS, N_NEW = 10, 2
REG_COVAR = 1e-3
"""Of the peer, in standardised columns: less of it and EM breaks down on columns with ties."""


class StartedMixture(GaussianMixture):
    """A Gaussian mixture that starts from what experts say, and from new groups."""

    def fit(self, X: np.ndarray, y: np.ndarray) -> "StartedMixture":
        """Begin EM with the moments of the start."""
        problem = Problem(X, y, self.n_components, np.ones(len(X)), self.reg_covar)
        sample = Sample.of(problem, X)
        answers = Answers(learn_pool(sample.evidence), sample)
        random_state = np.random.RandomState(self.random_state)
        start = responsibilities_by(answers, problem, random_state)
        self.start = respect_labels(start, y)
        return super().fit(X)

    def _initialize_parameters(self, X: np.ndarray, random_state: Any, xp: Any = None) -> None:
        self._initialize(X, self.start)


ESTIMATORS: dict[str, Factory] = {
    "GaussianMixture, same start": lambda K, seed: StartedMixture(
        K, reg_covar=REG_COVAR, random_state=seed
    ),
    **FLOWS,
}


def measure(data: str, estimator: str, seed: int, folder: Path) -> Metrics:
    """Fit with all rows for the accuracies, and without the new classes for the AUROC."""
    (train, full), (test, truth) = split(data, ALL, folder, seed)
    n_known = truth.max() + 1 - N_NEW
    known = full < n_known
    shown = np.where(known, hide_labels(full, N_LABELS, seed), -1)
    model, seconds = fitted(ESTIMATORS[estimator](n_known + N_NEW, seed), train, shown)
    groups, is_new = model.predict(test), truth >= n_known
    found = np.where(groups >= n_known, groups, -1)[is_new]
    narrow, _ = fitted(ESTIMATORS[estimator](n_known, seed), train[known], shown[known])
    return {
        "known": float((groups == truth)[~is_new].mean()),
        "new": float((matched_new(truth[is_new], found) == truth[is_new]).mean()),
        "AUROC": float(roc_auc_score(is_new, -narrow.score_samples(test))),
        "seconds": seconds,
    }


def matched_new(truth: np.ndarray, found: np.ndarray) -> np.ndarray:
    """New components renamed to the classes they match best; rows without one have none."""
    named = np.full_like(truth, -1)
    if (found >= 0).any():
        named[found >= 0] = matched(truth[found >= 0], found[found >= 0])
    return named


def lines(results: dict[tuple[str, str], list[Metrics]]) -> list[tuple]:
    """Means and deviations over the seeds."""
    table = []
    for cell, runs in results.items():
        columns = [[run[name] for run in runs] for name in ("known", "new", "AUROC")]
        numbers = [float(of(column)) for column in columns for of in (np.mean, np.std)]
        table.append((*cell, len(runs), *numbers))
    return table


HEADER = (
    "data",
    "estimator",
    "seeds",
    "known",
    "deviation of known",
    "new",
    "deviation of new",
    "AUROC",
    "deviation of AUROC",
)


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and report."""
    command = Command("new_classes", __doc__, ("data", "seeds", "jobs"))
    options = Options(**vars(command.asked(argv)))
    with command.needing_data():
        results = over_seeds(partial(measure, folder=options.data), SETS, ESTIMATORS, options)
    reports.report("new_classes", HEADER, lines(results))


if __name__ == "__main__":
    main()
