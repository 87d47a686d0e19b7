"""Kinds of mixtures: which model is built, and what it is trained for.

A family is a value that a fit hands down. Whatever reads it asks the family and no estimator. Each
kind has a module of its own, which the estimator of that kind imports and nothing else does.
"""

from skflowmix.families.architecture import Architecture, Design, FlowDefaults
from skflowmix.families.base import Family, Model
from skflowmix.families.tables import set_start_tables, table_step

__all__ = [
    "Architecture",
    "Design",
    "Family",
    "FlowDefaults",
    "Model",
    "set_start_tables",
    "table_step",
]
