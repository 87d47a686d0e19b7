"""A summary of the families: run ``python -m benchmarks.tables --data FOLDER``.

The indices show how difficult the tables are: the mean, over the first tables of a family, of
the adjusted Rand index of a Gaussian mixture and of k-means on standardised rows.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import StandardScaler

from benchmarks.clustering import score
from benchmarks.data_sets import DATA
from benchmarks.tables import GENERATORS, Table, families, generated, real

HEADER = (
    f"{'family':22}{'tables':>7}{'n':>6}{'d':>5}{'K':>4}{'mixture':>9}{'k-means':>9}{'best':>6}"
)


def index(table: Table, groups: np.ndarray, K: int) -> float:
    """Adjusted Rand index, the best over references of K groups; noise is not scored."""
    fitting = [y for y in table.references if len(set(y[y > 0])) == K]
    return max(score(y, groups) for y in fitting)


def difficulty(table: Table) -> tuple[float, float]:
    """Adjusted Rand indices of a Gaussian mixture and of k-means."""
    K = table.sizes[0]
    Z = StandardScaler().fit_transform(table.X)
    mixture = GaussianMixture(K, n_init=2, reg_covar=1e-4, random_state=0)
    means = KMeans(K, n_init=2, random_state=0)
    return index(table, mixture.fit_predict(Z), K), index(table, means.fit_predict(Z), K)


def line(family: str, tables: Sequence[Table], n_fitted: int) -> str:
    """Numbers and difficulties of a family."""
    n, d = np.median([table.X.shape for table in tables], axis=0)
    K = np.median([table.sizes[0] for table in tables])
    scores = np.array([difficulty(table) for table in tables[:n_fitted]])
    mixture, means, best = *scores.mean(axis=0), scores.max(axis=1).mean()
    numbers = f"{n:6.0f}{d:5.0f}{K:4.0f}{mixture:9.2f}{means:9.2f}{best:6.2f}"
    return f"{family:22}{len(tables):7}{numbers}"


def main(argv: Sequence[str] | None = None) -> None:
    """Print a line for each family."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the real tables")
    parser.add_argument("--tables", type=int, default=20, help="number of a drawn family")
    parser.add_argument("--fitted", type=int, default=6, help="tables of a family to group")
    options = parser.parse_args(argv)
    print(HEADER)
    for family in GENERATORS:
        tables = [generated(family, number) for number in range(options.tables)]
        print(line(family, tables, options.fitted), flush=True)
    found = list(real(options.data))
    for family in families():
        tables = [table for table in found if table.family == family]
        print(line(family, tables, options.fitted), flush=True)


if __name__ == "__main__":
    main()
