"""How models are trained: on a CPU step by step, on a GPU from a record.

Uses torch and collectives only.
"""

from skflowmix.training.cpu import flush_denormals, scoring_threads, training_threads
from skflowmix.training.cuda_graphs import Replayed
from skflowmix.training.flat import FlatParameters
from skflowmix.training.loop import History, Objective, Settings, Trainer
from skflowmix.training.sharded import ShardedTrainer
from skflowmix.training.turns import scikit_learn_turn

__all__ = [
    "FlatParameters",
    "History",
    "Objective",
    "Replayed",
    "Settings",
    "ShardedTrainer",
    "Trainer",
    "flush_denormals",
    "scikit_learn_turn",
    "scoring_threads",
    "training_threads",
]
