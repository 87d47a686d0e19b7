"""Densities integrated over what is missing, and draws of it, beside closed forms."""

import numpy as np
import pytest
import torch
from scipy.stats import kstest, norm

from skflowmix.incomplete import Gaussians, Sampler, conditional_means
from tests.incomplete.test_gaussians import mixture, rows_with_gaps


def sampler(exact, proposal, n_draws=256):
    """What integrates a Gaussian mixture by draws of another one."""
    return Sampler(exact.joint_log_prob, proposal, n_draws, 4_096)


def test_another_proposal_gives_the_density_of_what_is_there_and_its_error():
    exact, x = mixture(2, 3), rows_with_gaps(20, 3)
    found = sampler(exact, mixture(2, 3, seed=1).widened(), 1_024).integrated(x)
    truth = exact.log_joint_of_present(x).logsumexp(-1)
    off = found.joint.logsumexp(-1) - truth
    assert (off.abs() < 5 * found.standard_error + 1e-9).all()
    whole = ~x.isnan().any(-1)
    assert (found.standard_error[whole] == 0).all()
    assert found.effective[whole].isinf().all()


def test_a_density_that_is_its_own_proposal_has_no_error():
    exact, x = mixture(2, 3), rows_with_gaps(20, 3)
    found = sampler(exact, exact, 16).integrated(x)
    np.testing.assert_allclose(
        found.joint.logsumexp(-1), exact.log_joint_of_present(x).logsumexp(-1), atol=1e-8
    )
    assert found.standard_error.max() < 1e-5


def test_more_draws_are_taken_where_few_count():
    narrow = mixture(1, 2)
    wide = Gaussians(narrow.log_weights, narrow.means, 400 * narrow.covariances)
    x = torch.tensor([[0.3, np.nan]], dtype=torch.float64)
    few = sampler(narrow, wide, 8).integrated(x)
    assert float(few.effective.min()) >= 8


@pytest.mark.parametrize("method", ["integrated", "expected", "representatives"])
def test_a_row_is_answered_in_the_same_way_whatever_stands_beside_it(method):
    own, x = sampler(mixture(2, 3), mixture(2, 3, 1).widened(), 32), rows_with_gaps(20, 3)

    def answers(rows):
        if method == "integrated":
            return own.integrated(rows).joint
        return own.expected(rows) if method == "expected" else own.representatives(rows, 4)[0]

    everything = answers(x)
    for i in (0, 3, 7):
        np.testing.assert_allclose(answers(x[i : i + 1])[0], everything[i], atol=1e-9)
    np.testing.assert_allclose(answers(x.flip(0)).flip(0), everything, atol=1e-9)


def test_means_of_what_is_missing_are_those_of_the_density():
    exact, x = mixture(1, 3), rows_with_gaps(20, 3)
    wide = Gaussians(exact.log_weights, exact.means, 3 * exact.covariances)
    found = sampler(exact, wide, 2_048).expected(x)
    np.testing.assert_allclose(found, conditional_means(exact, x), atol=0.1)
    assert (found == x)[~x.isnan()].all()


BENT = Gaussians(
    torch.zeros(1).double(),
    torch.zeros(1, 2).double(),
    torch.tensor([[[1.0, 0.8], [0.8, 1.0]]]).double(),
)


@pytest.mark.parametrize("spread", [1.5, 100.0])
def test_completions_follow_the_conditional(spread):
    """Also where so few proposals count that more of them are needed."""
    wide = Gaussians(BENT.log_weights, BENT.means, torch.eye(2).double()[None] * spread**2)
    x = torch.tensor([[1.0, np.nan], [0.0, 2.0]], dtype=torch.float64)
    generator = torch.Generator().manual_seed(0)
    drawn, effective = sampler(BENT, wide).completions(x, 4_000, generator)
    assert kstest(drawn[:, 0, 1].numpy(), norm(0.8, 0.6).cdf).statistic < 0.03
    assert (drawn[:, 0, 0] == 1).all()
    assert (drawn[:, 1] == x[1]).all()
    assert effective[0] > 1_000
    assert effective[1].isinf()


def test_it_is_told_where_no_number_of_proposals_is_enough():
    far = Gaussians(BENT.log_weights, BENT.means + 1e4, BENT.covariances)
    x = torch.tensor([[1.0, np.nan]], dtype=torch.float64)
    _, effective = sampler(BENT, far).completions(x, 10, torch.Generator().manual_seed(0))
    assert effective[0] < 2
