"""All tables by their names, as markers of pages call them."""

from benchmarks.published import (
    densities,
    groups,
    labels,
    missing,
    mixed,
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
    mixed,
    outliers,
    papers,
    speed,
    scale,
    parameters,
)
TABLES: dict[str, Table] = {
    name: table for module in MODULES for name, table in module.TABLES.items()
}
