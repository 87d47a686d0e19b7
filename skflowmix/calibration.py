"""How far to trust a model's probabilities. Knows numpy and scipy only."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp

PSEUDO_ROWS = 5.0
"""How many labelled rows the usual temperature counts for, which is the root of d."""
HOTTEST = 100.0
"""Temperatures lie between 1 / HOTTEST and HOTTEST."""
ENOUGH = 50
"""Labelled rows held out from training that are enough to go by."""


def judges(labelled: np.ndarray, held: np.ndarray) -> np.ndarray:
    """Mask of the labelled rows to calibrate on: those held out, or all if these are too few."""
    unseen = labelled & held
    return unseen if unseen.sum() >= ENOUGH else labelled


def temperature(joint: np.ndarray, codes: np.ndarray, n_features: int) -> float:
    """Find what to divide log p(x, k) by, so that labels are as probable as they can be.

    A density of many features adds up what each of them says, and where it is wrong they err
    together, so its posteriors are too sure. One number cures most of it, and changes no decision.

    Parameters
    ----------
    joint : ndarray of shape (n, K)
        Log p(x, k) of labelled rows.
    codes : ndarray of shape (n,)
        Their labels.
    n_features : int
        Number of features d behind the densities.

    Returns
    -------
    temperature : float
        1 without rows, close to the root of d with few, and ever less bound to it with more.

    References
    ----------
    Guo, Pleiss, Sun and Weinberger (2017), On calibration of modern neural networks, section 4.
    """
    if not len(codes):
        return 1.0
    usual = np.log(n_features) / 2

    def loss(log_temperature: float) -> float:
        tempered = joint * np.exp(-log_temperature)
        right = np.take_along_axis(tempered, codes[:, None], axis=1)[:, 0]
        prior = PSEUDO_ROWS * (log_temperature - usual) ** 2
        return float((logsumexp(tempered, axis=1) - right).sum() + prior)

    most = np.log(HOTTEST)
    return float(np.exp(minimize_scalar(loss, bounds=(-most, most), method="bounded").x))
