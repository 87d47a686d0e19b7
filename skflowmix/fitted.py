"""What a fit has found, as plain data, and all that it can answer.

A `Fitted` is made once, at the end of a fit, and never changed. Everything it answers is a view
of one quantity, log p(x, k). Components go by their numbers here; what they are called is in
``classes``.
"""

import math
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, reduce
from itertools import chain

import numpy as np
import torch
from scipy.special import softmax
from torch import Tensor

from skflowmix.calibration import Calibration
from skflowmix.data.bounds import BoundedScaling
from skflowmix.data.categories import Categories
from skflowmix.data.dequantising import cell_points
from skflowmix.data.embedding import Embedding
from skflowmix.data.scaling import Scaling
from skflowmix.data.steps import Steps
from skflowmix.experts import Pool
from skflowmix.families import Family, Model
from skflowmix.flows import fold_weights, freeze
from skflowmix.incomplete import (
    LEAST_EFFECTIVE,
    MOST_DRAWS,
    Gaussians,
    Importance,
    Sampler,
    beside_categories,
    fit_gaussians,
    modes_of,
)
from skflowmix.mixtures import COVARIANCE_TYPES, component_moments, matched_normals
from skflowmix.training import flush_denormals, scoring_threads
from skflowmix.versioned import Versioned
from skflowmix.warning import warn

FORMAT_VERSION = 2
"""Version of what a `Fitted` holds. A change that older pickles cannot follow raises it."""

CPU = torch.device("cpu")
COMPONENT_DRAWS = 4_096
"""Draws of each mode by which moments of components are found where flows have been trained."""
N_DRAWS, REPRESENTATIVES = 64, 8
"""Draws by which what is missing from a row is integrated out, and how many of them are shown to
classifiers that take whole rows only."""
PROPOSAL_ROWS = 4_000
"""Draws from a model by which a Gaussian mixture like it is found."""
BOUNDED_DRAWS = 16_384
"""Draws of each component by which moments are found where columns have bounds."""
BOUNDED_REPRESENTATIVES = 64
"""Draws by which means of missing values are found where columns have bounds."""
POOLED_ROWS = 20_000
"""Rows that experts are asked about at a time, as a forest fills a number for each tree."""

_building = threading.Lock()


@dataclass(frozen=True)
class Report:
    """What became of a fit.

    Attributes
    ----------
    trained : bool
        Whether training moved the model from its start, and was kept.
    n_iter : int
        Epochs run.
    converged : bool
        Whether training came to rest, or was told to end.
    validation_scores : ndarray of shape (n_iter,)
        Score of the held-out rows after each epoch, in nats a row and in the units of the data.
    lower_bound : float
        Mean bound of the rows that were trained on, in the same units.
    start : str
        Name of the start.
    starts : dict
        How the starts were compared, an entry for each criterion.
    experts : dict or None
        Names, weights and losses of the experts that labels have taught.
    class_prior : ndarray of shape (C,) or None
        Shares of the classes that are believed in.
    start_score : float
        Score of the held-out rows before the first epoch; NaN of fits that were saved before it
        was kept.
    """

    trained: bool
    n_iter: int
    converged: bool
    validation_scores: np.ndarray
    lower_bound: float
    start: str
    starts: dict[str, np.ndarray] = field(default_factory=dict)
    experts: dict[str, np.ndarray] | None = None
    class_prior: np.ndarray | None = None
    start_score: float = math.nan


