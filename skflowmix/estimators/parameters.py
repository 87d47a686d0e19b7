"""What the parameters of both estimators may be, and what their documentation says of them.

A parameter that both estimators have is described here once. `documented` puts the descriptions
into the docstring of a class, where ``{parameters}`` and ``{attributes}`` stand.
"""

import inspect
import textwrap
from collections.abc import Callable, Iterable
from numbers import Integral, Real
from typing import Any, TypeVar

from skflowmix.data.categories import FROM_DTYPE
from skflowmix.flows import ACTIVATIONS, LAYERS
from skflowmix.mixtures import COVARIANCE_TYPES
from skflowmix.scikit_learn_private import Interval, StrOptions
from skflowmix.starts import STARTS

Estimator = TypeVar("Estimator", bound=type)
Init = TypeVar("Init", bound=Callable)

AUTO_OPTION = StrOptions({"auto"})
LEAST_REG_COVAR, MOST_REG_COVAR = 1e-12, 1e6
"""Of standardised columns, whose variances are 1: less is lost where rows are in single precision,
and with more all rows are one point."""

CONSTRAINTS: dict[str, list[Any]] = {
    "n_components": [AUTO_OPTION, Interval(Integral, 1, None, closed="left"), None],
    "max_components": [Interval(Integral, 1, None, closed="left"), None],
    "categorical_features": ["array-like", StrOptions({FROM_DTYPE}), None],
    "covariance_type": [StrOptions(set(COVARIANCE_TYPES))],
    "flow": [StrOptions({"auto", *LAYERS})],
    "n_layers": [AUTO_OPTION, Interval(Integral, 0, None, closed="left")],
    "hidden_layer_sizes": [AUTO_OPTION, "array-like", Interval(Integral, 1, None, closed="left")],
    "activation": [StrOptions({"auto", *ACTIVATIONS})],
    "init_params": [StrOptions({"auto", *STARTS}), "array-like"],
    "weights_init": ["array-like", None],
    "means_init": ["array-like", None],
    "precisions_init": ["array-like", None],
    "n_init": [Interval(Integral, 1, None, closed="left")],
    "n_estimators": [AUTO_OPTION, Interval(Integral, 1, None, closed="left")],
    "max_iter": [AUTO_OPTION, Interval(Integral, 0, None, closed="left")],
    "subsample": [Interval(Integral, 2, None, closed="left"), None],
    "batch_size": [AUTO_OPTION, Interval(Integral, 1, None, closed="left")],
    "learning_rate_init": [AUTO_OPTION, Interval(Real, 0, None, closed="neither")],
    "weight_decay": [Interval(Real, 0, None, closed="left")],
    "reg_covar": [Interval(Real, 0, MOST_REG_COVAR, closed="both")],
    "defensive_weight": [Interval(Real, 0, 1, closed="left")],
    "tol": [Interval(Real, 0, None, closed="left")],
    "early_stopping": ["boolean"],
    "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
    "n_iter_no_change": [AUTO_OPTION, Interval(Integral, 1, None, closed="left")],
    "class_prior": [StrOptions({"balanced"}), "array-like", None],
    "bounds": [AUTO_OPTION, "array-like", dict, None],
    "warm_start": ["boolean"],
    "random_state": ["random_state"],
    "device": [str],
    "verbose": ["verbose"],
    "verbose_interval": [Interval(Integral, 1, None, closed="left")],
}

