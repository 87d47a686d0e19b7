"""Every kind of table where torch is set up in another way: on a GPU, in double precision."""

import numpy as np
import pandas as pd
import pytest
import torch

from skflowmix import FlowGMM
from tests.estimators import QUICK, every_estimator, in_turn

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")


def numbers(n=300):
    """Rows of two bent groups, and the groups."""
    rng = np.random.default_rng(0)
    y = np.arange(n) % 2
    X = rng.standard_normal((n, 3)) + 4 * y[:, None]
    X[:, 1] += 0.3 * X[:, 0] ** 2
    return X, y


def with_gaps(X):
    """The same rows without a tenth of the values, and one row without any."""
    X = np.where(np.random.default_rng(1).random(X.shape) < 0.1, np.nan, X)
    X[0] = np.nan
    return X


def with_categories(X, y):
    """A frame of the numbers and two categories, some of which are missing."""
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    kind = np.where(np.random.default_rng(2).random(len(y)) < 0.1, 1 - y, y)
    frame["kind"] = pd.Categorical(np.array(["cat", "dog"])[kind]).set_categories(["dog", "cat"])
    frame["size"] = pd.Categorical(np.where(np.arange(len(y)) % 7 == 0, None, "small"))
    return frame


def few(y):
    """Labels of a tenth of the rows."""
    return np.where(np.arange(len(y)) % 10 == 0, y, -1)


X, Y = numbers()
TABLES = {
    "whole": ({}, X, None),
    "gaps": ({}, with_gaps(X), None),
    "gaps, no flow": ({"n_layers": 0}, with_gaps(X), None),
    "gaps and labels": ({}, with_gaps(X), few(Y)),
    "categories": ({}, with_categories(X, Y), None),
    "categories and gaps": ({}, with_categories(with_gaps(X), Y), None),
    "categories and gaps, no flow": ({"n_layers": 0}, with_categories(with_gaps(X), Y), None),
    "bounds and gaps": ({"bounds": [(None, None), (-10, None), (-9, 12)]}, with_gaps(X), None),
}
ANSWERS = ("predict_proba", "score_samples", "transform")


@needs_gpu
@every_estimator
@pytest.mark.parametrize("n_components", [1, 2])
@pytest.mark.parametrize("name", TABLES)
def test_a_gpu_answers_as_the_cpu_does(estimator, name, n_components):
    parameters, table, labels = TABLES[name]
    if labels is not None and n_components == 1:
        pytest.skip("one component has no two classes")
    if parameters.get("n_layers") == 0 and estimator is not FlowGMM:
        pytest.skip("it always has flows")
    model = estimator(
        n_components,
        max_iter=3,
        early_stopping=False,
        random_state=0,
        device="cuda",
        **parameters,
    )
    model.fit(table, labels)
    found = [getattr(model, answer)(table) for answer in ANSWERS]
    model.set_params(device="cpu")
    for answer, own in zip(ANSWERS, found, strict=True):
        np.testing.assert_allclose(own, getattr(model, answer)(table), rtol=1e-5, atol=1e-6)


@pytest.fixture
def in_double_precision():
    """What torch makes by default is of double precision."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


@in_turn(name=TABLES)
def test_the_precision_that_torch_has_by_default_does_not_matter(
    estimator, name, in_double_precision
):
    parameters, table, labels = TABLES[name]
    if parameters.get("n_layers") == 0:
        estimator = FlowGMM
    model = estimator(2, **{**QUICK, **parameters}).fit(table, labels)
    assert np.isfinite(model.score_samples(table)).all()
