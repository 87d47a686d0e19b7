"""What became of a fit."""

import math
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Report:
    """What became of a fit.

    Attributes
    ----------
    trained : bool
        Whether training moved the model from its start, and was kept.
    n_iter : int
        Epochs run.
    converged : bool
        Whether training came to rest, or was told to end.
    validation_scores : ndarray of shape (n_iter,)
        Score of the held-out rows after each epoch, in nats a row and in the units of the data.
    lower_bound : float
        Mean bound of the rows that were trained on, in the same units.
    start : str
        Name of the start.
    starts : dict
        How the starts were compared, an entry for each criterion.
    experts : dict or None
        Names, weights and losses of the experts that labels have taught.
    class_prior : ndarray of shape (C,) or None
        Shares of the classes that are believed in.
    start_score : float
        Score of the held-out rows before the first epoch; NaN of fits that were saved before it
        was kept.
    """

    trained: bool
    n_iter: int
    converged: bool
    validation_scores: np.ndarray
    lower_bound: float
    start: str
    starts: dict[str, np.ndarray] = field(default_factory=dict)
    experts: dict[str, np.ndarray] | None = None
    class_prior: np.ndarray | None = None
    start_score: float = math.nan
