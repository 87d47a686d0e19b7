"""Averages: between their members where they are densities, and with the latents of the first."""

import pytest
import torch
from hypothesis import given
from torch import Generator

from skflowmix.mixtures import AverageMixture, AveragePosterior, PosteriorNetwork
from tests.flows.bijections import normal
from tests.mixtures.examples import MIXTURES, generators, moved, random_gaussians, sizes

every_mixture = pytest.mark.parametrize("name", MIXTURES)


@every_mixture
@given(sizes, generators)
def test_it_lies_between_its_members_and_nowhere_below_the_mean_of_their_logs(
    name, size, generator
):
    members = moved(name, size, generator)
    x = normal((5, size[-1]), generator, 2)
    own, found = members.joint_log_prob(x), AverageMixture(members).joint_log_prob(x)
    assert found.shape == (1, 5, size[1])
    assert (found >= own.mean(0) - 1e-9).all()
    assert (found >= own.amin(0) - 1e-9).all()
    assert (found <= own.amax(0) + 1e-9).all()


@every_mixture
@given(sizes, generators)
def test_rows_do_not_talk_and_members_that_are_alike_are_their_average(name, size, generator):
    members = moved(name, size, generator)
    x = normal((5, size[-1]), generator, 2)
    found = AverageMixture(members).joint_log_prob(x)
    for i in range(5):
        alone = AverageMixture(members).joint_log_prob(x[i : i + 1])
        torch.testing.assert_close(found[:, i : i + 1], alone)
    alike = AverageMixture(MIXTURES[name](*size, generator).double())
    n_modes = alike.log_weights.shape[1]
    alike.set_gaussians(*random_gaussians(1, n_modes, size[-1], generator))
    joint = alike.members.joint_log_prob(x)
    torch.testing.assert_close(alike.joint_log_prob(x).expand_as(joint), joint)


@every_mixture
@given(sizes, generators)
def test_weights_sum_to_one_and_latents_are_those_of_the_first(name, size, generator):
    members = moved(name, size, generator)
    average, x = AverageMixture(members), normal((5, size[-1]), generator, 2)
    assert average.log_weights.shape == (1, members.log_weights.shape[1])
    assert average.log_weights.exp().sum().item() == pytest.approx(1)
    assert average.n_free_parameters == size[0] * members.n_free_parameters
    latents = average.encode(x)
    assert latents.shape == (1, 5, size[1], size[-1])
    torch.testing.assert_close(latents, members.encode(x)[:1])
    for component in range(size[1]):
        back = average.decode(latents[0, :, component])[0, :, component]
        torch.testing.assert_close(back, x, rtol=1e-6, atol=1e-6)


@given(sizes, generators)
def test_an_average_of_posteriors_sums_to_one(size, generator):
    n_starts, n_components, d = size
    network = PosteriorNetwork(n_starts, d, n_components, (8,), "tanh", Generator())
    found = AveragePosterior(network)(normal((9, d), generator).float())
    assert found.shape == (1, 9, n_components)
    torch.testing.assert_close(found.exp().sum(-1), torch.ones(1, 9))