PARAMETERS = """
n_components : int, "auto" or None, default=None
    Number of components K. None makes one for each class in y, or one in all if there are
    no labels. Classes are never merged: with more of them than ``n_components`` there is
    one component a class. Components beyond the classes are new groups. ``"auto"`` is None where
    there are labels; else it groups the rows into 1 to ``max_components`` groups and takes the
    number whose best grouping has the largest selection score, see ``init_params``. This is for
    groups: for densities, choose by held-out likelihood. Where there are categories the selection
    score is the Bayesian information criterion, over -2 n, of mixtures of Gaussians and categories
    without flows, which also decides among the groupings of ``init_params="auto"``: levels lie
    apart from each other, whether they have to do with groups or not.
max_components : int or None, default=None
    Most components that ``n_components="auto"`` tries; None is the root of half the number of
    rows, at most 20. Never tried are more than a quarter of the distinct rows that are grouped.
categorical_features : "from_dtype", array-like or None, default="from_dtype"
    Columns of categories: by type, which are those of the category type in a pandas or polars
    frame; none; or those of a mask of shape (n_features,), of numbers or of names. Their values
    are strings, bools, numbers or anything else of one type, in each column. Given a mode, they
    are independent of the numbers and of each other, so that one that is missing (None, NaN)
    is left out exactly. A category that was not among the rows of `fit`, or only with a weight
    of zero, counts as missing. A density of one component without labels has as many modes, of
    1, 2, 4, 8, 16 or 32, as make rows that are held out from mixtures without flows the
    likeliest. Log-densities are per unit of the numbers, and add the log-probabilities of the
    categories. At least one column must be of numbers.
covariance_type : {{"full", "tied", "diag", "spherical"}}, default="full"
    Covariances of {covariances}.
    Types are those of `sklearn.mixture.GaussianMixture`.
{own}
flow : {{"auto", {flows}}}, default="auto"
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
    Layers of a flow; with 0 the model is a Gaussian mixture. ``"auto"`` is 8, and 3
    of the autoregressive kinds.
hidden_layer_sizes : int, sequence of int or "auto", default="auto"
    Widths of the hidden layers of {networks}. ``"auto"`` is ``{hidden}``, and
    ``(64, 64)`` for the autoregressive kinds.
activation : {{"auto", "relu", "tanh", "silu", "logistic"}}, default="auto"
    Activation of the hidden layers. ``"auto"`` is ``"{activation}"``, and ``"silu"`` for the
    autoregressive kinds.
init_params : {{"auto", {starts}}} or \
array-like of shape (n_samples, n_components), default="auto"
    The grouping that training starts from, as responsibilities. Where there are labels of two
    classes or more, ``"auto"`` asks several experts that they teach: labels that spread over a
    neighbour graph, logistic regression, forests, Gaussians and a kernel; see ``experts_``.
    Where there are none, up to 2,500 distinct rows are
    grouped in eleven ways: by Gaussian mixtures with covariances of their own, a common one or
    enlarged ones, or fitted to normal scores; by one of up to 60 components, merged by their
    overlap; by k-means and Ward's linkage; by small pieces, merged where neighbours link them, of
    standardised rows and of rows as they came; and along spanning trees. Each grouping has a
    selection score: by how far it agrees with the others, and by how compact, separable and
    thinly bordered its groups are, weighed as many tables with known groups have taught. Training
    begins with the largest. Where a Gaussian mixture and the linked pieces agree (adjusted Rand
    index above .95) no others are tried. All this depends on the rows alone, not on their order
    or on ``random_state``, and a row that is there twice counts as one of weight 2. An array is
    taken as the responsibilities themselves.
    ``"kmeans"``, ``"k-means++"``, ``"random"`` and ``"random_from_data"`` are those of
    `sklearn.mixture.GaussianMixture`, in standardised columns; with the second and the last, rows
    go to the nearest of the rows that were drawn.
weights_init : array-like of shape (n_components,) or None, default=None
    Weights of Gaussians to begin with, as in `sklearn.mixture.GaussianMixture`. What is not given
    of their weights, means and precisions is found as there, in the units of X and without
    ``sample_weight``: by ``init_params`` if that is a name that it knows, else by k-means. The
    start is the posteriors of these Gaussians, so that with ``max_iter=0`` the model is what one
    step of EM makes of them. There is one such start, whatever ``n_init`` is. It is an error to
    give another start beside them, or labels, which do not say of which class a Gaussian is.
means_init : array-like of shape (n_components, n_features) or None, default=None
    Their means, in the units of X; see ``weights_init``.
precisions_init : array-like or None, default=None
    The inverses of their covariances, in the units of X and the shape of ``covariance_type``:
    (n_components, n_features, n_features), (n_features, n_features), (n_components, n_features)
    or (n_components,); see ``weights_init``.
n_init : int, default=1
    How many starts are trained side by side: the best ones of ``"auto"``, or as many runs of the
    one that is named, with other random numbers. The model whose groups have the largest
    selection score beside those of the others is kept; with one component, or with labels, the
    one with the largest score on the held-out rows.
n_estimators : int or "auto", default="auto"
    How many models of one start are trained side by side and averaged as densities. Each holds
    out other rows for early stopping, and its flow sees the columns in another order. An average
    is nowhere below the mean of its members, and moves less with ``random_state``; a fit takes
    up to as many times as long. With one component and no labels ``"auto"`` is 5 where X has
    up to 20,000 numbers, 3 up to 100,000, else 2; it is 1 everywhere else. `transform` maps to the
    latents of the first.
max_iter : int or "auto", default="auto"
    Most epochs; ``"auto"`` is 100, 50 with several components, and 25 with labels. An epoch
    passes over the training rows, or over 50 batches of them if they are more. With 0 the model
    is the Gaussian mixture of its start.
subsample : int or None, default=100_000
    Most rows to fit to; None takes all. Of more, so many are drawn by chance: all labelled
    rows if they are at most half of them, else the same share of every class. X itself is
    never copied as a whole, so it may be a `numpy.memmap`.
batch_size : int or "auto", default="auto"
    Rows in a batch; ``"auto"`` takes a tenth of the rows, but between 32 and 512, or
    256 where a density is all there is to find.
learning_rate_init : float or "auto", default="auto"
    Largest step size of Adam: it rises over 50 steps, a tenth of all at most, and falls to zero by
    half a cosine. ``"auto"`` is {learning_rate}. More than 100 counts as 100.
weight_decay : float, default=1e-3
    Decoupled decay of the networks' weights, towards the identity.
reg_covar : float, default=1e-6
    Added to the diagonal of covariances, in the units of standardised columns: at most 1e6, and
    less than 1e-12 counts as that, which is what single precision knows. Where there are labels,
    {shrunk} also mixed with the pooled one, which counts 0.3.
defensive_weight : float, default=0.01
    Least weight of the start's own Gaussian mixture, which stays in the model so that no
    row scores more than ``-log(defensive_weight)`` nats below it. 0 leaves it out.
tol : float, default=1e-4
    An epoch must raise the score by more than this, in nats a row, to count as progress.
early_stopping : bool, default=True
    Whether to hold out rows and keep the model that scores best on them. If no epoch beats
    the start there by more than one standard error, or if labels name components and these
    move away from the rows that they began with, the start itself is fitted to all rows and
    kept, and ``trained_`` is False. Without early stopping the score is that of the training rows.
validation_fraction : float, default=0.1
    Share of the rows to hold out, at most 10,000 of them, the same in every labelled
    class. A class with too few labelled rows to spare one keeps them all.
n_iter_no_change : int or "auto", default="auto"
    Epochs without progress of any model, after those in which the learning rate rises, after
    which training ends; ``"auto"`` is 10.
class_prior : "balanced", array-like of shape (n_classes,) or None, default=None
    Shares of the labelled classes among the rows, in the order of ``classes_``, for what `predict`
    and `predict_proba` say where ``init_params="auto"``; the density does not know of it. None
    takes those of the labels, moved to what the unlabelled rows tell as far as they differ from
    it by more than chance; with components beyond the classes, whose rows tell nothing of it, it
    takes those of the labels. ``"balanced"`` takes equal ones.
bounds : "auto", sequence of pairs, dict or None, default=None
    Ranges that columns cannot leave, strictly between a low and a high end: one pair ``(low,
    high)`` for each column, with None for an open side, or a dict from some of the names or
    numbers of columns to pairs. ``"auto"`` gives continuous columns
    of positive numbers the low end 0, and the high end 1 where all are below it; columns that
    come in steps get none. It is a guess from the rows: a new row outside has no density. The
    model is one of the columns mapped to the line, by a logit between two ends, and from one end
    by the inverse of softplus, which is like a logarithm within a deviation of it and nearly
    leaves alone what is farther. So the density integrates to 1 over the ranges and no draw leaves
    them. Rows outside score minus infinity; their components are those of rows just inside, a
    billionth of the range or of the deviation from its end. In a column in steps with bounds,
    ``noise_widths_`` and the cells of masses are those of the mapped column.
warm_start : bool, default=False
    Whether `fit` goes on from the last fit, with its scaling and its components, instead of a
    new start; see also ``noise_widths_``. A model of another shape, or with other classes,
    cannot be continued.
random_state : int, RandomState instance or None, default=None
    Source of weights, batches, held-out rows and a ``subsample``, of starts that are asked for by
    name, and of how a class becomes several Gaussians. An int gives the same model, bit by bit,
    on every call.
device : str, default="auto"
    Where to train and score: a torch device, or ``"auto"`` for a GPU if there is one. Samples
    and `inverse_transform` are worked out on the CPU. The fitted estimator holds numpy arrays
    only and loads anywhere.
verbose : int, default=0
    How much `fit` tells of its progress. 1 says what it does and counts the groupings and numbers
    of components that are tried, then epochs: as a bar with the time left where standard output
    is a terminal or a notebook and rich is installed, else as a line every ``verbose_interval``
    of them. 2 writes such lines everywhere, with the score of the rows held out, the seconds that
    have passed and those left at most. Lines are printed, or go to the logger ``"skflowmix"``
    where that has a handler and is set to take messages of level INFO.
verbose_interval : int, default=10
    Groupings or epochs from one line to the next.
"""

