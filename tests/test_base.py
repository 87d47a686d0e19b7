"""The laws that both estimators obey."""

import pickle
import threading
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logsumexp
from sklearn.base import clone
from sklearn.datasets import load_iris, make_circles, make_moons
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture

from skflowmix.datasets import make_pinwheel
from skflowmix.selection.rule import shipped_rule
from skflowmix.starts import GROUPERS
from tests.estimators import (
    ESTIMATORS,
    QUICK,
    blobs,
    every_estimator,
    every_flow,
    hide,
    may_empty_components,
)

names = st.sampled_from(sorted(ESTIMATORS))
seeds = st.integers(0, 2**20)


@may_empty_components
@given(names, st.integers(1, 4), st.integers(1, 4), st.floats(-6, 6), st.floats(-6, 6), seeds)
def test_untrained_model_is_the_gaussian_mixture_of_its_start(name, d, k, size, place, seed):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((60, d)) * 10.0**size + 10.0**place * 10.0**size
    start = rng.dirichlet(np.ones(k), 60)
    model = ESTIMATORS[name](init_params=start, **{**QUICK, "max_iter": 0}).fit(X)
    scale = X.std(0)
    reference = _sklearn_mixture((X - X.mean(0)) / scale, start)
    expected = reference.score_samples((X - X.mean(0)) / scale) - np.log(scale).sum()
    np.testing.assert_allclose(model.score_samples(X), expected, rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(model.weights_, reference.weights_, atol=1e-5)


def _sklearn_mixture(X, responsibilities):
    """GaussianMixture after the M-step that scikit-learn itself starts with."""
    mixture = GaussianMixture(responsibilities.shape[1], covariance_type="full")
    mixture._initialize(X, responsibilities)
    return mixture


@every_estimator
def test_untrained_model_agrees_with_a_converged_gaussian_mixture(estimator):
    X, _ = blobs(200)
    reference = GaussianMixture(3, tol=1e-9, reg_covar=0, random_state=0).fit(X)
    same = {"init_params": "gaussian_mixture", "max_iter": 0, "reg_covar": 0}
    model = estimator(3, **same, random_state=0).fit(X)
    np.testing.assert_allclose(model.score_samples(X), reference.score_samples(X), atol=1e-4)


@every_estimator
@pytest.mark.parametrize("n_samples", [15, 80])
def test_training_never_ends_below_its_start(estimator, n_samples):
    X, y = load_iris(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(X))
    train, test = X[order[:n_samples]], X[order[n_samples:]]
    start = np.eye(3)[y[order[:n_samples]]]
    scores = [
        estimator(init_params=start, max_iter=max_iter, random_state=0).fit(train).score(test)
        for max_iter in (0, 100)
    ]
    assert scores[1] > scores[0] - 0.1


@given(names, seeds)
def test_no_row_falls_further_below_the_start_than_the_defence_allows(name, seed):
    X, _ = blobs(seed=seed)
    far = 10 ** np.random.default_rng(seed).uniform(-2, 6, (50, 1)) * np.ones((1, 2))
    parameters = {"init_params": "kmeans", "early_stopping": False, **QUICK, "n_components": 3}
    start = ESTIMATORS[name](**{**parameters, "max_iter": 0}).fit(X)
    trained = ESTIMATORS[name](defensive_weight=0.02, **parameters).fit(X)
    fallen = start.score_samples(far) - trained.score_samples(far)
    assert (fallen <= -np.log(0.02) + 1e-3).all()


@given(names, st.integers(1, 3), st.integers(1, 3), seeds)
def test_every_public_method_is_a_view_of_the_joint(name, d, k, seed):
    X, _ = blobs(d=d, k=k, seed=seed)
    model = ESTIMATORS[name](k, **QUICK).fit(X)
    joint = model._joint_log_prob(X)
    assert joint.shape == (len(X), k)
    np.testing.assert_allclose(model.score_samples(X), logsumexp(joint, axis=1))
    np.testing.assert_allclose(model.predict_proba(X).sum(1), 1)
    np.testing.assert_allclose(np.exp(model.predict_log_proba(X)), model.predict_proba(X))
    np.testing.assert_array_equal(model.predict(X), model.classes_[joint.argmax(1)])
    assert model.score(X) == pytest.approx(model.score_samples(X).mean())
    np.testing.assert_array_equal(model.labels_, model.predict(X))
    assert model.weights_.sum() == pytest.approx(1)


@every_flow
@every_estimator
def test_density_integrates_to_one_in_the_units_of_the_data(estimator, flow):
    X, _ = make_moons(300, noise=0.1, random_state=0)
    X = X * [3.0, 0.01]
    model = estimator(2, flow=flow, max_iter=15, random_state=0).fit(X)
    low, high = X.min(0), X.max(0)
    axes = [np.linspace(a - (b - a), b + (b - a), 200) for a, b in zip(low, high, strict=True)]
    grid = np.stack(np.meshgrid(*axes), -1).reshape(-1, 2)
    cell = np.prod([axis[1] - axis[0] for axis in axes])
    assert np.exp(model.score_samples(grid)).sum() * cell == pytest.approx(1, abs=0.02)


@every_estimator
def test_one_seed_gives_the_same_bits(estimator):
    X, y = blobs()
    models = [estimator(3, n_init=2, **QUICK).fit(X, hide(y, 3)) for _ in range(2)]
    assert pickle.dumps(models[0]) == pickle.dumps(models[1])


@every_estimator
def test_global_state_is_left_alone(estimator):
    X, y = blobs()
    np.random.seed(3)  # noqa: NPY002 - the state that must not be touched
    torch.manual_seed(3)
    before = _global_state()
    model = estimator(3, **{**QUICK, "random_state": 1}).fit(X, hide(y, 2))
    model.sample(5, random_state=0)
    model.predict(X)
    assert before == _global_state()


def _global_state():
    tiny = torch.tensor(1e-310, dtype=torch.float64)
    return (
        np.random.get_state()[1].tolist(),  # noqa: NPY002
        torch.get_rng_state().tolist(),
        torch.get_default_dtype(),
        torch.get_num_threads(),
        bool(tiny * 0.5 == 0),
    )


@every_estimator
def test_fitted_estimator_is_plain_data(estimator):
    X, _ = blobs()
    model = estimator(3, **QUICK).fit(X)
    model.predict(X)  # what a method builds to answer is no part of the estimator
    assert b"torch" not in pickle.dumps(model)
    copy = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copy.score_samples(X), model.score_samples(X))


