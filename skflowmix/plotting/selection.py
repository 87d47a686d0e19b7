"""What the groupings that a fit tried are worth, and which number of groups it chose."""

from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skflowmix.plotting.base import PALETTE, Display
from skflowmix.scikit_learn_private import check_matplotlib_support

LINE, CHOSEN, OTHERS = PALETTE[0], PALETTE[4], "0.65"
"""Colours of the best grouping of each size, of what was chosen, and of all other groupings."""


class SelectionDisplay(Display):
    """Selection scores of all groupings that a fit tried, by their numbers of components.

    A line joins the best groupings of the sizes, and a dashed one is the score of one group. Where
    the number of components was given, there is a bar for each grouping instead. Make it by
    `from_estimator`. All parameters are stored as attributes.

    Parameters
    ----------
    starts : ndarray of str of shape (n_groupings,)
        Names of the groupings.
    n_components : ndarray of int of shape (n_groupings,)
        Their numbers of groups.
    selection_score : ndarray of shape (n_groupings,)
        Their scores.
    chosen : int
        Number of components that was chosen, one of ``n_components``.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it is drawn.
    figure_ : matplotlib Figure
        The figure that holds ``ax_``.
    line_ : matplotlib Line2D or None
        The best groupings of two groups or more; None where the number was given.
    points_ : matplotlib PathCollection or None
        All other groupings of two groups or more; None where the number was given.
    one_group_ : matplotlib Line2D or None
        The score of one group; None where that was not among the choices.
    chosen_ : matplotlib Line2D or None
        The mark of what was chosen; None where the number was given.
    text_ : matplotlib Annotation or None
        The number that was chosen, and the start of its best grouping; None where it was given.
    bars_ : matplotlib BarContainer or None
        The groupings from the worst to the best, which is on top; None where the number was
        chosen.

    See Also
    --------
    MixtureDisplay : The groups that were found.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skflowmix import FlowGMM
    >>> from skflowmix.plotting import SelectionDisplay
    >>> model = FlowGMM("auto", max_components=4, max_iter=0).fit(load_iris().data)
    >>> display = SelectionDisplay.from_estimator(model)  # doctest: +SKIP
    """

    line_: Any
    points_: Any
    one_group_: Any
    chosen_: Any
    text_: Any
    bars_: Any

    def __init__(
        self,
        *,
        starts: np.ndarray,
        n_components: np.ndarray,
        selection_score: np.ndarray,
        chosen: int,
    ):
        self.starts = starts
        self.n_components = n_components
        self.selection_score = selection_score
        self.chosen = chosen

    @classmethod
    def from_estimator(cls, estimator, *, ax=None) -> "SelectionDisplay":
        """Draw how an estimator chose.

        Parameters
        ----------
        estimator : FlowGMM or VariationalFlowMixture
            Fitted without labels, with ``init_params="auto"`` or ``n_components="auto"``.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.

        Returns
        -------
        display : SelectionDisplay
            What was drawn.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If nothing was chosen: there were labels, one component, or a start that was given.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        check_is_fitted(estimator)
        tried = estimator.starts_
        if "selection_score" not in tried:
            raise ValueError(
                "starts_ has no selection scores: this fit did not choose among groupings. It "
                "does so without labels, with init_params='auto', and with n_components='auto' or "
                "2 or more."
            )
        display = cls(
            starts=tried["start"],
            n_components=tried["n_components"],
            selection_score=tried["selection_score"],
            chosen=estimator.n_components_,
        )
        return display.plot(ax)

    def plot(self, ax=None) -> "SelectionDisplay":
        """Draw it, once more or for the first time.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.

        Returns
        -------
        self : SelectionDisplay
            With the attributes of what is drawn.
        """
        self._open(ax)
        self.line_ = self.points_ = self.one_group_ = self.chosen_ = self.text_ = self.bars_ = None
        if len(np.unique(self.n_components)) == 1:
            self._draw_bars()
        else:
            self._draw_sizes()
        return self

    def _draw_bars(self) -> None:
        order = np.argsort(-self.selection_score, kind="stable")[::-1]  # of equals, the first wins
        colours = [OTHERS] * (len(order) - 1) + [CHOSEN]
        scores, places = self.selection_score[order], np.arange(len(order))
        self.bars_ = self.ax_.barh(places, scores, color=colours, height=0.7)
        self.ax_.set_yticks(places, self.starts[order])
        self.ax_.axvline(0, color="0.2", linewidth=0.8)
        self.ax_.set_xlabel(f"selection score for K={self.chosen}")

    def _draw_sizes(self) -> None:
        best = self._best_of_sizes()
        is_other, is_one = np.full(len(self.starts), True), self.n_components == 1
        is_other[best] = False
        self.points_ = self.ax_.scatter(
            *self._positions(is_other & ~is_one), s=9, color=OTHERS, label="other groupings"
        )
        style: dict[str, Any] = {"color": LINE, "marker": "o", "markersize": 4}
        best_of_many = best[~is_one[best]]
        (self.line_,) = self.ax_.plot(
            *self._positions(best_of_many), **style, label="best grouping"
        )
        if is_one.any():
            self.one_group_ = self.ax_.axhline(
                self.selection_score[is_one].max(), color="0.2", linestyle="--", label="one group"
            )
        self._mark(best[self.n_components[best] == self.chosen])
        self._name_axes()

    def _best_of_sizes(self) -> np.ndarray:
        """Places of the best grouping of each size, by increasing size."""
        order = np.lexsort((-self.selection_score, self.n_components))
        return order[np.unique(self.n_components[order], return_index=True)[1]]

    def _positions(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.n_components[places], self.selection_score[places]

    def _mark(self, place: np.ndarray) -> None:
        """Put a ring around what was chosen, which nothing lies above, and a name over it."""
        size, score = self._positions(place)
        ring: dict[str, Any] = {"markerfacecolor": "none", "markersize": 11, "markeredgewidth": 2}
        (self.chosen_,) = self.ax_.plot(
            size, score, "o", color=CHOSEN, **ring, label="chosen", zorder=4
        )
        is_left = size[0] <= self.n_components.mean()  # so that the name stays inside
        self.text_ = self.ax_.annotate(
            f"K={self.chosen}, {self.starts[place][0]}",
            (size[0], score[0]),
            xytext=(-6 if is_left else 6, 10),
            textcoords="offset points",
            ha="left" if is_left else "right",
            color=CHOSEN,
        )

    def _name_axes(self) -> None:
        self.ax_.set(xlabel="number of components", ylabel="selection score")
        self.ax_.locator_params(axis="x", integer=True)
        self.ax_.margins(y=0.12)
        self.ax_.legend(frameon=False)
