"""Tables grouped in all ways: what is seen of each grouping, and how good it is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from benchmarks.clustering import n_groups, score
from benchmarks.tables import GENERATORS, Table, copula_resample, generated, real, ungrouped
from benchmarks.tables.sources import SAME_SOURCE
from skflowmix import FlowGMM
from skflowmix.data.problem import Problem
from skflowmix.data.scaling import Scaling
from skflowmix.selection.choice import ROWS_PER_GROUP, default_sizes
from skflowmix.selection.search import Sample, search

ROWS = 1000
"""Most rows of a table that are grouped."""
PICTURES = ("fcps", "graves", "other", "deric")
KINDS = ("pictures", "real", "drawn")


@dataclass(frozen=True)
class Case:
    """One table: what is seen of each grouping, and how good it is.

    Attributes
    ----------
    family, kind : str
    name : str
    shape : tuple of int
        Distinct rows that were grouped, and columns.
    sizes : list of int
        Numbers of groups that were tried.
    true : list of int
        Numbers of groups of the references; none where there are no groups.
    criteria : ndarray of shape (S, m, number of criteria)
    given : ndarray of shape (S, m)
        Adjusted Rand index with the references of as many groups; NaN where there is none.
    best : ndarray of shape (S, m)
        With any reference; 0 where there are no groups.
    """

    family: str
    kind: str
    name: str
    shape: tuple[int, int]
    sizes: list[int]
    true: list[int]
    criteria: np.ndarray
    given: np.ndarray
    best: np.ndarray

    @cached_property
    def known(self) -> list[int]:
        """Places of the sizes that a reference has."""
        return [at for at, size in enumerate(self.sizes) if size in self.true]


def tables(data: Path, n_drawn: int) -> Iterator[Table]:
    """All tables: of each drawn family as many, and of real ones subsets."""
    found = list(real(data, n_subsets=max(n_drawn // 2, 1)))
    yield from found
    yield from (generated(family, number) for number in range(n_drawn) for family in GENERATORS)
    yield from (ungrouped(number) for number in range(8 * n_drawn))
    rng = np.random.default_rng(0)
    for number in range(4 * n_drawn):
        X = copula_resample(found[rng.integers(len(found))].X[:ROWS], rng)
        yield Table("copula", f"copula-{number}", X, (np.ones(len(X), dtype=int),))


def measure(table: Table) -> Case:
    """Group a table in all ways, into the sizes that would be tried and those that it has."""
    ones = np.ones(len(table.X))
    scaling = Scaling.of(table.X, ones)
    unlabelled = np.full(len(ones), -1)
    problem = Problem(
        scaling.apply(table.X), unlabelled, 2, ones, FlowGMM().reg_covar, scaling.relative_spread
    )
    sample = Sample.of(problem, table.X, ROWS)
    true = [size for size in table.sizes if size > 1]
    most = len(sample.problem.X) // ROWS_PER_GROUP
    usual = (size for size in default_sizes(len(table.X)) if size <= most)
    sizes = sorted({*usual, *true} - {1})
    tried = search(sample.problem, sizes, in_full=True)
    groups = [[own[sample.nearest] for own in each.groups] for each in tried]
    return Case(
        family_of(table),
        kind_of(table),
        table.name,
        sample.problem.X.shape,
        sizes,
        true,
        np.array([each.criteria for each in tried]),
        np.array([indices(table, own, size) for size, own in zip(sizes, groups, strict=True)]),
        np.array([indices(table, own) for own in groups]),
    )


def family_of(table: Table) -> str:
    """The family that a table is left out with; clouds of one kind are one family."""
    if table.family == "ungrouped":
        return table.name.rsplit("-", 1)[0]
    return SAME_SOURCE.get(table.family, table.family)


def kind_of(table: Table) -> str:
    """Picture, real, drawn, or without groups."""
    if max(table.sizes) == 1:
        return "ungrouped"
    if table.family in GENERATORS:
        return "drawn"
    return "pictures" if table.family in PICTURES else "real"


def indices(table: Table, groupings: Sequence[np.ndarray], size: int | None = None) -> list[float]:
    """Index of each grouping, the best over the references, or over those of one size."""
    references = [y for y in table.references if n_groups(y) > 1]
    if not references:
        return [0.0] * len(groupings)
    fitting = [y for y in references if size in (None, n_groups(y))]
    return [max((score(y, own) for y in fitting), default=np.nan) for own in groupings]
