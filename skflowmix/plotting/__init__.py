"""Pictures of fitted mixtures, and of how they were chosen.

They need matplotlib, which is imported when a picture is drawn.
"""

from skflowmix.plotting.mixture import (
    CONTOUR_FRACTIONS,
    MARKERS,
    PALETTE,
    MixtureDisplay,
    component_numbers,
    density_levels,
    draw_side_by_side,
)
from skflowmix.plotting.selection import SelectionDisplay

__all__ = [
    "CONTOUR_FRACTIONS",
    "MARKERS",
    "PALETTE",
    "MixtureDisplay",
    "SelectionDisplay",
    "component_numbers",
    "density_levels",
    "draw_side_by_side",
]
