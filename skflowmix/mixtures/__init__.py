"""Mixtures of stacked flows: densities, responsibilities, closed-form steps.

Built on the flows floor and on torch, ignorant of training loops and of scikit-learn. R starts
stand side by side: data are ``(n, d)``, every joint log-probability is ``(R, n, K)``.
"""

from skflowmix.mixtures.defence import DefendedMixture, Mixture, set_gaussians, undefended
from skflowmix.mixtures.em import fit_gaussians, m_step, tie_gradients
from skflowmix.mixtures.flow import FlowMixture, LatentMixture
from skflowmix.mixtures.moments import COVARIANCE_TYPES, Moments
from skflowmix.mixtures.posterior import PosteriorNetwork

__all__ = [
    "COVARIANCE_TYPES",
    "DefendedMixture",
    "FlowMixture",
    "LatentMixture",
    "Mixture",
    "Moments",
    "PosteriorNetwork",
    "fit_gaussians",
    "m_step",
    "set_gaussians",
    "tie_gradients",
    "undefended",
]
