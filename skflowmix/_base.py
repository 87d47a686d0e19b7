"""What both estimators share: validation, the template of ``fit``, and all public methods.

Everything a fitted estimator answers is a view of one quantity, ``_joint_log_prob``. The two
estimators add which model is built, what it is trained for and what it shows of itself.
"""

import math
import warnings
from abc import ABCMeta, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import replace
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import ArrayLike
from scipy.special import log_softmax
from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    ClassNamePrefixFeaturesOutMixin,
    DensityMixin,
    TransformerMixin,
)
from sklearn.callback import CallbackSupportMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_array, check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import Generator, Tensor

from skflowmix._architecture import AUTOREGRESSIVE, Architecture, Model, Recipe, conclude
from skflowmix._labels import UNLABELLED, encode_labels, is_labelled
from skflowmix._rows import Rows, Scaling, held_out, steps, subsample
from skflowmix._validation import Interval, StrOptions, check_sample_weight, fit_context
from skflowmix.calibration import Calibration, judges
from skflowmix.choice import Contest, Judge, Standing, winner
from skflowmix.data.problem import Problem
from skflowmix.flows import ACTIVATIONS, LAYERS
from skflowmix.flows import AUTOREGRESSIVE as AUTOREGRESSIVE_KINDS
from skflowmix.mixtures import Mixture, Moments, set_gaussians
from skflowmix.starts import STARTS, default_starts, propose, respect_labels, split_modes
from skflowmix.support import Plain, support
from skflowmix.training import History, Objective, Settings, Trainer, calm_cpu

FLOATS = [np.float64, np.float32]
"""What rows may be without being copied as a whole."""
FIXED = ("guard", "floor", "stretch")
"""Parts of a model that training leaves as they are."""
MOST_BENT = 100
"""Columns up to which splines are the default for densities; with more they take too long."""
MAX_ITER, MAX_ITER_WITH_LABELS = 100, 50
"""Most epochs by default. Decisions are made sooner than densities, so that with labels, where it
is the decisions that count, half of them do."""


