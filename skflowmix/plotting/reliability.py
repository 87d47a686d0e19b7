"""Whether rows of probability .8 are right in eight of ten cases."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.calibration import calibration_curve

from skflowmix.data.labels import known_labels
from skflowmix.plotting.base import PALETTE, Display, font_size, inches_of
from skflowmix.scikit_learn_private import check_matplotlib_support


class ReliabilityDisplay(Display):
    """Share of rows that are right against the probability of the predicted class.

    Rows are in bins of equal numbers, as nearly as ties allow. Bars show the share of the rows in
    each. Below the diagonal an estimator is too sure of itself. Make it by `from_estimator`. All
    parameters are stored as attributes.

    Parameters
    ----------
    prob_true : ndarray of shape (n_bins,)
        Share of the rows of each bin whose predicted class is right.
    prob_pred : ndarray of shape (n_bins,)
        Mean probability of the predicted class in each bin.
    shares : ndarray of shape (n_bins,)
        Share of all rows that is in each bin.
    estimator_name : str, default=None
        Name of the estimator, for the legend.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it is drawn.
    figure_ : matplotlib Figure
        The figure that holds ``ax_``.
    line_ : matplotlib Line2D
        The curve.
    diagonal_ : matplotlib Line2D
        Where probabilities are what they say.
    bars_ : matplotlib BarContainer
        Shares of the rows.

    See Also
    --------
    sklearn.calibration.CalibrationDisplay : The same for one class of two.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from skflowmix import FlowGMM
    >>> from skflowmix.plotting import ReliabilityDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> known = np.where(np.arange(150) % 5 == 0, y, -1)
    >>> model = FlowGMM(max_iter=0, random_state=0).fit(X, known)
    >>> unseen = np.where(known < 0, y, -1)
    >>> display = ReliabilityDisplay.from_estimator(model, X, unseen)  # doctest: +SKIP
    """

    line_: Any
    diagonal_: Any
    bars_: Any

    def __init__(
        self,
        *,
        prob_true: np.ndarray,
        prob_pred: np.ndarray,
        shares: np.ndarray,
        estimator_name: str | None = None,
    ):
        self.prob_true = prob_true
        self.prob_pred = prob_pred
        self.shares = shares
        self.estimator_name = estimator_name

    @property
    def expected_error(self) -> float:
        """Expected calibration error: mean distance from the diagonal, bins by their shares."""
        return float(self.shares @ np.abs(self.prob_true - self.prob_pred))

    @classmethod
    def from_estimator(
        cls, estimator, X: ArrayLike, y: ArrayLike, *, n_bins: int = 10, name=None, ax=None
    ) -> "ReliabilityDisplay":
        """Draw how far the probabilities of an estimator may be believed.

        Parameters
        ----------
        estimator : object
            Fitted, with `predict_proba` and ``classes_``: a mixture that was fitted with labels,
            or a classifier.
        X : array-like of shape (n_samples, n_features)
            Rows, best those whose labels the fit has not seen.
        y : array-like of shape (n_samples,)
            True labels; rows without one, as in `fit`, are left out.
        n_bins : int, default=10
            How many bins, at most: equal probabilities stay together.
        name : str, default=None
            Name for the legend; that of the estimator's class by default.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.

        Returns
        -------
        display : ReliabilityDisplay
            What was drawn.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If no row has a label, y has another length than X, or ``n_bins`` is below 1.
        """
        cls._check_can_show(estimator)
        proba = estimator.predict_proba(X)
        labelled, labels = known_labels(y, len(proba))
        if not len(labels):
            raise ValueError("No row of y has a label, and a reliability curve needs some.")
        predicted = np.asarray(estimator.classes_)[proba[labelled].argmax(axis=1)]
        name = type(estimator).__name__ if name is None else name
        return cls.from_predictions(
            labels, predicted, proba[labelled].max(axis=1), n_bins=n_bins, name=name, ax=ax
        )

    @classmethod
    def from_predictions(
        cls,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        confidence: ArrayLike,
        *,
        n_bins: int = 10,
        name: str | None = None,
        ax=None,
    ) -> "ReliabilityDisplay":
        """Draw how far probabilities of predicted classes may be believed.

        Parameters
        ----------
        y_true : array-like of shape (n_samples,)
            True labels.
        y_pred : array-like of shape (n_samples,)
            Predicted classes.
        confidence : array-like of shape (n_samples,)
            Their probabilities.
        n_bins : int, default=10
            How many bins, at most: equal probabilities stay together.
        name : str, default=None
            Name for the legend.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.

        Returns
        -------
        display : ReliabilityDisplay
            What was drawn.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If ``n_bins`` is below 1.
        """
        check_matplotlib_support(f"{cls.__name__}.from_predictions")
        if n_bins < 1:
            raise ValueError(f"n_bins must be 1 or more, got {n_bins}.")
        confidence = np.clip(confidence, 0, 1)
        is_right = (np.asarray(y_true) == np.asarray(y_pred)).astype(int)
        true, predicted = calibration_curve(
            is_right, confidence, n_bins=n_bins, strategy="quantile"
        )
        shares = _shares(confidence, n_bins)
        display = cls(prob_true=true, prob_pred=predicted, shares=shares, estimator_name=name)
        return display.plot(ax)

    def plot(self, ax=None, **line_kwargs: Any) -> "ReliabilityDisplay":
        """Draw it, once more or for the first time.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.
        **line_kwargs : dict
            Passed to `matplotlib.axes.Axes.plot` for the curve.

        Returns
        -------
        self : ReliabilityDisplay
            With the attributes of what is drawn.
        """
        self._open(ax)
        points = font_size(inches_of(self.ax_)[0])
        first = min(self.prob_pred.min(), 0.9)
        width = 0.03 * (1 - first)
        bars = {"width": width, "color": "0.8", "label": "share of the rows"}
        self.bars_ = self.ax_.bar(self.prob_pred, self.shares, **bars)
        style = {"color": "0.2", "linestyle": ":", "label": "as it says"}
        (self.diagonal_,) = self.ax_.plot([0, 1], [0, 1], **style)
        name = "" if self.estimator_name is None else f"{self.estimator_name}, "
        label = f"{name}error {self.expected_error:.3f}"
        curve: dict[str, Any] = {"color": PALETTE[0], "marker": "o", "label": label}
        (self.line_,) = self.ax_.plot(
            self.prob_pred, self.prob_true, **{**curve, **line_kwargs}, clip_on=False
        )
        self.ax_.set(xlim=(first - 2 * width, 1 + width), ylim=(0, 1.03))
        self.ax_.set_xlabel("probability of the predicted class", fontsize=points)
        self.ax_.set_ylabel("share that is right", fontsize=points)
        self.ax_.tick_params(labelsize=points)
        above = {"loc": "lower left", "bbox_to_anchor": (0, 1), "borderaxespad": 0.2}
        self.ax_.legend(frameon=False, fontsize=points, ncols=1, **above)
        return self


def _shares(confidence: np.ndarray, n_bins: int) -> np.ndarray:
    """Shares of the rows in the bins of scikit-learn's curve, empty ones left out."""
    edges = np.percentile(confidence, np.linspace(0, 1, n_bins + 1) * 100)
    counts = np.bincount(np.searchsorted(edges[1:-1], confidence))
    return counts[counts > 0] / len(confidence)
