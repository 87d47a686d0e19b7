"""All parts of the benchmark by their names, the most important first."""

from benchmarks.missing import conditionals, cost, densities, groups, imputation, labels
from benchmarks.missing.part import Part

MODULES = (imputation, densities, groups, labels, conditionals, cost)
PARTS: dict[str, Part] = {module.PART.name: module.PART for module in MODULES}
