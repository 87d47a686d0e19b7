"""All tables by their names, as markers of pages call them."""

from benchmarks.published import densities, groups, labels, outliers, papers, speed, summary
from benchmarks.published.table import Table

TABLES: dict[str, Table] = {
    name: table
    for module in (summary, groups, labels, densities, outliers, papers, speed)
    for name, table in module.TABLES.items()
}
