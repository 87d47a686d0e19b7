"""
How many groups does this table have?
=====================================

The table of wines has 178 rows and 13 columns: what a chemist measured in wines of three growers.
We hide the growers, and ask how many groups there are.
"""

# %%
# With ``n_components="auto"`` each number of groups is tried, up to the root of half the number
# of rows. That costs groupings of the rows, but no training.

import pandas as pd
from sklearn.datasets import load_wine
from sklearn.metrics import adjusted_rand_score

from skflowmix import FlowGMM
from skflowmix.plotting import SelectionDisplay

wine = load_wine(as_frame=True)
model = FlowGMM("auto", random_state=0).fit(wine.data)
print(f"{model.n_components_} groups, from the start {model.start_!r}")

# %%
# The picture has a point for each grouping that was tried. The line joins the best grouping of
# each number, and the ring is what was chosen. A peak that stands out is a clear answer. A flat
# line says that the rows do not settle the question, and that you may know better.

display = SelectionDisplay.from_estimator(model)

# %%
# ``starts_`` has the same as a table. Here is the best grouping of each number.

tried = pd.DataFrame(model.starts_)
best = tried.loc[tried.groupby("n_components")["selection_score"].idxmax()]
best[["n_components", "start", "selection_score"]].round(3).reset_index(drop=True)

# %%
# The growers were hidden. The groups agree with them to this degree; 1 is perfect.

round(adjusted_rand_score(wine.target, model.labels_), 2)

# %%
# A crosstable shows which rows went elsewhere.

pd.crosstab(wine.target.rename("grower"), pd.Series(model.labels_, name="group"))
