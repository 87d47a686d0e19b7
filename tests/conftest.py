"""Settings of the whole test run: the same examples on every run, one thread, cheap experts."""

import os

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "laws",
    max_examples=8,
    derandomize=True,
    database=None,
    deadline=None,  # no test depends on how fast the machine is
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("laws")


def pytest_configure():
    """One thread for each library: arrays here are small, and there may be several workers.

    Libraries ask when they are imported, and this comes before any test is.
    """
    os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session", autouse=True)
def _one_thread():
    """Tensors here are small: a second thread costs more than it gains."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session", autouse=True)
def _cheap_experts():
    """A fit with labels grows two forests a fold: no law of fits needs many trees or folds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("skflowmix.experts.forests.N_TREES", 4)
        patch.setattr("skflowmix.experts.evidence.FOLDS", 2)
        yield
