"""What a method returns, rows as arrays for those that need them, and choices by validation."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import cauchy

from benchmarks.mixed.tables import Frame, Table, categories_of, numbers_of, rounded

VALIDATION_SHARE = 0.2
LogDensity = Callable[[Frame], np.ndarray]
"""Logs ``(n,)`` of a density of the numbers times a probability of the categories."""


@dataclass(frozen=True)
class Model:
    """A fitted model of rows.

    Attributes
    ----------
    sample : callable
        Takes a number, returns a frame of so many rows.
    log_density : callable, optional
    chosen : str, default=""
        What validation rows decided.
    """

    sample: Callable[[int], Frame]
    log_density: LogDensity | None = None
    chosen: str = ""


@dataclass(frozen=True)
class Arrays:
    """Numbers, standardised by rows of a fit, and codes of categories; and frames of them.

    Attributes
    ----------
    frame : DataFrame
        The rows of the fit, ``n`` of them.
    units, mean, spread : ndarray of shape (p,)
    """

    frame: Frame
    units: np.ndarray
    mean: np.ndarray
    spread: np.ndarray

    @classmethod
    def of(cls, table: Table) -> "Arrays":
        """Those of rows to fit."""
        X = table.frame[numbers_of(table.frame)].to_numpy()  # (n, p)
        return cls(table.frame, table.units, X.mean(axis=0), X.std(axis=0))

    @property
    def n_levels(self) -> list[int]:
        """Of each category."""
        return [len(self.frame[name].cat.categories) for name in categories_of(self.frame)]

    def numbers(self, frame: Frame) -> np.ndarray:
        """Standardised numbers ``(n, p)``."""
        return (frame[numbers_of(self.frame)].to_numpy() - self.mean) / self.spread

    def codes(self, frame: Frame) -> np.ndarray:
        """Places of categories among their levels ``(n, q)``."""
        codes = [frame[name].cat.codes.to_numpy() for name in categories_of(self.frame)]
        return np.column_stack(codes).astype(int)

    def noisy(self, seed: int) -> np.ndarray:
        """Numbers of the fit, ``(n, p)``, spread over their units: a density has no bound else."""
        Z = self.numbers(self.frame)
        noise = np.random.default_rng(seed).uniform(-0.5, 0.5, Z.shape)
        return Z + noise * self.units / self.spread

    def frame_of(self, numbers: np.ndarray, codes: np.ndarray) -> Frame:
        """Rows of drawn arrays: numbers become multiples of their units."""
        import pandas as pd

        drawn = self.frame.iloc[np.zeros(len(numbers), dtype=int)].reset_index(drop=True)
        X = rounded(numbers * self.spread + self.mean, self.units)
        drawn[numbers_of(drawn)] = X
        for name, code in zip(categories_of(drawn), codes.T, strict=True):
            drawn[name] = pd.Categorical.from_codes(code, dtype=drawn[name].dtype)
        return drawn

    def model(
        self,
        sample: Callable[[int], tuple[np.ndarray, np.ndarray]],
        log_density: Callable[[np.ndarray, np.ndarray], np.ndarray],
    ) -> Model:
        """A model of frames by one of arrays, guarded."""
        log_scale = np.log(self.spread).sum()

        def score(frame: Frame) -> np.ndarray:
            return log_density(self.numbers(frame), self.codes(frame)) - log_scale

        return Model(lambda size: self.frame_of(*sample(size)), self.guarded(score))

    def guarded(self, log_density: LogDensity) -> LogDensity:
        """A density of which one part in n + 1 is broad: no far row rules the mean."""
        n = len(self.frame)

        def score(frame: Frame) -> np.ndarray:
            own, broad = log_density(frame), self.log_broad(frame)
            return np.logaddexp(own + np.log(n / (n + 1)), broad - np.log(n + 1))

        return score

    def log_broad(self, frame: Frame) -> np.ndarray:
        """Log-density ``(n,)`` of independent columns, numbers by Cauchy distributions."""
        Z, C = self.numbers(frame), self.codes(frame)
        tables = [np.log(table) for table in self.frequencies()]
        discrete = sum(table[codes] for table, codes in zip(tables, C.T, strict=True))
        return (cauchy.logpdf(Z) - np.log(self.spread)).sum(axis=1) + discrete

    def frequencies(self) -> list[np.ndarray]:
        """Probabilities of the levels of each category, with one row more that has all of them."""
        counts = [
            np.bincount(codes, minlength=n) + 1 / n
            for codes, n in zip(self.codes(self.frame).T, self.n_levels, strict=True)
        ]
        return [count / count.sum() for count in counts]


Fit = Callable[[Table, int], Model]


def chosen_by_validation(candidates: Iterable[tuple[str, Fit]], table: Table, seed: int) -> Model:
    """Fit to four fifths, keep what is best on the rest, and fit that to all rows."""
    order = np.random.default_rng(seed).permutation(len(table.frame))
    n_validation = int(VALIDATION_SHARE * len(order))
    part = replace(table, frame=table.frame.iloc[order[n_validation:]].reset_index(drop=True))
    rest = replace(table, frame=table.frame.iloc[order[:n_validation]].reset_index(drop=True))
    fits = dict(candidates)
    found = {
        name: float(log_masses(_known(fit(part, seed)), rest, n_points=16).mean())
        for name, fit in fits.items()
    }
    best = max(found, key=lambda name: found[name])
    return replace(fits[best](table, seed), chosen=best)


def _known(model: Model) -> LogDensity:
    assert model.log_density is not None
    return model.log_density


def log_masses(log_density: LogDensity, table: Table, n_points: int = 32) -> np.ndarray:
    """Logs ``(n,)`` of the probabilities of rows: their categories, and cells of their numbers.

    The cell of a number is one unit wide. The density is averaged over points that fill the cells,
    for all methods the same ones.
    """
    scores = [
        log_density(moved(table.frame, shift * table.units))
        for shift in _points(n_points, len(table.units))
    ]
    return np.logaddexp.reduce(scores) - np.log(n_points) + np.log(table.units).sum()


def moved(frame: Frame, shift: Sequence[float] | np.ndarray) -> Frame:
    """A frame with something ``(p,)`` added to its numbers."""
    moved = frame.copy()
    names = numbers_of(frame)
    moved[names] = frame[names].to_numpy() + shift
    return moved


def _points(n_points: int, d: int) -> np.ndarray:
    from scipy.stats import qmc

    return qmc.Sobol(d, seed=0).random(n_points) - 0.5  # (n_points, d)
