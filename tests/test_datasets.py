"""The generators: shapes, the recipe of the pinwheel, and what they refuse."""

import numpy as np
import pytest

from skflowmix.datasets import make_pinwheel


@pytest.mark.parametrize(("n_samples", "counts"), [(12, [4, 4, 4]), (11, [4, 4, 3]), (1, [1])])
def test_splits_rows_evenly(n_samples, counts):
    X, y = make_pinwheel(n_samples, n_classes=3, random_state=0)
    assert X.shape == (n_samples, 2)
    assert X.dtype == np.float64
    assert np.bincount(y).tolist() == counts


def test_defaults():
    X, y = make_pinwheel()
    assert X.shape == (1000, 2)
    assert np.bincount(y).tolist() == [200] * 5


def test_same_seed_same_rows():
    first, again, other = (make_pinwheel(50, random_state=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert not np.array_equal(first[0], other[0])


def test_goes_on_with_a_random_state_it_is_given():
    random_state = np.random.RandomState(0)
    first, _ = make_pinwheel(20, random_state=random_state)
    second, _ = make_pinwheel(20, random_state=random_state)
    assert not np.array_equal(first, second)


def test_rows_are_shuffled():
    _, y = make_pinwheel(100, random_state=0)
    assert not np.array_equal(y, np.sort(y))
    assert not np.array_equal(y, np.arange(100) % 5)


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


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_samples", 0),
        ("n_samples", 10.5),
        ("n_classes", 0),
        ("n_classes", "5"),
        ("rate", np.nan),
        ("rate", np.inf),
        ("radial_std", -0.1),
        ("radial_std", np.nan),
        ("tangential_std", -1),
        ("tangential_std", None),
    ],
)
def test_refuses_what_makes_no_pinwheel(name, value):
    with pytest.raises(ValueError, match=f"^{name} must be "):
        make_pinwheel(**{name: value})


def test_refuses_what_is_no_seed():
    with pytest.raises(ValueError, match="cannot be used to seed"):
        make_pinwheel(random_state="seed")
