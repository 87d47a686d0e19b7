"""
Pipelines and grid search with few labels
=========================================

Settings are chosen by cross-validation. With few labels there is one thing to mind: scores on
rows without a label mean nothing.
"""

# %%
# The table of tumours has 569 rows and 30 columns. We keep 40 labels.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.decomposition import PCA
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skflowmix import FlowGMM
from skflowmix.model_selection import LabeledOnlySplit
from skflowmix.plotting import PALETTE

X, y = load_breast_cancer(return_X_y=True)
few = np.full(len(y), -1)
kept = np.random.default_rng(0).choice(len(y), 40, replace=False)
few[kept] = y[kept]

# %%
# ``LabeledOnlySplit`` tests on labelled rows only, and trains with all unlabelled rows in every
# fold. The rest is scikit-learn: a pipeline, and a grid of one of its settings.

steps = [("scale", StandardScaler()), ("pca", PCA()), ("flow", FlowGMM(max_iter=10))]
search = GridSearchCV(
    Pipeline(steps).set_params(flow__random_state=0),
    {"pca__n_components": [2, 5, 10]},
    cv=LabeledOnlySplit(3),
    scoring="accuracy",
).fit(X, few)
search

# %%
# With 40 labels the scores are rough: one row more or less is 7 percent of a fold. The bars are
# one standard deviation over the folds.

results = search.cv_results_
_, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
ax.errorbar(
    results["param_pca__n_components"].astype(int),
    results["mean_test_score"],
    results["std_test_score"],
    color=PALETTE[0],
    marker="o",
    capsize=3,
)
ax.set(xlabel="principal components", ylabel="accuracy on labelled rows held out")

# %%
# The best pipeline has been fitted to all rows. We have the other labels, so we can check it.

hidden = few == -1
print(f"{search.best_params_}: {search.score(X[hidden], y[hidden]):.3f} of the hidden labels")
