"""Numbers of components that an estimator chooses, or is given by whatever else it is given."""

import pickle
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skflowmix import FlowGMM
from skflowmix.selection.criteria import CRITERIA
from tests.estimators import QUICK, every_estimator, hide
from tests.selection.examples import clouds, use_rule

AUTO = {**QUICK, "n_components": "auto", "max_components": 4}
X, GROUPS = clouds(60, 3, distance=20.0)
NOISE = np.random.default_rng(0).standard_normal((60, 2))
OF_TRAINING = ["trained", "trained_score", "validation_score"]

may_have_rivals = pytest.mark.filterwarnings("ignore:Two groupings:UserWarning")
may_empty = pytest.mark.filterwarnings(
    "ignore:No row belongs:sklearn.exceptions.ConvergenceWarning"
)


@pytest.fixture(autouse=True)
def _agreement_counts(monkeypatch):
    """Choose by agreement among groupings, whatever has been learned."""
    use_rule(monkeypatch)


@every_estimator
def test_three_clouds_are_three_components(estimator):
    model = estimator(**AUTO).fit(X)
    assert model.n_components_ == 3
    assert adjusted_rand_score(GROUPS, model.labels_) == 1
    assert model.classes_.tolist() == [0, 1, 2]
    assert model.predict_proba(X).shape == (60, 3)


@every_estimator
def test_what_is_worth_no_more_than_one_group_is_one(estimator, monkeypatch):
    use_rule(monkeypatch, one_group=2.0)
    model = estimator(**AUTO).fit(X)
    assert model.n_components_ == 1
    assert model.starts_["n_components"][0] == 1
    assert model.starts_["trained"].shape == model.starts_["n_components"].shape
    assert model.starts_["selection_score"][0] == 2.0
    np.testing.assert_array_equal(model.labels_, 0)


@may_have_rivals
@pytest.mark.parametrize("most", [1, 2, 3, 4])
def test_no_more_components_than_are_allowed(most):
    model = FlowGMM(**{**AUTO, "max_components": most}).fit(X)
    assert model.n_components_ <= most
    assert set(model.starts_["n_components"]) == set(range(1, most + 1))


def test_max_components_is_of_no_account_where_the_number_is_given():
    model = FlowGMM(**{**AUTO, "n_components": 3, "max_components": 2}).fit(X)
    assert model.n_components_ == 3


@pytest.mark.parametrize("most", [0, -1, 2.5, "auto"])
def test_max_components_is_a_number_or_none(most):
    with pytest.raises(ValueError, match="max_components"):
        FlowGMM(**{**AUTO, "max_components": most}).fit(X)


def test_only_auto_is_a_word_for_a_number():
    with pytest.raises(ValueError, match="n_components"):
        FlowGMM(n_components="many").fit(X)


