"""
Which density fits best?
========================

A density is good if it expects rows that it has not seen. So densities are compared by their
score on held-out rows: the mean log-density, in nats a row.
"""

# %%
# Five thin arms of a pinwheel. Rows of a real table may be sorted, so shuffle the folds.

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.neighbors import KernelDensity

from skflowmix import FlowGMM
from skflowmix.datasets import make_pinwheel
from skflowmix.plotting import PALETTE

X, _ = make_pinwheel(500, random_state=0)
folds = KFold(2, shuffle=True, random_state=0)

# %%
# ``GridSearchCV`` without labels maximises ``score``. We compare two kinds of flows, one flow each
# and with short training. Choose densities in this way, but not the number of groups: one flow
# may bend around all of them.

flow = FlowGMM(n_estimators=1, max_iter=40, random_state=0)
kinds = ["affine", "autoregressive_spline"]
search = GridSearchCV(flow, {"flow": kinds}, cv=folds).fit(X)
found = pd.DataFrame(search.cv_results_)[["param_flow", "mean_test_score", "std_test_score"]]
found.round(2)

# %%
# The same folds for two densities of scikit-learn.

gaussians = GridSearchCV(
    GaussianMixture(random_state=0), {"n_components": range(1, 16)}, cv=folds
).fit(X)
kernel = cross_val_score(KernelDensity(bandwidth="scott"), X, cv=folds) / (len(X) / 2)
print(f"flow              {search.best_score_:.2f} ({search.best_params_['flow']})")
print(f"{gaussians.best_params_['n_components']:2} Gaussians      {gaussians.best_score_:.2f}")
print(f"kernel density    {kernel.mean():.2f}")

# %%
# ``sample`` draws new rows from the best one.

rows, _ = search.best_estimator_.sample(500, random_state=0)
_, axes = plt.subplots(1, 2, figsize=(8, 3.6), sharex=True, sharey=True, layout="constrained")
axes[0].scatter(*X.T, s=6, color=PALETTE[0])
axes[0].set_title("rows")
axes[1].scatter(*rows.T, s=6, color=PALETTE[4])
axes[1].set_title("samples")
