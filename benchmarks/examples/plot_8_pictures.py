"""
Pictures of a fit
=================

A mixture has more to show than its groups. Here are the pictures of one fit: the groups in any
number of columns, what makes them, the density along a column, the training, and how far the
probabilities can be believed.
"""

# %%
# Two hundred wines of three growers, 13 columns. The pair plot takes the columns that separate
# the groups most. A hollow marker is a row whose group is not sure.

from sklearn.datasets import load_wine

from skflowmix import FlowGMM
from skflowmix.plotting import (
    DensityDisplay,
    GroupsDisplay,
    ProfileDisplay,
    ReliabilityDisplay,
    TrainingDisplay,
)

wine = load_wine(as_frame=True)
model = FlowGMM(3, random_state=0).fit(wine.data)
display = GroupsDisplay.from_estimator(model, wine.data, kind="pairs", max_columns=4)

# %%
# With many columns a projection shows more: the two directions that separate the groups. The
# names of the axes say which columns go with them.

display = GroupsDisplay.from_estimator(model, wine.data, kind="projection")

# %%
# What makes the groups: differences of the medians from all other rows, in standard deviations.

display = ProfileDisplay.from_estimator(model, wine.data)

# %%
# What makes one of them: its values beside those of all other rows, the most different column
# first.

display = ProfileDisplay.from_estimator(model, wine.data, 2, max_columns=6)

# %%
# The density along a column, the share of each group in it, and where row 17 lies.

display = DensityDisplay.from_estimator(model, wine.data, "proline", row=17)

# %%
# The score of the held-out rows after each epoch, beside that of the start.

display = TrainingDisplay.from_estimator(model)

# %%
# With labels: whether rows with a probability of 90% are right nine times in ten.

few = wine.target.where(wine.target.index % 6 == 0, -1)
classifier = FlowGMM(random_state=0).fit(wine.data, few)
others = few == -1
display = ReliabilityDisplay.from_estimator(
    classifier, wine.data[others], wine.target[others], n_bins=5
)
