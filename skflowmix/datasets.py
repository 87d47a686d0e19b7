"""Generators of toy data with groups that are not Gaussian, in scikit-learn's style."""

from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_random_state

from skflowmix._validation import Interval

_COUNT = Interval(Integral, 1, None, closed="left")
_SPREAD = Interval(Real, 0, None, closed="left")
_FINITE = Interval(Real, None, None, closed="neither")


def make_pinwheel(
    n_samples: int = 1000,
    *,
    n_classes: int = 5,
    rate: float = 0.25,
    radial_std: float = 0.3,
    tangential_std: float = 0.05,
    random_state: int | np.random.RandomState | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Make a pinwheel: Gaussian arms around the origin, each bent by a rotation.

    Row f of class c is drawn from a normal distribution with mean (1, 0) and standard deviations
    ``radial_std`` and ``tangential_std``, then rotated about the origin by
    ``2 * pi * c / n_classes + rate * exp(f[0])``, so that the outer end of an arm lags behind.
    As in the authors' code, rotations are clockwise.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of rows, split over the classes as evenly as possible.
    n_classes : int, default=5
        Number of arms.
    rate : float, default=0.25
        How much the arms bend; 0 leaves them straight.
    radial_std : float, default=0.3
        Standard deviation along an arm.
    tangential_std : float, default=0.05
        Standard deviation across an arm.
    random_state : int, RandomState instance or None, default=None
        An int gives the same rows on every call.

    Returns
    -------
    X : ndarray of shape (n_samples, 2)
        Rows, in random order.
    y : ndarray of shape (n_samples,)
        Class of each row, from 0 to ``n_classes - 1``.

    Raises
    ------
    ValueError
        If a parameter is out of range; the message says which.

    References
    ----------
    Johnson, Duvenaud, Wiltschko, Datta and Adams (2016), Composing graphical models with neural
    networks for structured representations and fast inference.

    Examples
    --------
    >>> from skflowmix.datasets import make_pinwheel
    >>> X, y = make_pinwheel(12, n_classes=3, random_state=0)
    >>> X.shape
    (12, 2)
    >>> [int((y == c).sum()) for c in range(3)]
    [4, 4, 4]
    """
    _check("n_samples", n_samples, _COUNT)
    _check("n_classes", n_classes, _COUNT)
    _check("rate", rate, _FINITE)
    _check("radial_std", radial_std, _SPREAD)
    _check("tangential_std", tangential_std, _SPREAD)
    generator = check_random_state(random_state)
    y = generator.permutation(np.arange(n_samples) % n_classes)
    arms = [1.0, 0.0] + generator.standard_normal((n_samples, 2)) * [radial_std, tangential_std]
    return _rotated(arms, -2 * np.pi * y / n_classes - rate * np.exp(arms[:, 0])), y


def _check(name: str, value: object, allowed: Interval) -> None:
    if not allowed.is_satisfied_by(value):
        raise ValueError(f"{name} must be {allowed}, got {value!r}.")


def _rotated(X: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Rows ``(n, 2)``, each rotated counter-clockwise by its own angle."""
    cos, sin = np.cos(angles), np.sin(angles)
    x, y = X.T
    return np.column_stack([x * cos - y * sin, x * sin + y * cos])
