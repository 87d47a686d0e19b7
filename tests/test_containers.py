"""Tables of every kind go in, and come out, by the names of their columns."""

from functools import cache

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skflowmix import FlowGMM, OutlierDetector, VariationalFlowMixture
from tests.estimators import QUICK, blobs, every_estimator

X, Y = blobs(60, spread=3.0)
NAMES = ["height", "width"]
FRAME = pd.DataFrame(X, columns=NAMES, index=np.arange(60)[::-1])

CONTAINERS = {
    "array": lambda rows: rows,
    "list": lambda rows: rows.tolist(),
    "C order": np.ascontiguousarray,
    "Fortran order": np.asfortranarray,
    "every second": lambda rows: np.repeat(rows, 2, axis=0)[::2],
    "objects": lambda rows: rows.astype(object),
    "pandas": lambda rows: pd.DataFrame(rows, columns=NAMES),
    "pandas, nullable": lambda rows: pd.DataFrame(rows, columns=NAMES).astype("Float64"),
    "pandas, objects": lambda rows: pd.DataFrame(rows, columns=NAMES).astype(object),
    "polars": lambda rows: pl.DataFrame(rows, schema=NAMES),
}
FRAMES = {name: make for name, make in CONTAINERS.items() if name[:2] in ("pa", "po")}
every_container = pytest.mark.parametrize("container", CONTAINERS)
every_frame = pytest.mark.parametrize("frame", FRAMES)

MODELS = {
    "FlowGMM": FlowGMM(3, **{**QUICK, "max_iter": 0}),
    "VariationalFlowMixture": VariationalFlowMixture(3, **{**QUICK, "max_iter": 0}),
    "OutlierDetector": OutlierDetector(),
}
every_model = pytest.mark.parametrize("name", MODELS)
MIXTURES = {name: MODELS[name] for name in ("FlowGMM", "VariationalFlowMixture")}
every_mixture = pytest.mark.parametrize("name", MIXTURES)


@cache
def fitted(name, container="array"):
    """A model that is fitted to a table of some kind."""
    return clone(MODELS[name]).fit(CONTAINERS[container](X), np.array(["a", "b", "c"])[Y])


# In.


@every_model
@every_container
def test_a_fit_and_its_answers_are_those_of_an_array(name, container):
    expected, rows = fitted(name), CONTAINERS[container](X)
    model = fitted(name, container)
    np.testing.assert_array_equal(model.score_samples(rows), expected.score_samples(X))
    np.testing.assert_array_equal(model.predict(rows), expected.predict(X))
    assert hasattr(model, "feature_names_in_") == (container in FRAMES)


@every_model
@every_frame
def test_columns_in_another_order_are_refused_by_every_kind_of_frame(name, frame):
    model = fitted(name, "polars")
    np.testing.assert_array_equal(model.predict(FRAMES[frame](X)), fitted(name).predict(X))
    turned = FRAMES[frame](X)[NAMES[::-1]]
    with pytest.raises(ValueError, match="must be in the same order"):
        model.predict(turned)
    with pytest.raises(ValueError, match="unseen at fit time:\n- size"):
        model.predict(pd.DataFrame(X, columns=["height", "size"]).replace(X[0, 0], np.nan))


AT_FAULT = {
    "infinity": (pd.DataFrame({"a": [1, 2, 3, 4.0], "b": [np.inf, 1, 2, 3]}), "infinity", ["b"]),
    "words": (
        pd.DataFrame({"a": list("uvwx"), "b": [1, 2, 3, 4], "c": list("uvwx")}),
        "could not convert string to float",
        ["a", "c"],
    ),
    "polars, words": (pl.DataFrame({"a": [1, 2, 3, 4], "b": list("uvwx")}), "convert", ["b"]),
    "numbers for names": (
        pd.DataFrame({7: [0, np.inf, 1, 2], 8: [1, 2, 3, 4.0]}),
        "infinity",
        [7],
    ),
    "array": (np.array([[1, 2], [3, np.inf], [4, 5]]), "contains infinity", [1]),
}
MISSING = {
    "NaN": (pd.DataFrame({"a": [0, np.nan, 1, 2], "b": [1, 2, 3, 4.0]}), "contains NaN", ["a"]),
    "NA": (
        pd.DataFrame({"a": [1, 2, 3, 4], "b": pd.array([1, None, 2, 3], dtype="Int64")}),
        "NaN",
        ["b"],
    ),
    "polars, null": (pl.DataFrame({"a": [1, None, 2, 3], "b": [1, 2, 3, 4]}), "NaN", ["a"]),
    "array": (np.array([[1, 2], [3, np.nan], [4, 5]]), "contains NaN", [1]),
}


