"""
What happened in training?
==========================

A fit may take a minute. Here is how to see that it goes on, how to see afterwards how it went,
and what ``trained_`` says.
"""

# %%
# ``verbose=1`` shows a progress bar on a terminal, and lines elsewhere. ``verbose=2`` writes lines
# with the score of the held-out rows. Both speak from the first second, while a start is looked
# for. scikit-learn's callbacks, such as its ``ProgressBar``, are told of all this too.

from sklearn.datasets import load_iris

from skflowmix import FlowGMM
from skflowmix.datasets import make_pinwheel
from skflowmix.plotting import TrainingDisplay

X, _ = make_pinwheel(800, random_state=0)
model = FlowGMM(5, random_state=0).fit(X)

# %%
# ``validation_scores_`` has the score of the held-out rows after each epoch. The line is
# where training began: the Gaussian mixture of the start.

display = TrainingDisplay.from_estimator(model)

# %%
# Training ended where scores stopped rising, or at ``max_iter``; ``converged_`` tells which.

print(f"{model.n_iter_} epochs, converged: {model.converged_}, trained: {model.trained_}")

# %%
# On a small table of simple groups there may be nothing to gain beyond chance. Then the fit keeps
# the Gaussian mixture of its start, and ``trained_`` is False. That is no failure: the start was
# chosen among eleven groupings.

iris = FlowGMM(3, random_state=0).fit(load_iris().data)
print(f"{iris.n_iter_} epochs, trained: {iris.trained_}, kept: {iris.start_!r}")
