"""Pictures of fitted mixtures, of how they were chosen and trained, and of outliers.

They need matplotlib, which is imported when a picture is drawn.
"""

from skflowmix.plotting.base import MARKERS, PALETTE, component_numbers
from skflowmix.plotting.densities import DensityDisplay
from skflowmix.plotting.groups import GroupsDisplay
from skflowmix.plotting.mixture import (
    CONTOUR_FRACTIONS,
    MixtureDisplay,
    density_levels,
    draw_side_by_side,
)
from skflowmix.plotting.outliers import OutlierDisplay
from skflowmix.plotting.pairs import PairDisplay
from skflowmix.plotting.profiles import ProfileDisplay
from skflowmix.plotting.reliability import ReliabilityDisplay
from skflowmix.plotting.selection import SelectionDisplay
from skflowmix.plotting.training import TrainingDisplay

__all__ = [
    "CONTOUR_FRACTIONS",
    "MARKERS",
    "PALETTE",
    "DensityDisplay",
    "GroupsDisplay",
    "MixtureDisplay",
    "OutlierDisplay",
    "PairDisplay",
    "ProfileDisplay",
    "ReliabilityDisplay",
    "SelectionDisplay",
    "TrainingDisplay",
    "component_numbers",
    "density_levels",
    "draw_side_by_side",
]
