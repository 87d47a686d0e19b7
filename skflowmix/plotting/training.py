"""How training went: scores of held-out rows, epoch after epoch, beside the start's."""

from typing import Any

import numpy as np

from skflowmix.plotting.base import PALETTE, Display, font_size, inches_of

CURVE, KEPT = PALETTE[0], PALETTE[4]
"""Colours of the scores, and of what was kept."""
DOTTED = 60
"""Up to so many epochs each has a dot."""


class TrainingDisplay(Display):
    """Scores of the held-out rows after each epoch, the score of the start, and what was kept.

    Make it by `from_estimator`. All parameters are stored as attributes.

    Parameters
    ----------
    validation_scores : ndarray of shape (n_epochs,)
        Scores in nats a row; minus infinity of an epoch that failed.
    start_score : float
        Score before the first epoch; NaN where it is not known.
    trained : bool
        Whether training was kept.
    start : str
        Name of the start.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it is drawn.
    figure_ : matplotlib Figure
        The figure that holds ``ax_``.
    line_ : matplotlib Line2D
        The scores. Epochs that failed are gaps.
    start_ : matplotlib Line2D or None
        The level of the start; None where it is not known.
    kept_ : matplotlib Line2D or None
        The mark of the epoch that was kept, the best one; None where the start was.
    text_ : matplotlib Text
        What was kept.

    See Also
    --------
    SelectionDisplay : How the start was chosen.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skflowmix import FlowGMM
    >>> from skflowmix.plotting import TrainingDisplay
    >>> model = FlowGMM(3, max_iter=5, random_state=0).fit(load_iris().data)
    >>> display = TrainingDisplay.from_estimator(model)  # doctest: +SKIP
    """

    line_: Any
    start_: Any
    kept_: Any
    text_: Any

    def __init__(
        self, *, validation_scores: np.ndarray, start_score: float, trained: bool, start: str
    ):
        self.validation_scores = validation_scores
        self.start_score = start_score
        self.trained = trained
        self.start = start

    @classmethod
    def from_estimator(cls, estimator, *, ax=None) -> "TrainingDisplay":
        """Draw how an estimator was trained.

        Parameters
        ----------
        estimator : FlowGMM or VariationalFlowMixture
            Fitted. Where several models are averaged, scores are means over them, each of which
            was kept at its own best epoch.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.

        Returns
        -------
        display : TrainingDisplay
            What was drawn.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        NotFittedError
            If the estimator is not fitted.
        """
        cls._check_can_show(estimator)
        display = cls(
            validation_scores=estimator.validation_scores_,
            start_score=estimator.start_score_,
            trained=estimator.trained_,
            start=estimator.start_,
        )
        return display.plot(ax)

    @property
    def kept_epoch(self) -> int | None:
        """Number of the epoch that was kept, from 1 on; None where the start was."""
        scores = self.validation_scores
        if not self.trained or not np.isfinite(scores).any() or self.start_score >= scores.max():
            return None
        return int(scores.argmax()) + 1

    def plot(self, ax=None) -> "TrainingDisplay":
        """Draw it, once more or for the first time.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.

        Returns
        -------
        self : TrainingDisplay
            With the attributes of what is drawn.
        """
        self._open(ax)
        points = font_size(inches_of(self.ax_)[0])
        self._draw()
        self.ax_.set_xlabel("epoch", fontsize=points)
        self.ax_.set_ylabel("held-out score (nats a row)", fontsize=points)
        self.ax_.tick_params(labelsize=points)
        self.ax_.xaxis.get_major_locator().set_params(integer=True)
        self.text_ = self.ax_.set_title(self._verdict(), fontsize=points, loc="left")
        if self.ax_.get_legend_handles_labels()[0]:
            self.ax_.legend(frameon=False, fontsize=points)
        return self

    def _draw(self) -> None:
        scores = self.validation_scores
        finite = np.where(np.isfinite(scores), scores, np.nan)
        epochs = np.arange(1, len(scores) + 1)
        marker = "." if len(scores) <= DOTTED else ""
        label = "epochs" if len(scores) else None
        (self.line_,) = self.ax_.plot(epochs, finite, color=CURVE, marker=marker, label=label)
        self.ax_.set_xlim(0, max(len(scores), 1) + 0.5)
        self.start_ = self.kept_ = None
        if np.isfinite(self.start_score):
            style = {"color": "0.2", "linestyle": "--", "label": f"start: {self.start}"}
            self.start_ = self.ax_.axhline(self.start_score, **style)
        if self.kept_epoch is not None:
            ring: dict[str, Any] = {"markerfacecolor": "none", "markersize": 11, "linestyle": ""}
            (self.kept_,) = self.ax_.plot(
                self.kept_epoch,
                scores[self.kept_epoch - 1],
                marker="o",
                color=KEPT,
                markeredgewidth=2,
                label=f"kept: epoch {self.kept_epoch}",
                **ring,
            )
        self._leave_out_what_is_far_below(finite[np.isfinite(finite)])

    def _leave_out_what_is_far_below(self, scores: np.ndarray) -> None:
        """Begin the axis where most scores are, as the first epochs may be by far the worst."""
        shown = scores[scores >= np.quantile(scores, 0.1)] if len(scores) else scores
        shown = np.append(shown, self.start_score)
        shown = shown[np.isfinite(shown)]
        if len(shown) > 1 and np.ptp(shown):
            margin = 0.15 * np.ptp(shown)
            self.ax_.set_ylim(shown.min() - margin, shown.max() + margin)

    def _verdict(self) -> str:
        if not len(self.validation_scores):
            return "not trained: there were no epochs"
        if self.kept_epoch is not None:
            return f"training was kept, at epoch {self.kept_epoch}"
        return "training was not kept: the start stays"
