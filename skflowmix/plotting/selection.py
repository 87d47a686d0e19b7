"""What the groupings that a fit tried are worth, which number it chose, and what decided."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from skflowmix.plotting.base import PALETTE, Display, font_size, inches_of, signed
from skflowmix.selection.criteria import CRITERIA
from skflowmix.selection.rule import shipped_rule

LINE, CHOSEN, OTHERS = PALETTE[0], PALETTE[4], "0.65"
"""Colours of the best grouping of each size, of what was chosen, and of all other groupings."""
MOST_CRITERIA = 12
"""Criteria that are drawn: those that tell the groupings apart most."""


class SelectionDisplay(Display):
    """Selection scores of all groupings that a fit tried, by their numbers of components.

    A line joins the best groupings of the sizes, and a dashed one is the score of one group. Where
    the number of components was given, there is a bar for each grouping instead. With ``parts``,
    what each criterion adds stands beside these bars. Make it by `from_estimator`. All parameters
    are stored as attributes.

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
    criteria : sequence of str of length n_criteria, default=None
        Names of the criteria that say which grouping of a size is best.
    parts : ndarray of shape (n_groupings, n_criteria), default=None
        What each criterion adds to the score of a grouping, beyond the median of those groupings.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it is drawn; with ``parts`` the frame of both panels.
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
        chosen, unless there are ``parts``.
    image_ : matplotlib AxesImage or None
        What the criteria add, the one that tells groupings apart most on the left; None without
        ``parts``.

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
    image_: Any

    def __init__(
        self,
        *,
        starts: np.ndarray,
        n_components: np.ndarray,
        selection_score: np.ndarray,
        chosen: int,
        criteria: Sequence[str] | None = None,
        parts: np.ndarray | None = None,
    ):
        self.starts = starts
        self.n_components = n_components
        self.selection_score = selection_score
        self.chosen = chosen
        self.criteria = criteria
        self.parts = parts

    @classmethod
    def from_estimator(cls, estimator, *, kind: str = "scores", ax=None) -> "SelectionDisplay":
        """Draw how an estimator chose.

        Parameters
        ----------
        estimator : FlowGMM or VariationalFlowMixture
            Fitted without labels, with ``init_params="auto"`` or ``n_components="auto"``.
        kind : {"scores", "criteria"}, default="scores"
            "scores" draws the groupings of all sizes. "criteria" draws those of the number that
            was chosen or given, and what decided among them: how much each criterion in
            ``starts_`` adds to their scores. Which of several numbers is chosen is decided by
            trees, which have no such parts.
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
            If nothing was chosen: there were labels, one component, or a start that was given;
            or if ``kind`` is "criteria" and one group was chosen, or is none of these.
        """
        cls._check_can_show(estimator)
        if kind not in ("scores", "criteria"):
            raise ValueError(f"kind must be 'scores' or 'criteria', got {kind!r}.")
        tried = estimator.starts_
        if "selection_score" not in tried:
            raise ValueError(
                "starts_ has no selection scores: this fit did not choose among groupings. It "
                "does so without labels, with init_params='auto', and with n_components='auto' or "
                "2 or more."
            )
        shown, more = np.full(len(tried["start"]), True), {}
        if kind == "criteria":
            shown = tried["n_components"] == estimator.n_components_
            more = _deciding(tried, shown)
        display = cls(
            starts=tried["start"][shown],
            n_components=tried["n_components"][shown],
            selection_score=tried["selection_score"][shown],
            chosen=estimator.n_components_,
            **more,
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
        self.image_ = None
        if self.parts is not None:
            self._draw_criteria(self.parts)
        elif len(np.unique(self.n_components)) == 1:
            self._draw_bars(self.ax_)
        else:
            self._draw_sizes()
        return self

    def _order(self) -> np.ndarray:
        """Places of the groupings from the worst on; of equals, the first is the best."""
        return np.argsort(-self.selection_score, kind="stable")[::-1]

    def _draw_bars(self, ax) -> None:
        order = self._order()
        colours = [OTHERS] * (len(order) - 1) + [CHOSEN]
        scores, places = self.selection_score[order], np.arange(len(order))
        points = font_size(inches_of(self.ax_)[0])
        self.bars_ = ax.barh(places, scores, color=colours, height=0.7)
        ax.set_yticks(places, self.starts[order])
        ax.axvline(0, color="0.2", linewidth=0.8)
        ax.set_xlabel(f"selection score for K={self.chosen}", fontsize=points)
        ax.tick_params(labelsize=points)

    def _draw_criteria(self, parts: np.ndarray) -> None:
        """Draw what criteria add as a map, with the scores that they add up to beside it."""
        self.ax_.set_axis_off()
        panel = self.ax_.inset_axes((0, 0, 0.72, 1))
        beside = self.ax_.inset_axes((0.74, 0, 0.26, 1), sharey=panel)
        self._draw_bars(beside)
        points = font_size(inches_of(self.ax_)[0]) - 1
        columns = np.argsort(-np.ptp(parts, axis=0), kind="stable")
        n_telling = int((np.ptp(parts, axis=0) > 0).sum())
        has_room = inches_of(self.ax_)[0] > 3.5
        columns = columns[: min(max(n_telling, 1), MOST_CRITERIA if has_room else 7)]
        shown = parts[np.ix_(self._order(), columns)]
        limit = max(np.abs(shown).max(initial=0), 1e-3)
        colours = {"cmap": "RdBu_r", "vmin": -limit, "vmax": limit}
        self.image_ = panel.imshow(shown, aspect="auto", origin="lower", **colours)
        self._write_parts(panel, shown, limit, points)
        names = [str(self.criteria[j]).replace("_", " ") for j in columns] if self.criteria else []
        panel.set_xticks(range(len(names)), names, rotation=90, fontsize=points)
        panel.tick_params(labelsize=points)
        beside.tick_params(labelsize=points, left=False, labelleft=False)
        beside.locator_params(axis="x", nbins=2)
        beside.set_xlabel(f"score, K={self.chosen}", fontsize=points)
        panel.set_title("hundredths that criteria add", fontsize=points + 1)

    def _write_parts(self, panel, shown: np.ndarray, limit: float, points: float) -> None:
        """Write what each criterion adds, in hundredths, as grey prints have no colours."""
        for (row, column), part in np.ndenumerate(shown):
            colour = "white" if abs(part) > 0.6 * limit else "black"
            words = {"ha": "center", "va": "center", "fontsize": points - 0.5, "color": colour}
            if abs(part) >= 0.005:
                panel.text(column, row, signed(100 * part, 0), **words)

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
        self.ax_.margins(y=0.18)
        self.ax_.legend(frameon=False, fontsize=font_size(inches_of(self.ax_)[0]))


def _deciding(tried: dict[str, np.ndarray], shown: np.ndarray) -> dict[str, Any]:
    """Criteria that decide among some groupings, and what each of them adds, ``(m, C)``."""
    values = np.column_stack([tried[name][shown] for name in CRITERIA])
    if np.isnan(values).any():
        raise ValueError("One group was chosen, which has no criteria: see kind='scores'.")
    return {"criteria": CRITERIA, "parts": shipped_rule().group_parts(values)}
