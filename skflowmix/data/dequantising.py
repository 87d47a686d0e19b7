"""Noise for columns whose values come in steps. Knows numpy only.

A density of such a column has no bound: it may rise to infinity at every value. Uniform noise as
wide as the steps between values makes it a density that can be compared.
"""

import numpy as np

FEW_VALUES, MOST_TIES = 0.05, 0.5
"""A column of fewer distinct values than this share of the rows is quantised, and so is one that
has the same value in more of them than this. Set by hand; other values were not measured."""
LEAST_WIDTH = 0.01
"""Least width of a step, in deviations of the column."""


def quantisation_widths(Z: np.ndarray) -> np.ndarray:
    """Widths of the steps between the values of standardised columns, ``(d,)``.

    Those of continuous columns are 0.
    """
    return np.array([_width(column) for column in Z.T])


def _width(column: np.ndarray) -> float:
    values, counts = np.unique(column, return_counts=True)
    if len(values) > FEW_VALUES * len(column) and counts.max() <= MOST_TIES * len(column):
        return 0.0
    width = float(np.diff(values).min()) if len(values) > 1 else 0.0
    return max(width, LEAST_WIDTH)


def dequantising_noise(
    shape: tuple[int, ...], widths: np.ndarray, random_state: np.random.RandomState
) -> np.ndarray | float:
    """Draw uniform noise ``(n, d)`` as wide as the steps; 0 where all columns are continuous."""
    if not widths.any():
        return 0.0
    return random_state.uniform(-0.5, 0.5, shape) * widths
