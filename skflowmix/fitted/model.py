"""The data of a fit, and the torch module that is built from them."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from skflowmix.calibration import Calibration
from skflowmix.data.categories import Categories
from skflowmix.data.embedding import Embedding
from skflowmix.data.scaling import Scaling
from skflowmix.data.steps import Steps
from skflowmix.experts import Pool
from skflowmix.families import Family, Model
from skflowmix.fitted.report import Report
from skflowmix.fitted.rows import StandardisedRows, joined
from skflowmix.flows import fold_weights, freeze
from skflowmix.training import scoring_threads
from skflowmix.versioned import Versioned

FORMAT_VERSION = 2
"""Version of what a `Fitted` holds. A change that older pickles cannot follow raises it."""

CPU = torch.device("cpu")

_building = threading.Lock()


@dataclass(frozen=True, eq=False)
class FittedModel(Versioned):
    """The fields of `skflowmix.fitted.Fitted`, and the model that they say.

    The torch module is built when it is asked for first, and never pickled.

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
        rows: np.ndarray | StandardisedRows,
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

    @property
    def n_parameters(self) -> int:
        """How many numbers of the density are free."""
        return self._assembled().mixture.n_free_parameters  # folded weights forget their masks

    @property
    def weights(self) -> np.ndarray:
        """Weights of the modes, ``(M,)``, their sum being 1."""
        weights = self.model().mixture.log_weights[0].exp()
        return (weights / weights.sum()).numpy()


def scoring_device(device: torch.device | None) -> torch.device:
    """Return where rows are scored: on the CPU where a device has no double precision."""
    return CPU if device is None or device.type == "mps" else device


def assemble(family: Family, state: dict[str, np.ndarray]) -> Model:
    """Build a model from its parameters, or those that are averaged side by side."""
    model = family.build(family.architecture.n_estimators, torch.Generator())
    model.load_state_dict({name: torch.tensor(value) for name, value in state.items()})
    return model
