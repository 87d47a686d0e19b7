"""All parts of the benchmark by their names, the most important first."""

from benchmarks.missing import imputation
from benchmarks.missing.part import Part

PARTS: dict[str, Part] = {module.PART.name: module.PART for module in (imputation,)}
