"""A pool from labels: what each expert is worth, by labelled rows that it had not been shown.

Knows numpy, scipy and the experts.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from skflowmix.data.rows import SHRINKAGE
from skflowmix.experts.base import Expert, Learner
from skflowmix.experts.class_shares import estimate_shares, shift_to_keep
from skflowmix.experts.evidence import FOLDS, Evidence
from skflowmix.experts.gaussians import Gaussians, gaussians_of
from skflowmix.experts.pool import Pool, sum_of
from skflowmix.experts.registry import AS_THEY_ARE, LEARNERS

FILE = "prior.json"
DENSITY = "density"
"""What the density is called among the experts."""
DENSITY_ROWS = 2500
"""Rows that the stand-in of the density is fitted to, as only its weight comes from there."""
NEGLIGIBLE = 0.01
"""An expert of less than this share of all weights is not kept, for time and size. By hand."""
LEAST_SHARE = 0.05
"""No weight is less than this share of what it is by the prior, or, once the density itself has
been asked, of what it was by its stand-in. By hand."""

MOST_STEPS = FOLDS + len(LEARNERS)
"""Of how many steps it is told at most when experts are taught: parts that are hidden from them,
then each expert by itself."""


@dataclass(frozen=True)
class Prior:
    """What weights are before a table has said anything, and how much that counts.

    Attributes
    ----------
    weights : ndarray of shape (J + 1,)
        Of the experts in the order of `LEARNERS`, and of the density.
    strength : float
        What a squared difference from these weights costs, in nats.
    """

    weights: np.ndarray
    strength: float


@cache
def shipped_prior() -> Prior:
    """Return the prior that this package comes with; ``python -m benchmarks.pooling`` makes it."""
    numbers = json.loads(files(__package__).joinpath(FILE).read_text())
    weights = [numbers["weights"][name] for name in (*LEARNERS, DENSITY)]
    return Prior(np.array(weights), numbers["strength"])


@dataclass(frozen=True)
class Asked:
    """What experts, and the density, say of labelled rows that they had not been shown.

    Attributes
    ----------
    rows : ndarray of shape (H,)
        Numbers of these rows in the evidence.
    answers : ndarray of shape (J + 1, H, C)
        Log-probabilities; the density is the last.
    label_weights : ndarray of shape (H, C)
        Weights of the classes that the rows have.
    """

    rows: np.ndarray
    answers: np.ndarray
    label_weights: np.ndarray

    def loss(self, weights: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the log-loss of a pool, summed over labels, and its gradient ``(J + 1,)``."""
        log_proba = log_softmax(np.tensordot(weights, self.answers, 1), axis=1)
        residual = np.exp(log_proba) * self.label_weights.sum(axis=1, keepdims=True)
        residual -= self.label_weights
        value = -float((self.label_weights * log_proba).sum())
        return value, np.einsum("jhc,hc->j", self.answers, residual)

    @property
    def losses(self) -> np.ndarray:
        """Log-loss of each by itself, ``(J + 1,)``, summed over labels, in nats."""
        return -np.einsum("jhc,hc->j", self.answers, self.label_weights)

    @property
    def mean_losses(self) -> np.ndarray:
        """Mean log-loss of each by itself, ``(J + 1,)``; NaN without labels."""
        with np.errstate(invalid="ignore"):
            return self.losses / self.label_weights.sum()

    def with_density(self, some: np.ndarray, log_proba: np.ndarray) -> "Asked":
        """Return what is said of some of the rows, the density saying ``log_proba (h, C)``."""
        answers = np.concatenate([self.answers[:-1, some], log_proba[None]])
        return Asked(self.rows[some], answers, self.label_weights[some])


