"""Recorded steps: on a GPU what they do, and without one in which order they do it."""

import numpy as np
import pytest
import torch

from skflowmix.training import loop
from skflowmix.training.cuda_graphs import N_WARM_UP, Replayed
from tests.estimators import every_estimator

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")


class Recording:
    """A CUDA graph, but for the GPU: it holds the function's calls while it is recorded."""

    def __init__(self):
        self.is_recording, self.again, self.n_replays = False, None, 0

    def __enter__(self):
        self.is_recording = True

    def __exit__(self, *_):
        self.is_recording = False

    def replay(self):
        self.n_replays += 1
        self.again()


@pytest.fixture
def recorded(monkeypatch):
    """A running sum and the recorded function that adds to it, with a graph made of Python."""
    monkeypatch.setattr(torch.cuda, "CUDAGraph", Recording)
    monkeypatch.setattr(torch.cuda, "graph", lambda graph, capture_error_mode: graph)
    monkeypatch.setattr(Replayed, "_warm_up", lambda self: self.function(*self.inputs))
    total = torch.zeros(())

    def add(x):
        if step.graph.is_recording:  # recorded, not done
            step.graph.again = lambda: total.add_(x.sum())
        else:
            total.add_(x.sum())

    step = Replayed(add)
    return step, total


def test_every_call_counts_once(recorded):
    step, total = recorded
    for number in range(N_WARM_UP + 4):
        step(torch.full((3,), float(number)))
    assert total == 3 * sum(range(N_WARM_UP + 4))
    assert step.graph.n_replays == 4


def test_other_shapes_are_not_replayed(recorded):
    step, total = recorded
    for _ in range(N_WARM_UP + 2):
        step(torch.ones(3))
    step(torch.ones(2))
    assert total == 3 * (N_WARM_UP + 2) + 2
    assert step.graph.n_replays == 2


def test_inputs_may_change_afterwards(recorded):
    step, total = recorded
    x = torch.ones(3)
    for _ in range(N_WARM_UP + 1):
        step(x)
        x.zero_().add_(1)
    assert total == 3 * (N_WARM_UP + 1)


@needs_gpu
def test_a_gpu_repeats_what_it_saw():
    place = torch.zeros(5, device="cuda")
    step = Replayed(lambda x: place.mul_(0.5).add_(x))
    expected = torch.zeros(5)
    for number in range(3 * N_WARM_UP):
        x = torch.full((5,), float(number))
        step(x.cuda())
        expected = expected * 0.5 + x
    torch.testing.assert_close(place.cpu(), expected)


@needs_gpu
@every_estimator
@pytest.mark.parametrize("flow", ["affine", "autoregressive_spline"])
def test_recorded_training_is_that_of_python(estimator, flow, monkeypatch):
    X = np.random.default_rng(0).normal(size=(1000, 4)) ** 3
    model = estimator(
        2, flow=flow, max_iter=5, init_params="kmeans", random_state=0, device="cuda"
    )
    recorded = model.fit(X).validation_scores_
    np.testing.assert_array_equal(model.fit(X).validation_scores_, recorded)
    monkeypatch.setattr(loop, "Replayed", lambda step: step)
    np.testing.assert_allclose(model.fit(X).validation_scores_, recorded, atol=1e-3)


@needs_gpu
@every_estimator
def test_a_gpu_finds_what_the_cpu_finds(estimator):
    X = np.random.default_rng(0).normal(size=(1000, 4)) ** 3
    scores = [
        estimator(2, init_params="kmeans", random_state=0, device=device).fit(X).score(X)
        for device in ("cuda", "cpu")
    ]
    assert scores[0] == pytest.approx(scores[1], abs=0.3)
