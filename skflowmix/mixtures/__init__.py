"""Mixtures of stacked flows: densities, responsibilities, closed-form steps.

Built on the flows floor and on torch, ignorant of training loops and of scikit-learn. R starts
stand side by side: data are ``(n, d)``, every joint log-probability is ``(R, n, K)``.
"""

from skflowmix.mixtures.average import AverageMixture, AveragePosterior
from skflowmix.mixtures.base import Mixture
from skflowmix.mixtures.categorical import CategoricalMixture
from skflowmix.mixtures.components import component_moments, matched_normals, mode_moments
from skflowmix.mixtures.defensive import DefensiveMixture
from skflowmix.mixtures.em import fit_gaussians, fit_mixed, m_step
from skflowmix.mixtures.flow import FlowMixture
from skflowmix.mixtures.guard import SCALES, Guard
from skflowmix.mixtures.latent import LatentMixture
from skflowmix.mixtures.moments import COVARIANCE_TYPES, Moments
from skflowmix.mixtures.posterior import CategoricalPosterior, PosteriorNetwork
from skflowmix.mixtures.stacking import stacked_weights

__all__ = [
    "COVARIANCE_TYPES",
    "SCALES",
    "AverageMixture",
    "AveragePosterior",
    "CategoricalMixture",
    "CategoricalPosterior",
    "DefensiveMixture",
    "FlowMixture",
    "Guard",
    "LatentMixture",
    "Mixture",
    "Moments",
    "PosteriorNetwork",
    "component_moments",
    "fit_gaussians",
    "fit_mixed",
    "m_step",
    "matched_normals",
    "mode_moments",
    "stacked_weights",
]
