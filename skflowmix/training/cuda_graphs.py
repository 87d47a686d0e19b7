"""Steps that a GPU repeats by itself. Uses torch only.

Layers of small networks are done sooner than Python asks for the next: a GPU waits for most of
the time. A recorded step is one request.
"""

import threading
from collections.abc import Callable

import torch
from torch import Tensor

_recording = threading.Lock()

N_WARM_UP = 3
"""Calls before the recording, in which libraries set themselves up and autograd fills caches."""


class Replayed:
    """A function that a GPU records and repeats, on inputs of the shapes that it saw first.

    The function works in place: what it returns is dropped. It may not look at numbers on the
    GPU, and what it reads and writes must stay where it is, but for its inputs, which are copied.
    Inputs of other shapes are passed to the function itself.

    Parameters
    ----------
    function : callable
        Takes tensors on the GPU.

    References
    ----------
    Nguyen, Carilli, Eryilmaz and others (2021), Accelerating PyTorch with CUDA graphs.
    """

    def __init__(self, function: Callable[..., object]) -> None:
        self.function = function
        self.graph = torch.cuda.CUDAGraph()
        self.inputs: tuple[Tensor, ...] = ()
        self.n_calls = 0

    def __call__(self, *inputs: Tensor) -> None:
        """Run the function, by now from the record."""
        if not self.inputs:
            self.inputs = tuple(tensor.clone() for tensor in inputs)
        if any(new.shape != own.shape for new, own in zip(inputs, self.inputs, strict=True)):
            self.function(*inputs)
            return
        for own, new in zip(self.inputs, inputs, strict=True):
            own.copy_(new)
        self._run()

    def _run(self) -> None:
        self.n_calls += 1
        if self.n_calls <= N_WARM_UP:
            self._warm_up()
            return
        if self.n_calls == N_WARM_UP + 1:
            # Other threads may go on with their own work, but only one may record at a time.
            with _recording, torch.cuda.graph(self.graph, capture_error_mode="thread_local"):
                self.function(*self.inputs)
        self.graph.replay()

    def _warm_up(self) -> None:
        """Run on a stream of its own, as what is recorded may use no memory of the usual one."""
        usual, own = torch.cuda.current_stream(), torch.cuda.Stream()
        own.wait_stream(usual)
        with torch.cuda.stream(own):
            self.function(*self.inputs)
        usual.wait_stream(own)
