"""What mixtures are trained for: functions of log-probabilities. Uses torch only.

`em_loss` is the loss of `skflowmix.FlowGMM`, `variational_loss` that of
`skflowmix.VariationalFlowMixture`. They are to be lowered; the bounds and likelihoods that they
are made of are to be raised.

``joint (R, n, K)`` is log p(x, k), ``logits (R, n, K)`` are those of the amortised posterior q,
``log_prior`` is what labels and the start say of a row's component, ``log_mask (n, K)`` what its
label alone says: very negative where it excludes a component, else 0. Each function returns one
number for every start and row, ``(R, n)``, in nats.
"""

from torch import Tensor

from skflowmix.mixtures.exponentials import logsumexp

INITIAL_TEMPERATURE, COOLED_AT = 1.2, 0.5
"""Temperature of the posteriors at the beginning, and when in the training it is down to 1. Set
by hand; other values were not measured."""


def em_loss(joint: Tensor, log_prior: Tensor) -> Tensor:
    """Return minus the log-likelihood, under a prior of the start that fades out."""
    return -log_likelihood(joint, log_prior)


def variational_loss(
    joint: Tensor, logits: Tensor, log_prior: Tensor, log_mask: Tensor, progress: Tensor
) -> Tensor:
    """Return a blend of two losses: the exact posterior leads first, and q at the end.

    While the exact posterior leads, q learns from it, and the start acts as a prior. At the end
    q is told the label of a labelled row. Progress, of shape (), runs from 0 to 1.
    """
    early = annealed_em_bound(joint, logits, log_prior, annealing_temperature(progress))
    late = evidence_lower_bound(joint, logits, log_mask) + label_log_likelihood(logits, log_mask)
    return -((1 - progress) * early + progress * late)


def log_likelihood(joint: Tensor, log_prior: Tensor) -> Tensor:
    """Return log p(x), or log p(x, y) where the prior says what a label allows."""
    return logsumexp(joint + log_prior, -1)


def annealing_temperature(progress: Tensor) -> Tensor:
    """Return the temperature at a share of the training; it falls to 1 and stays there.

    At 1 posteriors are what they are.
    """
    return (INITIAL_TEMPERATURE ** (1 - progress / COOLED_AT)).clamp(min=1)


def annealed_em_bound(
    joint: Tensor, logits: Tensor, log_prior: Tensor, temperature: Tensor
) -> Tensor:
    """Return the log-likelihood under a prior, at a temperature, with q learning the posterior.

    A temperature above 1 lets every component see rows of the others, so that none starves. The
    gradient with respect to q is that of its cross-entropy with the exact posterior.

    References
    ----------
    Ueda and Nakano (1998), Deterministic annealing EM algorithm, for the temperature.
    """
    tempered = (joint + log_prior) / temperature
    return temperature * logsumexp(tempered, -1) - posterior_cross_entropy(tempered, logits)


def posterior_cross_entropy(joint: Tensor, logits: Tensor) -> Tensor:
    """Return the cross-entropy of q with the exact posterior, which has no gradient here."""
    exact = joint.softmax(-1).detach()
    return -(exact * logits.log_softmax(-1)).sum(-1)


def evidence_lower_bound(joint: Tensor, logits: Tensor, log_mask: Tensor) -> Tensor:
    """Return the evidence lower bound, summed over the components.

    References
    ----------
    Pires and Figueiredo (2020), Variational mixture of normalizing flows.
    """
    log_q = (logits + log_mask).log_softmax(-1)
    return (log_q.exp() * (joint - log_q)).sum(-1)


def label_log_likelihood(logits: Tensor, log_mask: Tensor) -> Tensor:
    """Return the log-probability that q gives to what a label allows; 0 without a label."""
    return logsumexp(logits.log_softmax(-1) + log_mask, -1)
