"""An outlier detector with the interface of scikit-learn's."""

from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, overload

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, OutlierMixin

from skflowmix.collective import refuse_shards
from skflowmix.estimators.columns import FittedToColumns
from skflowmix.estimators.frames import framed
from skflowmix.estimators.validation import checked_table
from skflowmix.outliers import FittedDetector, fit_detector
from skflowmix.scikit_learn_private import HasMethods, Interval, StrOptions, fit_context

if TYPE_CHECKING:
    import pandas as pd


class OutlierDetector(FittedToColumns, OutlierMixin, BaseEstimator):
    r"""Outliers by several views of how unusual a row is, with the columns that make it so.

    Each view has one number for a row:

    * ``"support"``: minus the log-density of the densest three quarters of the rows, half a
      Gaussian and half a product of column densities, found by concentration steps [1]_ [2]_. No
      clump of anomalies can bend it, and a row is unusual if both halves say so;
    * ``"neighbours"``: the distance within which the next 20 rows are [3]_, of half of the other
      rows if these are fewer than 40;
    * ``"mixture"``: minus the log-density of up to four Gaussians of the densest nine tenths of
      the rows [4]_;
    * ``"density"``, if you give one: minus the log-density of any estimator, fitted to the rows of
      the support.

    As these have different units, each number becomes a log-tail [5]_: minus the logarithm of the
    share of the rows of the fit that are more unusual. Beyond all of these it grows on by the
    logarithm of the distance. The score of a row is minus the mean of its log-tails,

    .. math:: -\sum_v w_v \, [-\log (1 - F_v(u_v(x)))],

    so more is more normal, as everywhere in scikit-learn. Columns are standardised, so their
    units do not matter. Nothing is drawn by chance, and neither the order of the rows nor whether
    a row comes twice or with weight 2 matters.

    Parameters
    ----------
    contamination : "auto" or float, default="auto"
        Share of the rows of the fit to call outliers, above 0 and up to .5. It moves ``offset_``
        and nothing else. ``"auto"`` is the share of rows that are farther from their neighbours
        than the median, by more than three times what the upper quartile is. That is a
        convention, not an estimate: on tables with known anomalies it was off by a factor of two
        in either direction, so give the share if you know it, or rank rows by `score_samples`.
    density : estimator, default=None
        A density estimator for one more view, with `fit` and `score_samples`, such as
        ``FlowGMM(random_state=0)`` or `sklearn.neighbors.KernelDensity`. A clone of it is fitted
        to the standardised rows of the support, which takes as long as it does. If its `fit`
        takes no ``sample_weight``, it is given rows as often as they weigh, rounded.

    Attributes
    ----------
    offset_ : float
        Score below which a row is an outlier.
    views_ : dict of ndarray
        Names of the views in ``"view"``, and in ``"weight"`` what they count, with sum 1.
    density_ : estimator
        The fitted clone of ``density``; there is none without one.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if they are all strings.

    See Also
    --------
    FlowGMM : Densities; what they find dense may be a clump of anomalies.
    skflowmix.plotting.OutlierDisplay : The columns that make rows unusual, as a picture.
    sklearn.ensemble.IsolationForest : Outliers by random cuts.

    Notes
    -----
    A column with a few values that are larger than the others by many orders of magnitude makes
    all others look alike, as it is standardised by its deviation: take its logarithm before.

    Of more than 10,000 distinct rows, 10,000 are kept as neighbours.

    References
    ----------
    .. [1] Rousseeuw and van Driessen (1999), A fast algorithm for the minimum covariance
       determinant estimator, Technometrics.
    .. [2] Hadi and Luceno (1997), Maximum trimmed likelihood estimators: a unified approach,
       examples, and algorithms, Computational Statistics and Data Analysis.
    .. [3] Ramaswamy, Rastogi and Shim (2000), Efficient algorithms for mining outliers from large
       data sets, SIGMOD.
    .. [4] Neykov, Filzmoser, Dimova and Neytchev (2007), Robust fitting of mixtures using the
       trimmed likelihood estimator, Computational Statistics and Data Analysis.
    .. [5] Li, Zhao, Hu, Botta, Ionescu and Chen (2022), ECOD: Unsupervised outlier detection
       using empirical cumulative distribution functions, IEEE TKDE.

    Examples
    --------
    A clump of odd rows, in which two columns that go together do not:

    >>> import numpy as np
    >>> from skflowmix import OutlierDetector
    >>> rng = np.random.default_rng(0)
    >>> size = rng.normal(size=(200, 1))
    >>> X = np.hstack([size, size + 0.1 * rng.normal(size=(200, 1)), rng.normal(size=(200, 1))])
    >>> X[:10, :2] = [2.5, -2.5] + 0.1 * rng.normal(size=(10, 2))
    >>> detector = OutlierDetector(contamination=0.05).fit(X)
    >>> np.flatnonzero(detector.predict(X) == -1).tolist()
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]

    The third column adds least to that:

    >>> detector.explain(X[:10]).mean(axis=0).argmin().item()
    2
    """

    _parameter_constraints: ClassVar[dict[str, list]] = {
        "contamination": [StrOptions({"auto"}), Interval(Real, 0, 0.5, closed="right")],
        "density": [HasMethods(["fit", "score_samples"]), None],
    }

    _fitted: FittedDetector

    def __init__(self, *, contamination: float | str = "auto", density: Any = None) -> None:
        self.contamination = contamination
        self.density = density

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: ArrayLike, y: Any = None, sample_weight: ArrayLike | None = None) -> Self:
        """Learn what is usual from rows of which some may be anomalies.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows of finite numbers; two or more.
        y : Ignored
            Not used, present for the interface of scikit-learn.
        sample_weight : array-like of shape (n_samples,), default=None
            How many rows each row stands for. One of weight zero counts as absent. Weights with a
            mean below 1 are scaled to a mean of 1.

        Returns
        -------
        self : object
            The fitted detector.

        Raises
        ------
        ValueError
            If X holds NaN or infinity, or the weights or a parameter cannot be used; the message
            says which.
        """
        refuse_shards("An OutlierDetector")
        rows, weights, names = checked_table(self, X, sample_weight)
        self._fitted = fit_detector(rows, weights, self.density, self.contamination, names)
        return self

    def score_samples(self, X: ArrayLike) -> np.ndarray:
        """Compute how normal each row is.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        scores : ndarray of shape (n_samples,)
            Minus the weighted mean of the log-tails of the views, in nats and below 0. More is
            more normal; a row more unusual than all but one in a hundred, in every view, has
            -4.6.
        """
        rows = self._checked(X)
        return self._fitted.score(rows)

    def decision_function(self, X: ArrayLike) -> np.ndarray:
        """Compute `score_samples` less ``offset_``.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        scores : ndarray of shape (n_samples,)
            Below 0 for outliers.
        """
        return self.score_samples(X) - self.offset_

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Tell whether rows are outliers.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            -1 for outliers, 1 for all others.
        """
        return np.where(self.decision_function(X) < 0, -1, 1)

    @overload
    def explain(self, X: ArrayLike, *, as_frame: Literal[False] = False) -> np.ndarray: ...

    @overload
    def explain(self, X: ArrayLike, *, as_frame: Literal[True]) -> "pd.DataFrame": ...

    def explain(self, X: ArrayLike, *, as_frame: bool = False) -> "np.ndarray | pd.DataFrame":
        """Share the score of each row among its columns.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        as_frame : bool, default=False
            Whether to return a pandas data frame, with the names of the columns of the fit and
            the index of X if it has one.

        Returns
        -------
        contributions : ndarray or DataFrame of shape (n_samples, n_features)
            Nats that the columns add, at least 0. The sum of a row is minus its score, exactly.
            How it is shared is a matter of convention. A view shares its log-tail in proportion
            to what columns add to its number beyond what they add for a typical row (the median
            of 200 rows of the fit); if none adds more than that, all have equal shares. What
            columns add to a log-density is exact for column densities and for Gaussians, where
            columns that depend on each other are taken apart by the symmetric root of their
            correlations (Garthwaite and Koch, 2016). For neighbours it is the mean squared
            difference to them. For ``density`` it is how much likelier the row is with this
            column at its median, which is the only thing here that takes as many evaluations as
            there are columns.
        """
        rows = self._checked(X)
        found = self._fitted.contributions(rows)
        return framed(found, self._column_names, like=X) if as_frame else found

    # Attributes.

    @property
    def offset_(self) -> float:
        """Score below which a row is an outlier."""
        return self._fitted.offset

    @property
    def views_(self) -> dict[str, np.ndarray]:
        """Names and weights of the views."""
        return {"view": np.array(list(self._fitted.views)), "weight": self._fitted.weights}

    @property
    def density_(self) -> Any:
        """The fitted clone of ``density``."""
        return self._fitted.density