class BaseFlowMixture(
    CallbackSupportMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    ClassifierMixin,
    DensityMixin,
    BaseEstimator,
    metaclass=ABCMeta,
):
    """Template of both estimators; see `FlowGMM` and `VariationalFlowMixture`."""

    _parameter_constraints: ClassVar[dict[str, list]] = {
        "n_components": [Interval(Integral, 1, None, closed="left"), None],
        "flow": [StrOptions({"auto", *LAYERS})],
        "n_layers": [StrOptions({"auto"}), Interval(Integral, 0, None, closed="left")],
        "hidden_layer_sizes": [
            StrOptions({"auto"}),
            "array-like",
            Interval(Integral, 1, None, closed="left"),
        ],
        "activation": [StrOptions({"auto", *ACTIVATIONS})],
        "init_params": [StrOptions({"auto", *STARTS}), "array-like"],
        "n_init": [Interval(Integral, 1, None, closed="left")],
        "max_iter": [StrOptions({"auto"}), Interval(Integral, 0, None, closed="left")],
        "subsample": [Interval(Integral, 2, None, closed="left"), None],
        "support_fraction": [Interval(Real, 0, 1, closed="right"), None],
        "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "learning_rate_init": [StrOptions({"auto"}), Interval(Real, 0, None, closed="neither")],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "reg_covar": [Interval(Real, 0, None, closed="left")],
        "defensive_weight": [Interval(Real, 0, 1, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "warm_start": ["boolean"],
        "random_state": ["random_state"],
        "device": [str],
    }

    @abstractmethod
    def __init__(
        self,
        n_components,
        *,
        flow,
        n_layers,
        hidden_layer_sizes,
        activation,
        init_params,
        n_init,
        max_iter,
        subsample,
        support_fraction,
        batch_size,
        learning_rate_init,
        weight_decay,
        reg_covar,
        defensive_weight,
        tol,
        early_stopping,
        validation_fraction,
        n_iter_no_change,
        warm_start,
        random_state,
        device,
    ):
        self.n_components = n_components
        self.flow = flow
        self.n_layers = n_layers
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.init_params = init_params
        self.n_init = n_init
        self.max_iter = max_iter
        self.subsample = subsample
        self.support_fraction = support_fraction
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.weight_decay = weight_decay
        self.reg_covar = reg_covar
        self.defensive_weight = defensive_weight
        self.tol = tol
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.warm_start = warm_start
        self.random_state = random_state
        self.device = device

    # What a subclass owes.

    _couplings: ClassVar[Recipe]
    """What ``"auto"`` means for flows of couplings."""

    @abstractmethod
    def _build(self, n_starts: int, shape: Architecture, generator: Generator) -> Model:
        """A model of R starts."""

    @abstractmethod
    def _objective(self, model: Model, rows: Rows, score: Callable[[], Tensor]) -> Objective:
        """What to train the model for on ``rows``, stopping by ``score``."""

    @abstractmethod
    def _bound(self, model: Model, rows: Rows) -> Tensor:
        """The lower bound that training raises, per start and row, ``(R, n)``."""

    @abstractmethod
    def _latents(self, mixture: Mixture, x: Tensor) -> Tensor:
        """Latents ``(n, K, d)`` of rows ``x (n, d)`` under every component."""

    @abstractmethod
    def _decoded(self, mixture: Mixture, z: Tensor) -> Tensor:
        """Rows ``(n, K, d)`` that have latents ``z (n, d)`` under every component."""

    # Fitting.

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: ArrayLike | None = None, sample_weight=None):
        """Fit the mixture to all rows, and to the labels of those that have one.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,), default=None
            Labels, with the int -1 for unlabelled rows; None when no row has one.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows. A row of weight zero counts as absent, one of weight 2 as two.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If X, y, the weights or a parameter cannot be used; the message says which.

        Warns
        -----
        UserWarning
            If columns hold few distinct values for so many rows, or one value in more than half
            of them. Their densities have no bound, so noise as wide as the steps between values
            is added to them while fitting.
        ConvergenceWarning
            If the loss is not finite with smaller steps either, or components are left empty.
        """
        rows = validate_data(self, X, dtype=FLOATS, ensure_min_samples=2)
        weights = _checked_weights(sample_weight, rows)
        codes, classes = encode_labels(y, len(rows), self._n_components_wanted())
        present = np.flatnonzero(weights)
        if len(classes) > len(present):
            raise ValueError(
                f"{len(classes)} components are more than the {len(present)} rows: ask for "
                "fewer by n_components."
            )
        random_state = check_random_state(self.random_state)
        continued = self._is_continued(len(classes))
        self.classes_ = classes
        some = present[subsample(codes[present], self.subsample or len(rows), random_state)]
        used, codes, weights = rows[some].astype(np.float64), codes[some], weights[some]
        if not continued:
            self._scaling = self._scaled(used, weights, has_labels=bool((codes >= 0).any()))
            self._shape = self._architecture(len(classes), codes)
        core, self._plain = self._support(used, codes, weights)
        some, used, codes, weights = some[core], used[core], codes[core], weights[core]
        problem = self._scaling.problem(used, codes, len(classes), weights, self.reg_covar)
        seen = {"X": rows, "y": np.full(len(rows), UNLABELLED) if y is None else y}
        held = self._fit_problem(
            problem, self._own_start(rows, some), continued, random_state, seen
        )
        self.labels_ = classes[self._decisions(rows)]
        self._calibrate(used, codes, weights, held)
        if not problem.n_classes:  # with labels, components beyond the classes are a mere offer
            _warn_of_empty(np.setdiff1d(classes, self.labels_))
        return self

    def fit_predict(self, X: ArrayLike, y: ArrayLike | None = None, sample_weight=None):
        """Fit to X and return the component of every row; see `fit`.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,), default=None
            Labels, with the int -1 for unlabelled rows.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            What `predict` returns for X.
        """
        return self.fit(X, y, sample_weight=sample_weight).labels_

    def _n_components_wanted(self) -> int | None:
        if self.n_components is None and not isinstance(self.init_params, str):
            return np.asarray(self.init_params).shape[-1]
        return self.n_components

    def _own_start(self, X: np.ndarray, some: np.ndarray) -> np.ndarray | None:
        """Return the user's own responsibilities of some of the rows, if there are any."""
        if isinstance(self.init_params, str):
            return None
        return _own_responsibilities(self.init_params, len(X), some, len(self.classes_))

    def _is_continued(self, n_components: int) -> bool:
        """Whether this fit goes on from the last one."""
        if not (self.warm_start and hasattr(self, "_state")):
            return False
        before = (self._shape.n_components, self._shape.n_features)
        now = (n_components, self.n_features_in_)
        if before != now:
            raise ValueError(
                f"warm_start=True needs the {before[0]} components and {before[1]} features of "
                f"the last fit, got {now[0]} and {now[1]}: set warm_start=False."
            )
        return True

    def _scaled(self, X: np.ndarray, weights: np.ndarray, has_labels: bool) -> Scaling:
        """How rows are scaled before anything else is done to them."""
        return Scaling.of(X, weights)

    def _support(
        self, X: np.ndarray, codes: np.ndarray, weights: np.ndarray
    ) -> tuple[np.ndarray | slice, Plain | None]:
        """Which rows to fit to, and the density that joins the mixture where it is not all."""
        if self.support_fraction is None:
            return slice(None), None
        if self._shape.n_components > 1 or (codes >= 0).any():
            raise ValueError(
                "support_fraction finds the core of all rows together: it needs one component "
                "and no labels."
            )
        return support(self._scaling.apply(X), weights, self.support_fraction)

    def _architecture(self, n_components: int, codes: np.ndarray) -> Architecture:
        flow = _unless_auto(self.flow, self._kind_of_flow(n_components, codes))
        recipe = self._recipe(flow)
        return Architecture(
            n_components,
            self._n_modes(codes),
            self.n_features_in_,
            flow,
            _unless_auto(self.n_layers, recipe.n_layers),
            _checked_widths(_unless_auto(self.hidden_layer_sizes, recipe.hidden)),
            _unless_auto(self.activation, recipe.activation),
            getattr(self, "covariance_type", "full"),
            float(self.defensive_weight),
        )

    def _kind_of_flow(self, n_components: int, codes: np.ndarray) -> str:
        """Layers that bend the most where a density is all there is to find."""
        has_groups = n_components > 1 or (codes >= 0).any()
        is_apt = 1 < self.n_features_in_ <= MOST_BENT and not has_groups
        return "autoregressive_spline" if is_apt else "affine"

    def _recipe(self, flow: str) -> Recipe:
        return AUTOREGRESSIVE if flow in AUTOREGRESSIVE_KINDS else self._couplings

    def _n_modes(self, codes: np.ndarray) -> int:
        """Modes of each component, given the labels."""
        return 1

    def _fit_problem(
        self,
        problem: Problem,
        own_start: np.ndarray | None,
        continued: bool,
        random_state: np.random.RandomState,
        seen: dict[str, Any],
    ) -> np.ndarray:
        """Start, train, choose and keep: the part of `fit` that runs on the device.

        The mask of the rows that were held out is returned.
        """
        generator = torch.Generator().manual_seed(int(random_state.randint(2**31 - 1)))
        device = _device(self.device)
        batch_rows = self._batch_rows(len(problem.X))
        with calm_cpu(batch_rows * self.n_init * self._shape.width):
            names, proposals = self._starts(problem, own_start, continued, random_state)
            judge = Judge.of(problem.X, problem.sample_weight, problem.n_components)
            started = Rows.of(problem, proposals, device, self._noise(problem.X, random_state))
            contest, all_rows = self._qualified(names, started, judge)
            max_iter = self._max_iter(problem)
            unseen = self._held_out(problem.codes, max_iter, random_state)
            rows, held = all_rows.split(unseen)
            model = self._starting_model(rows, self._shape, continued, generator)
            before = None if continued else self._standing(model, all_rows, held)
            told = {
                **seen,
                "estimator": self,
                "reconstruction_attributes": lambda: self._attributes(
                    model, winner(self._criteria(model, all_rows, held, judge))
                ),
            }
            history = self._train(model, rows, held, max_iter, batch_rows, generator, told)
            ended = self._criteria(model, all_rows, held, judge)
            best = winner(ended)
            if before is not None:
                after = self._standing(model, all_rows, held)
                untrained = self._starting_model(all_rows, self._shape, continued, generator)
                conclude(model, untrained, after.beats(before, best))
            self._keep(model, best, history, rows)
            self.start_, self.starts_ = contest.outcome(ended)
        return unseen

    def _noise(self, X: np.ndarray, random_state: np.random.RandomState) -> np.ndarray | float:
        """Uniform noise ``(n, d)`` as wide as the steps of columns that come in such."""
        widths = steps(X)
        if not widths.any():
            return 0.0
        _warn_of_steps(getattr(self, "feature_names_in_", np.arange(len(widths)))[widths > 0])
        return random_state.uniform(-0.5, 0.5, X.shape) * widths

    def _batch_rows(self, n_rows: int) -> int:
        if self.batch_size == "auto":
            return min(max(n_rows // 10, 32), 256)
        return min(self.batch_size, n_rows)

    def _starts(
        self, problem: Problem, own_start: np.ndarray | None, continued: bool, random_state
    ) -> tuple[list[str], np.ndarray]:
        """Names and responsibilities ``(R, n, M)`` of all starts, labels respected."""
        n_rows, n_components = len(problem.X), problem.n_components
        n_modes = self._shape.n_modes
        if continued:  # the model knows where it stands: no proposal
            return ["last fit"], np.full((1, n_rows, n_components * n_modes), 1 / n_components)
        if own_start is not None:
            names, proposals = ["given"], [own_start]
        else:
            rivals = default_starts(problem) if self.init_params == "auto" else (self.init_params,)
            names = [name for name in rivals for _ in range(self.n_init)]
            proposals = propose(names, problem, random_state)
        groupings = [respect_labels(each, problem.codes) for each in proposals]
        if n_modes > 1:
            groupings = [split_modes(g, problem, n_modes, random_state) for g in groupings]
        return names, np.stack(groupings)

    def _qualified(self, names: list[str], rows: Rows, judge: Judge) -> tuple[Contest, Rows]:
        """The starts that are worth training, judged by the Gaussian mixture of each."""
        if len(names) <= self.n_init:
            return Contest(names, np.arange(len(names))), rows
        plain = replace(self._shape, n_layers=0)
        model = self._starting_model(rows, plain, continued=False, generator=torch.Generator())
        untrained = self._criteria(model, rows, rows, judge, rows.groups)
        contest = Contest.of(names, untrained, self.n_init)
        return contest, replace(rows, start=rows.start[contest.trained])

    def _max_iter(self, problem: Problem) -> int:
        shape = self._shape
        if shape.n_layers == 0 and shape.n_components * shape.n_modes == 1:
            return 0  # one Gaussian is what its start is
        usual = MAX_ITER_WITH_LABELS if problem.n_classes else MAX_ITER
        return _unless_auto(self.max_iter, usual)

    def _held_out(
        self, codes: np.ndarray, max_iter: int, random_state: np.random.RandomState
    ) -> np.ndarray:
        if not self.early_stopping or max_iter == 0:
            return np.zeros(len(codes), dtype=bool)
        return held_out(codes, self.validation_fraction, random_state)

    def _starting_model(
        self, rows: Rows, shape: Architecture, continued: bool, generator: Generator
    ) -> Model:
        """The model before its first step: the last fit, or Gaussian mixtures of the starts."""
        model = self._build(len(rows.start), shape, generator).to(rows.x.device)
        if continued:
            model.load_state_dict(_as_tensors(self._state))
            return model
        moments = Moments.total(
            Moments.of(part.x.unsqueeze(0), part.start * part.weights.unsqueeze(-1))
            for part in self._chunks(rows)
        )
        gaussians = moments.gaussians(self._shape.covariance_type, self.reg_covar, rows.shrinkage)
        set_gaussians(model.mixture, *gaussians)
        return model

    def _train(
        self,
        model: Model,
        rows: Rows,
        held: Rows,
        max_iter: int,
        batch_rows: int,
        generator: Generator,
        told: dict[str, Any],
    ) -> History:
        settings = Settings(
            max_iter,
            batch_rows,
            _unless_auto(self.learning_rate_init, self._recipe(self._shape.flow).learning_rate),
            self.weight_decay,
            self.tol,
            self.n_iter_no_change,
        )
        objective = self._objective(model, rows, lambda: held.mean(self._log_prob(model, held)))
        trainer = Trainer(model, objective, settings, len(rows), generator)
        context = self._init_callback_context(max_subtasks=max_iter)

        def on_epoch() -> bool:
            epoch = context.subcontext(task_name="epoch")
            epoch.call_on_fit_task_begin(**told)
            return epoch.call_on_fit_task_end(**told)

        context.call_on_fit_task_begin(**told)
        history = trainer.run(on_epoch)
        context.call_on_fit_task_end(**told)
        return history

    def _chunks(self, rows: Rows) -> Iterator[Rows]:
        return rows.chunks(self._shape.chunk_rows(len(rows.start)))

    @torch.no_grad()
    def _log_prob(self, model: Model, rows: Rows) -> Tensor:
        """Log p(x) of each row, or log p(x, y) if it has a label, ``(R, n)``."""
        joints = (_masked_joint(model, part) for part in self._chunks(rows))
        return torch.cat([joint.logsumexp(-1) for joint in joints], -1)

    @torch.no_grad()
    def _joint(self, model: Model, rows: Rows) -> Tensor:
        """Log p(x, k) of all rows, with what their labels allow, ``(R, n, K)``."""
        return torch.cat([_masked_joint(model, part) for part in self._chunks(rows)], 1)

    @torch.no_grad()
    def _standing(self, model: Model, rows: Rows, held: Rows) -> Standing:
        """What tells whether training was worth it."""
        known = rows.labelled
        joints = [model.mixture.joint_log_prob(part.x) for part in self._chunks(known)]
        return Standing.of(
            self._log_prob(model, held),
            torch.cat(joints, 1),
            known.log_mask.argmax(-1),
            known.weights,
            self.n_features_in_,
        )

    def _criteria(
        self,
        model: Model,
        rows: Rows,
        held: Rows,
        judge: Judge,
        grouping: Tensor | None = None,
    ) -> dict[str, np.ndarray]:
        """What the choice looks at, ``(R,)`` each: the models' groups unless others are given."""
        joint = self._joint(model, rows)
        found = judge.criteria(joint, joint if grouping is None else grouping)
        found["log_likelihood"] += self._scaling.log_det
        found["validation_score"] = held.mean(self._log_prob(model, held)) + self._scaling.log_det
        return {name: values.cpu().numpy() for name, values in found.items()}

    def _keep(self, model: Model, winner: int, history: History, rows: Rows) -> None:
        """Keep the winning start and what there is to tell about it."""
        for name, value in self._attributes(model, winner).items():
            setattr(self, name, value)
        self._n_features_out = self.n_features_in_
        with torch.no_grad():
            bounds = [self._bound(model, part)[winner] for part in self._chunks(rows)]
        self.lower_bound_ = float(rows.mean(torch.cat(bounds))) + self._scaling.log_det
        scores = [float(scores[winner]) for scores in history.scores]
        self.validation_scores_ = np.array(scores) + self._scaling.log_det
        self.n_iter_ = len(scores)
        self.converged_ = history.converged

    def _attributes(self, model: Model, winner: int) -> dict[str, Any]:
        """Everything a fitted estimator needs to answer, from one start of the model."""
        n_starts = len(model.mixture.log_weights)
        state = {name: value.cpu().numpy() for name, value in model.named_buffers()}
        for name, value in model.named_parameters():
            own = value.detach().unflatten(0, (n_starts, -1))[winner]
            state[name] = own.cpu().numpy().copy()
        weights = model.mixture.log_weights[winner].detach().double().exp()
        return {"_state": state, "weights_": (weights / weights.sum()).cpu().numpy()}

    def _calibrate(
        self, X: np.ndarray, codes: np.ndarray, weights: np.ndarray, held: np.ndarray
    ) -> None:
        known, calibration = judges(codes >= 0, held), Calibration()
        if known.any():
            joint = self._joint_of(X[known])
            calibration = Calibration.of(joint, codes[known], weights[known], self.n_features_in_)
        self.temperature_, self.doubt_ = calibration.temperature, calibration.doubt

    # The one quantity.

    def _joint_log_prob(self, X: ArrayLike) -> np.ndarray:
        """Log p(x, k) in nats and in the units of X, ``(n, K)``."""
        return self._joint_of(self._checked(X))

    def _joint_of(self, X: np.ndarray) -> np.ndarray:
        return self._of_joint(X, lambda joint: joint)

    def _of_joint(self, X: np.ndarray, view: Callable[[Tensor], Tensor]) -> np.ndarray:
        """A view of log p(x, k), chunk by chunk, as ``(n, K)`` of all rows may be large."""
        shift = self._scaling.log_det

        def joint(model: Model, x: Tensor) -> Tensor:
            found = model.mixture.joint_log_prob(x)[0]
            if self._plain is not None:
                found = self._plain.halved_with(found, x)
            return view(found + shift)

        return self._map_rows(X, joint)

    def _decisions(self, X: np.ndarray) -> np.ndarray:
        """Number of the most probable component of each row."""
        return self._of_joint(X, lambda joint: joint.argmax(-1))

    def _checked(self, X: ArrayLike) -> np.ndarray:
        """Rows like those of `fit`."""
        check_is_fitted(self)
        return validate_data(self, X, dtype=FLOATS, reset=False)

    def _map_rows(self, X: np.ndarray, function: Callable[[Model, Tensor], Tensor]) -> np.ndarray:
        """``function(model, x)`` of standardised rows, in float64 and chunk by chunk."""
        device = _scoring_device(self.device)
        model = self._model(device)
        size = self._shape.chunk_rows()
        parts = []
        with calm_cpu(min(len(X), size) * self._shape.width), torch.no_grad():
            for i in range(0, len(X), size):
                x = torch.from_numpy(self._scaling.apply(X[i : i + size]))
                parts.append(function(model, x.to(device)).cpu())
        return torch.cat(parts).numpy()

    def _model(self, device: torch.device) -> Model:
        """The fitted model, in float64."""
        model = self._build(1, self._shape, torch.Generator())
        model.load_state_dict(_as_tensors(self._state))
        return model.double().to(device).requires_grad_(False)

    # Views of it.

    def score_samples(self, X: ArrayLike) -> np.ndarray:
        """Compute the log-density of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        log_prob : ndarray of shape (n_samples,)
            log p(x) in nats, as a density in the units of X.
        """
        return self._of_joint(self._checked(X), lambda joint: joint.logsumexp(-1))

    def predict_log_proba(self, X: ArrayLike) -> np.ndarray:
        """Compute the log-probability of each component for each row.

        It is that of the exact posterior, calibrated on labelled rows where there are any: see
        ``temperature_`` and ``doubt_``.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        log_proba : ndarray of shape (n_samples, n_components)
            Columns in the order of ``classes_``.
        """
        joint = self._joint_log_prob(X)
        return Calibration(self.temperature_, self.doubt_).log_proba(joint)

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Compute the probability of each component for each row, see `predict_log_proba`.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_components)
            Columns in the order of ``classes_``; every row sums to 1.
        """
        return np.exp(self.predict_log_proba(X))

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Find the most probable component of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            Entries of ``classes_``; never the mark of unlabelled rows.
        """
        best = self._decisions(self._checked(X))
        return self.classes_[best]

    def score(self, X: ArrayLike, y: ArrayLike | None = None, sample_weight=None) -> float:
        """Return the mean log-likelihood, or with labels the accuracy over the labelled rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,), default=None
            True labels; rows with -1 are left out.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        score : float
            Accuracy if any row has a label, else the mean of `score_samples` in nats.
        """
        labels = np.full(1, UNLABELLED) if y is None else np.asarray(y)
        labelled = is_labelled(labels)
        if not labelled.any():
            return float(np.average(self.score_samples(X), weights=sample_weight))
        weights = None if sample_weight is None else np.asarray(sample_weight)[labelled]
        right = self.predict(X)[labelled] == labels[labelled]
        return float(np.average(right, weights=weights))

    def bic(self, X: ArrayLike) -> float:
        """Compute the Bayesian information criterion on X; lower is better.

        A network's parameters are not all free to move, so this over-counts what a flow
        costs. To compare models, held-out `score` says more.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        bic : float
        """
        log_prob = self.score_samples(X)
        return float(-2 * log_prob.sum() + self._n_parameters() * math.log(len(log_prob)))

    def aic(self, X: ArrayLike) -> float:
        """Compute the Akaike information criterion on X; lower is better, see `bic`.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        aic : float
        """
        return float(-2 * self.score_samples(X).sum() + 2 * self._n_parameters())

    def icl(self, X: ArrayLike) -> float:
        """Compute the integrated completed likelihood on X; lower is better.

        It is `bic` plus twice the entropy of the posteriors.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        icl : float

        References
        ----------
        Biernacki, Celeux and Govaert (2000), Assessing a mixture model for clustering with the
        integrated completed likelihood.
        """
        log_proba = log_softmax(self._joint_log_prob(X), axis=1)
        return self.bic(X) - 2 * float((np.exp(log_proba) * log_proba).sum())

    def _n_parameters(self) -> int:
        """Parameters that training moved, without what stays put."""
        return sum(
            self._n_free(name) for name in self._state if not any(part in name for part in FIXED)
        )

    def _n_free(self, name: str) -> int:
        """Numbers of a parameter that count: triangles are cut off, and masked links."""
        value, d = self._state[name], self.n_features_in_
        if not np.issubdtype(value.dtype, np.floating):
            return 0
        if name.endswith(("lower", "upper")):
            return value.size * (d - 1) // (2 * d)
        mask = self._state.get(name.removesuffix("weight") + "mask")
        return value.size if mask is None else len(value) * int(mask.sum())

    # Samples and latents.

    def sample(self, n_samples: int = 1, random_state=None) -> tuple[np.ndarray, np.ndarray]:
        """Draw rows from the fitted mixture, in random order.

        Parameters
        ----------
        n_samples : int, default=1
            How many.
        random_state : int, RandomState instance or None, default=None
            An int gives the same rows on every call.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features)
            Rows.
        y : ndarray of shape (n_samples,)
            Component of each row, entries of ``classes_``.

        Raises
        ------
        ValueError
            If ``n_samples`` is below 1.
        """
        check_is_fitted(self)
        if n_samples < 1:
            raise ValueError(f"n_samples must be 1 or more, got {n_samples}.")
        random_state = check_random_state(random_state)
        generator = torch.Generator().manual_seed(int(random_state.randint(2**31 - 1)))
        model = self._model(torch.device("cpu"))
        with calm_cpu(n_samples * self._shape.width):
            x, component = model.mixture.sample(n_samples, generator)
        order = random_state.permutation(n_samples)
        rows = x.numpy()[order]
        if self._plain is not None:
            others = random_state.uniform(size=n_samples) < 0.5
            rows[others] = self._plain.sample(others.sum(), random_state)
        return self._scaling.undo(rows), self.classes_[component.numpy()[order]]

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Map each row to its latent position under its most probable component.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        Z : ndarray of shape (n_samples, n_features)
            Latents; see the class for what they look like.
        """
        rows = self._checked(X)
        best = self._decisions(rows)
        latents = self._map_rows(rows, lambda model, x: self._latents(model.mixture, x))
        return latents[np.arange(len(best)), best]

    def inverse_transform(self, Z: ArrayLike, y: ArrayLike | None = None) -> np.ndarray:
        """Map latents back to the rows that have them.

        Parameters
        ----------
        Z : array-like of shape (n_samples, n_features)
            Latents, as `transform` gave them.
        y : array-like of shape (n_samples,), default=None
            Component of each row, as `predict` gave it. Without it, every component proposes
            a row, and of those that belong to the component that proposed them the most
            probable is taken.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features)
            Rows.

        Raises
        ------
        ValueError
            If y names something that is not in ``classes_``.
        """
        check_is_fitted(self)
        latents = check_array(Z, dtype=np.float64)
        mixture = self._model(torch.device("cpu")).mixture
        proposed = self._scaling.undo(self._decoded(mixture, torch.from_numpy(latents)).numpy())
        chosen = self._claimed(proposed) if y is None else self._component_numbers(y)
        return proposed[np.arange(len(latents)), chosen]

    def _claimed(self, proposed: np.ndarray) -> np.ndarray:
        """Which of the rows ``(n, K, d)``, one from each component, to take: ``(n,)``."""
        n, n_components, d = proposed.shape
        joint = self._joint_of(proposed.reshape(-1, d)).reshape(n, n_components, -1)
        own = np.diagonal(joint, axis1=1, axis2=2)  # (n, K)
        is_claimed = joint.argmax(2) == np.arange(n_components)
        return np.where(is_claimed, own, own - 1 / np.finfo(float).eps).argmax(1)

    def _component_numbers(self, y: ArrayLike) -> np.ndarray:
        matches = np.asarray(y)[:, None] == self.classes_[None, :]
        if not matches.any(1).all():
            raise ValueError(f"y must hold components, any of {self.classes_.tolist()}.")
        return matches.argmax(1)

    def __sklearn_tags__(self):
        """Labels are welcome but not needed."""
        tags = super().__sklearn_tags__()
        tags.target_tags.required = False
        return tags


def _warn_of_steps(columns: np.ndarray) -> None:
    warnings.warn(
        f"The columns {columns.tolist()} hold few distinct values, or one in half of the rows. "
        "Densities of such columns have no bound, so noise as wide as their steps is added while "
        "fitting.",
        UserWarning,
        stacklevel=4,
    )


def _warn_of_empty(empty: np.ndarray) -> None:
    if len(empty):
        warnings.warn(
            f"No row belongs to the components {empty.tolist()}: fewer n_components, more n_init "
            "or another init_params may suit these rows.",
            ConvergenceWarning,
            stacklevel=3,
        )


def _masked_joint(model: Model, rows: Rows) -> Tensor:
    return model.mixture.joint_log_prob(rows.x) + rows.log_mask


def _unless_auto(value: Any, default: Any) -> Any:
    """Return a parameter as the user gave it, or what it is where it is left to us."""
    return default if isinstance(value, str) and value == "auto" else value


def _checked_widths(hidden_layer_sizes) -> tuple[int, ...]:
    widths = np.atleast_1d(hidden_layer_sizes).tolist()
    if not all(isinstance(width, int) and width > 0 for width in widths):
        raise ValueError(
            f"hidden_layer_sizes must be integers above 0, got {hidden_layer_sizes!r}."
        )
    return tuple(widths)


def _as_tensors(state: dict[str, np.ndarray]) -> dict[str, Tensor]:
    return {name: torch.tensor(value) for name, value in state.items()}


def _checked_weights(sample_weight, X: np.ndarray) -> np.ndarray:
    weights = check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
    if (weights > 0).sum() < 2:
        raise ValueError("sample_weight must be positive for two rows or more.")
    return weights


def _own_responsibilities(
    given: ArrayLike, n_rows: int, some: np.ndarray, n_components: int
) -> np.ndarray:
    """Check the user's matrix and normalise those of its rows that are used."""
    matrix = np.asarray(given, dtype=np.float64)
    if matrix.shape != (n_rows, n_components):
        raise ValueError(
            f"init_params has shape {matrix.shape}, expected one row for each of the "
            f"{n_rows} rows of X and one column for each of {n_components} components."
        )
    matrix = matrix[some]
    if not (np.isfinite(matrix).all() and (matrix >= 0).all() and (matrix.sum(1) > 0).all()):
        raise ValueError(
            "init_params must hold finite responsibilities >= 0 with a positive one in every row."
        )
    return matrix / matrix.sum(1, keepdims=True)


def _device(name: str) -> torch.device:
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.zeros(0, device=name).device
    except (RuntimeError, AssertionError) as error:
        raise ValueError(f"device={name!r} cannot be used here: {error}") from error


def _scoring_device(name: str) -> torch.device:
    """Where rows are scored: on the CPU if there is no such device, or no float64 on it."""
    try:
        device = _device(name)
    except ValueError:
        return torch.device("cpu")
    return torch.device("cpu") if device.type == "mps" else device
