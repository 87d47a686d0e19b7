"""Closed-form steps on rows of which some values are missing. Uses torch, mixtures, scikit-learn.

What is missing counts by its conditional mean and covariance under each Gaussian, not by one
value that stands for it, so covariances do not shrink.
"""

from collections.abc import Callable
from typing import Any

import torch
from sklearn.cluster import KMeans
from torch import Tensor

from skflowmix.incomplete.gaussians import Conditionals, Gaussians, guard_gaussians, own_gaussians
from skflowmix.mixtures import Moments

SIZES = (1, 2, 4, 8, 16, 32)
"""Numbers of Gaussians that are tried in turn, until held-out rows gain no more."""
MOST_ROWS = 4_000
"""Rows by which the Gaussians of a table are found."""
HELD_OUT = 5
"""One in how many rows is held out to choose their number."""
MAX_ITER, TOL = 30, 1e-3
"""Steps of EM at most, and gain in nats a row below which it ends."""
RIDGE = 1e-3
"""Added to variances, of standardised columns, as a proposal must not be narrower than what it
proposes for."""
MAX_ITER_OF_SHARES, TOL_OF_SHARES = 100, 1e-6
"""Steps at most, and change of a standardised mean below which they end, where responsibilities
are given."""


def expected_moments(gaussians: Gaussians, x: Tensor, shares: Tensor) -> Moments:
    """Return the moments that rows ``(n, d)`` are expected to have by ``shares (n, M)`` of them.

    Returns
    -------
    moments : Moments
        With R = 1.

    References
    ----------
    Ghahramani and Jordan (1994), section 3.2.
    """
    return _moments_by(gaussians, x, lambda each: shares[each.rows])


def _moments_by(
    gaussians: Gaussians, x: Tensor, shares_of: Callable[[Conditionals], Tensor]
) -> Moments:
    """Moments of rows ``(n, d)``, by the shares ``(g, M)`` of each group of them; R is 1."""
    n_gaussians, d = gaussians.means.shape
    counts, first = x.new_zeros(n_gaussians), x.new_zeros(n_gaussians, d)
    second = x.new_zeros(n_gaussians, d * d)
    for each in gaussians.given(x):
        share = shares_of(each).mT  # (M, g)
        counts += share.sum(1)
        whole = x[each.rows, :d].expand(n_gaussians, -1, -1)
        columns = each.columns.expand(n_gaussians, -1, -1)
        whole = whole.scatter(2, columns, each.means.transpose(0, 1))  # (M, g, d)
        first += (share.unsqueeze(1) @ whole).squeeze(1)
        second += ((share.unsqueeze(-1) * whole).mT @ whole).flatten(1)
        places = (each.columns[:, :, None] * d + each.columns[:, None]).flatten()
        spread = each.covariances.transpose(0, 1) * share[..., None, None]  # (M, g, m, m)
        second.index_add_(1, places, spread.flatten(1))
    return Moments(counts[None], first[None], second.unflatten(1, (d, d))[None])


def moments_of_present(mixture: Any, x: Tensor, log_prior: Tensor, weights: Tensor) -> Moments:
    """Return the moments that rows ``(n, d)`` are expected to have by their posteriors.

    The R mixtures have no flows. The share of a guard is left out, and the ``log_prior
    (R or 1, n, K)`` counts beside the weights of the modes; those of rows are ``(n,)`` or
    ``(R, n)``.
    """
    own, scales = own_gaussians(mixture), guard_gaussians(mixture)
    n_each = len(own[0].means) // log_prior.shape[-1]
    prior = log_prior.double().repeat_interleave(n_each, -1).expand(len(own), -1, -1)
    weights = weights.double().expand(len(own), -1)

    def of_start(start: int) -> Moments:
        def shares_of(each: Conditionals) -> Tensor:
            rows = x[each.rows]
            beside = [scale[start].log_joint_of_present(rows) for scale in scales]
            total = torch.stack([each.log_joint, *beside]).logsumexp(0)
            own_prior = prior[start, each.rows]
            log_prob = (total + own_prior).logsumexp(-1, keepdim=True)
            log_posterior = each.log_joint + own_prior - log_prob
            return log_posterior.exp() * weights[start, each.rows, None]

        return _moments_by(own[start], x, shares_of)

    return _side_by_side([of_start(start) for start in range(len(own))])


def _side_by_side(parts: list[Moments]) -> Moments:
    """The moments of several starts, with R = 1 each, as those of R."""
    return Moments(
        torch.cat([part.counts for part in parts]),
        torch.cat([part.first for part in parts]),
        torch.cat([part.second for part in parts]),
    )


