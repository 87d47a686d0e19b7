"""Where there is no cluster, a fit says how to make one."""

import dask.array as da
import pytest

from skflowmix import FlowGMM
from skflowmix.dask import fit


def test_a_fit_without_a_client_says_how_to_make_one():
    with pytest.raises(ValueError, match=r"client=distributed\.Client\(\)"):
        fit(FlowGMM(), da.zeros((9, 2)))