@may_have_rivals
@may_empty
@pytest.mark.parametrize("most", [None, 1, 2, 50])
@pytest.mark.parametrize("n", range(2, 9))
def test_few_rows_are_fine_and_more_components_than_rows_may_be_allowed(n, most):
    model = FlowGMM(**{**AUTO, "max_components": most}).fit(NOISE[:n])
    assert 1 <= model.n_components_ <= max(n // 4, 1)
    assert len(model.labels_) == n


@pytest.mark.filterwarnings("ignore:The columns:UserWarning")
@pytest.mark.parametrize("n_kinds", [1, 3, 7])
def test_copies_are_no_groups(n_kinds):
    model = FlowGMM(**AUTO).fit(NOISE[np.arange(70) % n_kinds])
    assert model.n_components_ == 1


# What else says how many there are.


@every_estimator
def test_labels_say_how_many_components_there_are(estimator):
    two = GROUPS // 2
    for y in (two, hide(two, 4), np.array(["a", "b"])[two]):
        model = estimator(**AUTO).fit(X, y)
        assert model.n_components_ == 2
        assert model.start_ == "pooled_experts"


def test_rows_without_any_label_are_rows_without_labels():
    model, other = FlowGMM(**AUTO).fit(X, np.full(60, -1)), FlowGMM(**AUTO).fit(X)
    assert model.n_components_ == 3
    np.testing.assert_array_equal(model.labels_, other.labels_)


@pytest.mark.parametrize("n_components", ["auto", None])
@pytest.mark.parametrize("k", [1, 2, 6])
def test_an_array_has_a_column_for_each_component(n_components, k):
    given = np.eye(k)[np.arange(60) % k]
    params = {**AUTO, "n_components": n_components, "init_params": given}
    model = FlowGMM(**params).fit(X)
    assert model.n_components_ == k
    assert model.start_ == "given"
    assert model.starts_["n_components"].tolist() == [k]


@pytest.mark.filterwarnings("ignore:No row belongs:sklearn.exceptions.ConvergenceWarning")
@may_have_rivals
@pytest.mark.parametrize("start", ["kmeans", "random", "k-means++", "gaussian_mixture"])
@pytest.mark.parametrize("n_init", [1, 3])
def test_a_start_that_is_named_begins_with_as_many_components_as_are_chosen(start, n_init):
    model = FlowGMM(**AUTO, init_params=start, n_init=n_init).fit(X)
    assert model.n_components_ == 3
    assert model.start_ == start
    assert model.starts_["start"].tolist() == [start] * n_init
    assert model.starts_["n_components"].tolist() == [3] * n_init


@may_have_rivals
@pytest.mark.parametrize("start", ["kmeans", "random"])
def test_it_may_begin_with_one(start, monkeypatch):
    use_rule(monkeypatch, one_group=2.0)
    model = FlowGMM(**AUTO, init_params=start).fit(X)
    assert model.n_components_ == 1
    assert model.start_ == start


@may_have_rivals
def test_rows_of_no_weight_are_absent():
    weights = (GROUPS < 2).astype(float)
    model = FlowGMM(**AUTO).fit(X, sample_weight=weights)
    alone = FlowGMM(**AUTO).fit(X[GROUPS < 2])
    assert model.n_components_ == alone.n_components_ == 2


def test_of_too_many_rows_those_that_are_drawn_are_grouped():
    model = FlowGMM(**AUTO, subsample=45).fit(X)
    assert model.n_components_ == 3
    assert adjusted_rand_score(GROUPS, model.labels_) == 1


# The table.


@may_have_rivals
@pytest.mark.parametrize("n_init", [1, 2, 4])
@pytest.mark.parametrize("n_components", ["auto", 3])
def test_the_table_has_all_groupings_that_were_tried(n_components, n_init):
    x = clouds(60, 3, distance=2.0)[0]
    model = FlowGMM(**{**AUTO, "n_components": n_components}, n_init=n_init).fit(x)
    table = model.starts_
    assert list(table) == [
        "start",
        "n_components",
        "selection_score",
        *CRITERIA,
        *OF_TRAINING,
    ]
    assert len({len(column) for column in table.values()}) == 1
    sizes = range(1, 5) if n_components == "auto" else [3]
    assert sorted(set(table["n_components"].tolist())) == list(sizes)
    is_one = table["n_components"] == 1
    assert np.isfinite(table["selection_score"]).all()
    for name in CRITERIA:
        np.testing.assert_array_equal(np.isnan(table[name]), is_one)
    was_trained = np.isfinite(table["trained_score"])
    assert was_trained.sum() == (n_init if model.n_components_ > 1 else 1)
    assert (table["n_components"][was_trained] == model.n_components_).all()
    np.testing.assert_array_equal(np.isfinite(table["validation_score"]), was_trained)
    assert not table["trained"][~was_trained].any()
    assert model.start_ in table["start"][was_trained]


def test_training_begins_with_the_largest_scores():
    x = clouds(60, 3, distance=4.0)[0]
    table = FlowGMM(**{**AUTO, "n_components": 3}, n_init=2).fit(x).starts_
    best = np.sort(table["selection_score"])[-2:]
    chosen = table["selection_score"][np.isfinite(table["trained_score"])]
    np.testing.assert_allclose(np.sort(chosen), best)


# The same on every call.


@may_have_rivals
def test_what_is_chosen_depends_neither_on_chance_nor_on_the_order_of_rows():
    x = clouds(60, 3, distance=4.0)[0]
    order = np.random.default_rng(0).permutation(60)
    tables = []
    for seed, at in ((0, slice(None)), (1, slice(None)), (1, order)):
        model = FlowGMM(**{**AUTO, "random_state": seed}).fit(x[at])
        tables.append(model.starts_)
    for table in tables[1:]:
        assert table["start"].tolist() == tables[0]["start"].tolist()
        scores = table["selection_score"], tables[0]["selection_score"]
        np.testing.assert_allclose(*scores, atol=1e-6)


def test_two_rivals_are_told_of_once(monkeypatch):
    """The warning points at the line that calls fit."""
    use_rule(monkeypatch, {"size_entropy": 1e-9}, {"mean_agreement": 1.0}, one_group=-1.0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        FlowGMM(**{**AUTO, "n_components": 4}).fit(NOISE)
    told = [each for each in caught if "Two groupings" in str(each.message)]
    assert len(told) == 1
    assert told[0].category is UserWarning
    assert told[0].filename == __file__


# In the company of scikit-learn.


@every_estimator
def test_parameters_stay_what_they_are(estimator):
    model = estimator(**AUTO).fit(X)
    assert model.get_params()["n_components"] == "auto"
    assert model.get_params()["max_components"] == 4
    copy = clone(model)
    assert copy.get_params() == model.get_params()
    assert copy.set_params(n_components=2, max_components=None).n_components == 2


def test_a_fitted_model_can_be_pickled():
    model = FlowGMM(**AUTO).fit(X)
    copy = pickle.loads(pickle.dumps(model))
    assert copy.n_components_ == 3
    np.testing.assert_array_equal(copy.predict(X), model.labels_)
    for name, column in model.starts_.items():
        np.testing.assert_array_equal(copy.starts_[name], column)


def test_a_pipeline_may_end_in_it():
    model = make_pipeline(StandardScaler(), FlowGMM(**AUTO)).fit(X)
    assert adjusted_rand_score(GROUPS, model.predict(X)) == 1


@may_have_rivals
def test_a_search_over_parameters_may_try_it():
    search = GridSearchCV(
        FlowGMM(**AUTO), {"n_components": [1, "auto"]}, cv=3, error_score="raise"
    )
    search.fit(X)
    assert search.best_params_ == {"n_components": "auto"}
    assert search.best_estimator_.n_components_ == 3


@every_estimator
def test_a_fit_that_goes_on_keeps_its_components(estimator, monkeypatch):
    model = estimator(**AUTO, warm_start=True).fit(X)
    use_rule(monkeypatch, one_group=2.0)  # anew, it would have one
    model.fit(X[::-1])
    assert model.n_components_ == 3
    assert model.start_ == "last fit"
    assert adjusted_rand_score(GROUPS[::-1], model.labels_) == 1
    model.set_params(n_components=3).fit(X)
    assert model.n_components_ == 3
    with pytest.raises(ValueError, match="warm_start"):
        model.set_params(n_components=2).fit(X)


@every_estimator
def test_a_new_fit_chooses_anew(estimator):
    model = estimator(**AUTO).fit(X)
    assert model.fit(X[GROUPS < 2]).n_components_ == 2
