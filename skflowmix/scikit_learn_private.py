"""Names that not every release of scikit-learn has: private ones, and one that is new.

The lowest layer: it imports scikit-learn only. A release of scikit-learn may move its private
names without notice, so no other module imports one, and a release that lacks one is refused in
words when the package is imported.

=============================  ====================================================================
name here                      what it is in scikit-learn
=============================  ====================================================================
``fit_context``                ``base._fit_context``: checks the parameters, then runs ``fit``
``HasMethods``, ``Interval``,  ``utils._param_validation``: what values a parameter may have
``StrOptions``
``check_sample_weight``        ``utils.validation._check_sample_weight``: one weight for each row
``feature_names_of``           ``utils.validation._get_feature_names``: names of columns, or None
``check_matplotlib_support``   ``utils._optional_dependencies``: an error if there is no matplotlib
``CallbackSupportMixin``       ``callback.CallbackSupportMixin``: public, and new in 1.9
``without_callbacks``          attributes by which an estimator knows its callbacks
=============================  ====================================================================
"""

import copy
from collections.abc import Callable
from typing import Any, TypeVar

from sklearn import __version__ as installed

__all__ = [
    "SUPPORTED",
    "CallbackSupportMixin",
    "HasMethods",
    "Interval",
    "StrOptions",
    "check_feature_names",
    "check_matplotlib_support",
    "check_n_features",
    "check_sample_weight",
    "feature_names_of",
    "fit_context",
    "without_callbacks",
]

SUPPORTED = ">=1.9,<2"
"""Versions of scikit-learn that have the names, as `pyproject.toml` asks for them."""

try:
    from sklearn.base import _fit_context
    from sklearn.callback import CallbackSupportMixin
    from sklearn.utils._optional_dependencies import check_matplotlib_support
    from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
    from sklearn.utils.validation import _check_feature_names as check_feature_names
    from sklearn.utils.validation import _check_n_features as check_n_features
    from sklearn.utils.validation import _check_sample_weight as check_sample_weight
    from sklearn.utils.validation import _get_feature_names as feature_names_of
except ImportError as error:
    raise ImportError(
        f"skflowmix needs scikit-learn{SUPPORTED}, and scikit-learn {installed} lacks what it "
        f"imports ({error}): pip install 'scikit-learn{SUPPORTED}'"
    ) from error

CALLBACK_ATTRIBUTES = (
    "_skl_callbacks",
    "_callback_fit_ctx",
    "_skl_callbacks_to_teardown",
    "_parent_callback_ctx",
)
"""What an estimator holds of callbacks, some of it while it is fitted only."""

Fit = TypeVar("Fit", bound=Callable[..., Any])


def fit_context(*, prefer_skip_nested_validation: bool) -> Callable[[Fit], Fit]:
    """Return scikit-learn's decorator of `fit`, which leaves its type as it is."""
    return _fit_context(prefer_skip_nested_validation=prefer_skip_nested_validation)


def without_callbacks(estimator: Any) -> Any:
    """Return a copy of an estimator that knows nothing of its callbacks."""
    alone = copy.copy(estimator)
    for name in CALLBACK_ATTRIBUTES:
        vars(alone).pop(name, None)
    return alone
