"""Mixtures that fill in together: kinds, weights and what is hidden from them."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skflowmix.incomplete import committee, fit_committee

quickly = settings(max_examples=10, deadline=None)
seeds = st.integers(0, 2**32 - 1)
shapes = st.tuples(st.integers(2, 30), st.integers(1, 4))


def incomplete_rows(shape, seed, share=0.3):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal(shape)
    X[rng.random(shape) < share] = np.nan
    X[rng.integers(shape[0])] = rng.standard_normal(shape[1])
    return torch.from_numpy(X)


@quickly
@given(shapes, seeds)
def test_weights_add_up_and_all_rows_are_filled(shape, seed):
    x = incomplete_rows(shape, seed)
    found = fit_committee(x, torch.Generator().manual_seed(0))
    assert float(found.weights.sum()) == pytest.approx(1)
    assert len(found.weights) == len(found.members)
    drawn = found.drawn(x, torch.Generator().manual_seed(0))
    for filled in (found.expected(x), drawn):
        assert filled.isfinite().all()
        assert torch.equal(filled[~x.isnan()], x[~x.isnan()])


@quickly
@given(shapes, seeds)
def test_what_is_hidden_was_there_and_what_is_missing_stays_so(shape, seed):
    x = incomplete_rows(shape, seed)
    asked = committee.hidden(x, torch.Generator().manual_seed(0))
    assert asked[x.isnan()].isnan().all()
    is_shown = ~asked.isnan()
    assert torch.equal(asked[is_shown], x[is_shown])


def test_columns_that_are_always_there_are_asked_about_only_where_little_is_missing():
    x = torch.zeros(200, 2).double()
    x[::2, 1] = torch.nan
    generator = torch.Generator().manual_seed(0)
    assert not committee.hidden(x, generator)[:, 0].isnan().any()
    whole = torch.zeros(200, 2).double()
    assert committee.hidden(whole, generator).isnan().any(0).all()


@pytest.mark.parametrize(("n_rows", "n_columns"), [(8, 2), (100, 5), (1000, 16), (1000, 300)])
def test_there_are_no_more_gaussians_than_rows_suffice_for(n_rows, n_columns):
    x = torch.zeros(n_rows, n_columns)
    sizes = {kind.size for kind in committee.kinds_for(x, 5)}
    assert 1 in sizes
    assert max(sizes) <= max(n_rows / committee.ROWS_EACH, 1)