def conditional_moments(x: Tensor, shares: Tensor, filled: Tensor, reg_covar: float) -> Moments:
    """Return the moments of rows ``(n, d)`` by given ``shares (R, n, M)``, what is missing too.

    Each Gaussian is that of its share of the rows, by EM from rows that are ``filled (n, d)``.
    """
    n_starts, _, n_modes = shares.shape
    flat = shares.double().movedim(1, 0).flatten(1)  # (n, R * M)
    x, moments = x.double(), Moments.of(filled.double()[None], flat[None])
    for _ in range(MAX_ITER_OF_SHARES):
        gaussians = _gaussians(moments, reg_covar)
        after = expected_moments(gaussians, x, flat)
        change = _means(after) - _means(moments)
        moments = after
        if bool(change.abs().max() < TOL_OF_SHARES):
            break
    parts = (moments.counts, moments.first, moments.second)
    return Moments(*(part[0].unflatten(0, (n_starts, n_modes)) for part in parts))


def _means(moments: Moments) -> Tensor:
    return moments.first / moments.counts.clamp(min=1e-300).unsqueeze(-1)


def _gaussians(moments: Moments, reg_covar: float) -> Gaussians:
    """Return the Gaussians of moments with R = 1."""
    weights, means, covariances = moments.gaussians(reg_covar=reg_covar)
    return Gaussians(weights[0].log(), means[0], covariances[0])


def _ridged(moments: Moments) -> Gaussians:
    return _gaussians(moments, RIDGE)


def fit_gaussians(x: Tensor, weights: Tensor, least: int = 1) -> Gaussians:
    """Fit a Gaussian mixture to rows ``(n, d)`` of given weights by EM, missing values and all.

    The number of Gaussians is that by which held-out rows have the highest likelihood, what is
    missing from them left out, or ``least`` if that is more and there are rows enough.
    """
    x, weights = x.double(), weights.double()
    if len(x) > MOST_ROWS:
        some = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))[:MOST_ROWS]
        x, weights = x[some], weights[some]
    is_held = torch.arange(len(x)) % HELD_OUT == HELD_OUT - 1
    shown, shown_weights = x[~is_held], weights[~is_held]
    best, best_score, last = None, -torch.inf, None
    for size in SIZES:
        if not _are_enough(shown, size):
            break
        last = _fit(shown, shown_weights, size, last)
        score = _mean_log_prob(last, x[is_held], weights[is_held])
        if best is not None and not score > best_score:
            break
        best, best_score = last, score
    assert best is not None
    if len(best.means) < least and _are_enough(x, least):
        return _fit(x, weights, least, best)
    return run_em(x, weights, best)


def _are_enough(x: Tensor, size: int) -> bool:
    return size == 1 or len(x) >= 2 * size * HELD_OUT


def _fit(x: Tensor, weights: Tensor, size: int, smaller: Gaussians | None) -> Gaussians:
    """Fit so many Gaussians, from groups of rows that a fit of fewer has filled."""
    filled = column_means_filled(x, weights) if smaller is None else conditional_means(smaller, x)
    shares = torch.ones(len(x), 1).to(x)
    if size > 1:
        means = KMeans(size, n_init=1, random_state=0).fit(filled.numpy(), None, weights.numpy())
        shares = torch.eye(size).to(x)[torch.from_numpy(means.labels_).long()]
    start = Moments.of(filled[None], (shares * weights[:, None])[None])
    return run_em(x, weights, _ridged(start))


def run_em(
    x: Tensor,
    weights: Tensor,
    gaussians: Gaussians,
    fit: Callable[[Moments], Gaussians] = _ridged,
    max_iter: int = MAX_ITER,
) -> Gaussians:
    """Run EM until a step gains little; ``fit`` returns the Gaussians of moments with R = 1."""
    before = -torch.inf
    for _ in range(max_iter):
        log_prob = torch.empty_like(weights)

        def shares_of(each: Conditionals, log_prob: Tensor = log_prob) -> Tensor:
            log_prob[each.rows] = each.log_joint.logsumexp(-1)
            return each.log_joint.softmax(-1) * weights[each.rows, None]

        moments = _moments_by(gaussians, x, shares_of)
        score = float((log_prob * weights).sum() / weights.sum())
        if score - before < TOL:
            break
        before, gaussians = score, fit(moments)
    return gaussians


def _mean_log_prob(gaussians: Gaussians, x: Tensor, weights: Tensor) -> float:
    if not len(x):
        return 0.0
    log_prob = gaussians.log_joint_of_present(x).logsumexp(-1)
    return float((log_prob * weights).sum() / weights.sum())


def column_means_filled(x: Tensor, weights: Tensor) -> Tensor:
    """Fill rows ``(n, d)`` by the weighted means of their columns."""
    shares = (~x.isnan()) * weights[:, None]
    means = (x.nan_to_num(nan=0.0) * shares).sum(0) / shares.sum(0).clamp(min=1e-300)
    return torch.where(x.isnan(), means, x)


def conditional_means(gaussians: Gaussians, x: Tensor) -> Tensor:
    """Fill rows ``(n, d)`` by the means of what is missing, given what is there."""
    filled = x.clone()
    for each in gaussians.given(x):
        share = each.log_joint.softmax(-1).unsqueeze(1)  # (g, 1, M)
        filled[each.rows[:, None], each.columns] = (share @ each.means).squeeze(1)
    return filled
