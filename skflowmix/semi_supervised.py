"""Unlabelled rows for meta-estimators, which know labelled rows only. Knows no tensors."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.pipeline import Pipeline
from sklearn.utils import check_array, get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, validate_data

from skflowmix.data.labels import UNLABELLED, known_labels, labelled_accuracy
from skflowmix.estimators.links import LinkedEstimator
from skflowmix.scikit_learn_private import check_sample_weight, feature_names_of


def _gives_probabilities(wrapper: "WithUnlabeled") -> bool:
    return hasattr(getattr(wrapper, "estimator_", wrapper.estimator), "predict_proba")


def _name_of_weights(estimator: BaseEstimator) -> str:
    """What a fit calls the weights of the rows; a pipeline hands them to its last step."""
    if isinstance(estimator, Pipeline):
        return f"{estimator.steps[-1][0]}__sample_weight"
    return "sample_weight"


class WithUnlabeled(LinkedEstimator, ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    """A classifier that sees unlabelled rows in every fit, and speaks of labelled classes only.

    Meta-estimators such as `sklearn.ensemble.VotingClassifier` and functions such as
    `sklearn.model_selection.cross_val_predict` take -1 in y for a class like any other. Give them
    the labelled rows, and let this hold the others: whatever part of the labelled rows it is
    fitted to, the unlabelled ones are added to it, marked by -1.

    They also expect probabilities of the classes in y and no others. Components that were asked
    for beyond the classes are left out of the answers: a row is given the probabilities of the
    classes on condition that it is of one of them.

    Parameters
    ----------
    estimator : classifier
        What to fit. -1 must mark unlabelled rows for it, as for `skflowmix.FlowGMM` and for
        `sklearn.semi_supervised.LabelSpreading`. It is given plain arrays. Put a pipeline here,
        rather than this into a pipeline: then its scaler sees all rows, and all are scaled.
    X_unlabeled : array-like of shape (n_unlabeled, n_features), default=None
        Rows to add to every fit.

    Attributes
    ----------
    estimator_ : classifier
        The fitted clone of ``estimator``. It knows the classes by their numbers, 0 being the
        first of ``classes_``, and new groups by the numbers after them.
    classes_ : ndarray of shape (n_classes,)
        Classes in y, sorted.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if they are all strings.

    See Also
    --------
    skflowmix.model_selection.LabeledOnlySplit : Enough for scores of one estimator.

    Examples
    --------
    >>> from sklearn.datasets import make_moons
    >>> from sklearn.ensemble import VotingClassifier
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from skflowmix import FlowGMM
    >>> from skflowmix.semi_supervised import WithUnlabeled
    >>> X, y = make_moons(200, noise=0.05, random_state=0)
    >>> flow = WithUnlabeled(FlowGMM(max_iter=20, random_state=0), X[20:])
    >>> vote = VotingClassifier([("flow", flow), ("bayes", GaussianNB())], voting="soft")
    >>> vote.fit(X[:20], y[:20]).score(X, y) > 0.8
    True
    """

    def __init__(self, estimator: Any, X_unlabeled: ArrayLike | None = None) -> None:
        self.estimator = estimator
        self.X_unlabeled = X_unlabeled

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit a clone of the estimator to these rows and the unlabelled ones.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,)
            Their labels. Some may be missing, as in `skflowmix.FlowGMM.fit`.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows, for an estimator that takes them. If there are any, an unlabelled
            row weighs what these weigh on average.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If no row has a label, y cannot be used, or ``X_unlabeled`` has other columns than X.
        """
        if y is None:
            raise ValueError("WithUnlabeled requires y to be passed, but the target y is None.")
        rows = self._checked(X, reset=True)
        labelled, names = known_labels(y, len(rows))
        if not labelled.any():
            raise ValueError("WithUnlabeled needs labelled rows: y has none.")
        classes, numbers = np.unique(names, return_inverse=True)
        added = self._added_rows()
        codes = np.full(len(rows) + len(added), UNLABELLED)
        codes[: len(rows)][labelled] = numbers
        weights = {}
        if sample_weight is not None:
            own = check_sample_weight(sample_weight, rows)
            weights[_name_of_weights(self.estimator)] = np.concatenate(
                [own, np.full(len(added), own.mean())]
            )
        every_row = np.concatenate([rows, added])
        self.estimator_ = clone(self.estimator).fit(every_row, codes, **weights)
        self.classes_ = classes
        return self

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Find the most probable class of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            Entries of ``classes_``.
        """
        check_is_fitted(self)
        return self._predict(self._checked(X))

    @available_if(_gives_probabilities)
    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Compute the probability of each class for each row, if it is of one of the classes.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_classes)
            Columns in the order of ``classes_``; every row sums to 1.
        """
        check_is_fitted(self)
        return self._proba(self._checked(X))

    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return the accuracy over the labelled rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,)
            True labels; rows without one are left out.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        score : float
            NaN, with a warning, if no row has a label.
        """
        check_is_fitted(self)
        rows = self._checked(X)
        weights = check_sample_weight(sample_weight, rows)
        return labelled_accuracy(lambda some: self._predict(rows[some]), y, weights)

    def __sklearn_tags__(self):
        """Values may be missing where the estimator takes such rows."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = get_tags(self.estimator).input_tags.allow_nan
        return tags

    def _predict(self, rows: np.ndarray) -> np.ndarray:
        if len(self.estimator_.classes_) > len(self.classes_):
            return self.classes_[self._proba(rows).argmax(1)]
        return self.classes_[self.estimator_.predict(rows)]

    def _proba(self, rows: np.ndarray) -> np.ndarray:
        """Shares ``(n, n_classes)`` of the classes in what all of them have together."""
        n_classes = len(self.classes_)
        proba = self.estimator_.predict_proba(rows)[:, self.estimator_.classes_ < n_classes]
        total = proba.sum(1, keepdims=True)
        even = np.full_like(proba, 1 / n_classes)  # where all of them are impossible
        return np.divide(proba, total, out=even, where=total > 0)

    def _checked(self, X: ArrayLike, reset: bool = False) -> np.ndarray:
        """Rows ``(n, d)``; whether they may have holes is for the estimator to say."""
        return validate_data(self, X, reset=reset, ensure_all_finite=False)

    def _added_rows(self) -> np.ndarray:
        """The unlabelled rows ``(m, d)``, which must have the columns of the others."""
        if self.X_unlabeled is None:
            return np.empty((0, self.n_features_in_))
        rows = check_array(
            self.X_unlabeled,
            ensure_all_finite=False,
            ensure_min_samples=0,
            input_name="X_unlabeled",
        )
        if rows.shape[1] != self.n_features_in_:
            raise ValueError(
                f"X_unlabeled has {rows.shape[1]} columns, but X has {self.n_features_in_}. Where "
                "columns are made or left out before the fit, do it in a pipeline within "
                "WithUnlabeled, so that it is done to both."
            )
        names, own = (getattr(self, "feature_names_in_", None), feature_names_of(self.X_unlabeled))
        if names is not None and own is not None and not np.array_equal(names, own):
            raise ValueError(
                f"X_unlabeled has the columns {own.tolist()}, but X has {names.tolist()}: give "
                "both the same, in the same order."
            )
        return rows
