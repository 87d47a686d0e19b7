"""Rows that are drawn from a fitted mixture, or completed by it."""

from collections.abc import Mapping
from numbers import Integral
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from skflowmix.estimators.columns import FittedToColumns
from skflowmix.estimators.frames import series_of
from skflowmix.estimators.validation import checked_component_number
from skflowmix.fitted import Fitted

if TYPE_CHECKING:
    import pandas as pd


RandomState = int | np.random.RandomState | None
"""Source of chance, as scikit-learn takes it."""


class Samples(FittedToColumns):
    """The method by which a fitted mixture draws rows."""

    _fitted: Fitted

    @overload
    def sample(
        self,
        n_samples: int = 1,
        random_state: RandomState = None,
        as_frame: Literal[False] = False,
        *,
        given: ArrayLike | None = None,
        y: Any = None,
    ) -> tuple[np.ndarray, np.ndarray]: ...

    @overload
    def sample(
        self,
        n_samples: int = 1,
        random_state: RandomState = None,
        *,
        as_frame: Literal[True],
        given: ArrayLike | None = None,
        y: Any = None,
    ) -> "tuple[pd.DataFrame, pd.Series]": ...

    def sample(
        self,
        n_samples: int = 1,
        random_state: RandomState = None,
        as_frame: bool = False,
        *,
        given: ArrayLike | None = None,
        y: Any = None,
    ) -> "tuple[np.ndarray, np.ndarray] | tuple[pd.DataFrame, pd.Series]":
        """Draw rows from the fitted mixture, in random order, or the rest of rows that are given.

        A column of few values is drawn as one of these: what the density, which is one of numbers,
        draws is rounded to the nearest. Where a continuous column has one value in most of the
        rows, draws become this value if they lie in the cell around it, see ``noise_widths_``.

        Parameters
        ----------
        n_samples : int, default=1
            How many.
        random_state : int, RandomState instance or None, default=None
            An int gives the same rows on every call.
        as_frame : bool, default=False
            Whether to return a pandas data frame, with the names of the columns of the fit, and
            a series. All columns are of floats.
        given : array-like of shape (n_given, n_features), default=None
            Rows with NaN where values are to be drawn, or None where categories are, given the
            others. Each is completed ``n_samples`` times, and its draws follow each other.
        y : label, default=None
            An entry of ``classes_``, to draw rows of this component or class only, from p(x given
            y). Draws are exact; none is thrown away. None draws from all of them.

        Returns
        -------
        X : ndarray or DataFrame of shape (n_samples, n_features)
            Rows; ``n_given * n_samples`` if rows are given.
        y : ndarray or Series of shape (n_samples,)
            Component of each row, entries of ``classes_``.

        Raises
        ------
        ValueError
            If ``n_samples`` is no integer, or below 1, if y is not in ``classes_``, if both y and
            rows are given, or if these are no table, or have a category that was not among the
            rows of `fit`: elsewhere it counts as missing, and here it would be drawn anew.
        ImportError
            If a frame is asked for and there is no pandas.
        """
        check_is_fitted(self)
        if not isinstance(n_samples, Integral) or n_samples < 1:
            raise ValueError(f"n_samples must be an integer of 1 or more, got {n_samples!r}.")
        if y is not None and given is not None:
            raise ValueError(
                "Rows are drawn of a component y or completed from those given: not both."
            )
        n, chance = int(n_samples), check_random_state(random_state)
        if given is None:
            component = None if y is None else checked_component_number(y, self._fitted.classes)
            rows, components = self._fitted.sample(n, chance, component)
        else:
            rows = self._checked_given(given)
            rows, components = self._fitted.conditional_samples(rows, n, chance)
        names = self._fitted.classes[components]
        return (self._framed(rows), series_of(names)) if as_frame else (self._tabled(rows), names)

    def _checked_given(self, given: ArrayLike) -> np.ndarray:
        """Return rows ``(n, d)`` of which something may be drawn."""
        if isinstance(given, Mapping):
            raise ValueError(
                "given must be rows of all columns of the fit, with NaN where values are to be "
                f"drawn, got a {type(given).__name__}: make a frame of it."
            )
        rows = self._checked(given)
        if self._categories is not None:
            self._categories.check_seen(given)
        return rows
