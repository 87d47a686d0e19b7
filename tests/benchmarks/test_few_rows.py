"""Fits to few rows are not worse than their start."""

import numpy as np

from benchmarks import few_rows


def test_a_fit_to_few_rows_is_hardly_ever_worse_than_its_start():
    kinds = ("two columns", "correlated", "lognormal")
    table = few_rows.lines(40, kinds, 2)
    assert [line[1] for line in table] == [*kinds, "all"]
    means, worst = np.array([line[3:5] for line in table]).T
    assert means[-1] >= 0
    assert worst.min() >= -0.1
    assert means[2] > 0.1
