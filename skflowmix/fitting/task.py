"""What a fit works on, from its first step to its last, and what follows by default from that."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Generator

from skflowmix.collective import Collective
from skflowmix.data.bounds import BoundedScaling
from skflowmix.data.dequantising import quantisation_widths
from skflowmix.data.embedding import Embedding
from skflowmix.data.problem import Problem
from skflowmix.data.scaling import Scaling
from skflowmix.data.steps import Steps
from skflowmix.experts import Learned, Sample
from skflowmix.families import Family
from skflowmix.families.architecture import unless_auto
from skflowmix.fitted import Fitted
from skflowmix.fitting.gathering import Seen
from skflowmix.fitting.monitoring import Monitor
from skflowmix.fitting.options import Observations, Options
from skflowmix.incomplete import Gaps
from skflowmix.selection import Choice

MAX_BATCH, MAX_BATCH_OF_DENSITY, MIN_BATCH, BATCHES = 512, 256, 32, 10
"""Rows of a batch at most and at least, and how many batches an epoch is to have. A step of the
couplings of groups takes hardly longer for 512 rows than for 256; one of the splines of densities
takes twice as long."""
MAX_ITER, MAX_ITER_OF_GROUPS, MAX_ITER_WITH_LABELS = 100, 50, 25
"""Most epochs by default: of a density, of groups, and with labels. What others cost and gain,
``python -m benchmarks.schedule`` tells. With labels, what is predicted settles before the density
does: after 25 epochs accuracy on new rows was that after 12 or 50 on six tables of ``python -m
benchmarks.few_labels`` with ten labels a class."""

PATIENCE = 10
"""Epochs without a gain, after the warm-up, after which training ends by default. Several models
wait for the last of them to rest: with 10 their averages scored as with 25 on ``cancer``,
``diabetes`` and ``olive``, and took half of the time."""


@dataclass(frozen=True)
class Answers:
    """What labels say of the rows of a fit, by a pool of experts.

    Attributes
    ----------
    learned : Learned
        What was learned from a sample of the rows.
    sample : Sample
        This sample.
    """

    learned: Learned
    sample: Sample

    @property
    def proba(self) -> np.ndarray:
        """Probabilities of the classes, ``(m, C)``."""
        return np.exp(self.learned.log_proba)[self.sample.nearest]


@dataclass(frozen=True)
class Task:
    """What a fit works on, the same from its first step to its last.

    Attributes
    ----------
    data : Observations
    options : Options
    previous : Fitted or None
        The fit to go on from.
    device : torch.device
        Where to train.
    generator : torch.Generator
        Source of first weights and of the order of rows.
    numbers : ndarray of shape (n,)
        Which observations are fitted, one of each that are copies.
    own : Problem
        These rows, standardised.
    seen : Seen
        What this process sees of the rows of all; all its rows where there are no others.
    n_rows : int
        How many rows all processes fit.
    n_named : int
        How many components labels have named, in this fit or in the one it goes on from.
    scaling : Scaling
    family : Family
    monitor : Monitor
        Who is told of every start that proposes a grouping.
    choice : Choice or None
        The groupings that were tried, where nothing says how to begin.
    answers : Answers or None
        What labels say of the rows that are seen, where nothing else says how to begin.
    gaps : Gaps or None
        What is missing from the rows, where something is.
    profiles : ndarray of shape (R, m, M) or None
        Responsibilities of the modes of a density that has categories, for each model averaged.
    embedding : Embedding or None
        How starts and experts see categories.
    """

    data: Observations
    options: Options
    previous: Fitted | None
    device: torch.device
    generator: Generator
    numbers: np.ndarray
    own: Problem
    seen: Seen
    n_rows: int
    n_named: int
    scaling: Scaling
    family: Family
    monitor: Monitor
    choice: Choice | None = None
    answers: Answers | None = None
    gaps: Gaps | None = None
    profiles: np.ndarray | None = None
    embedding: Embedding | None = None

    @property
    def problem(self) -> Problem:
        """The rows that are seen, standardised, ``(m, d)``: the same on all processes."""
        return self.seen.problem

    def share_of(self, amount: int) -> int:
        """Return how much of an amount for all rows is that of this process."""
        return max(round(amount * len(self.numbers) / self.n_rows), 1)

    @property
    def together(self) -> Collective:
        """The processes that fit one model."""
        return self.data.together

    @property
    def max_iter(self) -> int:
        """Most epochs that training may take."""
        if self.family.architecture.is_single_gaussian:
            return 0
        usual = MAX_ITER_OF_GROUPS if has_groups(self.problem) else MAX_ITER
        usual = MAX_ITER_WITH_LABELS if self.problem.n_classes else usual
        return unless_auto(self.options.max_iter, usual)

    @property
    def n_iter_no_change(self) -> int:
        """After how many epochs without a gain training ends."""
        return unless_auto(self.options.n_iter_no_change, PATIENCE)

    @property
    def batch_rows(self) -> int:
        """How many rows a batch has, of all processes."""
        size = self.options.batch_size
        if isinstance(size, str):
            most = MAX_BATCH if has_groups(self.problem) else MAX_BATCH_OF_DENSITY
            return min(max(self.n_rows // BATCHES, MIN_BATCH), most)
        return min(size, self.n_rows)

    @property
    def n_averaged(self) -> int:
        """How many models are averaged in the end; with 1 the best of those trained is kept."""
        return self.family.architecture.n_estimators

    @property
    def n_models(self) -> int:
        """How many models are trained side by side, R."""
        if self.n_averaged > 1 or self.previous is not None:
            return self.n_averaged
        return self.options.n_init

    @property
    def width(self) -> int:
        """Most numbers that one batch fills in one layer of all models."""
        return self.batch_rows * self.n_models * self.family.architecture.width

    @cached_property
    def noise_widths(self) -> np.ndarray:
        """Widths of the noise for columns that come in steps, else 0: ``(D,)``, standardised.

        A fit that goes on keeps the widths it had, by which its density was found; only a column
        that was continuous gets the width that is found now, lest its density runs away.
        """
        present = self.own.present[:, : self.own.rows.shape[1]]
        found = quantisation_widths(present, self.together)
        found = np.pad(found, (0, self.scaling.n_columns - len(found)))  # none of categories
        if self.previous is None or self.previous.noise_widths is None:
            return found
        before = self.previous.noise_widths / self.scaling.spread
        return np.where(before > 0, before, found)

    @cached_property
    def steps(self) -> Steps:
        """Values of the columns that have noise, to round samples to.

        A fit that goes on keeps those it had of columns which are continuous now.
        """
        X, scaling = self.data.X[self.numbers].astype(np.float64), self.scaling
        if isinstance(scaling, BoundedScaling):  # where widths are those of mapped columns
            scaling = Scaling.of(X, self.own.sample_weight, self.together)
        found = Steps.of(X, scaling.undo_widths(self.noise_widths), self.together)
        return found.or_else(None if self.previous is None else self.previous.steps)


def has_groups(problem: Problem) -> bool:
    """Whether there is more to find than a density."""
    return problem.n_components > 1 or problem.n_classes > 0
