"""K-means where rows may be equal. Knows numpy and scikit-learn only."""

import warnings

import numpy as np
from sklearn.cluster import KMeans


def fit_kmeans(
    X: np.ndarray,
    n_clusters: int,
    random_state: np.random.RandomState,
    sample_weight: np.ndarray | None = None,
    n_init: int = 1,
) -> KMeans:
    """Fit k-means to rows ``(n, d)``."""
    model = KMeans(n_clusters, n_init=n_init, random_state=random_state)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fewer distinct rows than clusters: empty ones are fine
        return model.fit(X, sample_weight=sample_weight)
