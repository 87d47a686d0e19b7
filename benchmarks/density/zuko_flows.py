"""Flows of zuko, trained as users would, and as this package trains its own."""

from collections.abc import Callable

import torch
import zuko

from benchmarks.density.fits import Fitted
from benchmarks.density.hand_written import LogProb, trained, trained_like_ours
from benchmarks.density.tables import Split


def spline_flow(split: Split, seed: int, limit: float) -> Fitted:
    """Train a neural spline flow: three transforms, networks of 64 by 64."""
    torch.manual_seed(seed)
    return trained(*_of(_splines(split)), split, seed, limit)


def masked_autoregressive_flow(split: Split, seed: int, limit: float) -> Fitted:
    """Train a masked autoregressive flow of five transforms, networks of 64 by 64."""
    torch.manual_seed(seed)
    return trained(*_of(_affine(split)), split, seed, limit)


def spline_flow_our_schedule(split: Split, seed: int, limit: float) -> Fitted:
    """Train a neural spline flow with linear maps between its transforms, as ours are trained."""
    return trained_like_ours(_maker(_splines, split, seed), split, seed, limit)


def masked_autoregressive_flow_our_schedule(split: Split, seed: int, limit: float) -> Fitted:
    """Train a masked autoregressive flow with linear maps between, as ours are trained."""
    return trained_like_ours(_maker(_affine, split, seed), split, seed, limit)


def _splines(split: Split) -> zuko.lazy.Flow:
    return zuko.flows.NSF(split.train.shape[1], transforms=3, hidden_features=(64, 64))


def _affine(split: Split) -> zuko.lazy.Flow:
    return zuko.flows.MAF(split.train.shape[1], transforms=5, hidden_features=(64, 64))


def _maker(
    architecture: Callable[[Split], zuko.lazy.Flow], split: Split, seed: int
) -> Callable[[], tuple[zuko.lazy.Flow, LogProb]]:
    def make() -> tuple[zuko.lazy.Flow, LogProb]:
        torch.manual_seed(seed)
        return _of(_with_linear_maps(architecture(split), split.train.shape[1]))

    return make


def _of(flow: zuko.lazy.Flow) -> tuple[zuko.lazy.Flow, LogProb]:
    return flow, lambda x: flow().log_prob(x)


def _with_linear_maps(flow: zuko.lazy.Flow, d: int) -> zuko.lazy.Flow:
    """Put a linear map between every two transforms: of LU form, and the identity at first."""
    first, *others = flow.transform.transforms
    transforms = [first]
    for transform in others:
        linear = zuko.transforms.LULinearTransform
        transforms += [zuko.lazy.UnconditionalTransform(linear, torch.eye(d)), transform]
    return zuko.lazy.Flow(transforms, flow.base)