def ask_out_of_fold(
    evidence: Evidence,
    learners: list[Learner],
    prior: Prior,
    on_step: Callable[[str], object] = lambda name: None,
) -> Asked:
    """Hide some labels at a time, and ask about them."""
    nothing = np.zeros((len(learners) + 1, 0, evidence.n_classes))
    folds = evidence.folds()
    answers = []
    for number, held in enumerate(folds, 1):
        answers.append(answers_on(evidence, held, learners, prior))
        on_step(f"labels hidden, part {number}")
    rows = np.concatenate([np.empty(0, int), *(np.flatnonzero(held) for held in folds)])
    return Asked(rows, np.concatenate([nothing, *answers], axis=1), evidence.label_weights[rows])


def answers_on(
    evidence: Evidence, held: np.ndarray, learners: list[Learner], prior: Prior
) -> np.ndarray:
    """Return what experts, and the density, say of held rows that they are not shown.

    Returns
    -------
    answers : ndarray of shape (J + 1, h, C)
    """
    shown = evidence.without(held)
    looked = np.flatnonzero(held | (np.arange(len(held)) < DENSITY_ROWS))
    answers = np.stack(
        [learner.learn(shown).log_proba_at_fit(evidence.X, looked) for learner in learners]
    )  # (J, r, C)
    density = density_stand_in(shown, looked, np.tensordot(prior.weights[:-1], answers, 1))
    by_density = density.log_proba(evidence.X[looked])
    return np.concatenate([answers, by_density[None]])[:, held[looked]]


def density_stand_in(evidence: Evidence, rows: np.ndarray, pooled: np.ndarray) -> Gaussians:
    """Return Gaussians of some rows, by pooled answers ``(r, C)`` on these.

    They are what the density of a fit starts from. Labels hold where they are shown.
    """
    shown = evidence.label_weights[rows]
    is_shown = shown.any(axis=1, keepdims=True)
    own = shown / np.maximum(shown.sum(axis=1, keepdims=True), np.finfo(float).tiny)
    responsibilities = np.where(is_shown, own, softmax(pooled, axis=1))
    weighted = responsibilities * evidence.sample_weight[rows, None]
    X = AS_THEY_ARE.apply(evidence.X[rows])
    return gaussians_of(X, weighted, AS_THEY_ARE, SHRINKAGE, evidence.doubt)


def fitted_weights(asked: Asked, prior: Prior) -> np.ndarray:
    """Return the weights ``(J + 1,)`` that make the labels likeliest, with the prior.

    Where all experts are worse than chance, as it may be with few labels, a pool of no weight at
    all would be the likeliest, yet something is to be said: no weight falls to nothing.
    """

    def cost(weights: np.ndarray) -> tuple[float, np.ndarray]:
        loss, gradient = asked.loss(weights)
        off = weights - prior.weights
        return loss + prior.strength * off @ off, gradient + 2 * prior.strength * off

    bounds = [(LEAST_SHARE * weight, None) for weight in prior.weights]
    return minimize(cost, prior.weights, jac=True, method="L-BFGS-B", bounds=bounds).x


@dataclass(frozen=True)
class Learned:
    """Experts that labels have taught, and what they were found to be worth.

    Attributes
    ----------
    experts : tuple of Expert
        In the order of `LEARNERS`, J of them.
    weights : ndarray of shape (J + 1,)
        Theirs, and that of the density.
    doubt : float
        Share of the uniform distribution in what the density says.
    log_shift : ndarray of shape (C,)
        Added for the shares of the classes.
    class_prior : ndarray of shape (C,)
        These shares.
    log_proba : ndarray of shape (m, C)
        What the experts say of the rows of the evidence, before there is a density, by shares
        that are estimated: what a density starts from depends on none that are given.
    asked : Asked
        What decided on the weights.
    prior : Prior
        Of the weights.
    """

    experts: tuple[Expert, ...]
    weights: np.ndarray
    doubt: float
    log_shift: np.ndarray
    class_prior: np.ndarray
    log_proba: np.ndarray
    asked: Asked
    prior: Prior

    @property
    def pool(self) -> Pool:
        """What answers for any rows."""
        used = np.flatnonzero(self.weights[:-1] > NEGLIGIBLE * self.weights.sum())
        experts = tuple(self.experts[j] for j in used)
        weight = float(self.weights[-1])
        return Pool(experts, self.weights[used], weight, self.doubt, self.log_shift)

    @property
    def table(self) -> dict[str, np.ndarray]:
        """Names of all experts, their weights, and their mean log-loss on labels not shown."""
        return {
            "expert": np.array([*LEARNERS, DENSITY]),
            "weight": self.weights,
            "log_loss": self.asked.mean_losses,
        }

    def with_density(self, some: np.ndarray, log_proba: np.ndarray) -> "Learned":
        """Return what is learned from some of the rows that were asked about, and the density.

        Parameters
        ----------
        some : ndarray of bool, of shape (H,)
            Rows whose labels the density has not been shown either.
        log_proba : ndarray of shape (h, C)
            What it says of these, in place of its stand-in.
        """
        asked = self.asked.with_density(some, log_proba)
        weights = fitted_weights(asked, replace(self.prior, weights=self.weights))
        return replace(self, weights=weights, asked=asked)


