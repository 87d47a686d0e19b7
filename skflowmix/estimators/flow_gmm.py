"""FlowGMM: one flow for all components."""

from numbers import Integral
from typing import Any, ClassVar

import numpy as np

from skflowmix.estimators.base import BaseFlowMixture
from skflowmix.estimators.parameters import AUTO_OPTION, CONSTRAINTS, documented, extends
from skflowmix.families import Design, Family
from skflowmix.families.latent import LatentFamily
from skflowmix.mixtures import COVARIANCE_TYPES
from skflowmix.scikit_learn_private import Interval

OWN_PARAMETERS = """
components_per_class : int or "auto", default="auto"
    Gaussians in latent space for each component, which together are that component.
    ``"auto"`` takes as many as the class with the most labels tells of. A class of 20 labelled
    rows or more begins with one for every 10 of them, up to 8, any other with one, and the rest
    stay without rows at first. A class that has fewer than ``2 * n_features`` rows for each
    begins with fewer.
"""

OWN_ATTRIBUTES = """
weights_ : ndarray of shape (n_gaussians,)
    Weights of the Gaussians, their sum being 1, those of the start that stays in the model
    included. There are ``n_gaussians`` of them, component by component: ``n_components`` times
    the most of any class.
means_ : ndarray of shape (n_gaussians, n_features)
    Means of the latent Gaussians.
covariances_ : ndarray
    Covariances of the latent Gaussians, in the shape that `GaussianMixture` gives
    ``covariance_type``: (n_gaussians, n_features, n_features), (n_features, n_features),
    (n_gaussians, n_features) or (n_gaussians,).
precisions_ : ndarray
    Inverses of ``covariances_``, in the same shape.
precisions_cholesky_ : ndarray
    Upper triangular matrices U with ``U @ U.T`` the precision, or roots of precisions where they
    are numbers, in the same shape.
"""


@documented(
    OWN_ATTRIBUTES,
    OWN_PARAMETERS,
    networks="the networks in the layers",
    hidden="(64,)",
    activation="relu",
    learning_rate="0.005, and 0.01 for the autoregressive kinds",
    shrunk="the covariances of the start, and of every closed-form step, are",
    covariances="the latent Gaussians",
    bound="Log-likelihood",
)
class FlowGMM(BaseFlowMixture):
    r"""One invertible flow with a Gaussian mixture on its latent space.

    The density is that of a Gaussian mixture at :math:`z = f(x)`,

    .. math::
        p(x) = \Big|\det \frac{\partial f}{\partial x}\Big|
               \sum_k \pi_k \, N(f(x); \mu_k, \Sigma_k),

    and the group of a row is the Gaussian that its latent falls to; among classes that have
    labels, experts decide with it, see ``experts_``. Training takes turns: a
    gradient epoch moves the flow, then weights, means and covariances are set to what EM says
    they should be. The flow begins as the identity on standardised columns, so an untrained
    model is a Gaussian mixture; early stopping keeps training from ending below it. What the
    start proposes acts as a prior on each row's group that fades out over the training; the
    label of a labelled row is such a prior that stays.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    VariationalFlowMixture : One flow for each component; slower, and freer in shape.
    sklearn.mixture.GaussianMixture : The same without a flow.

    Notes
    -----
    `transform` maps a row to its latent, whichever component it belongs to.

    Directions in which standardised rows vary little, as where columns nearly depend on each
    other, are stretched before the flow, unless there are labels or ``covariance_type`` is
    ``"diag"`` or ``"spherical"``.

    A component can lose all its rows on the way, to others that explain them better. `fit` warns
    of it, and ``weights_`` has what is left of it.

    References
    ----------
    .. [1] Izmailov, Kirichenko, Finzi and Wilson (2020), Semi-supervised learning with
           normalizing flows, ICML, equations 4 to 6. :arxiv:`1912.13025`
    .. [2] Atanov, Volokhova, Ashukha, Sosnovik and Vetrov (2019), Semi-conditional normalizing
           flows for semi-supervised learning. :arxiv:`1905.00505`
    .. [3] Durkan, Bekasov, Murray and Papamakarios (2019), Neural spline flows, NeurIPS.
           :arxiv:`1906.04032`

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import make_moons
    >>> from skflowmix import FlowGMM
    >>> X, y = make_moons(300, noise=0.05, random_state=0)
    >>> few = np.full(300, -1)
    >>> few[:20] = y[:20]
    >>> model = FlowGMM(random_state=0).fit(X, few)
    >>> model.score(X, y) > 0.95
    True
    >>> model.predict_proba(X[:5]).shape
    (5, 2)
    """

    _parameter_constraints: ClassVar[dict[str, list]] = {
        **CONSTRAINTS,
        "components_per_class": [AUTO_OPTION, Interval(Integral, 1, None, closed="left")],
    }

    _family: ClassVar[type[Family]] = LatentFamily

    @extends(BaseFlowMixture.__init__)
    def __init__(
        self,
        n_components=None,
        *,
        components_per_class="auto",
        **shared: Any,
    ) -> None:
        super().__init__(n_components, **shared)
        self.components_per_class = components_per_class

    def _design(self, **own: Any) -> Design:
        return super()._design(n_modes=self.components_per_class, **own)

    @property
    def means_(self) -> np.ndarray:
        """Means of the latent Gaussians, ``(n_gaussians, n_features)``."""
        return self._fitted.latent_gaussians[0]

    @property
    def covariances_(self) -> np.ndarray:
        """Covariances of the latent Gaussians, in scikit-learn's shape of their type."""
        return self._fitted.latent_gaussians[1]

    @property
    def precisions_cholesky_(self) -> np.ndarray:
        """Upper triangular factors of ``precisions_``, or their roots."""
        if self._has_axes:
            return 1 / np.sqrt(self.covariances_)
        lower = np.linalg.cholesky(self.covariances_)
        return np.swapaxes(np.linalg.inv(lower), -1, -2)

    @property
    def precisions_(self) -> np.ndarray:
        """Inverses of ``covariances_``."""
        upper = self.precisions_cholesky_
        return upper**2 if self._has_axes else upper @ np.swapaxes(upper, -1, -2)

    @property
    def _has_axes(self) -> bool:
        return COVARIANCE_TYPES[self._fitted.family.architecture.covariance_type].has_axes
