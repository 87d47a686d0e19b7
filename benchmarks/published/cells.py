"""What makers of tables share: names that are short, numbers, and columns that are picked."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from benchmarks.published.results import Row
from benchmarks.published.table import MISSING, Cells

OURS = ("FlowGMM", "VariationalFlowMixture")
LEVEL = 0.01
"""Figures that differ by no more are level."""
SHORT = {
    "VariationalFlowMixture": "Variational",
    "GaussianMixture": "Gaussian",
    "SpectralClustering": "Spectral",
    "zuko MAF, our schedule": "MAF",
    "zuko NSF, our schedule": "NSF",
    "vine copula": "vine",
    "FlowGMM, start": "start",
    "StepMix, full covariances": "StepMix, full",
    "GaussianMixture, one-hot": "one-hot",
    "Gaussian copula": "copula",
    "independent columns": "independent",
    "training rows": "real",
}
"""Names for tables that a phone can show; pages explain them."""


def short(name: str) -> str:
    """A name as it stands in a table."""
    return SHORT.get(name, name)


def number(text: str) -> float:
    """A number of a file, NaN where there is none."""
    return float("nan") if text in MISSING else float(text)


def shown(value: float, digits: int = 3) -> str:
    """A number of a table, nothing where there is none."""
    return "" if np.isnan(value) else f"{value:.{digits}f}"


def picked(rows: Iterable[Row], columns: Mapping[str, str]) -> list[Cells]:
    """Some columns, given as what each is called in a table and in the file."""
    return [list(columns), *([row[name] for name in columns.values()] for row in rows)]


def crossed(
    rows: Iterable[Row], line: Sequence[str], column: str, value: str
) -> dict[tuple[str, ...], dict[str, str]]:
    """Values by what lines are told by, and by the column that they belong in."""
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for row in rows:
        found.setdefault(tuple(row[name] for name in line), {})[row[column]] = row[value]
    return found


def best(figures: Mapping[str, float]) -> tuple[str, float]:
    """The name and the figure of the largest, "-" where there is none."""
    known = {name: figure for name, figure in figures.items() if not np.isnan(figure)}
    name = max(known, key=lambda one: known[one], default="-")
    return name, known.get(name, float("nan"))