@dataclass(frozen=True, eq=False)
class Fitted(Versioned):
    """A fitted mixture: numpy arrays and plain data only.

    The torch module behind it is built when it is asked for first, and never pickled.

    Attributes
    ----------
    family : Family
        What kind of model it is.
    state : dict of ndarray
        Parameters and buffers of the model, by their names in the module.
    scaling : Scaling
        Of the columns, before the model.
    calibration : Calibration
        Of the posteriors.
    classes : ndarray of shape (K,)
        Names of the components.
    labels : ndarray of shape (n,) or None
        Number of the component of each row of the fit. None where the rows are elsewhere.
    report : Report
    feature_names : ndarray of shape (d,) or None
        Names of the columns.
    n_classes : int
        How many components are classes that labels have named; they come first.
    pool : Pool or None
        What decides among the classes, where labels have taught experts.
    noise_widths : ndarray of shape (d,) or None
        Widths of the noise that columns of few values had, in the units of the data, 0 for the
        others. None in fits that were saved before it was kept.
    steps : Steps or None
        Values of these columns, for samples only. None in fits that were saved before they were
        kept.
    categories : Categories or None
        Which columns of a user's table are categories. Everywhere below they come behind the
        others, by the numbers of their levels.
    embedding : Embedding or None
        How experts see them.
    format_version : int
    """

    _saved_as = "estimator"

    family: Family
    state: dict[str, np.ndarray]
    scaling: Scaling
    calibration: Calibration
    classes: np.ndarray
    labels: np.ndarray | None
    report: Report
    feature_names: np.ndarray | None = None
    n_classes: int = 0
    pool: Pool | None = None
    noise_widths: np.ndarray | None = None
    steps: Steps | None = None
    categories: Categories | None = None
    embedding: Embedding | None = None
    format_version: int = FORMAT_VERSION

    @property
    def n_features(self) -> int:
        """Number of columns, d."""
        return self.scaling.n_columns

    @property
    def n_latents(self) -> int:
        """Number of columns of latents, which are those of numbers."""
        return self.family.architecture.n_features

    # The model.

    @cached_property
    def _models(self) -> dict[torch.device, Model]:
        return {}

    def model(self, device: torch.device | None = None) -> Model:
        """Return the model in double precision, built once for each device."""
        device = scoring_device(device)
        with _building:
            if device not in self._models:
                model = self._assembled().double()
                fold_weights(model)
                model.to(device).requires_grad_(False)
                freeze(model)
                self._models[device] = model
            return self._models[device]

    def _assembled(self) -> Model:
        """Build the model, an average where several were trained."""
        return assemble(self.family, self.state).averaged

    def _map(
        self,
        rows: "np.ndarray | StandardisedRows",
        function: Callable[[Model, Tensor], Tensor],
        device: torch.device | None,
    ) -> np.ndarray:
        """``function(model, x)`` of standardised rows, chunk by chunk."""
        device = scoring_device(device)
        model, built = self.model(device), self.family.architecture
        size = built.chunk_rows()
        with scoring_threads(min(len(rows), size) * built.width), torch.inference_mode():
            chunks = (rows[i : i + size] for i in range(0, len(rows), size))
            tensors = (torch.from_numpy(np.require(x, None, "W")).to(device) for x in chunks)
            return joined(len(rows), (function(model, x).cpu().numpy() for x in tensors))

    # The one quantity, and views of it.

    def joint_of_standardised(
        self,
        rows: "np.ndarray | StandardisedRows",
        view: Callable[[Tensor], Tensor] = lambda joint: joint,
        device: torch.device | None = None,
    ) -> np.ndarray:
        """Return a view of log p(x, k) ``(n, K)``, in the units of the data, of standardised rows.

        The view is taken chunk by chunk, as ``(n, K)`` of all rows may be large.
        """
        return self._map(rows, lambda model, x: view(self._joint(model, x)), device)

    def _joint(self, model: Model, x: Tensor) -> Tensor:
        """Log p(x, k) ``(n, K)``, in the units of the data, of standardised rows.

        Of a row with missing values it is that of what is there.
        """
        missing = x[:, : self.n_latents].isnan()
        if not missing.any():
            return model.mixture.joint_log_prob(x)[0] + self.scaling.log_det
        found = self.sampler(model).integrated(x)
        _warn_of_few_draws(found)
        log_dets = torch.from_numpy(self.scaling.log_dets[: self.n_latents]).to(x)
        return found.joint + (~missing).to(x) @ log_dets.unsqueeze(-1)

    # What is missing from rows.

    @property
    def is_gaussian(self) -> bool:
        """Whether the model is a Gaussian mixture, as it has no flows that training has moved."""
        return not (self.report.trained and self.family.architecture.n_layers)

    @cached_property
    def _proposal(self) -> tuple[Gaussians, Tensor | None]:
        """A Gaussian mixture like the model, with its components if it is the model itself."""
        model = assemble(self.family, self.state).double().requires_grad_(False)
        with flush_denormals(False), torch.inference_mode(False), torch.no_grad():
            if self.is_gaussian:
                return modes_of(model.mixture)
            x, _ = self.model().mixture.sample(PROPOSAL_ROWS, torch.Generator().manual_seed(0))
            weights, n_levels = x.new_ones(len(x)), self.family.architecture.n_levels
            gaussians = fit_gaussians(x[:, : self.n_latents], weights)
            if n_levels:
                gaussians = beside_categories(gaussians, x, weights, n_levels)
            return gaussians.widened(), None

    def sampler(self, model: Model, n_draws: int = N_DRAWS) -> Sampler:
        """Return what integrates the density of a model over what is missing."""
        gaussians, component = self._proposal
        like = next(model.parameters())
        return Sampler(
            lambda x: model.mixture.joint_log_prob(x)[0],
            gaussians.to(like),
            n_draws,
            self.family.architecture.chunk_rows(),
            component,
        )

    def joint_log_prob(self, X: np.ndarray, device: torch.device | None = None) -> np.ndarray:
        """Return log p(x, k) in nats, ``(n, K)``, of rows ``(n, d)``."""
        maps = np.reshape(self.scaling.log_det_of_maps(X), (-1, 1))
        return self._joint_on_line(X, device) + maps

    def _joint_on_line(self, X: np.ndarray, device: torch.device | None) -> np.ndarray:
        """Log p(x, k), ``(n, K)``, of rows whose columns with bounds are mapped to the line.

        A row outside of the bounds is there as one just inside, so that it has posteriors.
        """
        return self.joint_of_standardised(StandardisedRows(X, self.scaling), device=device)

    def log_prob(self, X: np.ndarray, device: torch.device | None = None) -> np.ndarray:
        """Return log p(x) in nats, ``(n,)``, of rows ``(n, d)``."""
        return self._log_prob_on_line(X, device) + self.scaling.log_det_of_maps(X)

    def conditional_log_prob(
        self, X: np.ndarray, is_given: np.ndarray, device: torch.device | None = None
    ) -> np.ndarray:
        """Return log p(the others given the columns ``(d,)`` that are given) of rows, ``(n,)``."""
        condition = np.where(is_given, X, np.nan)
        both, given = (self._log_prob_on_line(each, device) for each in (X, condition))
        return both - given + self.scaling.log_det_of_maps(X, ~is_given)

    def _log_prob_on_line(
        self,
        X: np.ndarray,
        device: torch.device | None,
        offset: np.ndarray | float = 0.0,
    ) -> np.ndarray:
        """Log p(x) ``(n,)`` as in `_joint_on_line`, of rows moved by deviations ``(d,)``."""
        rows = StandardisedRows(X, self.scaling, offset)
        return self.joint_of_standardised(rows, lambda joint: joint.logsumexp(-1), device)

    def log_mass(self, X: np.ndarray, device: torch.device | None = None) -> np.ndarray:
        """Return the log-probability of the cell around each row, ``(n,)``, in nats.

        It is a mean over points of the cell times its size, taken point by point, as all points
        of all rows may be large.
        """
        if self.noise_widths is None:
            raise ValueError("This estimator was saved before masses were known: fit it again.")
        points = cell_points(self.noise_widths / self.scaling.spread)  # (m, d)
        densities = (self._log_prob_on_line(X, device, point) for point in points)
        stepped = self.noise_widths > 0
        total = reduce(np.logaddexp, densities) + self.scaling.log_det_of_maps(X, ~stepped)
        sizes = ~np.isnan(X[:, stepped]) @ np.log(self.noise_widths[stepped])
        return total - np.log(len(points)) + sizes

    def standard_errors(self, X: np.ndarray, device: torch.device | None = None) -> np.ndarray:
        """Return those of log p(x) where something is missing, ``(n,)``, in nats; else 0."""
        return self._map(
            StandardisedRows(X, self.scaling),
            lambda model, x: self.sampler(model).integrated(x).standard_error,
            device,
        )

    def expected(self, X: np.ndarray, device: torch.device | None = None) -> np.ndarray:
        """Return rows ``(n, d)`` with the means of what is missing, given what is there.

        Categories have no mean: they are the likeliest. In columns with bounds means are those of
        draws, always the same.
        """
        rows = StandardisedRows(X, self.scaling)
        if isinstance(self.scaling, BoundedScaling):
            filled = self._mean_of_representatives(rows, device)
        else:
            means = self._map(rows, self._with_levels, device)
            filled = self.scaling.undo(means)
        return np.where(np.isnan(X), filled, X)

    def _with_levels(self, model: Model, x: Tensor) -> Tensor:
        """Standardised rows ``(n, d)`` with means and the likeliest levels of what is missing."""
        return model.mixture.with_levels(self._filled(model, x))

    def _mean_of_representatives(
        self, rows: "StandardisedRows", device: torch.device | None
    ) -> np.ndarray:
        """Means ``(n, d)`` of draws that stand for all, in the units of the data."""

        def mean(model: Model, x: Tensor) -> Tensor:
            drawn = self.sampler(model).representatives(x, BOUNDED_REPRESENTATIVES)
            means = torch.from_numpy(self.scaling.undo(drawn.cpu().numpy()).mean(axis=0))
            levels = self._with_levels(model, x)[:, self.n_latents :].cpu()
            return torch.cat([means[:, : self.n_latents], levels], 1)

        return self._map(rows, mean, device)

    def completions(
        self, X: np.ndarray, n_draws: int, random_state: np.random.RandomState
    ) -> np.ndarray:
        """Draw what is missing from rows, given what is there: ``(n_draws, n, d)``."""
        return self._rounded(self._completions(X, n_draws, random_state), ~np.isnan(X))

    def _completions(
        self, X: np.ndarray, n_draws: int, random_state: np.random.RandomState
    ) -> np.ndarray:
        """Draw what is missing from the density, which knows no steps: ``(n_draws, n, d)``."""
        generator = torch.Generator().manual_seed(int(random_state.randint(2**31 - 1)))
        x = torch.from_numpy(self.scaling.apply(X))
        with torch.inference_mode():
            model = self.model()
            drawn = self.sampler(model).completions(x, n_draws, generator)
            drawn = model.mixture.with_levels(drawn.flatten(0, 1), generator).view_as(drawn)
        return np.where(np.isnan(X), self.scaling.undo(drawn.numpy()), X)

    def _rounded(self, rows: np.ndarray, is_given: np.ndarray | bool = False) -> np.ndarray:
        """Round drawn rows ``(..., d)`` to the values of columns in steps, but what is given."""
        return rows if self.steps is None else np.where(is_given, rows, self.steps.round(rows))

    def conditional_samples(
        self, X: np.ndarray, n_draws: int, random_state: np.random.RandomState
    ) -> tuple[np.ndarray, np.ndarray]:
        """Draw what is missing from each row, and components: ``(n * n_draws, d)`` and ``(...,)``.

        The draws of the first row come first.
        """
        drawn = self._completions(X, n_draws, random_state)
        rows = drawn.swapaxes(0, 1).reshape(-1, X.shape[1])
        shares = softmax(self.joint_log_prob(rows), axis=1).cumsum(1)
        uniform = random_state.uniform(size=(len(rows), 1)) * shares[:, -1:]
        is_given = np.repeat(~np.isnan(X), n_draws, axis=0)
        return self._rounded(rows, is_given), (uniform >= shares).sum(1)

    def decisions(self, X: np.ndarray, device: torch.device | None = None) -> np.ndarray:
        """Return the number of the most probable component, ``(n,)``, of rows ``(n, d)``."""
        return self.decisions_of_standardised(StandardisedRows(X, self.scaling), device)

    def decisions_of_standardised(
        self, rows: "np.ndarray | StandardisedRows", device: torch.device | None = None
    ) -> np.ndarray:
        """Return the number of the most probable component, ``(n,)``, of standardised rows."""
        if self.family.architecture.n_components == 1:
            return np.zeros(len(rows), dtype=np.int64)
        if self.pool is None:
            return self.joint_of_standardised(rows, lambda joint: joint.argmax(-1), device)
        answers = self._answers_of(self.pool, rows, device)
        return joined(len(rows), (each.argmax(1) for each in answers))

    def log_proba(self, X: np.ndarray, device: torch.device | None = None) -> np.ndarray:
        """Return calibrated log p(k given x), ``(n, K)``, of rows ``(n, d)``."""
        if self.pool is None:
            return self.calibration.log_proba(self._joint_on_line(X, device))
        rows = StandardisedRows(X, self.scaling)
        return joined(len(rows), self._answers_of(self.pool, rows, device))

    def _answers_of(
        self, pool: Pool, rows: "np.ndarray | StandardisedRows", device: torch.device | None
    ) -> Iterator[np.ndarray]:
        """Log-probabilities ``(m, K)`` of standardised rows by a pool, `POOLED_ROWS` a time."""
        for begin in range(0, len(rows), POOLED_ROWS):
            part = rows[begin : begin + POOLED_ROWS]
            versions = self._representatives(part, device)
            answers = [
                pool.log_proba(
                    self.joint_of_standardised(each, device=device),
                    self._points(each),
                    self.n_features,
                )
                for each in versions
            ]
            yield np.logaddexp.reduce(answers) - np.log(len(answers))

    def _points(self, rows: np.ndarray) -> np.ndarray:
        """Whole standardised rows as experts see them, ``(n, e)``."""
        return rows if self.embedding is None else self.embedding.apply(rows)

    def _representatives(self, rows: np.ndarray, device: torch.device | None) -> list[np.ndarray]:
        """Whole rows ``(n, d)`` that stand for rows with gaps; the rows themselves without any."""
        incomplete = np.isnan(rows[:, : self.n_latents]).any(1)
        if not incomplete.any():
            return [rows]
        drawn = self._map(
            rows[incomplete],
            lambda model, x: self.sampler(model).representatives(x, REPRESENTATIVES).movedim(0, 1),
            device,
        )
        versions = np.repeat(rows[None], REPRESENTATIVES, axis=0)
        versions[:, incomplete] = drawn.swapaxes(0, 1)
        return list(versions)

    def posterior(self, X: np.ndarray, device: torch.device | None = None) -> np.ndarray:
        """Return the amortised q(k given x), ``(n, K)``, of families that have it."""
        rows = StandardisedRows(X, self.scaling)
        return self._map(
            rows, lambda model, x: model.posterior(self._filled(model, x))[0].softmax(-1), device
        )

    def _filled(self, model: Model, x: Tensor) -> Tensor:
        """Standardised rows ``(n, d)`` with the means of numbers that are missing."""
        is_whole = not bool(x[:, : self.n_latents].isnan().any())
        return x if is_whole else self.sampler(model).expected(x)

    # Latents and samples.

    def latents(self, X: np.ndarray, device: torch.device | None = None) -> np.ndarray:
        """Return latents ``(n, d)`` of rows under their most probable components."""
        rows = StandardisedRows(X, self.scaling)
        best = self.decisions_of_standardised(rows, device)
        latents = self._map(
            rows, lambda model, x: model.mixture.encode(self._filled(model, x))[0], device
        )
        return latents[np.arange(len(best)), best]

    def decoded(self, Z: np.ndarray, components: np.ndarray | None = None) -> np.ndarray:
        """Return the rows ``(n, d)`` that have latents ``(n, d)`` under components ``(n,)``.

        Without these, every component proposes a row, and of those that belong to the component
        that proposed them the most probable is taken.
        """
        proposed = self._map(Z, lambda model, z: model.mixture.decode(z)[0], None)  # (n, K, d)
        proposed = self.scaling.undo(proposed)
        chosen = self._claimed(proposed) if components is None else components
        return proposed[np.arange(len(Z)), chosen]

    def _claimed(self, proposed: np.ndarray) -> np.ndarray:
        """Which of the rows ``(n, K, d)``, one from each component, to take: ``(n,)``."""
        n, n_components, d = proposed.shape
        joint = self.joint_log_prob(proposed.reshape(-1, d)).reshape(n, n_components, -1)
        own = np.diagonal(joint, axis1=1, axis2=2)  # (n, K)
        is_claimed = joint.argmax(2) == np.arange(n_components)
        return np.where(is_claimed, own, own - 1 / np.finfo(float).eps).argmax(1)

    def sample(
        self,
        n_samples: int,
        random_state: np.random.RandomState,
        component: int | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Draw rows ``(n, d)`` and the numbers of their components ``(n,)``, in random order.

        All are of the ``component``, where one is asked for. Columns that come in steps are
        rounded to their values.
        """
        rows, components = self._draws(n_samples, random_state, component)
        return self._rounded(rows), components

    def _draws(
        self, n_samples: int, random_state: np.random.RandomState, component: int | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Draw from the density, which knows no steps, see `sample`."""
        generator = torch.Generator().manual_seed(int(random_state.randint(2**31 - 1)))
        mixture, parts = self.model().mixture, self._counts_of_parts(n_samples, component)
        with scoring_threads(parts[0] * self.family.architecture.width):
            drawn = [mixture.sample(count, generator, component) for count in parts]
        x, components = (torch.cat(pair).numpy() for pair in zip(*drawn, strict=True))
        order = random_state.permutation(n_samples)
        return self.scaling.undo(x[order]), components[order]

    def _counts_of_parts(self, n_samples: int, component: int | None) -> list[int]:
        """How many rows to draw at a time: all, or of one component as many as it has of all.

        Maps of all components are undone at once, so that more would fill as many times as much.
        """
        n_parts = 1 if component is None else self.family.architecture.n_components
        size = -(-n_samples // n_parts)
        return [min(size, n_samples - begin) for begin in range(0, n_samples, size)]

    # What it is made of.

    @property
    def n_parameters(self) -> int:
        """How many numbers of the density are free."""
        return self._assembled().mixture.n_free_parameters  # folded weights forget their masks

    @property
    def weights(self) -> np.ndarray:
        """Weights of the modes, ``(M,)``, their sum being 1."""
        weights = self.model().mixture.log_weights[0].exp()
        return (weights / weights.sum()).numpy()

    @property
    def latent_gaussians(self) -> tuple[np.ndarray, np.ndarray]:
        """Means ``(M, d)`` and covariances of the Gaussians in a latent space they share.

        Covariances have the shape that scikit-learn gives their type.
        """
        latent = self.model().mixture.undefended
        _, means, covariances = latent.base.gaussians()
        compact = COVARIANCE_TYPES[latent.covariance_type].compact
        return means[0].numpy(), compact(covariances[0]).numpy()

    @cached_property
    def component_moments(self) -> tuple[np.ndarray, np.ndarray]:
        """Means ``(K, d)`` and covariances ``(K, d, d)`` of the components, in the data's units.

        Without a trained flow all maps are affine, so that few draws say all. Maps of columns
        with bounds are not, and tails of the guard are not Gaussian behind them.
        """
        if isinstance(self.scaling, BoundedScaling):
            return self._moments_of_draws()
        n_draws = 2 * self.n_latents
        if self.report.trained and self.family.architecture.n_layers:
            n_draws = max(n_draws, COMPONENT_DRAWS)
        members = assemble(self.family, self.state).double().requires_grad_(False)
        with scoring_threads(n_draws * self.family.architecture.width):
            draws = matched_normals(n_draws, self.n_latents)
            means, covariances = component_moments(members.mixture, draws)
        with np.errstate(over="ignore", under="ignore"):
            scaling = self.scaling.first(self.n_latents)
            spread = scaling.spread
            covariances = covariances.numpy() * spread[:, None] * spread
        return scaling.undo(means.numpy()), covariances

    def _moments_of_draws(self) -> tuple[np.ndarray, np.ndarray]:
        """Means ``(K, d)`` and covariances ``(K, d, d)`` of draws of each component."""
        random_state = np.random.RandomState(0)
        draws = [
            self._draws(BOUNDED_DRAWS, random_state, component)[0]
            for component in range(self.family.architecture.n_components)
        ]
        covariances = [np.atleast_2d(np.cov(rows.T, bias=True)) for rows in draws]
        return np.stack([rows.mean(axis=0) for rows in draws]), np.stack(covariances)


def _warn_of_few_draws(found: Importance) -> None:
    """Warn of rows whose missing values could not be integrated out well."""
    n_unsure = int((found.effective < LEAST_EFFECTIVE).sum())
    if n_unsure:
        warn(
            f"What is missing from {n_unsure} rows could not be integrated out well: fewer than "
            f"{LEAST_EFFECTIVE:.0f} of {MOST_DRAWS} draws count. score_samples(X, "
            "return_std=True) says which rows and how far their densities may be off.",
        )


def joined(n_rows: int, parts: Iterator[np.ndarray]) -> np.ndarray:
    """Lay parts ``(m, ...)`` of so many rows one behind the other as they come, none twice."""
    first = next(parts)
    if len(first) == n_rows:
        return first
    whole, begin = np.empty((n_rows, *first.shape[1:]), first.dtype), 0
    for part in chain([first], parts):
        whole[begin : begin + len(part)] = part
        begin += len(part)
    return whole


def scoring_device(device: torch.device | None) -> torch.device:
    """Return where rows are scored: on the CPU where a device has no double precision."""
    return CPU if device is None or device.type == "mps" else device


def assemble(family: Family, state: dict[str, np.ndarray]) -> Model:
    """Build a model from its parameters, or those that are averaged side by side."""
    model = family.build(family.architecture.n_estimators, torch.Generator())
    model.load_state_dict({name: torch.tensor(value) for name, value in state.items()})
    return model


@dataclass(frozen=True)
class StandardisedRows:
    """Rows that are standardised when they are asked for, slice by slice.

    Attributes
    ----------
    X : ndarray of shape (n, d)
        Rows in the units of the data; they may be more than fit into the memory.
    scaling : Scaling
    offset : ndarray of shape (d,) or float
        Added to the standardised rows.
    """

    X: np.ndarray
    scaling: Scaling
    offset: np.ndarray | float = 0.0

    def __len__(self) -> int:
        return len(self.X)

    def __getitem__(self, index: slice) -> np.ndarray:
        return self.scaling.apply(self.X[index]) + self.offset
