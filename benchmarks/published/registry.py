"""All tables by their names, as markers of pages call them."""

from benchmarks.published import (
    densities,
    groups,
    labels,
    missing,
    outliers,
    papers,
    parameters,
    scale,
    speed,
    summary,
)
from benchmarks.published.table import Table

MODULES = (
    summary,
    groups,
    labels,
    densities,
    missing,
    outliers,
    papers,
    speed,
    scale,
    parameters,
)
TABLES: dict[str, Table] = {
    name: table for module in MODULES for name, table in module.TABLES.items()
}
