"""How models are trained: on a CPU step by step, on a GPU from a record. Uses torch only."""

from skflowmix.training.loop import History, Objective, Settings, Trainer, calm_cpu
from skflowmix.training.replay import Replayed

__all__ = ["History", "Objective", "Replayed", "Settings", "Trainer", "calm_cpu"]
