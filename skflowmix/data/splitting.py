"""Which rows to fit to and which of them to hold out, by row numbers. Knows numpy only."""

import numpy as np

MAX_HELD_OUT = 10_000
"""Rows that are enough to stop by, whatever their fraction: the standard error of their mean is a
hundredth of the deviation of a row."""


def subsample(
    codes: np.ndarray,
    most: int,
    random_state: np.random.RandomState,
    keeps_labels: bool | None = None,
) -> np.ndarray:
    """Choose at most ``most`` rows, fairly or with all labelled ones, and return their numbers.

    Labelled rows are the same share of every class where they are more than half of ``most``,
    one of each class at least, unless it is said whether all of them are kept.
    """
    if len(codes) <= most:
        return np.arange(len(codes))
    drawn = random_state.permutation(len(codes))
    if codes.max() < 0:  # in little memory, as there may be many rows
        return np.flatnonzero(drawn < most)
    order = np.lexsort((drawn, codes))
    counts = np.bincount(codes + 1)
    rank = np.empty(len(codes))  # from 0 to 1 within every class, and among unlabelled rows
    firsts = np.cumsum(counts) - counts
    rank[order] = np.arange(len(codes)) - firsts[codes[order] + 1]
    is_first = rank == 0
    rank = (rank + 0.5) / counts[codes + 1]
    if counts[1:].sum() <= most / 2 if keeps_labels is None else keeps_labels:
        rank[codes >= 0] = 0
    rank[(codes >= 0) & is_first] = 0
    return np.sort(np.argsort(rank, kind="stable")[:most])


def held_out(
    codes: np.ndarray,
    fraction: float,
    n_parts: int,
    random_state: np.random.RandomState,
    most: int = MAX_HELD_OUT,
) -> list[np.ndarray]:
    """Choose parts of the rows to hold out, and return their masks.

    Each part has the same share of every class and a row at least, and parts overlap only where
    they are more than the whole. A class with too few labelled rows to spare one keeps them all.
    """
    order = np.lexsort((random_state.permutation(len(codes)), codes))
    counts = np.bincount(codes + 1)[codes + 1]
    spare = order[(codes[order] < 0) | (counts[order] * fraction >= 1)]
    step = max(min(max(1 / fraction, len(spare) / most), len(spare)), 1)
    firsts = (np.arange(n_parts) + 0.5) / n_parts * step
    return [
        _mask(len(codes), spare[np.arange(first, len(spare), step).astype(int)])
        for first in firsts
    ]


def _mask(n_rows: int, chosen: np.ndarray) -> np.ndarray:
    mask = np.zeros(n_rows, dtype=bool)
    mask[chosen] = True
    return mask
