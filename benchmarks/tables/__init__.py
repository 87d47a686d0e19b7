"""Tables with known groups, to learn the choice among groupings from, and tables without."""

from benchmarks.tables.generated import GENERATORS, generated
from benchmarks.tables.real import families, real
from benchmarks.tables.table import Table
from benchmarks.tables.ungrouped import copula_resample, ungrouped

__all__ = [
    "GENERATORS",
    "Table",
    "copula_resample",
    "families",
    "generated",
    "real",
    "ungrouped",
]
