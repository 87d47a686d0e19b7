"""What is missing from the rows of a fit, and what is put there."""

import torch
from torch.testing import assert_close

from skflowmix.incomplete import Gaps
from tests.incomplete.test_gaussians import mixture, rows_with_gaps


def completed(x, n_completions):
    """Completions ``(S, n, d)`` of rows by a mixture."""
    gaps = Gaps.of(x.isnan(), mixture())
    return torch.stack(list(gaps.completions(x.nan_to_num(nan=0.0), n_completions)))


def test_completions_keep_what_is_there_and_draw_the_rest_anew():
    x = rows_with_gaps()
    drawn = completed(x, 3)
    missing = x.isnan()
    assert_close(drawn[:, ~missing], x[~missing].expand(3, -1))
    assert drawn.isfinite().all()
    assert (drawn[0] != drawn[1])[missing].all()
    assert_close(drawn, completed(x, 3), rtol=0, atol=0)


def test_completions_have_the_spread_of_the_mixture_that_was_fitted():
    gaussians = mixture()
    drawn = completed(torch.full((4000, 4), torch.nan).double(), 1)[0]
    weights = gaussians.log_weights.exp()
    mean = weights @ gaussians.means
    off = gaussians.means - mean
    variance = weights @ (gaussians.covariances.diagonal(dim1=-2, dim2=-1) + off.square())
    assert_close(drawn.mean(0), mean, rtol=0, atol=0.15)
    assert_close(drawn.var(0) / variance, torch.ones(4).double(), rtol=0, atol=0.1)
