"""Rows of which some values are missing, under mixtures that know whole rows.

A Gaussian mixture answers in closed form. Any other density is integrated over what is missing by
importance sampling, which a Gaussian mixture proposes. Missing at random is assumed: that a value
is missing may depend on what is there, not on what it would be.
"""

from skflowmix.incomplete.committee import Committee, fit_committee
from skflowmix.incomplete.em import (
    conditional_means,
    conditional_moments,
    expected_moments,
    fit_gaussians,
    moments_of_present,
)
from skflowmix.incomplete.gaps import Gaps
from skflowmix.incomplete.gaussians import Gaussians, beside_categories, modes_of
from skflowmix.incomplete.importance import (
    LEAST_EFFECTIVE,
    MOST_DRAWS,
    Importance,
    Sampler,
)

__all__ = [
    "LEAST_EFFECTIVE",
    "MOST_DRAWS",
    "Committee",
    "Gaps",
    "Gaussians",
    "Importance",
    "Sampler",
    "beside_categories",
    "conditional_means",
    "conditional_moments",
    "expected_moments",
    "fit_committee",
    "fit_gaussians",
    "modes_of",
    "moments_of_present",
]
