"""What a fit is asked to do, and the observations that it is done on. Plain data."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from skflowmix.collective import ALONE, Collective
from skflowmix.data.categories import Categories
from skflowmix.families import Design


@dataclass(frozen=True)
class Options:
    """The parameters of a fit, which have the names that users know them by.

    Attributes
    ----------
    design : Design
        The model that is asked for.
    init_params : str or ndarray of shape (n, K)
        Name of a start, "auto", or responsibilities.
    class_prior : ndarray of shape (C,) or None
        Shares of the classes; estimated without it.
    sizes : tuple of int
        Numbers of components to choose among; empty where there is no choice.
    bounds : ndarray of shape (d, 2), "auto" or None
        Ends of the ranges of columns, infinite where there is none.
    """

    design: Design
    init_params: str | np.ndarray
    n_init: int
    max_iter: int | str
    subsample: int | None
    batch_size: int | str
    learning_rate_init: float | str
    weight_decay: float
    reg_covar: float
    tol: float
    early_stopping: bool
    validation_fraction: float
    n_iter_no_change: int | str
    class_prior: np.ndarray | None = None
    sizes: tuple[int, ...] = ()
    bounds: np.ndarray | str | None = None

    @property
    def has_start(self) -> bool:
        """Whether the user says how to begin."""
        return not isinstance(self.init_params, str) or self.init_params != "auto"


@dataclass(frozen=True)
class Observations:
    """Rows that have passed validation, and what is known of them.

    Attributes
    ----------
    X : ndarray of shape (n, d)
        Rows in the units of the data, in single or double precision. Columns of categories come
        last, by the numbers of their levels.
    codes : ndarray of shape (n,)
        Component of each labelled row, -1 for the others.
    classes : ndarray of shape (K,)
        Names of the components.
    weights : ndarray of shape (n,)
        Sample weights; rows of weight zero are absent.
    feature_names : ndarray of shape (d,) or None
        Names of the columns, in the order of the user.
    together : Collective, default=ALONE
        Processes whose rows are fitted; each has some of them.
    categories : Categories or None
        Which columns of the user are categories, and what these are.
    """

    X: np.ndarray
    codes: np.ndarray
    classes: np.ndarray
    weights: np.ndarray
    feature_names: np.ndarray | None
    together: Collective = ALONE
    categories: Categories | None = None

    @property
    def n_numbers(self) -> int:
        """How many columns are numbers, p; those of categories are behind them."""
        return self.X.shape[1] if self.categories is None else self.categories.n_numbers

    @property
    def n_components(self) -> int:
        """Number of components, K."""
        return len(self.classes)

    @cached_property
    def n_classes(self) -> int:
        """How many components labels name, on any process; they come first."""
        return int(self.together.largest(self.codes.max(initial=-1))) + 1

    @property
    def column_names(self) -> np.ndarray:
        """Names of the columns, or their numbers, in the order of ``X``."""
        own, names = self.categories, self.feature_names
        names = np.arange(self.X.shape[1]) if names is None else names
        return names if own is None else names[own.order]
