"""Pictures of fitted mixtures, of how they were chosen, and of outliers.

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
from skflowmix.plotting.outliers import OutlierDisplay
from skflowmix.plotting.selection import SelectionDisplay

__all__ = [
    "CONTOUR_FRACTIONS",
    "MARKERS",
    "PALETTE",
    "MixtureDisplay",
    "OutlierDisplay",
    "SelectionDisplay",
    "component_numbers",
    "density_levels",
    "draw_side_by_side",
]
