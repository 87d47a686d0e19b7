"""Generators of toy data with groups that are not Gaussian, in scikit-learn's style."""

from collections.abc import Sequence
from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_random_state

from skflowmix.scikit_learn_private import Interval

_COUNT = Interval(Integral, 1, None, closed="left")
_SPREAD = Interval(Real, 0, None, closed="left")
_POSITIVE = Interval(Real, 0, None, closed="neither")
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
    y = _even_labels(generator, n_samples, n_classes)
    arms = [1.0, 0.0] + generator.standard_normal((n_samples, 2)) * [radial_std, tangential_std]
    return _rotated(arms, -2 * np.pi * y / n_classes - rate * np.exp(arms[:, 0])), y


def make_two_circles(
    n_samples: int = 1024,
    *,
    radii: Sequence[float] = (0.8, 0.4),
    radial_std: float = 0.005,
    random_state: int | np.random.RandomState | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Make thin rings around the origin, one for each radius.

    A row of class c has a uniform angle, and its distance from the origin is drawn from a normal
    distribution with mean ``radii[c]`` and standard deviation ``radial_std``.

    Parameters
    ----------
    n_samples : int, default=1024
        Number of rows, split over the rings as evenly as possible.
    radii : sequence of float, default=(0.8, 0.4)
        Radius of each ring, positive; by default class 0 is the outer ring.
    radial_std : float, default=0.005
        Standard deviation across a ring.
    random_state : int, RandomState instance or None, default=None
        An int gives the same rows on every call.

    Returns
    -------
    X : ndarray of shape (n_samples, 2)
        Rows, in random order.
    y : ndarray of shape (n_samples,)
        Class of each row, from 0 to ``len(radii) - 1``.

    Raises
    ------
    ValueError
        If a parameter is out of range; the message says which.

    References
    ----------
    Pires and Figueiredo (2020), Variational mixture of normalizing flows, arXiv 2009.00585.

    Examples
    --------
    >>> from skflowmix.datasets import make_two_circles
    >>> X, y = make_two_circles(6, radial_std=0, random_state=0)
    >>> X.shape
    (6, 2)
    >>> sorted((X**2).sum(1).round(2).tolist())
    [0.16, 0.16, 0.16, 0.64, 0.64, 0.64]
    """
    _check("n_samples", n_samples, _COUNT)
    _check_each("radii", radii, _POSITIVE)
    _check("radial_std", radial_std, _SPREAD)
    generator = check_random_state(random_state)
    y = _even_labels(generator, n_samples, len(radii))
    angles = generator.uniform(0, 2 * np.pi, n_samples)
    return _polar(generator.normal(np.asarray(radii)[y], radial_std), angles), y


def make_eight_gaussians(
    n_samples: int = 1000,
    *,
    radius: float = 4.0,
    std: float = 0.5,
    arcs: Sequence[int] = (2, 3, 3),
    random_state: int | np.random.RandomState | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Make eight Gaussians on a circle, neighbours joined into classes.

    The means lie evenly on the circle, the first at angle 0 and the others counter-clockwise
    from there; every covariance is ``std**2`` times the identity.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of rows, split over the eight Gaussians, not the classes, as evenly as possible.
    radius : float, default=4.0
        Radius of the circle.
    std : float, default=0.5
        Standard deviation of each Gaussian.
    arcs : sequence of int, default=(2, 3, 3)
        How many Gaussians in a row each class has, eight in all; ``(1,) * 8`` keeps them apart.
    random_state : int, RandomState instance or None, default=None
        An int gives the same rows on every call.

    Returns
    -------
    X : ndarray of shape (n_samples, 2)
        Rows, in random order.
    y : ndarray of shape (n_samples,)
        Class of each row, from 0 to ``len(arcs) - 1``.

    Raises
    ------
    ValueError
        If a parameter is out of range; the message says which.

    References
    ----------
    Izmailov, Kirichenko, Finzi and Wilson (2020), Semi-supervised learning with normalizing
    flows, arXiv 1912.13025.

    Examples
    --------
    >>> from skflowmix.datasets import make_eight_gaussians
    >>> X, y = make_eight_gaussians(80, random_state=0)
    >>> X.shape
    (80, 2)
    >>> [int((y == c).sum()) for c in range(3)]
    [20, 30, 30]
    """
    _check("n_samples", n_samples, _COUNT)
    _check("radius", radius, _POSITIVE)
    _check("std", std, _SPREAD)
    _check_each("arcs", arcs, _COUNT)
    _require("arcs", arcs, sum(arcs) == 8, "positive integers that sum to 8")
    generator = check_random_state(random_state)
    gaussians = _even_labels(generator, n_samples, 8)
    X = generator.normal(_polar(radius, np.pi / 4 * gaussians), std)
    return X, np.repeat(np.arange(len(arcs)), arcs)[gaussians]


def make_two_bananas(
    n_samples: int = 1000,
    *,
    bend: float = 0.25,
    noise: float = 1.0,
    shift: Sequence[float] = (31.4, 15.8),
    random_state: int | np.random.RandomState | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Make two bananas of one shape: Gaussians bent by a parabola, the second one shifted.

    The second coordinate is drawn from a normal distribution with mean 0 and standard deviation
    2, the first from one with mean ``bend * x2**2`` and standard deviation ``noise``; rows of
    class 1 are then moved by ``shift``.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of rows, split over the bananas as evenly as possible.
    bend : float, default=0.25
        How much the bananas bend; 0 leaves them straight.
    noise : float, default=1.0
        Standard deviation across a banana.
    shift : sequence of two floats, default=(31.4, 15.8)
        Where the second banana lies, seen from the first. The default is the experiment's, far
        enough apart for k-means; ``(6, 0)`` nests one banana in the other.
    random_state : int, RandomState instance or None, default=None
        An int gives the same rows on every call.

    Returns
    -------
    X : ndarray of shape (n_samples, 2)
        Rows, in random order.
    y : ndarray of shape (n_samples,)
        Class of each row, 0 or 1.

    Raises
    ------
    ValueError
        If a parameter is out of range; the message says which.

    Notes
    -----
    One banana is the density of Papamakarios et al., Figure 1. The second is Ciobanu's, who
    shifts a copy of the first one's rows by twice the largest value of each column; the default
    ``shift`` is that for the seed of the published code. Here each banana has rows of its own,
    and the columns are not rescaled to [0, 1].

    References
    ----------
    Ciobanu (2021), Mixtures of normalizing flows, CAINE.

    Papamakarios, Pavlakou and Murray (2017), Masked autoregressive flow for density estimation,
    arXiv 1705.07057.

    Examples
    --------
    >>> from skflowmix.datasets import make_two_bananas
    >>> X, y = make_two_bananas(10, shift=(6, 0), random_state=0)
    >>> X.shape
    (10, 2)
    >>> [int((y == c).sum()) for c in range(2)]
    [5, 5]
    """
    _check("n_samples", n_samples, _COUNT)
    _check("bend", bend, _FINITE)
    _check("noise", noise, _SPREAD)
    _check_each("shift", shift, _FINITE)
    _require("shift", shift, len(shift) == 2, "two numbers")
    generator = check_random_state(random_state)
    y = _even_labels(generator, n_samples, 2)
    along = generator.normal(0, 2, n_samples)
    bananas = np.column_stack([generator.normal(bend * along**2, noise), along])
    return bananas + np.outer(y, shift), y


def make_smile(
    n_samples: int = 400,
    *,
    outline_std: float = 0.05,
    mouth_std: float = 0.1,
    eye_std: float = 0.1,
    random_state: int | np.random.RandomState | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Make a smiling face: a round outline, a bent mouth and two eyes, unequal in size.

    Half of the rows make the outline, a ring of radius 2 about the origin. A quarter makes the
    mouth, the parabola ``x**2 - 1`` for x uniform in [-1.2, 1.2], and an eighth each of the eyes,
    Gaussians at (-1, 0.8) and (1, 0.8).

    Parameters
    ----------
    n_samples : int, default=400
        Number of rows, split over the parts as evenly as these shares allow.
    outline_std : float, default=0.05
        Standard deviation across the outline.
    mouth_std : float, default=0.1
        Standard deviation of the mouth's height.
    eye_std : float, default=0.1
        Standard deviation of an eye, in both directions.
    random_state : int, RandomState instance or None, default=None
        An int gives the same rows on every call.

    Returns
    -------
    X : ndarray of shape (n_samples, 2)
        Rows, in random order.
    y : ndarray of shape (n_samples,)
        Class of each row: 0 for the outline, 1 for the mouth, 2 and 3 for the left and the right
        eye.

    Raises
    ------
    ValueError
        If a parameter is out of range; the message says which.

    Notes
    -----
    Places and sizes follow the face of Ciobanu's experiments, which comes as a table. Its outline
    is an exact circle, on which a density would be unbounded: here it has a width.

    References
    ----------
    Ciobanu (2021), Mixtures of normalizing flows, CAINE.

    Examples
    --------
    >>> from skflowmix.datasets import make_smile
    >>> X, y = make_smile(80, random_state=0)
    >>> X.shape
    (80, 2)
    >>> [int((y == c).sum()) for c in range(4)]
    [40, 20, 10, 10]
    """
    _check("n_samples", n_samples, _COUNT)
    _check("outline_std", outline_std, _SPREAD)
    _check("mouth_std", mouth_std, _SPREAD)
    _check("eye_std", eye_std, _SPREAD)
    generator = check_random_state(random_state)
    y = np.repeat(np.arange(4), (4, 2, 1, 1))[_even_labels(generator, n_samples, 8)]
    normal = generator.standard_normal((n_samples, 2))
    angles, across = generator.uniform([0, -1.2], [2 * np.pi, 1.2], (n_samples, 2)).T
    outline = _polar(2 + outline_std * normal[:, 0], angles)
    mouth = np.column_stack([across, across**2 - 1 + mouth_std * normal[:, 1]])
    left, right = [-1, 0.8] + eye_std * normal, [1, 0.8] + eye_std * normal
    return np.stack([outline, mouth, left, right])[y, np.arange(n_samples)], y


def _check(name: str, value: object, allowed: Interval) -> None:
    _require(name, value, allowed.is_satisfied_by(value), allowed)


def _check_each(name: str, values: object, allowed: Interval) -> None:
    items = np.asarray(values, dtype=object)  # as they are: 1.5 stays no int, "1" no number
    satisfied = items.ndim == 1 and items.size and all(map(allowed.is_satisfied_by, items))
    _require(name, values, bool(satisfied), f"a non-empty sequence, each item {allowed}")


def _require(name: str, value: object, satisfied: bool, wanted: object) -> None:
    if not satisfied:
        raise ValueError(f"{name} must be {wanted}, got {value!r}.")


def _even_labels(generator: np.random.RandomState, n_samples: int, n_classes: int) -> np.ndarray:
    """Classes in random order, as even in size as possible."""
    return generator.permutation(np.arange(n_samples) % n_classes)


def _polar(radii: float | np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Rows ``(n, 2)`` at these distances from the origin and angles."""
    return np.column_stack([radii * np.cos(angles), radii * np.sin(angles)])


def _rotated(X: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Rows ``(n, 2)``, each rotated counter-clockwise by its own angle."""
    cos, sin = np.cos(angles), np.sin(angles)
    x, y = X.T
    return np.column_stack([x * cos - y * sin, x * sin + y * cos])
