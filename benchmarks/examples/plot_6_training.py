"""
What happened in training?
==========================

A fit may take a minute. Here is how to see that it goes on, how to see afterwards how it went,
and what ``trained_`` says.
"""

# %%
# scikit-learn's callbacks are told of every epoch. Its progress bar needs ``rich``.

import matplotlib.pyplot as plt
from sklearn.callback import ProgressBar
from sklearn.datasets import load_iris

from skflowmix import FlowGMM
from skflowmix.datasets import make_pinwheel
from skflowmix.plotting import PALETTE

X, _ = make_pinwheel(800, random_state=0)
model = FlowGMM(5, random_state=0).set_callbacks(ProgressBar())
model.fit(X)

# %%
# ``validation_scores_`` has the score of the held-out rows after each epoch. The dashed line is
# where training began: the Gaussian mixture of the start.

start = FlowGMM(5, max_iter=0, random_state=0).fit(X)
_, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
epochs = range(1, model.n_iter_ + 1)
ax.plot(epochs, model.validation_scores_, color=PALETTE[0], label="held-out rows")
ax.axhline(start.score(X), color=PALETTE[4], linestyle="--", label="the start, on all rows")
ax.set(xlabel="epoch", ylabel="log-density, nats a row")
ax.legend(frameon=False)

# %%
# Training ended where scores stopped rising, or at ``max_iter``; ``converged_`` tells which.

print(f"{model.n_iter_} epochs, converged: {model.converged_}, trained: {model.trained_}")

# %%
# On a small table of simple groups there may be nothing to gain beyond chance. Then the fit keeps
# the Gaussian mixture of its start, and ``trained_`` is False. That is no failure: the start was
# chosen among eleven groupings.

iris = FlowGMM(3, random_state=0).fit(load_iris().data)
print(f"{iris.n_iter_} epochs, trained: {iris.trained_}, kept: {iris.start_!r}")
