"""Which rows are for training, which of them show their labels, and which are for the test."""

from pathlib import Path

import numpy as np
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from benchmarks.data_sets import hide_labels
from benchmarks.few_labels.sets import SETS, Labelled

ALL = 0
"""The number of labels a class that stands for a label on every training row."""
EQUAL, PROPORTIONAL = DRAWS = ("equal", "proportional")
"""The same number of labels in every class, or labels of random rows, as they come."""
DIRECTIONS = 50
"""Principal components kept of pictures."""


def split(
    data: str, labels: int, folder: Path, seed: int, draw: str = EQUAL
) -> tuple[Labelled, Labelled]:
    """Training rows with the labels that are shown, and test rows with theirs."""
    X, y = SETS[data].load(folder, seed)
    train, test, shown, truth = train_test_split(
        X, y, test_size=0.2, stratify=y, random_state=seed
    )
    scale = _one_scale if SETS[data].pictures else _standardised
    train, test = scale(train, test)
    if labels != ALL:
        shown = hide_labels(shown, counts(np.bincount(shown), labels, draw, seed), seed)
    return (train, shown), (test, truth)


def counts(sizes: np.ndarray, labels: int, draw: str, seed: int) -> np.ndarray:
    """How many rows of each class show their labels, of classes with so many rows.

    At least one row shows its label, and one hides it.

    Parameters
    ----------
    sizes : ndarray of shape (K,)
    labels : int
        A class has so many, on the mean if they are drawn as they come.
    draw : {"equal", "proportional"}
    seed : int

    Returns
    -------
    counts : ndarray of shape (K,)
    """
    spare = sizes - 1
    if draw == EQUAL:
        return np.minimum(labels, spare)
    total = min(labels * len(sizes), spare.sum())
    drawn = np.random.default_rng(seed).multivariate_hypergeometric(spare, total)
    return np.maximum(drawn, 1)


def _standardised(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    scaler = StandardScaler().fit(train)
    return scaler.transform(train), scaler.transform(test)


def _one_scale(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Principal components divided by the same number, which graphs of digits are better in."""
    pca = PCA(DIRECTIONS, random_state=0).fit(train)
    train, test = pca.transform(train), pca.transform(test)
    return train / train.std(), test / train.std()
