"""Files of one table, in every way that tables are written, and quick fits of it."""

import gzip
from functools import partial
from itertools import product

import numpy as np
import pandas as pd

from skflowmix import FlowGMM, VariationalFlowMixture
from skflowmix.command_line import fitting
from tests.estimators import blobs

SEPARATORS = {"commas": ",", "tabs": "\t", "semicolons": ";", "bars": "|"}
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252")
MISSING = ("", "NA", "nan", "NULL", "?")
HEADERS = {
    "plain": ["x", "y", "kind"],
    "blanks and accents": ["Länge in cm", "größe", "Art"],
    "quoted": ["a,b;c", 'say "x"', "k|ind"],
    "pandas": ["", "0", "1"],
}
FORMS = list(product(SEPARATORS, ENCODINGS, MISSING, HEADERS))


def frame_of(header, n=9):
    """Numbers, numbers with an empty cell, and text."""
    rng = np.random.default_rng(0)
    columns = (
        rng.normal(size=n).round(4),
        rng.integers(0, 99, n) / 4,
        np.array(["rot", "blau"] * n),
    )
    frame = pd.DataFrame({name: column[:n] for name, column in zip("abc", columns, strict=True)})
    frame.iloc[3, 1] = np.nan
    frame.columns = header
    return frame


def write(path, frame, *, separator=",", decimal=".", encoding="utf-8", missing=""):
    """Write a table, compressed if the name says so."""
    text = frame.to_csv(index=False, sep=separator, decimal=decimal, na_rep=missing)
    data = text.encode(encoding)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return str(path)


def blobs_frame(n=40, d=2, k=2):
    """Rows around far-apart centres in columns x0, x1, ..., and their groups."""
    X, groups = blobs(n, d, k)
    return pd.DataFrame(X.round(3), columns=[f"x{j}" for j in range(d)]), groups


def fit_quickly(monkeypatch):
    """Have the command line train nothing, from one start where the number of groups is given."""
    for name, make in (("flow-gmm", FlowGMM), ("variational", VariationalFlowMixture)):
        quick = partial(make, max_iter=0, init_params="kmeans", n_layers=1)
        monkeypatch.setitem(fitting.MIXTURES, name, quick)
