"""Columns whose values come in steps are found, and their noise is as wide as the steps."""

import numpy as np
import pytest

from skflowmix.data.dequantising import LEAST_WIDTH, dequantising_noise, quantisation_widths


def test_steps_are_found_and_as_wide_as_they_are():
    rng = np.random.default_rng(0)
    n = 200
    columns = {
        "continuous": (rng.standard_normal(n), 0.0),
        "whole": (rng.integers(0, 6, n), 1.0),
        "halves": (rng.integers(0, 6, n) / 2, 0.5),
        "constant": (np.zeros(n), LEAST_WIDTH),
        "mostly zero": (np.where(np.arange(n) < 120, 0, rng.uniform(1, 2, n)), LEAST_WIDTH),
        "rounded": (rng.standard_normal(n).round(2), 0.0),
    }
    found = quantisation_widths(np.column_stack([column for column, _ in columns.values()]))
    np.testing.assert_allclose(found, [width for _, width in columns.values()])


@pytest.mark.parametrize("widths", [[0.0, 0.5], [2.0, 1.0]])
def test_noise_fills_the_steps_and_leaves_other_columns_alone(widths):
    noise = dequantising_noise((2000, 2), np.array(widths), np.random.RandomState(0))
    assert (np.abs(noise) <= np.array(widths) / 2).all()
    np.testing.assert_allclose(np.ptp(noise, axis=0), widths, rtol=0.01)
    np.testing.assert_allclose(noise.mean(0), 0, atol=0.05)


def test_without_steps_there_is_no_noise_and_nothing_is_drawn():
    random_state = np.random.RandomState(0)
    assert not np.any(dequantising_noise((5, 2), np.zeros(2), random_state))
    assert random_state.randint(1000) == np.random.RandomState(0).randint(1000)