ATTRIBUTES = """
{own}
classes_ : ndarray of shape (n_components,)
    What `predict` calls the components: the classes in y in sorted order, then new groups,
    which take the next free integers, or names like ``"component_3"`` among strings.
component_means_ : ndarray of shape (n_components, n_features)
    Means of the components in the units of X, worked out when they are first asked for. They are
    exact where no flow was trained and no column has bounds. With bounds they are those of 16,384
    draws of each component. Else each Gaussian in latent space is 4,096 draws of a fixed
    seed, mapped back to the data; their own mean and covariance are those of the Gaussian, which
    takes most of the chance away. The standard error of a mean is at most about a 64th of the
    deviation of its column in the component.
component_covariances_ : ndarray of shape (n_components, n_features, n_features)
    Their covariances, of the same draws: a variance has a relative standard error of about 2%
    where the component is like a Gaussian, and more where its tails are heavy. Tails are those of
    the density, the start that stays in the model included.
labels_ : ndarray of shape (n_samples,)
    `predict` for the rows of `fit`.
trained_ : bool
    Whether training moved the model from its start, and was kept. On small tables the start is
    often as good as anything that training finds, and stays; see ``early_stopping``.
lower_bound_ : float
    {bound} of the training rows, mean in nats a row.
validation_scores_ : ndarray of shape (n_iter_,)
    Score after each epoch: mean of log p(x), or of log p(x, y) where there is a label,
    over the rows that early stopping holds out, in nats a row; minus infinity after an epoch
    whose loss was not finite. They tell how training went, also
    where it was not kept; what the model that was kept scores is in ``starts_``.
lower_bounds_ : ndarray of shape (n_iter_,)
    ``validation_scores_`` by the name that `sklearn.mixture.GaussianMixture` has for it. They are
    of the rows held out, so that the last is not ``lower_bound_``.
experts_ : dict
    What decides among labelled classes, where ``init_params="auto"`` and labels name two or more:
    ``"expert"`` has the names, the density itself being the last, ``"weight"`` how much the
    log-probabilities of each count, and ``"log_loss"`` the mean log-loss of each, in nats, on
    labelled rows that it had not been shown; NaN where each class has one only, which is never
    hidden. The weights make these labels most probable, all
    together; the fewer there are, the nearer weights stay to those that other tables have taught.
class_prior_ : ndarray of shape (n_classes,)
    Shares of the labelled classes that `predict` goes by; see ``class_prior``.
temperature_ : float
    What `predict_proba` divides log p(x, k) by where there are labels and no ``experts_``: what
    makes the labels most probable. Labelled rows that were held out decide if they are 50 or
    more, else all labelled rows do, and few of them stay near the root of the number of
    features. Everywhere else it is 1. It changes no decision of `predict` and no density.
smoothing_ : float
    Share of the uniform distribution in `predict_proba` where there is a temperature, else 0:
    1 / (n + 2), if labelled rows of weight n decided. It changes no decision either.
noise_widths_ : ndarray of shape (n_features_in_,)
    Widths of the uniform noise that was added while fitting, in the units of X: 0 for continuous
    columns. A column has noise if its distinct values are fewer than a twentieth of the rows, or
    one of them is in more than half of the rows. It is as wide as the least difference between
    two values, and at least a hundredth of the deviation of the column; of a constant column, a
    hundredth of its value, or .01 if that is 0. A fit that goes on keeps the widths it had, and
    adds those of columns that were continuous until then.
n_iter_ : int
    Epochs run, kept or not.
converged_ : bool
    Whether training came to rest, no epoch of ``n_iter_no_change`` having improved the score, or
    was ended by a callback. False if it ran out of epochs or failed.
start_ : str
    Name of the start that was kept; see ``init_params``.
start_score_ : float
    Score of the start, or of the last fit if this one went on from it, on the rows of
    ``validation_scores_``; NaN of an estimator that was saved before it was kept.
n_components_ : int
    Number of components, K.
starts_ : dict
    How the starts were compared, one entry each, arrays of shape (n_starts,): ``"start"`` has
    their names, ``"n_components"`` their numbers of groups, ``"trained"`` says whether training
    moved what is kept of them, ``"trained_score"`` is what decided among those that were trained,
    and ``"validation_score"`` their mean log-likelihood of the held-out rows, in nats a row; NaN
    for the others. Where ``init_params="auto"`` chose, all groupings that were tried are there,
    with their ``"selection_score"`` and what it is made of. Where the number of components is
    given, a selection score is the adjusted Rand index that is to be expected beyond that of the
    median grouping. Where it was chosen, half of it is the index that is to be expected, and half
    the largest index of all numbers, times the chance that the number is right.
n_features_in_ : int
    Number of features.
feature_names_in_ : ndarray of shape (n_features_in_,)
    Names of the features, if X had names that are all strings.
"""