def check_columns_are_named(model, rows, message, columns):
    """Neither fits to rows nor asks a fit about them, and says which columns are at fault."""
    usable = np.arange(rows.shape[0] * rows.shape[1], dtype=float).reshape(rows.shape) ** 2 % 7
    if hasattr(rows, "columns"):
        usable = pd.DataFrame(usable, columns=list(rows.columns))
    with pytest.raises((ValueError, TypeError), match=message) as told:
        clone(model).fit(rows)
    assert f"see the columns {columns}." in str(told.value)
    model = clone(model)
    if hasattr(model, "n_components"):
        model.set_params(n_components=1)
    with pytest.raises((ValueError, TypeError), match=message) as told:
        model.fit(usable).score_samples(rows)
    assert f"see the columns {columns}." in str(told.value)


@every_model
@pytest.mark.parametrize("case", AT_FAULT)
def test_columns_that_cannot_be_used_are_named(name, case):
    check_columns_are_named(MODELS[name], *AT_FAULT[case])


@pytest.mark.parametrize("case", MISSING)
def test_columns_with_missing_values_are_named_where_rows_must_be_whole(case):
    check_columns_are_named(MODELS["OutlierDetector"], *MISSING[case])


@every_mixture
@pytest.mark.parametrize("case", MISSING)
def test_marks_of_missing_values_are_taken_from_every_container(name, case):
    rows, _, _ = MISSING[case]
    model = clone(MODELS[name]).set_params(n_components=1).fit(rows)
    assert np.isfinite(model.score_samples(rows)).all()


# Out.

KINDS = {"pandas": pd.DataFrame, "polars": pl.DataFrame}


@every_mixture
@pytest.mark.parametrize("kind", KINDS)
def test_latents_are_frames_where_they_are_asked_for(name, kind):
    model = clone(MODELS[name]).set_output(transform=kind)
    latents = model.fit_transform(FRAME)
    assert isinstance(latents, KINDS[kind])
    assert list(latents.columns) == model.get_feature_names_out().tolist()
    assert [each.startswith(name.lower()) for each in latents.columns] == [True, True]
    plain = clone(model).set_output(transform="default").fit(FRAME).transform(FRAME)
    np.testing.assert_array_equal(latents.to_numpy(), plain)
    if kind == "pandas":
        assert latents.index.equals(FRAME.index)
    within = make_pipeline(StandardScaler(), clone(model)).set_output(transform=kind)
    assert isinstance(within.fit(FRAME).transform(FRAME), KINDS[kind])
    assert isinstance(model.inverse_transform(plain), np.ndarray)


@every_mixture
@pytest.mark.parametrize("container", ["array", "pandas", "polars"])
def test_samples_are_frames_where_they_are_asked_for(name, container):
    model = fitted(name, container)
    rows, components = model.sample(20, random_state=0, as_frame=True)
    plain, numbers = model.sample(20, random_state=0)
    np.testing.assert_array_equal(rows.to_numpy(), plain)
    np.testing.assert_array_equal(components.to_numpy(), numbers)
    assert rows.columns.tolist() == (["x0", "x1"] if container == "array" else NAMES)
    assert set(rows.dtypes) == {np.dtype(float)}
    assert isinstance(components, pd.Series)
    assert components.name == "component"
    assert rows.index.equals(components.index)
    if container != "array":
        np.testing.assert_array_equal(model.predict(rows), model.predict(pl.from_pandas(rows)))


@pytest.mark.parametrize("container", ["array", "pandas", "polars"])
def test_explanations_are_frames_where_they_are_asked_for(container):
    model = fitted("OutlierDetector", container)
    rows = X if container == "array" else FRAME
    found = model.explain(rows, as_frame=True)
    np.testing.assert_array_equal(found.to_numpy(), model.explain(rows))
    assert found.columns.tolist() == (["x0", "x1"] if container == "array" else NAMES)
    assert list(found.index) == (list(range(60)) if container == "array" else list(FRAME.index))


# Diagrams.

PAGES = "https://skflowmix.github.io/skflowmix/generated/"


@every_model
def test_diagrams_link_to_the_page_and_the_parameters(name):
    for shown in (MODELS[name], make_pipeline(StandardScaler(), fitted(name))):
        diagram = shown._repr_html_()
        assert f'href="{PAGES}skflowmix.{name}.html"' in diagram
        for parameter in MODELS[name].get_params():
            assert f"{PAGES}skflowmix.{name}.html#:~:text={parameter}," in diagram


def test_an_estimator_of_another_module_links_to_its_own_page():
    from skflowmix.semi_supervised import WithUnlabeled

    page = f"{PAGES}skflowmix.semi_supervised.WithUnlabeled.html"
    assert f'href="{page}"' in WithUnlabeled(MODELS["FlowGMM"])._repr_html_()


@every_estimator
def test_an_estimator_of_a_user_links_nowhere(estimator):
    class Own(estimator):
        """A subclass elsewhere, of which there is no page."""

    Own.__module__ = "elsewhere"
    assert PAGES not in Own()._repr_html_()