def learn_pool(
    evidence: Evidence,
    class_prior: np.ndarray | None = None,
    prior: Prior | None = None,
    on_step: Callable[[str], object] = lambda name: None,
) -> Learned:
    """Teach all experts, and pool them by what they say of labels that they have not been shown.

    Parameters
    ----------
    evidence : Evidence
        With labels of two classes or more.
    class_prior : ndarray of shape (C,), optional
        Shares of the classes that the pool believes in; estimated from the unlabelled rows
        without it.
    prior : Prior, optional
        Of the weights; `shipped_prior` without it.
    on_step : callable
        ``on_step(name)`` is called after each of at most `MOST_STEPS` steps.

    Returns
    -------
    learned : Learned
    """
    prior = shipped_prior() if prior is None else prior
    learners = [make(evidence) for make in LEARNERS.values()]
    asked = ask_out_of_fold(evidence, learners, prior, on_step)
    weights = fitted_weights(asked, prior)
    experts = teach(evidence, learners, on_step)
    everything = np.arange(len(evidence.X))
    said = sum_of(
        without_density(weights),
        (expert.log_proba_at_fit(evidence.X, everything) for expert in experts),
    )
    estimated = believed_shares(evidence, asked, weights, log_softmax(said, axis=1))
    shares = estimated if class_prior is None else class_prior
    of_labels = np.log(evidence.label_shares)
    log_proba = log_softmax(said + np.log(estimated) - of_labels, axis=1)
    shift = np.log(shares) - of_labels
    return Learned(experts, weights, evidence.doubt, shift, shares, log_proba, asked, prior)


def teach(
    evidence: Evidence, learners: list[Learner], on_step: Callable[[str], object]
) -> tuple[Expert, ...]:
    """Teach each expert all labels."""
    experts = []
    for name, learner in zip(LEARNERS, learners, strict=True):
        experts.append(learner.learn(evidence))
        on_step(name)
    return tuple(experts)


def without_density(weights: np.ndarray) -> np.ndarray:
    """Return weights ``(J,)`` of the experts alone, with the same sum."""
    return weights[:-1] * (weights.sum() / weights[:-1].sum())


def believed_shares(
    evidence: Evidence, asked: Asked, weights: np.ndarray, log_proba: np.ndarray
) -> np.ndarray:
    """Return the shares of the classes ``(C,)`` in unlabelled rows, as far as these tell of them.

    Log-probabilities ``(m, C)`` are what the pool says of all rows of the evidence.
    """
    label_shares = evidence.label_shares
    unlabelled = np.flatnonzero(~evidence.labelled)
    if not evidence.is_complete or len(unlabelled) < 2 or not len(asked.rows):
        return label_shares
    said = log_proba[unlabelled]
    estimated = estimate_shares(said, label_shares, evidence.sample_weight[unlabelled])
    held = softmax(np.tensordot(weights, asked.answers, 1), axis=1)
    kept = shift_to_keep(held, asked.label_weights, np.exp(said), label_shares)
    logs = kept * np.log(estimated) + (1 - kept) * np.log(label_shares)
    return softmax(logs)
