"""Every way in which people write that a label is missing."""

import numpy as np
import pandas as pd


class NotAvailable:
    """A mark that is neither equal to itself nor not, as pandas' NA is, without pandas."""

    def __eq__(self, other):
        return self

    def __ne__(self, other):
        return self

    def __bool__(self):
        raise TypeError("boolean value of NA is ambiguous")

    __hash__ = None


def _objects(labels, mark):
    filled = np.empty(len(labels), dtype=object)
    filled[:] = [mark if label is None else label for label in labels]
    return filled


def _masked(labels):
    any_one = next((label for label in labels if label is not None), 0)
    filled = [any_one if label is None else label for label in labels]
    return np.ma.array(filled, mask=[label is None for label in labels])


def _floats(labels, mark, dtype=float):
    return np.array([mark if label is None else label for label in labels], dtype=dtype)


MARKS = {
    "-1": -1,
    "-1.0": -1.0,
    "numpy's -1": np.int8(-1),
    "None": None,
    "NaN": np.nan,
    "numpy's NaN": np.float32("nan"),
    "NaT": np.datetime64("NaT", "ns"),
    "pandas' NA": pd.NA,
    "pandas' NaT": pd.NaT,
    "a stand-in for NA": NotAvailable(),
}
OF_ANY = {
    **{f"object, {name}": lambda y, mark=mark: _objects(y, mark) for name, mark in MARKS.items()},
    "list": list,
    "list, NaN": lambda y: _objects(y, np.nan).tolist(),
    "column": lambda y: _objects(y, -1)[:, None],
    "masked": _masked,
    "category": lambda y: pd.Series(y, dtype="category"),
    "frame": lambda y: pd.DataFrame({"kind": _objects(y, pd.NA)}),
    # Of objects, as scikit-learn cannot take the rows of a split from one of Arrow's strings.
    "index": lambda y: pd.Index(_objects(y, pd.NA), dtype=object),
}
"""For labels of any type, None where one is missing."""
OF_STRINGS = {
    **OF_ANY,
    "str": lambda y: pd.Series(y, dtype="str"),
    "string": lambda y: pd.Series(y, dtype="string"),
    "frame of string": lambda y: pd.DataFrame({"kind": pd.Series(y, dtype="string")}),
    "numpy's strings": lambda y: np.array(y, dtype=np.dtypes.StringDType(na_object=None)),
}
OF_NUMBERS = {
    **OF_ANY,
    "ints": lambda y: _floats(y, -1, int),
    "int8": lambda y: _floats(y, -1, np.int8),
    "column of ints": lambda y: _floats(y, -1, int)[:, None],
    "floats": lambda y: _floats(y, -1),
    "floats, NaN": lambda y: _floats(y, np.nan),
    "float32, NaN": lambda y: _floats(y, np.nan, np.float32),
    "series of floats": lambda y: pd.Series(_floats(y, np.nan)),
    "Int64": lambda y: pd.Series(y, dtype="Int64"),
    "UInt8": lambda y: pd.Series(y, dtype="UInt8"),
    "Float64": lambda y: pd.Series(y, dtype="Float64"),
    "frame of Int64": lambda y: pd.DataFrame({"kind": pd.Series(y, dtype="Int64")}),
}
OF_BOOLS = {**OF_ANY, "boolean": lambda y: pd.Series(y, dtype="boolean")}

KINDS = {
    "strings": (["ant", "bee", "cow"], OF_STRINGS),
    "numbers": ([0, 1, 2], OF_NUMBERS),
    "bools": ([False, True], OF_BOOLS),
}
"""Names of classes, and the ways of writing them with some missing."""
WAYS = [(kind, way) for kind, (_, ways) in KINDS.items() for way in ways]
