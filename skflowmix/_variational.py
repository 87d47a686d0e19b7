"""VariationalFlowMixture: which model it builds and what it is trained for."""

from collections.abc import Callable
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Generator, Tensor

from skflowmix._architecture import Architecture, Model, Recipe
from skflowmix._base import BaseFlowMixture
from skflowmix._rows import Rows
from skflowmix.mixtures import FlowMixture, Mixture, PosteriorNetwork, undefended
from skflowmix.training import Objective

HOTTEST, COOLED_AT = 1.2, 0.5
"""Temperature of the posteriors at the beginning, and when in the training it is down to 1."""


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
    one, calibrated where there are labels, `variational_posterior` is q. Each flow begins as
    the affine map that whitens its component in the start, so an untrained model is a Gaussian
    mixture; early stopping keeps training from ending below it.

    Training begins with the exact posterior, which q learns from, and ends with the bound
    above; in between the two losses are blended. While the exact posterior leads, what the
    start proposes acts as a prior on each row's group that fades out, and a temperature
    slightly above 1 lets every component see some of the others' rows, so that none starves.
    The label of a labelled row is a prior that stays, and q is told the label as well.

    Parameters
    ----------
    n_components : int, default=None
        Number of components K. None makes one for each class in y, or one in all if there are
        no labels. Classes are never merged: with more of them than ``n_components`` there is
        one component a class. Components beyond the classes are new groups.
    flow : {"auto", "affine", "spline", "autoregressive", "autoregressive_spline"}, \
            default="auto"
        Kind of layer: affine coupling, as in Real NVP, or coupling by monotone
        rational-quadratic splines, as in neural spline flows. Splines help with narrow rings,
        lines and sharp or uniform edges, and take several times as long. The autoregressive
        kinds move each feature by all those before it instead of one half by the other, as in
        masked autoregressive flows; each of their layers bends more, and drawing samples takes
        as many passes as there are features. ``"auto"`` is ``"autoregressive_spline"`` where a
        density is all there is to find, with one component, no labels and at most 100 columns,
        and ``"affine"`` everywhere else. With one feature, where there is nothing to look at,
        layers of any kind are elementwise sinh-arcsinh maps.
    n_layers : int or "auto", default="auto"
        Layers of the flows; with 0 the model is a Gaussian mixture. ``"auto"`` is 8, and 3
        of the autoregressive kinds.
    hidden_layer_sizes : int, sequence of int or "auto", default="auto"
        Widths of the hidden layers of the networks in the layers and of q. ``"auto"`` is
        ``(32,)``, and ``(64, 64)`` for the autoregressive kinds.
    activation : {"auto", "relu", "tanh", "silu", "logistic"}, default="auto"
        Activation of the hidden layers. ``"auto"`` is ``"tanh"``, and ``"silu"`` for the
        autoregressive kinds.
    init_params : {"auto", "kmeans", "k-means++", "random", "gaussian_mixture", \
            "merged_mixture", "merged_centres", "neighbour_graph", \
            "unscaled_neighbour_graph", "label_spreading"} or array-like of shape \
            (n_samples, n_components), default="auto"
        The grouping that training starts from, as responsibilities. Where there are labels,
        ``"auto"`` spreads them over the neighbour graph and multiplies what comes out with
        logistic regression on the labelled rows. Where there are none, five groupings are tried: a
        Gaussian mixture fitted by EM from k-means; one of up to 60 components, merged down to K
        groups by their overlap; up to 50 centres of k-means, merged by Ward's linkage; and groups
        that hang together in the neighbour graph of the standardised rows, and of the rows as they
        came. Each makes a Gaussian mixture, and training begins with the one of the largest
        conviction. Conviction is how certain a mixture is of its groups, less 4 times the depth of
        their borders (which share of its group is less dense than a row there, the mean over
        groups), less how much less likely the rows are than under the likeliest of the mixtures, 4
        for each nat a feature, up to 0.2. An array is taken as the responsibilities themselves.
    n_init : int, default=1
        How often each start is proposed, by chance differently. So many of all proposals are
        trained side by side, and the model with the largest conviction is kept.
    max_iter : int or "auto", default="auto"
        Most epochs; ``"auto"`` is 100, or 50 where there are labels. An epoch passes over the
        training rows, or over 50 batches of them if they are more. With 0 the model is the
        Gaussian mixture of its start.
    subsample : int or None, default=100_000
        Most rows to fit to; None takes all. Of more, so many are drawn by chance: all labelled
        rows if they are at most half of them, else the same share of every class. X itself is
        never copied as a whole, so it may be a `numpy.memmap`.
    support_fraction : float or None, default=None
        Share of the rows to fit to where the others may be anomalies; None fits to all, and where
        there are some 0.75 is a good choice. The rows are the densest under a plain density, half
        a Gaussian and half a product of column densities, that is fitted to them in turn. The
        mixture is fitted to them too, and joined with as much of the plain density: a flow alone
        finds every clump of anomalies dense. With one component and no labels only.
    batch_size : int or "auto", default="auto"
        Rows in a batch; ``"auto"`` takes a tenth of the rows, but between 32 and 256.
    learning_rate_init : float or "auto", default="auto"
        Step size of Adam at the beginning; it falls to zero by half a cosine. ``"auto"`` is
        0.01.
    weight_decay : float, default=1e-3
        Decoupled decay of the networks' weights, towards the identity.
    reg_covar : float, default=1e-6
        Added to the diagonal of covariances, in the units of standardised columns. Where there are
        labels, the covariances of the start are also mixed with the pooled one, which counts 0.3.
    defensive_weight : float, default=0.01
        Least weight of the start's own Gaussian mixture, which stays in the model so that no
        row scores more than ``-log(defensive_weight)`` nats below it. 0 leaves it out.
    tol : float, default=1e-4
        An epoch must raise the score by more than this, in nats a row, to count as progress.
    early_stopping : bool, default=True
        Whether to hold out rows and keep the model that scores best on them. If no epoch beats
        the start there by more than one standard error, or if the log-loss of the labelled rows
        rises by more than half, the start itself is fitted to all rows and kept. Without it the
        score is that of the training rows.
    validation_fraction : float, default=0.1
        Share of the rows to hold out, at most 10,000 of them, the same in every labelled
        class. A class with too few labelled rows to spare one keeps them all.
    n_iter_no_change : int, default=25
        Epochs without progress after which training ends.
    warm_start : bool, default=False
        Whether `fit` goes on from the last fit, with its scaling, instead of a new start.
    random_state : int, RandomState instance or None, default=None
        Source of starts, weights, batches and held-out rows. An int gives the same model, bit
        by bit, on every call.
    device : str, default="auto"
        Where to train and score: a torch device, or ``"auto"`` for a GPU if there is one. The
        fitted estimator holds numpy arrays only and loads anywhere.

    Attributes
    ----------
    weights_ : ndarray of shape (n_components,)
        Weights of the components, their sum being 1.
    classes_ : ndarray of shape (n_components,)
        What `predict` calls the components: the classes in y in sorted order, then new groups,
        which take the next free integers, or names like ``"component_3"`` among strings.
    labels_ : ndarray of shape (n_samples,)
        `predict` for the rows of `fit`.
    lower_bound_ : float
        Evidence lower bound of the training rows, mean in nats a row.
    validation_scores_ : ndarray of shape (n_iter_,)
        Score after each epoch: mean of log p(x), or of log p(x, y) where there is a label,
        over the rows that early stopping holds out, in nats a row.
    temperature_ : float
        What `predict_proba` divides log p(x, k) by: 1 if no row has a label, else what makes the
        labels most probable. Labelled rows that were held out decide if they are 50 or more, else
        all labelled rows do, and few of them stay near the root of the number of features. It
        changes no decision of `predict` and no density.
    doubt_ : float
        Share of the uniform distribution in `predict_proba`: 0 if no row has a label, else
        1 / (n + 2), if n labelled rows decided on the temperature. It changes no decision either.
    n_iter_ : int
        Epochs run.
    converged_ : bool
        Whether training ended before ``max_iter``.
    start_ : str
        Name of the start that was kept; see ``init_params``.
    starts_ : dict
        How the starts were judged, one entry each: ``"start"`` has their names, ``"trained"``
        whether they were, ``"conviction"`` what decided, ``"certainty"``, ``"depth"`` and
        ``"log_likelihood"`` what it is made of, and ``"validation_score"`` the mean
        log-likelihood of the held-out rows, both in nats a row. The numbers are
        those after training; for a start that was not trained, those of its Gaussian mixture
        on all rows, and the depth is that of the grouping that it was made of.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if X had names that are all strings.

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

    _couplings: ClassVar[Recipe] = Recipe(8, (32,), "tanh", 1e-2)

    def __init__(
        self,
        n_components=None,
        *,
        flow="auto",
        n_layers="auto",
        hidden_layer_sizes="auto",
        activation="auto",
        init_params="auto",
        n_init=1,
        max_iter="auto",
        subsample=100_000,
        support_fraction=None,
        batch_size="auto",
        learning_rate_init="auto",
        weight_decay=1e-3,
        reg_covar=1e-6,
        defensive_weight=0.01,
        tol=1e-4,
        early_stopping=True,
        validation_fraction=0.1,
        n_iter_no_change=25,
        warm_start=False,
        random_state=None,
        device="auto",
    ):
        super().__init__(
            n_components,
            flow=flow,
            n_layers=n_layers,
            hidden_layer_sizes=hidden_layer_sizes,
            activation=activation,
            init_params=init_params,
            n_init=n_init,
            max_iter=max_iter,
            subsample=subsample,
            support_fraction=support_fraction,
            batch_size=batch_size,
            learning_rate_init=learning_rate_init,
            weight_decay=weight_decay,
            reg_covar=reg_covar,
            defensive_weight=defensive_weight,
            tol=tol,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            warm_start=warm_start,
            random_state=random_state,
            device=device,
        )

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
            approximates the exact posterior, which is `predict_proba` at a ``temperature_`` of 1.
        """
        return self._map_rows(self._checked(X), lambda model, x: model.posterior(x)[0].softmax(-1))

    def _build(self, n_starts: int, shape: Architecture, generator: Generator) -> Model:
        flow = shape.make_flow(n_starts * shape.n_components, generator)
        mixture = FlowMixture(n_starts, shape.n_components, shape.n_features, flow)
        posterior = PosteriorNetwork(
            n_starts,
            shape.n_features,
            shape.n_components,
            shape.hidden,
            shape.activation,
            generator,
        )
        return Model(shape.defend(mixture, n_starts), posterior)

    def _objective(self, model: Model, rows: Rows, score: Callable[[], Tensor]) -> Objective:
        def loss(index: Tensor, progress: Tensor) -> Tensor:
            batch = rows.take(index)
            joint = model.mixture.joint_log_prob(batch.x)
            logits = model.posterior(batch.x)
            lead = 1 - progress
            early = _taught(joint, logits, batch.log_prior(lead), _temperature(progress))
            late = _elbo(joint, logits, batch.log_mask) + _told(logits, batch.log_mask)
            return -batch.mean(lead * early + progress * late)

        return Objective(model.mixture, loss, score)

    def _bound(self, model: Model, rows: Rows) -> Tensor:
        joint = model.mixture.joint_log_prob(rows.x)
        return _elbo(joint, model.posterior(rows.x), rows.log_mask)

    def _latents(self, mixture: Mixture, x: Tensor) -> Tensor:
        z, _ = undefended(mixture).latents(x)  # (1, K, n, d)
        return z[0].movedim(0, 1)

    def _decoded(self, mixture: Mixture, z: Tensor) -> Tensor:
        return (
            undefended(mixture).decode(z.expand(self._shape.n_components, *z.shape)).movedim(0, 1)
        )


def _temperature(progress: Tensor) -> Tensor:
    """Falls from the hottest to its floor of 1, where posteriors are what they are."""
    return (HOTTEST ** (1 - progress / COOLED_AT)).clamp(min=1)


def _taught(joint: Tensor, logits: Tensor, log_prior: Tensor, temperature: Tensor) -> Tensor:
    """Log-likelihood under a prior, and q learning the exact posterior, ``(R, n)``.

    A temperature above 1 lets every component see rows of the others, so that none starves.
    """
    tempered = (joint + log_prior) / temperature
    exact = tempered.softmax(-1).detach()
    log_likelihood = temperature * tempered.logsumexp(-1)
    return log_likelihood + (exact * logits.log_softmax(-1)).sum(-1)


def _elbo(joint: Tensor, logits: Tensor, log_mask: Tensor) -> Tensor:
    """The evidence lower bound, summed over the components, ``(R, n)``."""
    log_q = (logits + log_mask).log_softmax(-1)
    return (log_q.exp() * (joint - log_q)).sum(-1)


def _told(logits: Tensor, log_mask: Tensor) -> Tensor:
    """Log-probability that q gives to the components a label allows; 0 without a label."""
    return torch.logsumexp(logits.log_softmax(-1) + log_mask, -1)
