"""Which component a row is of: decisions, and probabilities by the density or by experts."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from skflowmix.experts import Pool
from skflowmix.fitted.completing import CompletingDensity
from skflowmix.fitted.rows import StandardisedRows, joined

POOLED_ROWS = 20_000
"""Rows that experts are asked about at a time, as a forest fills a number for each tree."""


@dataclass(frozen=True, eq=False)
class DecidingDensity(CompletingDensity):
    """A density, with what labels have taught, that decides among components."""

    def decisions(self, X: np.ndarray, device: torch.device | None = None) -> np.ndarray:
        """Return the number of the most probable component, ``(n,)``, of rows ``(n, d)``."""
        return self.decisions_of_standardised(StandardisedRows(X, self.scaling), device)

    def decisions_of_standardised(
        self, rows: np.ndarray | StandardisedRows, device: torch.device | None = None
    ) -> np.ndarray:
        """Return the number of the most probable component, ``(n,)``, of standardised rows."""
        if self.family.architecture.n_components == 1:
            return np.zeros(len(rows), dtype=np.int64)
        if self.pool is None:
            return self.joint_of_standardised(rows, lambda joint: joint.argmax(-1), device)
        answers = self._answers_of(self.pool, rows, device)
        return joined(len(rows), (each.argmax(1) for each in answers))

    def log_proba(self, X: np.ndarray, device: torch.device | None = None) -> np.ndarray:
        """Return calibrated log p(k given x), ``(n, K)``, of rows ``(n, d)``."""
        if self.pool is None:
            return self.calibration.log_proba(self.joint_on_line(X, device))
        rows = StandardisedRows(X, self.scaling)
        return joined(len(rows), self._answers_of(self.pool, rows, device))

    def _answers_of(
        self, pool: Pool, rows: np.ndarray | StandardisedRows, device: torch.device | None
    ) -> Iterator[np.ndarray]:
        """Log-probabilities ``(m, K)`` of standardised rows by a pool, `POOLED_ROWS` a time."""
        for begin in range(0, len(rows), POOLED_ROWS):
            part = rows[begin : begin + POOLED_ROWS]
            versions = self._representatives(part, device)
            answers = [
                pool.log_proba(
                    self.joint_of_standardised(each, device=device),
                    self._points(each),
                    self.n_features,
                )
                for each in versions
            ]
            yield np.logaddexp.reduce(answers) - np.log(len(answers))

    def _points(self, rows: np.ndarray) -> np.ndarray:
        """Whole standardised rows as experts see them, ``(n, e)``."""
        return rows if self.embedding is None else self.embedding.apply(rows)

    def posterior(self, X: np.ndarray, device: torch.device | None = None) -> np.ndarray:
        """Return the amortised q(k given x), ``(n, K)``, of families that have it."""
        rows = StandardisedRows(X, self.scaling)
        return self._map(
            rows, lambda model, x: model.posterior(self._filled(model, x))[0].softmax(-1), device
        )
