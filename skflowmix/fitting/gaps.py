"""Columns without a value are refused, and what is missing is filled to look for a start."""

from dataclasses import replace

import numpy as np
import torch

from skflowmix.data.problem import Problem
from skflowmix.data.scaling import Scaling
from skflowmix.fitting.options import Observations
from skflowmix.incomplete import Gaps, beside_categories, conditional_means, fit_gaussians


def check_columns_have_values(data: Observations, numbers: np.ndarray) -> None:
    """Refuse columns that have no value in any row that is fitted."""
    least = data.X[numbers].min(0, initial=np.inf, where=~np.isnan(data.X[numbers]))
    empty = data.column_names[data.together.largest(-least) == -np.inf]
    if len(empty):
        raise ValueError(
            f"The columns {empty.tolist()} have no value in the rows that are fitted: leave them "
            "out."
        )


def without_gaps(problem: Problem, data: Observations) -> tuple[Problem, Gaps | None]:
    """Fill what is missing by its mean given the rest, under Gaussians of all rows.

    Returns
    -------
    problem : Problem
    gaps : Gaps or None
        Where the gaps are, and the Gaussians that tell of them.
    """
    missing = np.isnan(problem.X)
    if not data.together.any(bool(missing.any())):
        return problem, None
    if data.together.n_processes > 1:
        raise ValueError(
            "Rows of several processes must be whole, and some values are NaN, which is missing."
        )
    x, weights = torch.from_numpy(problem.X), torch.from_numpy(problem.sample_weight)
    gaussians = fit_gaussians(x, weights)
    if data.categories is not None:
        x = torch.from_numpy(problem.table)
        gaussians = beside_categories(gaussians, x, weights, data.categories.n_levels)
    filled = conditional_means(gaussians, x).numpy()[:, : data.n_numbers]
    gaps = Gaps(torch.from_numpy(missing), gaussians.widened())
    return replace(problem, X=filled, missing=missing), gaps


def rows_as_they_came(
    data: Observations, numbers: np.ndarray, own: Problem, scaling: Scaling
) -> np.ndarray:
    """Return rows in the units of the data, or on the line, with what fills their gaps."""
    rows, p = data.X[numbers], data.n_numbers
    if own.missing is not None:
        filled = np.where(own.missing, scaling.first(p).undo(own.X), rows[:, :p])
        rows = np.hstack([filled, rows[:, p:]])
    return scaling.on_line(rows)