def documented(own_attributes: str, own_parameters: str = "", **words: str) -> Callable:
    """Fill the docstring of a class with the parameters and attributes that it has.

    Parameters
    ----------
    own_attributes, own_parameters : str
        Descriptions of those that only this class has.
    **words : str
        What the shared descriptions say differently of it.
    """

    def filled(estimator: Estimator) -> Estimator:
        names = {"flows": _quoted(LAYERS), "starts": _quoted(STARTS)}
        sections = {
            "parameters": PARAMETERS.format(own=_block(own_parameters), **names, **words),
            "attributes": ATTRIBUTES.format(own=_block(own_attributes), bound=words["bound"]),
        }
        for name, text in sections.items():
            lines = "\n".join(line for line in text.strip("\n").splitlines() if line)
            section = textwrap.indent(lines, "    ").lstrip()
            estimator.__doc__ = (estimator.__doc__ or "").replace(f"{{{name}}}", section)
        return estimator

    return filled


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _block(text: str) -> str:
    return textwrap.dedent(text).strip("\n")


def extends(parent: Callable) -> Callable[[Init], Init]:
    """Give a constructor that ends in ``**shared`` the parameters of its parent's as well.

    They stand once in the source. scikit-learn, `help` and editors read the signature.
    """

    def extended(init: Init) -> Init:
        own = [p for p in inspect.signature(init).parameters.values() if p.kind != p.VAR_KEYWORD]
        names = {parameter.name for parameter in own}
        shared = [p for p in inspect.signature(parent).parameters.values() if p.name not in names]
        init.__signature__ = inspect.Signature([*own, *shared])  # type: ignore[attr-defined]
        return init

    return extended
