"""Vine copulas of pyvinecopulib, with kernel densities as margins."""

import time

import numpy as np
from pyvinecopulib import families
from pyvinecopulib.core import FitControlsVinecop, Kde1d, Vinecop
from scipy import stats

from benchmarks.density.fits import Fitted
from benchmarks.density.tables import Split

VINE_ROWS = 10_000
"""Rows that a vine is fitted to at most: with all it would take minutes, which nothing can end."""
TREES = (1, 2, 4, 8, 16, 32)
"""How many trees validation chooses from, beside all of them."""


class Margin:
    """A kernel density, and beside its n rows one that is Cauchy.

    The library's kernel density is zero some way beyond the rows, where test rows may be.
    """

    def __init__(self, x: np.ndarray) -> None:
        self.n, self.kernels = len(x), Kde1d()
        self.kernels.fit(x)

    def log_density(self, x: np.ndarray) -> np.ndarray:
        """Log-density ``(n,)``."""
        return np.log((self.n * self.kernels.pdf(x) + stats.cauchy.pdf(x)) / (self.n + 1))

    def share_below(self, x: np.ndarray) -> np.ndarray:
        """Distribution function ``(n,)``."""
        return (self.n * self.kernels.cdf(x) + stats.cauchy.cdf(x)) / (self.n + 1)


class VineDensity:
    """Margins, and a vine of pair copulas by local likelihood, or of independence where AIC says.

    Parameters
    ----------
    X : ndarray of shape (n, d)
    """

    def __init__(self, X: np.ndarray) -> None:
        self.margins = [Margin(x) for x in np.ascontiguousarray(X.T)]
        self.copula = None if len(self.margins) == 1 else self._copula(X)

    def _copula(self, X: np.ndarray) -> Vinecop:
        pairs = [families.indep, families.tll]
        controls = FitControlsVinecop(family_set=pairs, selection_criterion="aic", num_threads=1)
        return Vinecop.from_data(self._shares(X), controls)

    def _shares(self, X: np.ndarray) -> np.ndarray:
        columns = [
            margin.share_below(x) for margin, x in zip(self.margins, self._columns(X), strict=True)
        ]
        return np.asfortranarray(np.stack(columns, axis=1))  # (n, d)

    @staticmethod
    def _columns(X: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(X.T)

    def truncate(self, X: np.ndarray) -> str:
        """Leave as many trees as are best for other rows ``(m, d)``; say how many."""
        if self.copula is None:
            return ""
        whole, shares = self.copula.to_json(), self._shares(X)
        found = []
        for n_trees in [k for k in TREES if k < len(self.margins) - 1] + [len(self.margins) - 1]:
            copula = Vinecop.from_json(whole)
            copula.truncate(n_trees)
            found.append((float(copula.logpdf(shares).mean()), n_trees, copula))
        _, n_trees, self.copula = max(found, key=lambda each: each[0])
        return f"trees={n_trees}"

    def score(self, X: np.ndarray) -> np.ndarray:
        """Log-densities ``(n,)`` of rows ``(n, d)``."""
        pairs = zip(self.margins, self._columns(X), strict=True)
        log_density = np.sum([margin.log_density(x) for margin, x in pairs], axis=0)
        if self.copula is None:
            return log_density
        return log_density + self.copula.logpdf(self._shares(X))


def vine_copula(split: Split, seed: int, limit: float) -> Fitted:
    """Fit a vine copula, the number of trees by validation; nothing in it is random."""
    begun = time.perf_counter()
    density = VineDensity(split.train[:VINE_ROWS])
    chosen = density.truncate(split.validation)
    return Fitted(density.score, time.perf_counter() - begun, [], chosen)
