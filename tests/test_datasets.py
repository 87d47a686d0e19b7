"""The generators: laws that all keep, the recipe of each, and what they refuse."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import cross_val_score
from sklearn.neighbors import KNeighborsClassifier

from skflowmix.datasets import (
    make_eight_gaussians,
    make_pinwheel,
    make_smile,
    make_two_bananas,
    make_two_circles,
)

GENERATORS = {
    "pinwheel": (make_pinwheel, 5),
    "pinwheel of three": (partial(make_pinwheel, n_classes=3), 3),
    "two circles": (make_two_circles, 2),
    "three circles": (partial(make_two_circles, radii=np.arange(1, 4)), 3),
    "eight Gaussians": (partial(make_eight_gaussians, arcs=(1,) * 8), 8),
    "two bananas": (make_two_bananas, 2),
}
"""By name: a generator of even classes, and how many it makes."""

each_generator = pytest.mark.parametrize(
    ("make", "n_classes"), GENERATORS.values(), ids=GENERATORS
)
seeds = st.integers(0, 2**32 - 1)


@each_generator
@given(n_samples=st.integers(1, 60), seed=seeds)
def test_splits_rows_evenly(make, n_classes, n_samples, seed):
    X, y = make(n_samples, random_state=seed)
    assert X.shape == (n_samples, 2)
    assert X.dtype == np.float64
    assert np.isfinite(X).all()
    assert y.shape == (n_samples,)
    assert y.dtype == np.int64
    assert y.max() < n_classes
    assert np.ptp(np.bincount(y, minlength=n_classes)) <= 1


@pytest.mark.parametrize(
    ("make", "counts"),
    [
        (make_pinwheel, [200] * 5),
        (make_two_circles, [512] * 2),
        (make_eight_gaussians, [250, 375, 375]),
        (make_two_bananas, [500] * 2),
        (make_smile, [200, 100, 50, 50]),
    ],
)
def test_defaults(make, counts):
    X, y = make()
    assert X.shape == (sum(counts), 2)
    assert np.bincount(y).tolist() == counts


@each_generator
@given(seed=seeds)
def test_same_seed_same_rows(make, n_classes, seed):
    first, again, other = (make(20, random_state=s) for s in (seed, seed, seed ^ 1))
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert not np.array_equal(first[0], other[0])


@each_generator
def test_goes_on_with_a_random_state_it_is_given(make, n_classes):
    random_state = np.random.RandomState(0)
    first, _ = make(20, random_state=random_state)
    second, _ = make(20, random_state=random_state)
    assert not np.array_equal(first, second)


@each_generator
def test_rows_are_shuffled(make, n_classes):
    _, y = make(100, random_state=0)
    assert not np.array_equal(y, np.sort(y))
    assert not np.array_equal(y, np.arange(100) % n_classes)


@pytest.mark.parametrize("value", [0, 10.5, "10", None])
@each_generator
def test_refuses_what_is_no_number_of_rows(make, n_classes, value):
    with pytest.raises(ValueError, match=r"^n_samples must be an int .*, got "):
        make(value)


@each_generator
def test_refuses_what_is_no_seed(make, n_classes):
    with pytest.raises(ValueError, match="cannot be used to seed"):
        make(random_state="seed")


@pytest.mark.parametrize("value", [-0.1, np.nan, np.inf, None, "1"])
@pytest.mark.parametrize(
    ("make", "name"),
    [
        (make_pinwheel, "radial_std"),
        (make_pinwheel, "tangential_std"),
        (make_two_circles, "radial_std"),
        (make_eight_gaussians, "std"),
        (make_two_bananas, "noise"),
        (make_smile, "outline_std"),
        (make_smile, "eye_std"),
        (make_smile, "mouth_std"),
    ],
)
def test_refuses_what_is_no_spread(make, name, value):
    with pytest.raises(ValueError, match=f"^{name} must be a float .*, got "):
        make(**{name: value})


@pytest.mark.parametrize(
    ("make", "name", "values"),
    [
        (make_pinwheel, "n_classes", [0, "5"]),
        (make_pinwheel, "rate", [np.nan, np.inf]),
        (make_two_circles, "radii", [0.8, (), "08", None, (1, 0), [1, np.inf], [[1], [2]]]),
        (make_eight_gaussians, "radius", [0, np.inf]),
        (make_eight_gaussians, "arcs", [8, (), (2, 3), (9, -1), (0, 8), (4.0, 4), (5, 4)]),
        (make_two_bananas, "bend", [np.nan, np.inf]),
        (make_two_bananas, "shift", [6, (6,), (6, 0, 0), (6, np.nan), "60"]),
    ],
)
def test_refuses_what_makes_no_such_shape(make, name, values):
    for value in values:
        with pytest.raises(ValueError, match=f"^{name} must be .*, got "):
            make(**{name: value})


def test_undoing_the_rotation_gives_gaussian_arms():
    X, y = make_pinwheel(
        20_000, n_classes=4, rate=0.4, radial_std=0.2, tangential_std=0, random_state=0
    )
    along = np.linalg.norm(X, axis=1)  # five standard deviations from where a sign would be lost
    z = (X[:, 0] + 1j * X[:, 1]) * np.exp(1j * (2 * np.pi * y / 4 + 0.4 * np.exp(along)))
    np.testing.assert_allclose(z, along, atol=1e-12)
    np.testing.assert_allclose([along.mean(), along.std()], [1, 0.2], atol=0.01)


def test_arms_have_the_width_that_is_asked_for():
    X, _ = make_pinwheel(
        20_000, n_classes=1, rate=0, radial_std=0, tangential_std=0.3, random_state=0
    )
    np.testing.assert_allclose(X[:, 0], 1)
    np.testing.assert_allclose([X[:, 1].mean(), X[:, 1].std()], [0, 0.3], atol=0.01)


def test_circles_have_their_radii_and_spread_and_uniform_angles():
    X, y = make_two_circles(30_000, radii=(3, 1, 2), radial_std=0.1, random_state=0)
    for label, radius in enumerate((3, 1, 2)):
        ring = X[y == label]
        distances = np.linalg.norm(ring, axis=1)
        np.testing.assert_allclose([distances.mean(), distances.std()], [radius, 0.1], atol=0.01)
        eighths, _ = np.histogram(np.arctan2(ring[:, 1], ring[:, 0]), 8, (-np.pi, np.pi))
        np.testing.assert_allclose(eighths, 10_000 / 8, rtol=0.15)


def test_one_circle_will_do():
    X, y = make_two_circles(10, radii=[2], radial_std=0, random_state=0)
    np.testing.assert_allclose(np.linalg.norm(X, axis=1), 2)
    assert not y.any()


def test_first_circle_is_the_outer_one():
    X, y = make_two_circles(radial_std=0, random_state=0)
    np.testing.assert_allclose(np.linalg.norm(X, axis=1), np.where(y == 0, 0.8, 0.4))


def test_eight_gaussians_start_at_angle_zero_and_go_round_in_arcs():
    X, y = make_eight_gaussians(80, radius=2, std=0, arcs=(1, 4, 3), random_state=0)
    z = X[:, 0] + 1j * X[:, 1]
    eighths = np.rint(np.angle(z) / (np.pi / 4)).astype(int) % 8
    np.testing.assert_allclose(z, 2 * np.exp(1j * np.pi / 4 * eighths), atol=1e-12)
    assert np.bincount(eighths).tolist() == [10] * 8
    np.testing.assert_array_equal(y, np.array([0, 1, 1, 1, 1, 2, 2, 2])[eighths])


def test_eight_gaussians_are_round():
    X, y = make_eight_gaussians(80_000, std=0.3, arcs=(1,) * 8, random_state=0)
    for label in range(8):
        np.testing.assert_allclose(np.cov(X[y == label].T), 0.09 * np.eye(2), atol=0.01)


def test_straightening_the_bananas_gives_gaussians():
    X, y = make_two_bananas(20_000, bend=0.5, noise=0.3, shift=(-5, 7), random_state=0)
    for label in range(2):
        across, along = (X[y == label] - label * np.array([-5, 7])).T
        straight = np.array([across - 0.5 * along**2, along])
        np.testing.assert_allclose(straight.mean(1), 0, atol=0.05)
        np.testing.assert_allclose(straight.std(1), [0.3, 2], atol=0.05)


def test_nested_bananas_are_apart_but_not_for_round_groups():
    X, y = make_two_bananas(shift=(6, 0), random_state=0)
    assert cross_val_score(KNeighborsClassifier(), X, y).mean() > 0.99
    for model in (KMeans(2, random_state=0), GaussianMixture(2, random_state=0)):
        agreement = (model.fit_predict(X) == y).mean()
        assert max(agreement, 1 - agreement) < 0.98


def test_smile_has_its_outline_mouth_and_eyes_in_place():
    X, y = make_smile(40_000, outline_std=0.1, mouth_std=0.15, eye_std=0.2, random_state=0)
    radii = np.linalg.norm(X[y == 0], axis=1)
    np.testing.assert_allclose([radii.mean(), radii.std()], [2, 0.1], atol=0.01)
    across, height = X[y == 1].T
    np.testing.assert_allclose([across.min(), across.max()], [-1.2, 1.2], atol=0.01)
    errors = height - (across**2 - 1)
    np.testing.assert_allclose([errors.mean(), errors.std()], [0, 0.15], atol=0.01)
    for label, eye in enumerate([(-1, 0.8), (1, 0.8)], start=2):
        np.testing.assert_allclose(X[y == label].mean(0), eye, atol=0.01)
        np.testing.assert_allclose(X[y == label].std(0), 0.2, atol=0.01)
