"""The training loop that users of flow libraries write."""

import copy
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.density.fits import Clock, Fitted
from benchmarks.density.tables import Split

BATCH_SIZE, LEARNING_RATE, PATIENCE = 256, 1e-3, 15
LogProb = Callable[[Tensor], Tensor]


def trained(module: nn.Module, log_prob: LogProb, split: Split, seed: int, limit: float) -> Fitted:
    """Train by Adam until 15 epochs in a row do not score better on the validation rows.

    Training ends after ``limit`` seconds at the latest. The best state is kept.
    """

    @torch.no_grad()
    def score(X: np.ndarray) -> np.ndarray:
        parts = torch.as_tensor(X, dtype=torch.float32).split(4096)
        return torch.cat([log_prob(part) for part in parts]).double().numpy()

    clock = Clock()
    train = torch.as_tensor(split.train, dtype=torch.float32)
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(module.parameters(), lr=LEARNING_RATE)
    best, kept, fruitless = -np.inf, copy.deepcopy(module.state_dict()), 0
    while fruitless < PATIENCE and clock.seconds < limit:
        for rows in torch.randperm(len(train), generator=generator).split(BATCH_SIZE):
            optimizer.zero_grad()
            loss = -log_prob(train[rows]).mean()
            loss.backward()
            optimizer.step()
        current = float(np.mean(score(split.validation)))
        fruitless += 1
        if current > best:
            best, kept, fruitless = current, copy.deepcopy(module.state_dict()), 0
            clock.watch(score, split.test)
    module.load_state_dict(kept)
    return Fitted(score, clock.seconds, clock.curve)
