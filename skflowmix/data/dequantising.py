"""Noise for columns whose values come in steps. Knows numpy, scipy, collectives and scaling only.

A density of such a column has no bound: it may rise to infinity at every value. Uniform noise as
wide as the steps between values makes it a density that can be compared, or, integrated over the
cell of the noise around a value, a probability.

One rule says how wide the steps are: as the least difference between two values of the column,
and a hundredth of its deviation at least. So there are two kinds of column whose values are no
grid, and which get the least width:

* Ties in a continuous column, such as zeros in most of the rows. The least difference between the
  other values says nothing. The least width bounds the density at the tie, and is too little to
  blur the rest, where cells of neighbouring values overlap.
* A constant column. What stands for its deviation is its own size (see `Scaling`), so that its
  cell changes with its unit, as all others do. A column of zeros has size 1.
"""

import numpy as np
from scipy.stats import qmc

from skflowmix.collective import ALONE, Collective
from skflowmix.data.scaling import Scaling

FEW_VALUES, MOST_TIES = 0.05, 0.5
"""A column of fewer distinct values than this share of the rows is quantised, and so is one that
has the same value in more of them than this. Set by hand; other values were not measured."""
LEAST_WIDTH = 0.01
"""Least width of a step, in deviations of the column."""
ROUNDING = 1e-9
"""Difference, in deviations, that is no step: 3 * 0.1 is not 0.3. It makes no values one, as all
rows but a wild one may lie as near to each other."""
CELL_POINTS = 64
"""Points of a cell over which a density is averaged, a power of 2. Cells of independent Gaussians
with known masses were off by (root of the mean square, in nats a row):

=======================  =====  =====  =====  =====  =====
deviation, in widths      d=1    d=2    d=5    d=10   d=20
=======================  =====  =====  =====  =====  =====
0.29, as of noise alone  .0005  .008   .13    .46    1.2
0.5                      .0001  .003   .06    .23    .66
1                        .0000  .0004  .008   .04    .13
=======================  =====  =====  =====  =====  =====

128 points halve what is left with two columns, and save a third with twenty."""


def quantisation_widths(Z: np.ndarray, together: Collective = ALONE) -> np.ndarray:
    """Widths of the steps between the values of standardised columns, ``(d,)``.

    Those of continuous columns are 0. Missing values, which are NaN, are passed over.
    """
    return np.array([_width(column[~np.isnan(column)], together) for column in Z.T])


def counts_in_steps(
    column: np.ndarray, together: Collective = ALONE
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the distinct values of a column ``(n,)`` and how many rows have each.

    None unless they are few, or one of them is that of most rows.
    """
    values, counts = np.unique(column, return_counts=True)
    n_rows = together.added(len(column))
    if together.largest(len(values)) > FEW_VALUES * n_rows:
        # Whoever is most of all rows is half of a shard at least; values of others are not sent.
        is_common = together.added((counts >= MOST_TIES * len(column)).sum())
        if not is_common:
            return None
    values, where = np.unique(together.gather(values), return_inverse=True)
    counts = np.bincount(where, together.gather(counts)).astype(int)
    is_continuous = len(counts) > FEW_VALUES * n_rows
    return None if is_continuous and counts.max() <= MOST_TIES * n_rows else (values, counts)


def comes_in_steps(column: np.ndarray) -> bool:
    """Whether values ``(n,)`` are few, or one of them is that of most rows."""
    return counts_in_steps(column) is not None


def _width(column: np.ndarray, together: Collective) -> float:
    found = counts_in_steps(column, together)
    if found is None:
        return 0.0
    steps = np.diff(found[0])
    steps = steps[steps > ROUNDING]
    return max(float(steps.min()), LEAST_WIDTH) if len(steps) else LEAST_WIDTH


def noise_widths(X: np.ndarray) -> np.ndarray:
    """Widths of the steps between the values of columns ``(n, d)``, in their units, ``(d,)``."""
    scaling = Scaling.of(X, np.ones(len(X)))
    return scaling.undo_widths(quantisation_widths(scaling.apply(X)))


def cell_points(widths: np.ndarray) -> np.ndarray:
    """Points ``(m, d)`` that fill the cell around 0 of some widths ``(d,)``, always the same.

    Without any width it is one point, 0.

    References
    ----------
    Owen (1998), Scrambling Sobol' and Niederreiter-Xing points.
    """
    stepped = np.flatnonzero(widths)
    if not len(stepped):
        return np.zeros((1, len(widths)))
    points = np.zeros((CELL_POINTS, len(widths)))
    points[:, stepped] = qmc.Sobol(len(stepped), seed=0).random(CELL_POINTS) - 0.5
    return points * widths


def dequantising_noise(
    shape: tuple[int, ...], widths: np.ndarray, random_state: np.random.RandomState
) -> np.ndarray | float:
    """Draw uniform noise ``(n, d)`` as wide as the steps; 0 where all columns are continuous."""
    if not widths.any():
        return 0.0
    return random_state.uniform(-0.5, 0.5, shape) * widths
