"""VariationalFlowMixture: a flow for each component, and an amortised posterior."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from skflowmix.estimators.base import BaseFlowMixture
from skflowmix.estimators.parameters import documented
from skflowmix.families import Design, Family
from skflowmix.families.architecture import AUTO
from skflowmix.families.separate import SeparateFamily

OWN_ATTRIBUTES = """
weights_ : ndarray of shape (n_components,)
    Weights of the components, their sum being 1.
"""


@documented(
    OWN_ATTRIBUTES,
    networks="the networks in the layers and of q",
    hidden="(32,)",
    activation="tanh",
    learning_rate="0.01",
    shrunk="the covariances of the start are",
    covariances="the Gaussians that the flows begin as; training is free to leave the type, and "
    "`bic` counts what is free",
    bound="Evidence lower bound",
)
class VariationalFlowMixture(BaseFlowMixture):
    r"""K flows as the components of a mixture, trained with a variational posterior.

    Every component has a flow of its own in front of a standard normal,

    .. math:: p(x) = \sum_k \pi_k \, p_k(x), \quad
              \log p_k(x) = \log N(f_k(x); 0, I)
              + \log \Big|\det \frac{\partial f_k}{\partial x}\Big|,

    and a network q(k | x) approximates the posterior over components. As there are only K of
    them the evidence lower bound

    .. math:: L(x) = \sum_k q(k | x) \big[\log \pi_k + \log p_k(x) - \log q(k | x)\big]

    is summed exactly, and the exact posterior is as cheap as q: `predict_proba` is the exact
    one, calibrated where there are labels, or pooled with experts that they teach, see
    ``experts_``; `variational_posterior` is q. Each flow begins as
    the affine map that whitens its component in the start, so an untrained model is a Gaussian
    mixture; early stopping keeps training from ending below it.

    Training begins with the exact posterior, which q learns from, and ends with the bound
    above; in between the two losses are blended. While the exact posterior leads, what the
    start proposes acts as a prior on each row's group that fades out, and a temperature
    slightly above 1 lets every component see some of the others' rows, so that none starves.
    The label of a labelled row is a prior that stays, and q is told the label as well.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    FlowGMM : One flow for all components; faster with many components.
    sklearn.mixture.GaussianMixture : The same without flows.

    Notes
    -----
    `transform` maps a row to the latent space of its most probable component, where that
    component is a standard normal.

    A component can lose all its rows on the way, to others that explain them better. `fit` warns
    of it, and ``weights_`` has what is left of it.

    References
    ----------
    .. [1] Pires and Figueiredo (2020), Variational mixture of normalizing flows, ESANN.
           :arxiv:`2009.00585`
    .. [2] Durkan, Bekasov, Murray and Papamakarios (2019), Neural spline flows, NeurIPS.
           :arxiv:`1906.04032`

    Examples
    --------
    >>> from skflowmix import VariationalFlowMixture
    >>> from skflowmix.datasets import make_pinwheel
    >>> X, y = make_pinwheel(500, n_classes=3, random_state=0)
    >>> model = VariationalFlowMixture(3, random_state=0).fit(X)
    >>> model.predict(X).shape
    (500,)
    >>> rows, components = model.sample(10, random_state=0)
    >>> rows.shape
    (10, 2)
    """

    _family: ClassVar[type[Family]] = SeparateFamily

    def _design(self, **own: Any) -> Design:
        return super()._design(n_modes=AUTO, **own)

    def variational_posterior(self, X: ArrayLike) -> np.ndarray:
        """Compute the amortised posterior q(k given x), one pass through a small network.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_components)
            Columns in the order of ``classes_``; every row sums to 1. It
            approximates the exact posterior, which is `predict_proba` where there are no labels.
        """
        fitted, rows, device = self._asked(X)
        return fitted.posterior(rows, device)
