"""Which of several models that were trained side by side is kept."""

import numpy as np
import torch

from skflowmix.families import Model
from skflowmix.fitting.task import Task
from skflowmix.selection import Sample, selection_scores
from skflowmix.training import flush_denormals

Criteria = dict[str, np.ndarray]
"""Criteria of several models by their names, one array ``(R,)`` each."""
DECIMALS = 9
"""Of scores, beyond which those of the same groups by other names may differ."""


def compare(task: Task, model: Model, validation_score: np.ndarray) -> Criteria:
    """Compare R models by their groups, or by their scores where there is no choice of groups.

    Returns
    -------
    criteria : dict of ndarray of shape (R,)
        ``"validation_score"`` as given, and ``"trained_score"``, the largest of which is kept.
    """
    is_open = task.problem.n_components > 1 and not task.problem.n_classes
    scores = group_scores(task, model) if is_open and model.n_starts > 1 else validation_score
    return {"trained_score": scores, "validation_score": validation_score}


@torch.no_grad()
@flush_denormals(False)  # rows are in the units of the data, which may be that small
def group_scores(task: Task, model: Model) -> np.ndarray:
    """Return the selection scores of the groups that R models make of a sample, ``(R,)``."""
    sample = Sample.of(task.problem, task.seen.X).problem
    x = torch.as_tensor(sample.table, dtype=torch.float32, device=task.device)
    groups = model.mixture.joint_log_prob(x).argmax(-1).cpu().numpy()  # (R, m)
    return selection_scores(sample, list(groups), task.problem.n_components)


def best_start(criteria: Criteria) -> int:
    """Number of the model with the largest score; of equals, the likeliest."""
    scores = criteria["trained_score"].round(DECIMALS)
    return int(np.lexsort((criteria["validation_score"], scores))[-1])
