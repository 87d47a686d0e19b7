"""FlowGMM: which model it builds and what it is trained for."""

import itertools
from collections.abc import Callable
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Generator, Tensor

from skflowmix._architecture import Architecture, Model, Recipe
from skflowmix._base import BaseFlowMixture
from skflowmix._rows import Rows, Scaling
from skflowmix._validation import Interval, StrOptions
from skflowmix.flows import Stretch
from skflowmix.mixtures import (
    COVARIANCE_TYPES,
    FlowMixture,
    LatentMixture,
    Mixture,
    m_step,
    tie_gradients,
    undefended,
)
from skflowmix.starts import modes_known
from skflowmix.training import Objective

MOST_ROWS = 25_000
"""Rows that a closed-form step looks at; of more, every epoch takes others in turn."""


class FlowGMM(BaseFlowMixture):
    r"""One invertible flow with a Gaussian mixture on its latent space.

    The density is that of a Gaussian mixture at :math:`z = f(x)`,

    .. math::
        p(x) = \Big|\det \frac{\partial f}{\partial x}\Big|
               \sum_k \pi_k \, N(f(x); \mu_k, \Sigma_k),

    and the group of a row is the Gaussian that its latent falls to. Training takes turns: a
    gradient epoch moves the flow, then weights, means and covariances are set to what EM says
    they should be. The flow begins as the identity on standardised columns, so an untrained
    model is a Gaussian mixture; early stopping keeps training from ending below it. What the
    start proposes acts as a prior on each row's group that fades out over the training; the
    label of a labelled row is such a prior that stays.

    Parameters
    ----------
    n_components : int, default=None
        Number of components K. None makes one for each class in y, or one in all if there are
        no labels. Classes are never merged: with more of them than ``n_components`` there is
        one component a class. Components beyond the classes are new groups.
    covariance_type : {"full", "tied", "diag", "spherical"}, default="full"
        Covariances of the latent Gaussians, as in `sklearn.mixture.GaussianMixture`.
    components_per_class : int or "auto", default="auto"
        Gaussians in latent space for each component, which together are that component.
        ``"auto"`` takes one, and where classes have 20 labelled rows or more on average, one for
        every 10 of them, up to 8. A class that has fewer than ``2 * n_features`` rows for each
        begins with fewer.
    algorithm : {"em", "gradient"}, default="em"
        Whether weights, means and covariances are set in closed form after each epoch or
        trained by gradient with the flow.
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
        Layers of the flow; with 0 the model is a Gaussian mixture. ``"auto"`` is 8, and 3
        of the autoregressive kinds.
    hidden_layer_sizes : int, sequence of int or "auto", default="auto"
        Widths of the hidden layers of the networks in the layers. ``"auto"`` is ``(64,)``, and
        ``(64, 64)`` for the autoregressive kinds.
    activation : {"auto", "relu", "tanh", "silu", "logistic"}, default="auto"
        Activation of the hidden layers. ``"auto"`` is ``"relu"``, and ``"silu"`` for the
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
        0.005, and 0.01 for the autoregressive kinds.
    weight_decay : float, default=1e-3
        Decoupled decay of the networks' weights, towards the identity.
    reg_covar : float, default=1e-6
        Added to the diagonal of covariances, in the units of standardised columns. Where there are
        labels, the covariances of the start, and of every closed-form step, are also mixed with
        the pooled one, which counts 0.3.
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
    weights_ : ndarray of shape (n_gaussians,)
        Weights of the latent Gaussians, their sum being 1. There are ``n_gaussians =
        n_components * components_per_class`` of them, component by component.
    means_ : ndarray of shape (n_gaussians, n_features)
        Means of the latent Gaussians.
    covariances_ : ndarray
        Covariances of the latent Gaussians, in the shape that `GaussianMixture` gives
        ``covariance_type``.
    classes_ : ndarray of shape (n_components,)
        What `predict` calls the components: the classes in y in sorted order, then new groups,
        which take the next free integers, or names like ``"component_3"`` among strings.
    labels_ : ndarray of shape (n_samples,)
        `predict` for the rows of `fit`.
    lower_bound_ : float
        Log-likelihood of the training rows, mean in nats a row.
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
        **BaseFlowMixture._parameter_constraints,
        "covariance_type": [StrOptions(set(COVARIANCE_TYPES))],
        "components_per_class": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "algorithm": [StrOptions({"em", "gradient"})],
    }

    _couplings: ClassVar[Recipe] = Recipe(8, (64,), "relu", 5e-3)

    def __init__(
        self,
        n_components=None,
        *,
        covariance_type="full",
        components_per_class="auto",
        algorithm="em",
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
        self.covariance_type = covariance_type
        self.components_per_class = components_per_class
        self.algorithm = algorithm

    def _n_modes(self, codes: np.ndarray) -> int:
        if self.components_per_class == "auto":
            return modes_known(codes)
        return self.components_per_class

    def _build(self, n_starts: int, shape: Architecture, generator: Generator) -> Model:
        base = FlowMixture(n_starts, shape.n_components, shape.n_features, n_modes=shape.n_modes)
        matrix = self._scaling.stretch
        stretch = None if matrix is None else Stretch(torch.as_tensor(matrix).float())
        mixture = LatentMixture(shape.make_flow(n_starts, generator), base, stretch)
        return Model(shape.defend(mixture, n_starts))

    def _scaled(self, X: np.ndarray, weights: np.ndarray, has_labels: bool) -> Scaling:
        """Scale columns, and narrow directions where covariances of any direction are allowed.

        Where narrow directions keep a flow from moving far, it forgets less of the labels.
        """
        scaling = super()._scaled(X, weights, has_labels)
        if has_labels or self.covariance_type in ("diag", "spherical"):
            return scaling
        return scaling.with_stretch(X, weights, self.reg_covar)

    def _objective(self, model: Model, rows: Rows, score: Callable[[], Tensor]) -> Objective:
        def loss(index: Tensor, progress: Tensor) -> Tensor:
            batch = rows.take(index)
            return -batch.mean(self._bound(model, batch, 1 - progress))

        def closed_form(progress: float) -> None:
            some = rows.take(slice(next(firsts), None, step))
            chunks = (
                (part.x, part.log_prior(1 - progress), part.weights) for part in self._chunks(some)
            )
            m_step(model.mixture, chunks, self._shape.covariance_type, self.reg_covar, shrinkage)

        shrinkage, step = rows.shrinkage, -(-len(rows) // MOST_ROWS)
        firsts = itertools.cycle(range(step))
        base = _latent(model).base
        if self.algorithm == "gradient":
            tie_gradients(base, self._shape.covariance_type)
            return Objective(model, loss, score)
        base.requires_grad_(False)
        return Objective(model, loss, score, closed_form)

    def _bound(self, model: Model, rows: Rows, lead: float | Tensor = 0.0) -> Tensor:
        """Log-likelihood under a prior that the start leads, ``(R, n)``."""
        joint = model.mixture.joint_log_prob(rows.x)
        return torch.logsumexp(joint + rows.log_prior(lead), -1)

    def _latents(self, mixture: Mixture, x: Tensor) -> Tensor:
        z, _ = undefended(mixture).latents(x)  # (1, n, d)
        return z.movedim(0, 1).expand(-1, self._shape.n_components, -1)

    def _decoded(self, mixture: Mixture, z: Tensor) -> Tensor:
        x = undefended(mixture).decode(z.unsqueeze(0))
        return x.movedim(0, 1).expand(-1, self._shape.n_components, -1)

    def _attributes(self, model: Model, winner: int) -> dict[str, Any]:
        _, means, covariances = _latent(model).base.gaussians()
        return {
            **super()._attributes(model, winner),
            "means_": means[winner].detach().double().cpu().numpy(),
            "covariances_": self._compact(covariances[winner].detach().double().cpu().numpy()),
        }

    def _compact(self, covariances: np.ndarray) -> np.ndarray:
        """Covariances in the shape that `GaussianMixture` gives its type."""
        variances = np.diagonal(covariances, axis1=1, axis2=2)
        shapes = {
            "full": covariances,
            "tied": covariances[0],
            "diag": variances,
            "spherical": variances[:, 0],
        }
        return shapes[self._shape.covariance_type]


def _latent(model: Model) -> LatentMixture:
    mixture = undefended(model.mixture)
    assert isinstance(mixture, LatentMixture)
    return mixture
