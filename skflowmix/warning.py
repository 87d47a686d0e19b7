"""Warnings that point at the line of the caller. Knows the standard library and paths only."""

import contextlib
import functools
import os
import sys
import warnings
from types import FrameType

import joblib
import sklearn
import torch

PASSED_OVER = (
    os.path.dirname(__file__) + os.sep,
    *(package.__path__[0] + os.sep for package in (sklearn, joblib, torch)),
    contextlib.__file__,
    functools.__file__,
)
"""Paths of code that stands between whoever calls the package and the place of a warning."""


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Issue a warning that names the line by which a user has called this package.

    Parameters
    ----------
    message : str
    category : type of warning, default=UserWarning
    """
    warnings.warn(message, category, stacklevel=_levels_to_caller(sys._getframe(1)))


def _levels_to_caller(frame: FrameType) -> int:
    """How many calls lie between `warn` and the first line of code that is not passed over."""
    levels, outer = 2, frame.f_back
    while outer is not None and frame.f_code.co_filename.startswith(PASSED_OVER):
        levels, frame, outer = levels + 1, outer, outer.f_back
    return levels
