"""Tables with some labels: what each expert says of labels it was not shown, and of new rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.model_selection import train_test_split

from benchmarks.choosing.cases import family_of, kind_of
from benchmarks.data_sets import hide_labels
from benchmarks.tables import GENERATORS, Table, generated, real
from benchmarks.tables.sources import CYTOMETRY, LABELLED, source
from benchmarks.tables.table import made_table, numbered
from skflowmix.data.problem import Problem
from skflowmix.data.scaling import Scaling
from skflowmix.experts import LEARNERS, Sample
from skflowmix.experts.learning import Asked, Prior, ask_out_of_fold, density_stand_in

LABELS = (3, 10, 30)
"""Labelled rows a class."""
SOME = 400
"""Most rows of a table, labelled by nobody or for the test, whose answers are kept."""
LEAST_ROWS = 8
"""Rows that a class must have."""
MANY_ROWS = 6000
"""Of large tables, where labels have farther to go: the others have 1,500 at most."""
SAMPLES = 3
"""Gated samples of each kind that are taken."""
STAND_IN = Prior(np.array([*np.full(len(LEARNERS), 1.5 / len(LEARNERS)), 0.0]), 1.0)
"""Equal weights, by which the density begins here: those that are shipped are made of cases."""


@dataclass(frozen=True)
class Case:
    """One draw of labels on one table.

    Attributes
    ----------
    family, kind, name : str
    n_labels : int
        Labelled rows a class.
    asked : Asked
        What experts say of labelled rows that they were not shown.
    label_shares : ndarray of shape (C,)
    unlabelled : ndarray of shape (J + 1, u, C)
        What they say of unlabelled rows that they know.
    answers : ndarray of shape (J + 1, t, C)
        What they say of rows for the test, as log-probabilities.
    truth : ndarray of shape (t,)
        The classes of these.
    """

    family: str
    kind: str
    name: str
    n_labels: int
    asked: Asked
    label_shares: np.ndarray
    unlabelled: np.ndarray
    answers: np.ndarray
    truth: np.ndarray


def tables(data: Path, n_drawn: int) -> Iterator[Table]:
    """Real tables and pictures, large ones too, and of each drawn family as many."""
    for table in real(data, n_subsets=n_drawn):
        sample = table.name.rsplit("-", 1)[-1]
        is_spare = table.family in CYTOMETRY and int(sample) > SAMPLES
        if not is_spare and table.family != "deric":
            yield table
    for place, name in enumerate(LABELLED):
        X, y = source(data, name)
        rng = np.random.default_rng([300, place])
        rows = rng.permutation(len(X))[:MANY_ROWS]
        yield made_table(name, f"{name}-large", X[rows], numbered(y[rows]), rng)
    yield from (generated(family, number) for number in range(n_drawn) for family in GENERATORS)


def measure(table: Table, n_labels: int) -> Case | None:
    """Show some labels of a table, and ask; None where its classes are too few or too small."""
    X, y = classes_of(table, n_labels)
    if len(np.unique(y)) < 2:
        return None
    train, test, shown, truth = train_test_split(X, y, test_size=0.25, stratify=y, random_state=0)
    spare = np.bincount(shown) - 1
    codes = hide_labels(shown, np.minimum(n_labels, spare), seed=0)
    scaling = Scaling.of(train, np.ones(len(train)))
    problem = Problem(scaling.apply(train), codes, y.max() + 1, np.ones(len(train)), 1e-6)
    evidence = Sample.of(problem, train).evidence
    learners = [make(evidence) for make in LEARNERS.values()]
    asked = ask_out_of_fold(evidence, learners, STAND_IN)
    experts = [learner.learn(evidence) for learner in learners]
    test, truth = scaling.apply(test[:SOME]), truth[:SOME]
    everything = np.arange(len(evidence.X))
    known = np.stack([own.log_proba_at_fit(evidence.X, everything) for own in experts])
    pooled = np.tensordot(STAND_IN.weights[:-1], known, 1)
    density = density_stand_in(evidence, everything, pooled).log_proba
    rows = np.flatnonzero(~evidence.labelled)[:SOME]
    on_known = np.concatenate([known[:, rows], density(evidence.X[rows])[None]])
    on_new = np.stack([*(own.log_proba(test) for own in experts), density(test)])
    return Case(
        family_of(table),
        kind_of(table),
        table.name,
        n_labels,
        asked,
        evidence.label_shares,
        on_known.astype(np.float32),
        on_new.astype(np.float32),
        truth,
    )


def classes_of(table: Table, n_labels: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows and classes from 0, of the classes that are large enough to hide some labels."""
    y = table.references[-1]
    kept = np.flatnonzero(np.isin(y, np.flatnonzero(np.bincount(y) >= LEAST_ROWS)) & (y > 0))
    return table.X[kept], np.unique(y[kept], return_inverse=True)[1]
