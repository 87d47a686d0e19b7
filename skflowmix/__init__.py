"""Normalizing-flow mixtures with the interface of scikit-learn.

The package has two mixtures, `FlowGMM` and `VariationalFlowMixture`, and an `OutlierDetector`. Its
modules form layers, from the top down; each imports from its own layer and from those below only:

==================  ===========================================================================
module              what is in it
==================  ===========================================================================
``callbacks``       `Checkpoint`: a fit is written to a file while it runs
``estimators``      the three classes: parameters, `fit`, and views of what it found
``fitting``         a fit, as functions in the order in which they run
``fitted``          `Fitted`: the plain data of one fit, and all that it can answer
``families``        a kind of mixture as a value: what is built, the loss, closed-form steps
``selection``       which of many groupings to begin with, and how many groups there are
``experts``         classifiers that a few labels teach, and their pool
``starts``          proposals of groups, each a matrix of responsibilities
``mixtures``        torch: densities of stacked flows, EM, moments, the amortised posterior
``flows``           torch: invertible maps on stacks
``training``        torch: the loop, steps recorded on a GPU, threads
``outliers``        how unusual rows are in several views, and their one score
``data``            labels, scaling, bounds, noise for quantised columns, splits, rows as tensors
``calibration``     probabilities calibrated on labelled rows
``warning``         warnings that point at the line of the user
``collective``      what the processes of one fit tell each other; one alone says nothing
==================  ===========================================================================

Above them are ``model_selection``, ``impute``, ``datasets``, ``plotting``, ``distributed`` for
fits over several processes, ``dask`` for rows that a cluster holds, ``larger_than_memory`` for
tables that come in chunks, and ``command_line``, which is what ``python -m skflowmix`` runs. Below
all of them is ``scikit_learn_private``: names of scikit-learn that not every release has, and
``whole_files``: files that are never seen half-written.

How to add
----------
A flow
    Write a bijection, or a transformer for couplings and masked networks, and enter it in
    ``flows/registry.py`` and in ``tests/flows/bijections.py``. All laws of bijections then hold
    it to its inverse, its log-determinant and its count of free numbers. Both estimators take it
    by its name as ``flow``. See `skflowmix.flows`.
A start
    Write a function of a problem and a random state that returns responsibilities ``(n, K)``,
    and enter it in the registry of `skflowmix.starts`. It is then a value of ``init_params``,
    and the laws of starts in ``tests/starts`` hold for it. To have it tried by default, let it
    group into any number of groups, enter it in ``GROUPERS`` there, and learn the rule anew by
    ``python -m benchmarks.choosing --write``.
A criterion of groupings
    Write a function of a grouping, enter it in ``selection/criteria.py``, where the laws of
    ``tests/selection`` hold for it, and learn the rule anew.
An expert
    Write a learner and the plain data that it makes, enter it in ``experts/registry.py``, where
    the laws of ``tests/experts`` hold for it, and learn the prior of the weights anew by
    ``python -m benchmarks.pooling --write``.
A view of outliers
    Write a function of the rows of a fit that returns frozen plain data, which says how unusual
    rows are and what each column adds to that, and enter it and its weight in
    ``outliers/registry.py``, where the laws of ``tests/outliers`` hold for it.
A loss
    Change or add to ``families/losses.py``, where the loss of each estimator is a function of
    log-probabilities, with tests of its limits.
An estimator
    Write a family in ``families``, which owes the mixture that is built, its loss and its bound;
    an estimator in ``estimators`` that names it as ``_family`` and says what its documentation
    says differently; and export the estimator here. Enter it in ``tests/estimators.py``, and
    every law of estimators holds for it.
"""

from skflowmix.estimators.flow_gmm import FlowGMM
from skflowmix.estimators.outlier_detector import OutlierDetector
from skflowmix.estimators.variational import VariationalFlowMixture

__version__ = "0.1.0"

__all__ = ["FlowGMM", "OutlierDetector", "VariationalFlowMixture"]
