"""Training loops for flows of other libraries: the one that users write, and that of this package.

What both have in common is the clock and that the best state by the validation rows is kept.
"""

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.density.fits import Clock, Fitted
from benchmarks.density.tables import Split

BATCH_SIZE, LEARNING_RATE, PATIENCE = 256, 1e-3, 15
"""Of the loop that users write: Adam at a constant rate."""
EPOCHS, BATCHES_PER_EPOCH, SCHEDULED_PATIENCE = 100, 50, 25
WEIGHT_DECAY, MAX_GRADIENT_NORM = 1e-3, 10.0
RATES = (5e-3, 1e-2)
"""First learning rates that validation chooses from, if there is time for the second."""
LogProb = Callable[[Tensor], Tensor]


@dataclass
class Keeper:
    """The best state by the validation rows, and how many epochs ago that was.

    Attributes
    ----------
    module : Module
    log_prob : callable
        Log-densities ``(b,)`` of rows ``(b, d)`` by the module.
    split : Split
    """

    module: nn.Module
    log_prob: LogProb
    split: Split
    clock: Clock = field(default_factory=Clock)
    best: float = -np.inf
    fruitless: int = 0

    def __post_init__(self) -> None:
        self.state = copy.deepcopy(self.module.state_dict())

    @torch.no_grad()
    def score(self, X: np.ndarray) -> np.ndarray:
        """Log-densities ``(n,)`` of rows ``(n, d)``."""
        parts = torch.as_tensor(X, dtype=torch.float32).split(4096)
        return torch.cat([self.log_prob(part) for part in parts]).double().numpy()

    def look(self) -> None:
        """Keep the state if it is the best so far, which is a point of the curve."""
        current = float(np.mean(self.score(self.split.validation)))
        self.fruitless += 1
        if current > self.best:
            self.best, self.fruitless = current, 0
            self.state = copy.deepcopy(self.module.state_dict())
            self.clock.watch(self.score, self.split.test)

    def fitted(self, chosen: str = "") -> Fitted:
        """Go back to the best state."""
        self.module.load_state_dict(self.state)
        return Fitted(self.score, self.clock.seconds, self.clock.curve, chosen)


def trained(module: nn.Module, log_prob: LogProb, split: Split, seed: int, limit: float) -> Fitted:
    """Train by Adam until 15 epochs in a row do not score better on the validation rows.

    Training ends after ``limit`` seconds at the latest.
    """
    keeper = Keeper(module, log_prob, split)
    train = torch.as_tensor(split.train, dtype=torch.float32)
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(module.parameters(), lr=LEARNING_RATE)
    while keeper.fruitless < PATIENCE and keeper.clock.seconds < limit:
        for rows in torch.randperm(len(train), generator=generator).split(BATCH_SIZE):
            optimizer.zero_grad()
            loss = -log_prob(train[rows]).mean()
            loss.backward()
            optimizer.step()
        keeper.look()
    return keeper.fitted()


def trained_like_ours(
    make: Callable[[], tuple[nn.Module, LogProb]],
    split: Split,
    seed: int,
    limit: float,
    rates: Sequence[float] = RATES,
) -> Fitted:
    """Train as this package does, the first learning rate chosen by the validation rows.

    A second rate is tried if those before it took less than half of the ``limit`` in seconds. Both
    count for the seconds, and the curve is that of the chosen one.
    """
    fits: list[tuple[float, Fitted]] = []
    spent = 0.0
    for rate in rates:
        if spent < limit / 2:
            keeper = _scheduled(Keeper(*make(), split), rate, seed, limit - spent)
            fits.append((keeper.best, keeper.fitted(f"rate={rate}")))
            spent += fits[-1][1].seconds
    _, chosen = max(fits, key=lambda fit: fit[0])
    return Fitted(chosen.score, spent, chosen.curve, chosen.chosen)


def _scheduled(keeper: Keeper, rate: float, seed: int, limit: float) -> Keeper:
    """AdamW under a rate that falls by half a cosine to zero, at the ``limit`` at the latest."""
    optimizer = torch.optim.AdamW(_groups(keeper.module))
    batches = Batches(keeper.split.train, seed)
    for epoch in range(EPOCHS):
        for number, rows in enumerate(batches):
            progress = (epoch + number / len(batches)) / EPOCHS
            progress = min(max(progress, keeper.clock.seconds / limit), 1.0)
            for group in optimizer.param_groups:
                group["lr"] = rate * 0.5 * (1 + math.cos(math.pi * progress))
            _step(keeper, optimizer, rows)
        keeper.look()
        if keeper.fruitless >= SCHEDULED_PATIENCE or keeper.clock.seconds >= limit:
            break
    return keeper


def _step(keeper: Keeper, optimizer: torch.optim.Optimizer, rows: Tensor) -> None:
    """One step, unless the gradient is not finite."""
    optimizer.zero_grad()
    loss = -keeper.log_prob(rows).mean()
    loss.backward()
    norm = nn.utils.clip_grad_norm_(keeper.module.parameters(), MAX_GRADIENT_NORM)
    if bool(norm.isfinite()):
        optimizer.step()


def _groups(module: nn.Module) -> list[dict]:
    """Weights of networks decay; biases and the maps between the transforms do not."""
    weights = [each.weight for each in module.modules() if isinstance(each, nn.Linear)]
    decaying = {id(weight) for weight in weights}
    others = [p for p in module.parameters() if id(p) not in decaying]
    return [
        {"params": weights, "weight_decay": WEIGHT_DECAY},
        {"params": others, "weight_decay": 0.0},
    ]


class Batches:
    """Batches of a tenth of the rows, but of 32 to 256: at most 50 of them an epoch."""

    def __init__(self, X: np.ndarray, seed: int) -> None:
        self.rows = torch.as_tensor(X, dtype=torch.float32)  # (n, d)
        self.size = min(max(len(X) // 10, 32), 256)
        self.generator = torch.Generator().manual_seed(seed)

    def __len__(self) -> int:
        return min(-(-len(self.rows) // self.size), BATCHES_PER_EPOCH)

    def __iter__(self) -> Iterator[Tensor]:
        order = torch.randperm(len(self.rows), generator=self.generator)
        return (self.rows[part] for part in order.split(self.size)[:BATCHES_PER_EPOCH])
