"""One data set on its way in: labels, scaling, noise for discrete columns, splits, rows.

Arrays become tensors in `skflowmix.data.rows` and nowhere else here. Nothing here knows of
flows, of mixtures or of estimators.
"""
