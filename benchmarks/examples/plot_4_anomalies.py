"""
Is row 17 odd, and why?
=======================

A detector ranks rows by how unusual they are. The next question is always which of the columns
make a row unusual, and the same detector answers it.
"""

# %%
# The table of wines again: 178 rows, 13 columns, and no word about which rows are odd.

import numpy as np
import pandas as pd
from sklearn.datasets import load_wine

from skflowmix import OutlierDetector
from skflowmix.plotting import OutlierDisplay

X = load_wine(as_frame=True).data
detector = OutlierDetector().fit(X)
scores = detector.score_samples(X)

# %%
# A score is in nats, and more is more normal. ``offset_`` is where ``predict`` draws the line.

print(f"row 17 has {scores[17]:.2f}, the line is at {detector.offset_:.2f}")
print(f"below it are {np.sum(detector.predict(X) == -1)} of {len(X)} rows")

# %%
# So row 17 is an ordinary wine. The oddest wines are these.

oddest = np.argsort(scores)[:5]
pd.Series(scores[oddest], index=oddest, name="score").round(2)

# %%
# ``explain`` shares the score of a row among its columns. The parts of a row add up to minus its
# score. Here is the oddest wine, its largest parts first, beside the median wine.

parts = pd.Series(detector.explain(X.loc[oddest[:1]])[0], index=X.columns, name="nats")
why = pd.DataFrame({"nats": parts, "this wine": X.loc[oddest[0]], "median wine": X.median()})
why.sort_values("nats", ascending=False).head(5).round(2)

# %%
# The display draws the same for the oddest rows: a bar for each, in pieces for its columns.

display = OutlierDisplay.from_estimator(detector, X)

# %%
# How many rows count as odd is a convention. If you know the share of anomalies, give it as
# ``contamination``; it moves the line and no score.

stricter = OutlierDetector(contamination=0.02).fit(X)
np.flatnonzero(stricter.predict(X) == -1)
