"""Threads and denormals around a piece of work, also where several Python threads do some."""

import threading

import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from skflowmix.training.cpu import SMALL_WORK, scoring_threads, training_threads

every_context = pytest.mark.parametrize("context", [scoring_threads, training_threads])


def thread_counts():
    libraries = {info["filepath"]: info["num_threads"] for info in threadpool_info()}
    return libraries, torch.get_num_threads()


def denormals_are_flushed():
    return bool(torch.tensor(1e-310, dtype=torch.float64) * 0.5 == 0)


@pytest.fixture
def _two_threads():
    """More threads than small work takes, so that there is something to put back."""
    before = torch.get_num_threads()
    with threadpool_limits(2):
        torch.set_num_threads(2)
        yield
    torch.set_num_threads(before)


@pytest.fixture(params=[False, True], ids=["kept", "flushed"])
def denormals(request):
    """Whether denormals were flushed before."""
    torch.set_flush_denormal(request.param)
    yield request.param
    torch.set_flush_denormal(False)


@pytest.mark.usefixtures("_two_threads")
@pytest.mark.parametrize("work", [1, SMALL_WORK - 1, SMALL_WORK])
@pytest.mark.parametrize("fails", [False, True])
@every_context
def test_threads_and_denormals_are_as_they_were(context, work, fails, denormals):
    before = thread_counts()
    assert before[1] == 2
    try:
        with context(work):
            inside = torch.get_num_threads(), denormals_are_flushed()
            if fails:
                raise RuntimeError
    except RuntimeError:
        assert fails
    assert inside[0] == (1 if work < SMALL_WORK else 2)
    assert inside[1] == (denormals or context is training_threads)
    assert thread_counts() == before
    assert denormals_are_flushed() == denormals


@pytest.mark.usefixtures("_two_threads")
@every_context
def test_work_within_work_keeps_to_one_thread(context):
    before = thread_counts()
    with context(1):
        with context(1):
            pass
        assert torch.get_num_threads() == 1
    assert thread_counts() == before


@pytest.mark.usefixtures("_two_threads")
@every_context
def test_work_that_overlaps_leaves_the_threads_as_they_were(context):
    """The first to begin is the first to end, and the other one still has one thread."""
    before, inside = thread_counts(), []
    first_is_in, second_is_in, first_is_out = (threading.Event() for _ in range(3))

    def first():
        with context(1):
            first_is_in.set()
            assert second_is_in.wait(30)
        first_is_out.set()

    def second():
        assert first_is_in.wait(30)
        with context(1):
            second_is_in.set()
            assert first_is_out.wait(30)
            inside.append(torch.get_num_threads())

    threads = [threading.Thread(target=work) for work in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert inside == [1]
    assert thread_counts() == before
    seen = []
    later = threading.Thread(target=lambda: seen.append(torch.get_num_threads()))
    later.start()
    later.join()
    assert seen == [before[1]]