@every_estimator
def test_model_of_a_missing_device_scores_on_the_cpu(estimator):
    X, _ = blobs()
    model = estimator(3, device="cpu", **QUICK).fit(X)
    expected = model.score_samples(X)
    np.testing.assert_array_equal(model.set_params(device="cuda:7").score_samples(X), expected)


@every_estimator
def test_two_threads_may_predict_at_once(estimator):
    X, _ = blobs()
    model = estimator(3, **QUICK).fit(X)
    before, results = pickle.dumps(model), []
    threads = [
        threading.Thread(target=lambda: results.append(model.score_samples(X))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all((result == results[0]).all() for result in results)
    assert len(results) == 4
    assert pickle.dumps(model) == before


@every_estimator
def test_rows_do_not_talk(estimator):
    X, _ = blobs(seed=1)
    model = estimator(3, **QUICK).fit(X)
    alone = np.concatenate([model.score_samples(X[i : i + 1]) for i in range(len(X))])
    np.testing.assert_allclose(alone, model.score_samples(X), rtol=1e-9, atol=1e-9)


@every_estimator
def test_chunks_do_not_show(estimator, monkeypatch):
    X, y = blobs()
    model = estimator(3, **QUICK).fit(X, hide(y, 3))
    whole = model.score_samples(X)
    monkeypatch.setattr("skflowmix.families.architecture.CHUNK_NUMBERS", 1)
    np.testing.assert_allclose(model.score_samples(X), whole, rtol=1e-9)
    again = clone(model).fit(X, hide(y, 3))
    np.testing.assert_allclose(again.score_samples(X), whole, rtol=1e-3, atol=1e-3)


@may_empty_components
@every_estimator
def test_weights_count_as_repeated_rows_where_start_and_batches_are_fixed(estimator):
    X, _ = blobs(60)
    weights = np.random.default_rng(0).integers(0, 4, 60)
    start = np.random.default_rng(1).dirichlet(np.ones(3), 60)
    fixed = {**QUICK, "early_stopping": False, "batch_size": 1000, "n_components": 3}
    weighted = estimator(init_params=start, **fixed).fit(X, sample_weight=weights)
    rows = np.repeat(np.arange(60), weights)
    repeated = estimator(init_params=start[rows], **fixed).fit(X[rows])
    np.testing.assert_allclose(
        weighted.score_samples(X), repeated.score_samples(X), rtol=1e-3, atol=1e-3
    )
    np.testing.assert_allclose(weighted.weights_, repeated.weights_, atol=1e-4)


@every_estimator
def test_rows_of_weight_zero_are_absent(estimator):
    X, y = blobs(90)
    weights = np.r_[np.ones(60), np.zeros(30)]
    weighted = estimator(3, **QUICK).fit(X, hide(y, 5), sample_weight=weights)
    absent = estimator(3, **QUICK).fit(X[:60], hide(y, 5)[:60])
    np.testing.assert_allclose(weighted.score_samples(X), absent.score_samples(X), rtol=1e-6)
    assert len(weighted.labels_) == 90


@every_estimator
def test_several_starts_keep_one_of_them(estimator):
    X, _ = make_moons(200, noise=0.1, random_state=0)
    model = estimator(2, n_init=3, init_params="random", **QUICK).fit(X)
    assert model.weights_.shape == (2,)
    assert np.isfinite(model.score(X))
    assert len(model.validation_scores_) == model.n_iter_ == QUICK["max_iter"]


@every_estimator
def test_warm_start_goes_on_from_the_last_fit(estimator):
    X, _ = make_moons(300, noise=0.05, random_state=0)
    model = estimator(2, warm_start=True, max_iter=10, random_state=0).fit(X)
    first = model.score(X)
    assert model.fit(X).score(X) > first - 0.1
    with pytest.raises(ValueError, match="warm_start"):
        model.set_params(n_components=3).fit(X)


@every_estimator
def test_training_improves_on_the_start_where_there_is_something_to_learn(estimator):
    X, _ = make_moons(600, noise=0.05, random_state=0)
    test, _ = make_moons(600, noise=0.05, random_state=1)
    model = estimator(2, max_iter=40, random_state=0).fit(X)
    assert model.score(test) > GaussianMixture(2, random_state=0).fit(X).score(test) + 0.3


@every_estimator
@pytest.mark.parametrize(
    "shape",
    [
        lambda: make_circles(1000, noise=0.05, factor=0.4, random_state=0),
        lambda: make_moons(1000, noise=0.05, random_state=0),
        lambda: make_pinwheel(1000, random_state=0),
    ],
    ids=["circles", "moons", "pinwheel"],
)
def test_eight_labels_a_class_suffice_for_bent_shapes(estimator, shape):
    X, y = shape()
    model = estimator(random_state=0).fit(X, hide(y, 8))
    assert model.score(X, y) >= 0.98


@every_estimator
def test_networks_may_have_no_hidden_layer(estimator):
    X, _ = blobs()
    model = estimator(3, **{**QUICK, "hidden_layer_sizes": ()}).fit(X)
    assert np.isfinite(model.score(X))


@every_estimator
def test_training_that_loses_the_classes_ends_at_its_start(estimator, monkeypatch):
    X, y = make_moons(200, noise=0.1, random_state=0)
    few = hide(y, 10)
    untrained = estimator(max_iter=0, random_state=0).fit(X, few)
    monkeypatch.setattr("skflowmix.fitting.acceptance.MAX_LOST_AGREEMENT", -1)
    model = estimator(max_iter=10, random_state=0).fit(X, few)
    np.testing.assert_allclose(model.score_samples(X), untrained.score_samples(X), atol=1e-4)


@every_estimator
@pytest.mark.parametrize("n_components", [1, 3])
def test_no_row_falls_below_the_start_by_more_than_the_guard_allows(estimator, n_components):
    X, _ = make_moons(600, noise=0.1, random_state=0)
    quick = {"random_state": 0, "init_params": "kmeans", "hidden_layer_sizes": 16}
    start = estimator(n_components, max_iter=0, **quick).fit(X)
    model = estimator(n_components, max_iter=40, **quick).fit(X)
    assert model.score(X) > start.score(X)  # there is something to guard against
    rows = np.random.default_rng(0).uniform(-5, 5, (2000, 2))
    lowest = start.score_samples(rows) + np.log(model.defensive_weight)
    assert (model.score_samples(rows) >= lowest - 1e-4 * np.abs(lowest)).all()


@every_estimator
def test_fewer_epochs_where_labels_say_what_the_groups_are(estimator):
    X, y = blobs(60)
    quick = {**QUICK, "max_iter": "auto", "n_iter_no_change": 1000}
    assert estimator(3, **quick).fit(X).n_iter_ == 50
    assert estimator(3, **quick).fit(X, hide(y, 5)).n_iter_ == 25


@every_estimator
@pytest.mark.parametrize(
    ("n_components", "d", "n_labels", "flow"),
    [
        pytest.param(1, 2, 0, "autoregressive_spline", id="density"),
        pytest.param(1, 1, 0, "affine", id="one column"),
        pytest.param(1, 101, 0, "affine", id="many columns"),
        pytest.param(2, 2, 0, "affine", id="groups"),
        pytest.param(None, 2, 3, "affine", id="labels"),
    ],
)
def test_a_density_alone_takes_the_layers_that_bend_the_most(
    estimator, n_components, d, n_labels, flow
):
    X, y = blobs(60, d)
    labels = hide(y, n_labels) if n_labels else None
    quick = {"hidden_layer_sizes": 4, "max_iter": 1, "random_state": 0}
    model = estimator(n_components, **quick).fit(X, labels)
    same = estimator(n_components, flow=flow, **quick).fit(X, labels)
    assert np.array_equal(model.score_samples(X), same.score_samples(X))


@every_estimator
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_memory_map_is_as_good_as_an_array_and_never_copied_whole(
    estimator, dtype, tmp_path, monkeypatch
):
    monkeypatch.setattr("skflowmix.families.architecture.CHUNK_NUMBERS", 2**15)
    X, _ = blobs(10_000, d=50)
    stored = np.memmap(tmp_path / "rows", dtype=dtype, mode="w+", shape=X.shape)
    stored[:] = X
    stored.flush()
    rows = np.memmap(tmp_path / "rows", dtype=dtype, mode="r", shape=X.shape)
    quick = {**QUICK, "max_iter": 1, "subsample": 500, "init_params": "kmeans"}
    model = estimator(3, **quick).fit(rows[:500])  # what it imports is not for X
    tracemalloc.start()  # sees what numpy allots, not what torch does
    scores = model.fit(rows).score_samples(rows)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < X.astype(dtype).nbytes
    same = clone(model).fit(np.array(rows)).score_samples(np.array(rows))
    assert np.array_equal(scores, same)


@every_estimator
def test_rows_beyond_the_subsample_take_a_label_and_a_number_each(estimator, monkeypatch):
    monkeypatch.setattr("skflowmix.families.architecture.CHUNK_NUMBERS", 2**15)
    quick = {**QUICK, "max_iter": 0, "subsample": 200, "init_params": "kmeans"}

    def most_bytes(n):
        X = np.tile(blobs(200)[0], (n // 200, 1))
        tracemalloc.start()  # sees what numpy allots, not what torch does
        estimator(2, **quick).fit(X)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    most_bytes(1000)  # what it imports is not for X
    more = most_bytes(150_000) - most_bytes(50_000)
    assert more < 100_000 * 2.5 * np.dtype(np.int64).itemsize


@every_estimator
def test_a_subsample_is_all_that_is_looked_at(estimator):
    X, y = blobs(300)
    few = hide(y, 4)
    model = estimator(3, **QUICK, subsample=60).fit(X, few)
    assert len(model.labels_) == len(X)
    assert model.score(X, y) > 0.9


@every_estimator
def test_labels_order_the_components(estimator):
    X, y = blobs(150)
    for given_labels in (hide(y, 1), y):
        model = estimator(**QUICK).fit(X, given_labels)
        assert model.score(X, y) == 1.0
        np.testing.assert_array_equal(model.classes_, [0, 1, 2])


@every_estimator
def test_rings_are_grouped_without_labels(estimator):
    X, y = make_circles(500, noise=0.05, factor=0.5, random_state=0)
    model = estimator(2, random_state=0).fit(X)
    assert adjusted_rand_score(y, model.labels_) > 0.97


may_have_rivals = pytest.mark.filterwarnings("ignore:Two groupings:UserWarning")
"""Whether the warning comes depends on what the rule has learned."""

CHOSEN = {"max_iter": 0, "early_stopping": False, "random_state": 0}
"""Parameters of a fit that ends with the Gaussian mixture of the start that was chosen."""


@every_estimator
def test_a_large_group_is_not_halved_before_small_ones_are_found(estimator):
    random = np.random.default_rng(0)
    groups = np.repeat(np.arange(3), (900, 20, 20))
    X = random.normal(size=(940, 2)) * 2 + np.array([[0, 0], [15, 0], [15, 12]])[groups]
    assert adjusted_rand_score(groups, estimator(3, **CHOSEN).fit(X).labels_) > 0.95


@every_estimator
@pytest.mark.parametrize("n_outliers", [1, 3])
def test_outliers_are_no_groups(estimator, n_outliers):
    random = np.random.default_rng(0)
    groups = np.arange(600) % 3
    X = np.array([[0, 0], [4, 0], [0, 4]])[groups] + 0.6 * random.normal(size=(600, 2))
    X[:n_outliers] += 30 * random.normal(size=(n_outliers, 2))
    assert adjusted_rand_score(groups, estimator(3, **CHOSEN).fit(X).labels_) > 0.9


@every_estimator
def test_gaussians_that_overlap_in_many_columns_are_told_by_their_likelihood(estimator):
    random = np.random.default_rng(0)
    groups = np.arange(1500) % 5
    scales = random.uniform(0.3, 2, size=(5, 8))
    X = random.normal(size=(5, 8))[groups] + scales[groups] * random.normal(size=(1500, 8))
    best = GaussianMixture(5, n_init=10, random_state=0).fit(X).predict(X)
    found = adjusted_rand_score(groups, estimator(5, **CHOSEN).fit(X).labels_)
    assert found > adjusted_rand_score(groups, best) - 0.1


@may_have_rivals
@every_estimator
def test_the_choice_among_starts_can_be_seen(estimator):
    X, _ = unclear()
    table = estimator(2, n_init=2, **QUICK).fit(X).starts_
    assert sorted(table["start"]) == sorted(GROUPERS)
    assert {"selection_score", "trained_score", "validation_score", "trained"} < set(table)
    assert all(len(values) == len(GROUPERS) for values in table.values())
    assert (table["n_components"] == 2).all()
    assert np.isfinite(table["selection_score"]).all()


@every_estimator
def test_where_two_kinds_of_groupings_agree_no_others_are_tried(estimator):
    X, _ = blobs()
    model = estimator(3, n_init=3, **QUICK).fit(X)
    assert model.starts_["start"].tolist() == list(GROUPERS)[:2]
    assert np.isfinite(model.starts_["validation_score"]).all()
    is_kept = model.starts_["start"] == model.start_
    assert model.starts_["trained"][is_kept].tolist() == [model.trained_]


@may_have_rivals
@every_estimator
def test_as_many_of_the_best_starts_are_trained_as_are_asked_for(estimator):
    X, _ = unclear()
    for n_init in (1, 3):
        model = estimator(2, n_init=n_init, **QUICK).fit(X)
        table = model.starts_
        is_ended = np.isfinite(table["validation_score"])
        assert is_ended.sum() == n_init
        assert (
            table["selection_score"][is_ended].min() >= table["selection_score"][~is_ended].max()
        )
        assert model.start_ in table["start"][is_ended]
        assert not table["trained"][~is_ended].any()


def unclear(n=150):
    """Rows in which starts find different groups, and those that they were drawn from."""
    rng = np.random.default_rng(0)
    y = np.arange(n) % 2
    return rng.normal(size=(n, 4)) * np.where(y, 1, 3)[:, None] + y[:, None], y


def skewed(n=150):
    """Three groups in columns of several units and shapes."""
    rng = np.random.default_rng(1)
    y = np.arange(n) % 3
    X = rng.normal(size=(n, 5)) * rng.uniform(0.5, 2, (3, 5))[y] + 2.5 * rng.normal(size=(3, 5))[y]
    X[:, 0] = np.exp(X[:, 0])
    return X, y


CHOICES = {"three clouds": blobs(), "unclear": unclear(), "skewed": skewed()}
every_choice = pytest.mark.parametrize("rows", CHOICES)


@may_have_rivals
@every_choice
@pytest.mark.parametrize("is_open", [False, True])
@every_estimator
def test_groups_that_are_chosen_are_the_same_for_any_seed_order_and_number_of_copies(
    estimator, rows, is_open
):
    X, y = CHOICES[rows]
    k = {"n_components": "auto", "max_components": 4} if is_open else {"n_components": y.max() + 1}
    expected = estimator(**k, **CHOSEN).fit(X)
    order = np.random.default_rng(1).permutation(len(X))
    others = [
        (expected.labels_, estimator(**k, **{**CHOSEN, "random_state": 1}).fit(X)),
        (expected.labels_[order], estimator(**k, **CHOSEN).fit(X[order])),
        (np.tile(expected.labels_, 2), estimator(**k, **CHOSEN).fit(np.tile(X, (2, 1)))),
    ]
    for labels, other in others:
        assert other.start_ == expected.start_
        assert other.n_components_ == expected.n_components_
        assert adjusted_rand_score(labels, other.labels_) == 1


@pytest.mark.parametrize("n_columns", [1, 2])
@every_estimator
def test_clear_groups_are_the_same_in_any_units(estimator, n_columns):
    """Other units make other samples and other chance, as rows are told by their values."""
    X, _ = blobs()
    units = np.array([2.54, 1e3])[:n_columns]
    model = estimator(3, **CHOSEN).fit(X[:, :n_columns])
    other = estimator(3, **CHOSEN).fit(units * X[:, :n_columns])
    assert adjusted_rand_score(model.labels_, other.labels_) == 1


@every_estimator
def test_the_number_of_groups_can_be_chosen(estimator):
    for k in (2, 3, 4):
        X, y = blobs(160, k=k)
        model = estimator("auto", max_components=6, **CHOSEN).fit(X)
        assert model.n_components_ == len(model.classes_) == len(model.weights_) == k
        assert adjusted_rand_score(y, model.labels_) == 1
        assert set(model.starts_["n_components"]) == set(range(1, 7))
        assert model.starts_["selection_score"].argmax() in np.flatnonzero(
            model.starts_["n_components"] == k
        )


@every_estimator
def test_rows_whose_groupings_are_all_worth_less_than_one_group_are_one(estimator, monkeypatch):
    rule = replace(shipped_rule(), one_group=9.0)
    monkeypatch.setattr("skflowmix.selection.choice.shipped_rule", lambda: rule)
    model = estimator("auto", max_components=3, **CHOSEN).fit(blobs()[0])
    assert model.n_components_ == 1
    assert not model.labels_.any()
    assert model.starts_["n_components"][model.starts_["selection_score"].argmax()] == 1
    assert set(model.starts_["n_components"]) == {1, 2, 3}


@may_empty_components
@every_estimator
def test_a_number_of_groups_is_not_chosen_where_it_is_known(estimator):
    X, y = blobs()
    assert estimator("auto", **QUICK).fit(X, hide(y, 3)).n_components_ == 3
    given = np.random.default_rng(0).dirichlet(np.ones(4), len(X))
    assert estimator("auto", init_params=given, **CHOSEN).fit(X).n_components_ == 4
    assert estimator("auto", max_components=1, **CHOSEN).fit(X).n_components_ == 1
    again = estimator("auto", warm_start=True, **QUICK).fit(X)
    assert again.fit(X).n_components_ == 3


@pytest.mark.parametrize("n_distinct", [1, 2, 3, 7, 9])
@pytest.mark.filterwarnings("ignore:The columns:UserWarning")
@pytest.mark.filterwarnings("ignore:No row belongs:sklearn.exceptions.ConvergenceWarning")
@every_estimator
def test_few_distinct_rows_are_grouped(estimator, n_distinct):
    rows = np.random.default_rng(0).normal(size=(n_distinct, 2))
    X = np.tile(rows, (5, 1))
    model = estimator("auto", max_components=8, **CHOSEN).fit(X)
    assert 1 <= model.n_components_ <= max(n_distinct // 4, 1)
    for k in (2, 3):
        labels = estimator(k, **CHOSEN).fit(X).labels_
        assert len({*zip(np.arange(len(X)) % n_distinct, labels, strict=True)}) == n_distinct


@may_empty_components
@every_estimator
def test_one_start_is_no_contest(estimator):
    X, _ = blobs()
    assert estimator(1, **QUICK).fit(X).starts_["start"].tolist() == ["gaussian_mixture"]
    given_one = estimator(init_params=np.ones((120, 3)), **QUICK).fit(X)
    assert given_one.start_ == "given"
    assert len(given_one.starts_["trained"]) == 1


@every_estimator
def test_the_unit_of_columns_reaches_the_starts(estimator):
    # Groups in a wide column, noise in many narrow ones: only the units tell them apart.
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 150)
    X = np.column_stack([10.0 * y + rng.uniform(size=300), 0.1 * rng.normal(size=(300, 8))])
    model = estimator(2, init_params="unscaled_neighbour_graph", **QUICK).fit(X)
    assert adjusted_rand_score(y, model.labels_) == 1


@every_estimator
def test_overlapping_gaussians_are_grouped_as_a_gaussian_mixture_does(estimator):
    X, _ = blobs(600, k=2, spread=3.0)
    reference = GaussianMixture(2, n_init=5, random_state=0).fit_predict(X)
    model = estimator(2, max_iter=30, random_state=0).fit(X)
    assert adjusted_rand_score(reference, model.labels_) > 0.9


@every_estimator
@pytest.mark.parametrize("start", ["kmeans", "k-means++", "random", "gaussian_mixture"])
def test_any_start_respects_the_labels(estimator, start):
    X, y = blobs(150)
    model = estimator(init_params=start, **QUICK).fit(X, y)
    assert model.score(X, y) == 1.0


@every_estimator
def test_components_beyond_the_classes_are_new_groups(estimator):
    X, y = blobs(150, spread=0.1)
    known = np.where(y < 2, hide(y, 5), -1)
    model = estimator(3, **QUICK).fit(X, known)
    np.testing.assert_array_equal(model.classes_, [0, 1, 2])
    assert model.score(X, y) == 1.0
    names = np.array(["ant", "bee"], dtype=object)
    words = np.array([names[label] if label >= 0 else -1 for label in known], dtype=object)
    assert estimator(3, **QUICK).fit(X, words).classes_.tolist() == ["ant", "bee", "component_2"]


@every_estimator
def test_score_is_accuracy_over_labelled_rows(estimator):
    X, y = blobs()
    model = estimator(3, **QUICK).fit(X, y)
    half = np.where(np.arange(len(X)) % 2, y, -1)
    assert model.score(X, half) == 1.0
    wrong = np.where(half >= 0, (y + 1) % 3, -1)
    assert model.score(X, wrong) == 0.0


@every_flow
@given(names, st.integers(1, 4), st.integers(1, 3), seeds)
def test_latents_go_there_and_back(flow, name, d, k, seed):
    X, _ = blobs(d=d, k=k, seed=seed)
    model = ESTIMATORS[name](k, flow=flow, **QUICK).fit(X)
    Z = model.transform(X)
    back = model.inverse_transform(Z, model.predict(X))
    np.testing.assert_allclose(back, X, rtol=1e-6, atol=1e-6)


@every_estimator
def test_inverse_transform_finds_the_component_by_itself(estimator):
    X, _ = blobs()
    model = estimator(3, **QUICK).fit(X)
    proposed = model.inverse_transform(model.transform(X))
    np.testing.assert_allclose(model.transform(proposed), model.transform(X), atol=1e-6)
    with pytest.raises(ValueError, match="components"):
        model.inverse_transform(X, np.full(len(X), 17))


@every_estimator
def test_samples_look_like_the_data(estimator):
    X, _ = blobs(600, spread=1.0)
    model = estimator(3, **QUICK).fit(X)
    rows, groups = model.sample(4000, random_state=0)
    np.testing.assert_allclose(rows.mean(0), X.mean(0), atol=0.5)
    np.testing.assert_allclose(np.cov(rows.T), np.cov(X.T), rtol=0.2, atol=1)
    assert (model.predict(rows) == groups).mean() > 0.95
    assert (np.diff(groups) < 0).any()  # shuffled, unlike GaussianMixture's


@every_estimator
def test_sample_takes_a_random_state(estimator):
    X, _ = blobs()
    model = estimator(3, **QUICK).fit(X)
    first, second = (model.sample(7, random_state=5)[0] for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert (model.sample(7, random_state=6)[0] != first).any()
    assert model.sample()[0].shape == (1, 2)
    with pytest.raises(ValueError, match="n_samples"):
        model.sample(0)


@every_estimator
def test_criteria_agree_with_their_definitions(estimator):
    X, _ = blobs()
    model = estimator(3, **QUICK).fit(X)
    total = model.score_samples(X).sum()
    n_parameters = model.aic(X) / 2 + total
    assert n_parameters == pytest.approx(round(n_parameters))
    assert model.bic(X) == pytest.approx(-2 * total + n_parameters * np.log(len(X)))
    proba = model.predict_proba(X)
    entropy = -(proba * np.log(np.maximum(proba, 1e-300))).sum()
    assert model.icl(X) == pytest.approx(model.bic(X) + 2 * entropy)


@every_estimator
def test_interrupt_keeps_the_best_model_so_far(estimator):
    class Interrupt:
        def setup(self, estimator, context): ...

        def teardown(self, estimator, context): ...

        def on_fit_task_begin(self, estimator, context): ...

        def on_fit_task_end(self, estimator, context):
            if context.task_name == "epoch" and context.task_id == 1:
                raise KeyboardInterrupt

    X, _ = blobs()
    model = estimator(3, **QUICK).set_callbacks(Interrupt())
    with pytest.warns(UserWarning, match="interrupted"):
        model.fit(X)
    assert np.isfinite(model.score(X))
