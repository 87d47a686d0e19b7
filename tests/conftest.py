"""Settings of the whole test run: the same examples on every run, and one thread."""

import pytest
import torch
from hypothesis import settings

settings.register_profile(
    "laws", derandomize=True, deadline=None, max_examples=20, database=None, print_blob=False
)
settings.load_profile("laws")


@pytest.fixture(scope="session", autouse=True)
def _one_thread():
    """Tensors here are small: a second thread costs more than it gains."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
