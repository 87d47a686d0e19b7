"""Poisson learning of ``graphlearning`` on a graph of neighbours, for rows it has not seen too."""

from typing import Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.neighbors import NearestNeighbors


class PoissonLearning(ClassifierMixin, BaseEstimator):
    """Potentials of labelled rows in a graph; the largest decides.

    They are no probabilities. A row that was not in the graph has the mean potentials of its
    nearest rows there, as in scikit-learn's label spreading. Steps are bounded, unlike those of
    the package's other solver, which does not end soon where the graph is in parts.

    Parameters
    ----------
    n_neighbors : int, default=10
        As in the paper of Calder, Cook, Thorpe and Slepcev, 2020, where a row counts as one.
    """

    def __init__(self, n_neighbors: int = 10) -> None:
        self.n_neighbors = n_neighbors

    def fit(self, X: np.ndarray, y: np.ndarray) -> Self:
        """Spread the labels of the rows ``(n, d)``, -1 for none, and keep all potentials."""
        from graphlearning import ssl, weightmatrix

        self.near_ = NearestNeighbors(n_neighbors=self.n_neighbors).fit(X)
        distances, places = self.near_.kneighbors(X)  # (n, n_neighbors) each
        graph = weightmatrix.knn(X, self.n_neighbors, knn_data=(places, distances))
        rows = np.flatnonzero(y >= 0)
        self.classes_ = np.unique(y[rows])
        learner = ssl.poisson(graph, solver="gradient_descent")
        self.potentials_ = learner.fit(rows, y[rows])  # (n, classes)
        return self

    def decision_function(self, X: np.ndarray) -> np.ndarray:
        """Mean potentials ``(n, classes)`` of the nearest rows in the graph."""
        return self.potentials_[self.near_.kneighbors(X, return_distance=False)].mean(axis=1)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Class ``(n,)`` of the largest potential."""
        return self.classes_[self.decision_function(X).argmax(axis=1)]
