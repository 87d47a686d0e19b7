"""What changes for a user of scikit-learn's GaussianMixture, line by line, each with its check.

``python -m benchmarks.site.migration`` writes the table into ``migration.rst``.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.mixture import GaussianMixture

PAGE = Path(__file__).parent / "migration.rst"
MARK = ".. The table is written by python -m benchmarks.site.migration.\n"
TYPES = ("full", "tied", "diag", "spherical")


@dataclass(frozen=True)
class Line:
    """One name of GaussianMixture.

    Attributes
    ----------
    name : str
    standing : str
        "same", "differs" or "refused".
    text : str
        What differs; empty where nothing does.
    check : callable
        ``check(estimator, X, y)``: whether that is so, for a class of estimators.
    """

    name: str
    standing: str
    text: str
    check: Callable[[Any, np.ndarray, np.ndarray], bool]


def fitted(estimator: Any, X: np.ndarray, y: Any = None, **parameters: Any) -> Any:
    """Fit three components without training, unless more is asked for."""
    quick = {"n_components": 3, "max_iter": 0, "random_state": 0, **parameters}
    return estimator(**quick).fit(X, y)


def takes(name: str, *values: Any) -> Callable[[Any, np.ndarray, np.ndarray], bool]:
    """Check that a parameter may have values."""
    return lambda make, X, y: all(
        fitted(make, X, **{name: value}).score(X) < np.inf for value in values
    )


def refuses(**parameters: Any) -> Callable[[Any, np.ndarray, np.ndarray], bool]:
    """Check that parameters are an error, with labels as well as without."""

    def check(make: Any, X: np.ndarray, y: np.ndarray) -> bool:
        try:
            fitted(make, X, y, means_init=X[:3], **parameters)
        except ValueError:
            return True
        return False

    return check


def one_step(make: Any, X: np.ndarray, y: np.ndarray) -> bool:
    """Whether means to begin with are those of GaussianMixture, before one step of EM."""
    start = {"n_components": 3, "means_init": X[[0, 1, 2]], "reg_covar": 0}
    reference = GaussianMixture(max_iter=1, random_state=0, **start).fit(X)
    model = fitted(make, X, **start)
    return np.allclose(model.score_samples(X), reference.score_samples(X), atol=1e-3)


def has(name: str, *shape: int) -> Callable[[Any, np.ndarray, np.ndarray], bool]:
    """Check the shape of an attribute."""
    return lambda make, X, y: np.shape(getattr(fitted(make, X), name)) == shape


def is_latent(name: str) -> Callable[[Any, np.ndarray, np.ndarray], bool]:
    """Check that FlowGMM alone has an attribute."""
    return lambda make, X, y: hasattr(fitted(make, X), name) == (make.__name__ == "FlowGMM")


def sample_is_shuffled(make: Any, X: np.ndarray, y: np.ndarray) -> bool:
    """Whether samples come in any order, the same for the same random state."""
    model = fitted(make, X)
    rows, groups = model.sample(50, random_state=0)
    again, _ = model.sample(50, random_state=0)
    return np.array_equal(rows, again) and bool((np.diff(groups) < 0).any())


def same_criteria(make: Any, X: np.ndarray, y: np.ndarray) -> bool:
    """Whether criteria are those of GaussianMixture without layers."""
    model, reference = fitted(make, X, n_layers=0), GaussianMixture(3, random_state=0).fit(X)
    n_free = (model.bic(X) + 2 * model.score_samples(X).sum()) / np.log(len(X))
    expected = (reference.bic(X) + 2 * reference.score_samples(X).sum()) / np.log(len(X))
    return bool(np.isclose(n_free, expected)) and np.isfinite(model.aic(X))


def goes_on(make: Any, X: np.ndarray, y: np.ndarray) -> bool:
    """Whether a fit goes on from the last, and refuses another number of components."""
    model = fitted(make, X, warm_start=True).fit(X)
    try:
        model.set_params(n_components=2).fit(X)
    except ValueError:
        return model.start_ == "last fit"
    return False


def accuracy(make: Any, X: np.ndarray, y: np.ndarray) -> bool:
    """Whether the score is a mean log-likelihood, and with labels the accuracy."""
    model = fitted(make, X, y)
    right = (model.predict(X) == y).mean()
    return np.isclose(model.score(X), model.score_samples(X).mean()) and model.score(X, y) == right


LINES = (
    Line(
        "n_components",
        "same",
        "None, the default, is 1 without labels, and else the number of classes.",
        lambda make, X, y: (
            make(max_iter=0).fit(X).n_components_ == 1
            and make(max_iter=0).fit(X, y).n_components_ == 3
        ),
    ),
    Line(
        "covariance_type",
        "differs",
        "Types are those of standardised columns: a sphere there "
        "is none in columns of unlike units. Of VariationalFlowMixture it is the type of the "
        "start.",
        takes("covariance_type", *TYPES),
    ),
    Line(
        "tol",
        "differs",
        "Least gain of an epoch, in nats a row; default 1e-4.",
        takes("tol", 1e-3),
    ),
    Line(
        "reg_covar",
        "differs",
        "In the units of standardised columns.",
        takes("reg_covar", 0, 1e-6),
    ),
    Line(
        "max_iter",
        "differs",
        "Epochs of training, not steps of EM. No warning if they run out.",
        takes("max_iter", 0, 1),
    ),
    Line("n_init", "differs", "Starts that are trained side by side.", takes("n_init", 2)),
    Line(
        "init_params",
        "differs",
        "Its four names are known; rows are standardised first. The default tries many groupings.",
        takes("init_params", "kmeans", "k-means++", "random_from_data"),
    ),
    Line("weights_init", "same", "", takes("weights_init", [0.2, 0.3, 0.5])),
    Line(
        "means_init",
        "differs",
        "One step of EM is the start, and where training is not kept it is what you get. "
        "GaussianMixture goes on until EM rests: give its result for the same start.",
        one_step,
    ),
    Line("precisions_init", "same", "", takes("precisions_init", [np.eye(2)] * 3)),
    Line(
        "means_init and labels",
        "refused",
        "Gaussians have no names of classes. The same holds for weights_init and precisions_init.",
        refuses(),
    ),
    Line(
        'means_init and n_components="auto"',
        "refused",
        "Their number is given already.",
        lambda make, X, y: refuses(n_components="auto")(make, X, None),
    ),
    Line(
        "means_init and an array as init_params",
        "refused",
        "These are two starts.",
        lambda make, X, y: refuses(init_params=np.eye(3)[y])(make, X, None),
    ),
    Line(
        "random_state",
        "same",
        "",
        lambda make, X, y: np.array_equal(
            fitted(make, X).score_samples(X), fitted(make, X).score_samples(X)
        ),
    ),
    Line(
        "warm_start",
        "differs",
        "The last fit goes on with its scaling; another number of components is an error.",
        goes_on,
    ),
    Line(
        "verbose",
        "same",
        "A bar on a terminal; lines elsewhere, or a logger.",
        takes("verbose", 0),
    ),
    Line("verbose_interval", "same", "", takes("verbose_interval", 5)),
    Line(
        "fit(X, y)",
        "differs",
        "y is not ignored: labels name components.",
        lambda make, X, y: set(fitted(make, X, y + 5).classes_) == {5, 6, 7},
    ),
    Line(
        "fit_predict",
        "same",
        "",
        lambda make, X, y: np.array_equal(
            make(3, max_iter=0, random_state=0).fit_predict(X), fitted(make, X).predict(X)
        ),
    ),
    Line(
        "predict",
        "same",
        "With labels it names classes.",
        lambda make, X, y: set(fitted(make, X).predict(X)) == {0, 1, 2},
    ),
    Line(
        "predict_proba",
        "differs",
        "The posterior of the density; with labels experts decide with it.",
        lambda make, X, y: (
            hasattr(fitted(make, X, y), "experts_") and not hasattr(fitted(make, X), "experts_")
        ),
    ),
    Line("score", "differs", "With y it is the accuracy.", accuracy),
    Line(
        "score_samples",
        "same",
        "",
        lambda make, X, y: fitted(make, X).score_samples(X).shape == (len(X),),
    ),
    Line(
        "sample",
        "differs",
        "Rows come in random order, and it takes a random_state of its own.",
        sample_is_shuffled,
    ),
    Line(
        "bic and aic",
        "differs",
        "They count the numbers of networks, which over-counts flows; "
        "without layers they count as GaussianMixture does.",
        same_criteria,
    ),
    Line("weights_", "same", "FlowGMM has one for each latent Gaussian.", has("weights_", 3)),
    Line(
        "means_",
        "differs",
        "Latent in FlowGMM, absent in VariationalFlowMixture: take ``component_means_``.",
        lambda make, X, y: (
            is_latent("means_")(make, X, y) and has("component_means_", 3, 2)(make, X, y)
        ),
    ),
    Line(
        "covariances_",
        "differs",
        "Likewise: take ``component_covariances_``, which are always full.",
        lambda make, X, y: (
            is_latent("covariances_")(make, X, y)
            and has("component_covariances_", 3, 2, 2)(make, X, y)
        ),
    ),
    Line(
        "precisions_",
        "differs",
        "Latent in FlowGMM, absent in VariationalFlowMixture.",
        is_latent("precisions_"),
    ),
    Line("precisions_cholesky_", "differs", "Likewise.", is_latent("precisions_cholesky_")),
    Line(
        "converged_",
        "differs",
        "Whether training came to rest.",
        lambda make, X, y: fitted(make, X).converged_ in (True, False),
    ),
    Line("n_iter_", "differs", "Epochs.", lambda make, X, y: fitted(make, X).n_iter_ == 0),
    Line(
        "lower_bound_",
        "differs",
        "Of the rows that were trained on, and not of all.",
        lambda make, X, y: np.isfinite(fitted(make, X).lower_bound_),
    ),
    Line(
        "lower_bounds_",
        "differs",
        "Scores of the rows held out, so that the last is not ``lower_bound_``.",
        has("lower_bounds_", 0),
    ),
    Line("n_features_in_", "same", "", lambda make, X, y: fitted(make, X).n_features_in_ == 2),
    Line(
        "feature_names_in_",
        "same",
        "",
        lambda make, X, y: not hasattr(fitted(make, X), "feature_names_in_"),
    ),
)
"""Every parameter, method and attribute."""


def table() -> str:
    """Return the table as reStructuredText."""
    rows = [("Name", "", "What differs"), *((f"``{x.name}``", x.standing, x.text) for x in LINES)]
    items = [
        f"   * - {name}\n     - {standing}\n     -{' ' * bool(text)}{text}\n"
        for name, standing, text in rows
    ]
    return ".. list-table::\n   :header-rows: 1\n   :widths: 25 10 65\n\n" + "".join(items)


def page_with_table(page: str) -> str:
    """Return the page with the table at its end."""
    return page.split(MARK)[0] + MARK + "\n" + table()


if __name__ == "__main__":
    PAGE.write_text(page_with_table(PAGE.read_text()))
    sys.exit(0)
