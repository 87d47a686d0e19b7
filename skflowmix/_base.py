"""What both estimators share: validation, the template of ``fit``, and all public methods.

Everything a fitted estimator answers is a view of one quantity, ``_joint_log_prob``. The two
estimators add which model is built, what it is trained for and what it shows of itself.
"""

import math
from abc import ABCMeta, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from scipy.special import logsumexp
from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    ClassNamePrefixFeaturesOutMixin,
    DensityMixin,
    TransformerMixin,
)
from sklearn.callback import CallbackSupportMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import Generator, Tensor, nn

from skflowmix._labels import UNLABELLED, encode_labels
from skflowmix._validation import Interval, Options, StrOptions, check_sample_weight, fit_context
from skflowmix.flows import ACTIVATIONS, LAYERS, make_flow
from skflowmix.mixtures import DefendedMixture, FlowMixture, LatentMixture, Moments
from skflowmix.starts import STARTS, Problem, respect_labels
from skflowmix.training import History, Objective, Settings, calm_cpu, train

FAR = 1e30
"""Standardised values beyond this are moved to it, so that no square of one overflows."""

CHUNK_NUMBERS = 2**21
"""Numbers that one layer may hold while rows are scored, chunk by chunk."""


@dataclass(frozen=True)
class Architecture:
    """All that is needed to build a model again, without its parameters."""

    n_components: int
    n_features: int
    flow: str
    n_layers: int
    hidden: tuple[int, ...]
    activation: str
    covariance_type: str
    defensive_weight: float

    def chunk_rows(self, n_starts: int = 1) -> int:
        """Rows that may be scored at once within `CHUNK_NUMBERS`."""
        width = max(*self.hidden, self.n_features**2, 1)
        return max(CHUNK_NUMBERS // (n_starts * self.n_components * width), 16)


@dataclass(frozen=True)
class Rows:
    """Rows as tensors, on the device and in the precision of training.

    Attributes
    ----------
    x : Tensor of shape (n, d)
        Standardised rows.
    log_mask : Tensor of shape (n, K)
        Very negative where a label excludes a component, else 0.
    weights : Tensor of shape (n,)
        Sample weights, with mean 1.
    start : Tensor of shape (R, n, K)
        Responsibilities that the starts propose.
    """

    x: Tensor
    log_mask: Tensor
    weights: Tensor
    start: Tensor

    def __len__(self) -> int:
        return len(self.x)

    def take(self, index: Tensor | slice) -> "Rows":
        """Some of the rows."""
        return Rows(
            self.x[index], self.log_mask[index], self.weights[index], self.start[:, index]
        )

    def chunks(self, size: int) -> Iterator["Rows"]:
        """All rows in turn, ``size`` at a time."""
        return (self.take(slice(i, i + size)) for i in range(0, len(self), size))

    def mean(self, values: Tensor) -> Tensor:
        """Weighted mean over the rows of ``values (R, n)``."""
        return (values * self.weights).mean(-1)


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

    _parameter_constraints: dict = {
        "n_components": [Interval(Integral, 1, None, closed="left"), None],
        "flow": [StrOptions(set(LAYERS))],
        "n_layers": [Interval(Integral, 0, None, closed="left")],
        "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
        "activation": [StrOptions(set(ACTIVATIONS))],
        "init_params": [StrOptions({"auto", *STARTS}), "array-like"],
        "n_init": [Interval(Integral, 1, None, closed="left")],
        "max_iter": [Interval(Integral, 0, None, closed="left")],
        "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
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

    # ------------------------------------------------------------------ what a subclass owes

    @abstractmethod
    def _build(self, n_starts: int, shape: Architecture, generator: Generator) -> nn.ModuleDict:
        """A model of R starts; its entry "mixture" has ``joint_log_prob``."""

    @abstractmethod
    def _objective(self, model: nn.ModuleDict, rows: Rows, shape: Architecture) -> Objective:
        """What to train the model for on ``rows``; the score is filled in by `fit`."""

    @abstractmethod
    def _bound(self, model: nn.ModuleDict, rows: Rows) -> Tensor:
        """The lower bound that training raises, per start and row, ``(R, n)``."""

    @abstractmethod
    def _latents(self, mixture: nn.Module, x: Tensor) -> Tensor:
        """Latents of ``x (n, d)`` under every component, ``(K, n, d)``."""

    @abstractmethod
    def _decoded(self, mixture: nn.Module, z: Tensor) -> Tensor:
        """Data of latents ``z (n, d)`` under every component, ``(K, n, d)``."""

    # ------------------------------------------------------------------ fit

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
            Weights of the rows. A row of weight zero counts as absent.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If X, y, the weights or a parameter cannot be used; the message names which.
        """
        X, y, weights = self._validate_fit(X, y, sample_weight)
        random_state = check_random_state(self.random_state)
        codes, self.classes_ = encode_labels(y, len(X), self._n_components_wanted())
        present = weights > 0
        continued = self._continued(len(self.classes_))
        if not continued:
            self._center, self._scale = _location_and_scale(X[present], weights[present])
        problem = Problem(
            self._standardised(X[present]),
            codes[present],
            len(self.classes_),
            weights[present],
            self.reg_covar,
        )
        self._fit_problem(problem, present, random_state, continued, (X, y))
        self.labels_ = self.predict(X)
        return self

    def fit_predict(self, X: ArrayLike, y: ArrayLike | None = None, sample_weight=None):
        """Fit to X and return the component of every row; see `fit`.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            What `predict` returns for X.
        """
        return self.fit(X, y, sample_weight=sample_weight).labels_

    def _validate_fit(self, X, y, sample_weight):
        X = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        weights = check_sample_weight(
            sample_weight, X, dtype=np.float64, ensure_non_negative=True
        )
        if (weights > 0).sum() < 2:
            raise ValueError(
                "sample_weight leaves fewer than 2 rows: at least two weights must be positive."
            )
        return X, y, weights * (len(X) / weights.sum())

    def _n_components_wanted(self) -> int | None:
        if self.n_components is None and not isinstance(self.init_params, str):
            return np.asarray(self.init_params).shape[-1]
        return self.n_components

    def _continued(self, n_components: int) -> bool:
        """Whether this fit goes on from the last one."""
        if not (self.warm_start and hasattr(self, "_state")):
            return False
        before = (self._shape.n_components, self._shape.n_features)
        if before != (n_components, self.n_features_in_):
            raise ValueError(
                f"warm_start=True needs the components and features of the last fit, {before}, "
                f"got {(n_components, self.n_features_in_)}: set warm_start=False."
            )
        return True

    def _fit_problem(self, problem, present, random_state, continued, data) -> None:
        """Start, train, choose and keep; the part of `fit` that runs on the device."""
        n, n_components = len(problem.X), problem.n_components
        if n_components > n:
            raise ValueError(
                f"n_components={n_components} is more than the {n} rows: ask for fewer."
            )
        generator = torch.Generator().manual_seed(int(random_state.randint(2**31 - 1)))
        if not continued:
            self._shape = self._architecture(n_components, problem.X.shape[1])
        work = self._batch_rows(n) * self.n_init * n_components * max(self._shape.hidden)
        with calm_cpu(work):
            start = None if continued else self._starts(problem, present, random_state)
            rows, held = self._split(problem, start, random_state)
            model = self._starting_model(rows, generator, continued)
            history = self._train(model, rows, held, generator, data)
            self._keep(model, int(self._icl(model, held).argmax()), history, rows)

    def _architecture(self, n_components: int, n_features: int) -> Architecture:
        return Architecture(
            n_components,
            n_features,
            self.flow,
            self.n_layers,
            tuple(np.atleast_1d(self.hidden_layer_sizes).tolist()),
            self.activation,
            getattr(self, "covariance_type", "full"),
            float(self.defensive_weight),
        )

    def _batch_rows(self, n_rows: int) -> int:
        if self.batch_size != "auto":
            return min(self.batch_size, n_rows)
        return min(256, n_rows)

    def _starts(self, problem: Problem, present: np.ndarray, random_state) -> np.ndarray:
        """Responsibilities ``(R, n, K)`` of all starts, labels respected."""
        if not isinstance(self.init_params, str):
            proposals = [_own_responsibilities(self.init_params, present, problem.n_components)]
        else:
            name = self.init_params
            if name == "auto":
                name = "label_spreading" if problem.n_classes else "gaussian_mixture"
            proposals = [STARTS[name](problem, random_state) for _ in range(self.n_init)]
        return np.stack([respect_labels(proposal, problem.codes) for proposal in proposals])

    def _split(self, problem: Problem, start, random_state) -> tuple[Rows, Rows]:
        """Rows to train on and rows to stop by, which are the same without early stopping."""
        device = _device(self.device)
        if start is None:
            start = np.zeros((1, len(problem.X), problem.n_components))

        def tensor(array: np.ndarray) -> Tensor:
            return torch.as_tensor(array, dtype=torch.float32, device=device)

        rows = Rows(*map(tensor, (problem.X, problem.log_mask, problem.sample_weight, start)))
        held = np.zeros(len(rows), dtype=bool)
        if self.early_stopping and self.max_iter > 0:
            held = _held_out(problem.codes, self.validation_fraction, random_state)
        if not held.any():
            return rows, rows
        parts = (rows.take(torch.from_numpy(np.flatnonzero(part))) for part in (~held, held))
        train_rows, held_rows = (
            replace(part, weights=part.weights / part.weights.mean()) for part in parts
        )
        return train_rows, held_rows

    def _starting_model(self, rows: Rows, generator: Generator, continued: bool) -> nn.ModuleDict:
        """The model before its first step: the Gaussian mixtures of its starts, or the last fit."""
        model = self._build(len(rows.start), self._shape, generator).to(rows.x)
        if continued:
            model.load_state_dict({k: torch.as_tensor(v) for k, v in self._state.items()})
            return model
        size = self._shape.chunk_rows(len(rows.start))
        moments = _sum(
            Moments.of(part.x.unsqueeze(0), part.start * part.weights.unsqueeze(-1))
            for part in rows.chunks(size)
        )
        _set_gaussians(
            model["mixture"], *moments.gaussians(self._shape.covariance_type, self.reg_covar)
        )
        return model

    def _train(self, model, rows: Rows, held: Rows, generator: Generator, data) -> History:
        settings = Settings(
            self.max_iter,
            self._batch_rows(len(rows)),
            self.learning_rate_init,
            self.weight_decay,
            self.tol,
            self.n_iter_no_change,
        )
        X, y = data
        data = {"X": X, "y": np.full(len(X), UNLABELLED) if y is None else y}
        context = self._init_callback_context(max_subtasks=self.max_iter)
        context.call_on_fit_task_begin(estimator=self, **data)

        def on_epoch() -> bool:
            epoch = context.subcontext(task_name="epoch")
            epoch.call_on_fit_task_begin(estimator=self, **data)
            return epoch.call_on_fit_task_end(
                estimator=self,
                **data,
                reconstruction_attributes=lambda: self._attributes(
                    model, int(self._icl(model, held).argmax())
                ),
            )

        objective = self._objective(model, rows, self._shape)
        objective.score = lambda: self._mean_log_prob(model, held)
        history = train(model, objective, len(rows), settings, generator, on_epoch)
        context.call_on_fit_task_end(
            estimator=self,
            **data,
            reconstruction_attributes=lambda: self._attributes(
                model, int(self._icl(model, held).argmax())
            ),
        )
        return history

    def _posteriors(self, model: nn.ModuleDict, rows: Rows) -> Iterator[tuple[Rows, Tensor]]:
        """Chunks of rows with their masked joint log-probabilities ``(R, n, K)``."""
        with torch.no_grad():
            for part in rows.chunks(self._shape.chunk_rows(len(rows.start))):
                yield part, model["mixture"].joint_log_prob(part.x) + part.log_mask

    def _mean_log_prob(self, model: nn.ModuleDict, rows: Rows) -> Tensor:
        """Mean over rows of log p(x), or of log p(x, y) where there is a label, ``(R,)``."""
        totals = [
            (part.weights * joint.logsumexp(-1)).sum(-1)
            for part, joint in self._posteriors(model, rows)
        ]
        return torch.stack(totals).sum(0) / rows.weights.sum()

    def _icl(self, model: nn.ModuleDict, rows: Rows) -> Tensor:
        """Mean log-likelihood less the entropy of the posterior, ``(R,)``."""
        totals = []
        for part, joint in self._posteriors(model, rows):
            log_prob = joint.logsumexp(-1)
            expected = (joint.softmax(-1) * joint.clamp(min=-1e20)).sum(-1)
            totals.append((part.weights * torch.minimum(expected, log_prob)).sum(-1))
        return torch.stack(totals).sum(0) / rows.weights.sum()

    def _keep(self, model: nn.ModuleDict, winner: int, history: History, rows: Rows) -> None:
        """Keep the winning start and what there is to tell about it."""
        for name, value in self._attributes(model, winner).items():
            setattr(self, name, value)
        self._n_features_out = self.n_features_in_
        log_scale = float(np.log(self._scale).sum())
        with torch.no_grad():
            bounds = [
                part.weights @ self._bound(model, part)[winner]
                for part in rows.chunks(self._shape.chunk_rows(len(rows.start)))
            ]
        self.lower_bound_ = float(sum(bounds)) / float(rows.weights.sum()) - log_scale
        self.validation_scores_ = np.array(
            [float(scores[winner]) - log_scale for scores in history.scores]
        )
        self.n_iter_ = len(history.scores)
        self.converged_ = history.converged

    def _attributes(self, model: nn.ModuleDict, winner: int) -> dict[str, Any]:
        """Everything a fitted estimator needs to answer, from one start of the model."""
        n_starts = len(model["mixture"].log_weights)
        state = {name: value.cpu().numpy() for name, value in model.named_buffers()}
        for name, value in model.named_parameters():
            own = value.detach().unflatten(0, (n_starts, -1))[winner]
            state[name] = own.cpu().numpy().copy()
        weights = model["mixture"].log_weights[winner].detach().exp()
        return {"_state": state, "weights_": weights.cpu().numpy().astype(np.float64)}

    # ------------------------------------------------------------------ the one quantity

    def _joint_log_prob(self, X: ArrayLike) -> np.ndarray:
        """log weight_k + log p(x given k) in nats and in the units of X, ``(n, K)``."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return self._map_rows(X, lambda model, x: model["mixture"].joint_log_prob(x)[0]) - float(
            np.log(self._scale).sum()
        )

    def _map_rows(self, X: np.ndarray, function) -> np.ndarray:
        """``function(model, x)`` of standardised rows, chunk by chunk, in float64."""
        device = _scoring_device(self.device)
        model = self._model(device)
        size = self._shape.chunk_rows()
        work = min(len(X), size) * self._shape.n_components * max(self._shape.hidden)
        with calm_cpu(work), torch.no_grad():
            parts = [
                function(model, torch.from_numpy(self._standardised(X[i : i + size])).to(device))
                for i in range(0, len(X), size)
            ]
        return torch.cat(parts).cpu().numpy()

    def _model(self, device: torch.device) -> nn.ModuleDict:
        """The fitted model, in float64."""
        model = self._build(1, self._shape, torch.Generator().manual_seed(0))
        model.load_state_dict({name: torch.as_tensor(v) for name, v in self._state.items()})
        return model.double().to(device).requires_grad_(False)

    def _standardised(self, X: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore"):
            return np.clip((X - self._center) / self._scale, -FAR, FAR)

    # ------------------------------------------------------------------ views of it

    def score_samples(self, X: ArrayLike) -> np.ndarray:
        """Log-density of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        log_prob : ndarray of shape (n_samples,)
            log p(x) in nats, as a density in the units of X.
        """
        return logsumexp(self._joint_log_prob(X), axis=1)

    def predict_log_proba(self, X: ArrayLike) -> np.ndarray:
        """Log-probability of each component for each row.

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
        return joint - logsumexp(joint, axis=1, keepdims=True)

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Probability of each component for each row: the exact posterior.

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
        """Most probable component of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            Entries of ``classes_``; never the mark of unlabelled rows.
        """
        best = self._joint_log_prob(X).argmax(axis=1)
        return self.classes_[best]

    def score(self, X: ArrayLike, y: ArrayLike | None = None, sample_weight=None) -> float:
        """Mean log-likelihood without labels, accuracy over the labelled rows with them.

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
        labelled = np.zeros(0, dtype=bool)
        if y is not None:
            y = np.asarray(y)
            labelled = np.array([label != UNLABELLED for label in y.tolist()], dtype=bool)
        if not labelled.any():
            return float(np.average(self.score_samples(X), weights=sample_weight))
        weights = None if sample_weight is None else np.asarray(sample_weight)[labelled]
        right = self.predict(X)[labelled] == y[labelled]
        return float(np.average(right, weights=weights))

    def bic(self, X: ArrayLike) -> float:
        """Bayesian information criterion on X; lower is better.

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
        """Akaike information criterion on X; lower is better, with the caveat of `bic`.

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
        """Integrated completed likelihood on X, `bic` plus twice the entropy; lower is better.

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
        log_proba = self.predict_log_proba(X)
        return self.bic(X) - 2 * float((np.exp(log_proba) * log_proba).sum())

    def _n_parameters(self) -> int:
        """Parameters that training moved; the guard stays put and matrices are triangular."""
        d, total = self.n_features_in_, 0
        for name, value in self._state.items():
            if "guard" not in name and np.issubdtype(value.dtype, np.floating):
                total += value.size
            if "guard" not in name and name.endswith("lower"):
                total -= value.size * (d + 1) // (2 * d)
        return total

    # ------------------------------------------------------------------ samples and latents

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
        with calm_cpu(n_samples * self._shape.n_components * max(self._shape.hidden)):
            x, component = model["mixture"].sample(n_samples, generator)
        order = random_state.permutation(n_samples)
        X = x.numpy()[order] * self._scale + self._center
        return X, self.classes_[component.numpy()[order]]

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Latent position of each row under its most probable component.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        Z : ndarray of shape (n_samples, n_features)
            Latents; see the class for what they look like.
        """
        best = self._joint_log_prob(X).argmax(axis=1)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        latents = self._map_rows(X, lambda model, x: self._latents(model["mixture"], x).mT.T)
        return latents[np.arange(len(X)), best]

    def inverse_transform(self, Z: ArrayLike, y: ArrayLike | None = None) -> np.ndarray:
        """Rows whose latents are Z.

        Parameters
        ----------
        Z : array-like of shape (n_samples, n_features)
            Latents, as `transform` gave them.
        y : array-like of shape (n_samples,), default=None
            Component of each row, as `predict` gave it. Without it, every component proposes
            a row and the most probable among those that their own component claims is taken.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features)
            Rows.
        """
        raise NotImplementedError


def _location_and_scale(X: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weighted mean and spread of each column; a constant column keeps its own size as spread."""
    size = np.abs(X).max(0)
    size[size == 0] = 1.0
    unit = X / size  # within [-1, 1], so that neither 1e200 nor 1e-200 leaves the range
    center = np.average(unit, axis=0, weights=weights)
    spread = np.sqrt(np.average((unit - center) ** 2, axis=0, weights=weights))
    spread[spread < 1e-12] = 1.0
    return center * size, spread * size


def _own_responsibilities(given: ArrayLike, present: np.ndarray, n_components: int) -> np.ndarray:
    """Check the user's matrix and normalise its rows."""
    matrix = np.asarray(given, dtype=np.float64)
    if matrix.shape != (len(present), n_components):
        raise ValueError(
            f"init_params has shape {matrix.shape}, expected one row for each of the "
            f"{len(present)} rows of X and one column for each of {n_components} components."
        )
    matrix = matrix[present]
    if not (np.isfinite(matrix).all() and (matrix >= 0).all() and (matrix.sum(1) > 0).all()):
        raise ValueError(
            "init_params must hold finite responsibilities >= 0 with a positive one in every row."
        )
    return matrix / matrix.sum(1, keepdims=True)


def _held_out(codes: np.ndarray, fraction: float, random_state) -> np.ndarray:
    """Mask of the rows to hold out, in the same share of every class.

    A class with too few labelled rows to spare one keeps them all.
    """
    order = np.lexsort((random_state.permutation(len(codes)), codes))
    counts = np.bincount(codes + 1)[codes + 1]
    spare = order[(codes[order] == UNLABELLED) | (counts[order] * fraction >= 1)]
    held = np.zeros(len(codes), dtype=bool)
    step = 1 / fraction
    held[spare[np.arange(step / 2, len(spare), step).astype(int)]] = True
    return held


def _device(name: str) -> torch.device:
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.zeros(0, device=name).device
    except (RuntimeError, AssertionError) as error:
        raise ValueError(f"device={name!r} cannot be used here: {error}") from error


def _scoring_device(name: str) -> torch.device:
    """Where rows are scored: as `_device`, but the CPU where there is no such device or float64."""
    try:
        device = _device(name)
    except ValueError:
        return torch.device("cpu")
    return torch.device("cpu") if device.type == "mps" else device


def _set_gaussians(mixture, weights: Tensor, means: Tensor, covariances: Tensor) -> None:
    """Make a mixture, and its guard if it has one, the Gaussian mixtures of these moments."""
    parts = (mixture.model, mixture.guard) if isinstance(mixture, DefendedMixture) else (mixture,)
    for part in parts:
        part.set_gaussians(weights, means, covariances)


def defended(mixture: FlowMixture | LatentMixture, n_starts: int, shape: Architecture):
    """The mixture with its guard, or as it is where the defence is switched off."""
    if not shape.defensive_weight:
        return mixture
    guard = FlowMixture(n_starts, shape.n_components, shape.n_features)
    return DefendedMixture(mixture, guard, shape.defensive_weight)


def component_flow(n_stack: int, shape: Architecture, generator: Generator):
    """A stack of flows of the architecture."""
    return make_flow(
        shape.flow,
        n_stack,
        shape.n_features,
        shape.n_layers,
        shape.hidden,
        shape.activation,
        generator,
    )


def _sum(moments: Iterator[Moments]) -> Moments:
    total = next(moments)
    for more in moments:
        total = total + more
    return total
