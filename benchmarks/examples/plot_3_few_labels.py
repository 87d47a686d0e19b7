"""
Ten labels a class
==================

The table of digits has 1,797 small images. Suppose that somebody has labelled ten images of each
digit, and that nobody has time for the others. The unlabelled images still say where the digits
hang together.
"""

# %%
# A missing label is -1. A hundred labels stay, and we keep the others to check the answers.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.semi_supervised import LabelSpreading

from skflowmix import FlowGMM
from skflowmix.plotting import PALETTE

X, y = load_digits(return_X_y=True)
rng = np.random.default_rng(0)
few = np.full(len(y), -1)
for digit in range(10):
    few[rng.choice(np.flatnonzero(y == digit), 10, replace=False)] = digit
labelled = few != -1

# %%
# The images have 64 pixels. Twenty principal components hold most of what is in them, and in a
# pipeline they are learned from all rows. Logistic regression sees the labelled rows only.

flow = make_pipeline(PCA(20), FlowGMM(random_state=0)).fit(X, few)
spreading = make_pipeline(PCA(20), LabelSpreading(kernel="knn")).fit(X, few)
logistic = make_pipeline(PCA(20), LogisticRegression(max_iter=1000)).fit(X[labelled], y[labelled])

# %%
# How many of the other 1,697 images does each of them name?

models = {"FlowGMM": flow, "LabelSpreading": spreading, "LogisticRegression": logistic}
accuracy = {name: model.score(X[~labelled], y[~labelled]) for name, model in models.items()}
_, ax = plt.subplots(figsize=(6, 2.2), layout="constrained")
bars = ax.barh(list(accuracy), list(accuracy.values()), color=PALETTE[0], height=0.6)
ax.bar_label(bars, fmt="%.3f", padding=3)
ax.invert_yaxis()
ax.set(xlabel="accuracy on unlabelled images", xlim=(0, 1.1))

# %%
# One draw of ten labels proves little. What the documentation says of accuracy is a mean over
# many tables and draws.
#
# Several experts learn from the labels, and the density of the flow is one more. ``experts_``
# says how much each of them counts here.

experts = flow[-1].experts_
for name, weight in zip(experts["expert"], experts["weight"], strict=True):
    print(f"{name:15} {weight:.2f}")
