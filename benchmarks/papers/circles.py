"""Pires and Figueiredo (2020), two rings without labels.

Data: two rings, 1,024 rows, thin as in the paper (radii 0.8 and 0.4, radial standard deviation
0.005) and noisy (scikit-learn's ``make_circles``, noise 0.05, factor 0.5).

Reported: failure, as a picture. Typically each component models one half of both rings.
"""

from functools import partial

from sklearn.datasets import make_circles

from benchmarks.papers import pictures
from benchmarks.papers.rivals import UNSUPERVISED, Toy, first_fits, measured
from benchmarks.papers.runs import Options, report_over_seeds
from skflowmix.datasets import make_two_circles

RINGS = {
    "thin rings": make_two_circles,
    "noisy rings": partial(make_circles, noise=0.05, factor=0.5),
}
TOYS = {name: Toy(make, 1024, n_classes=2) for name, make in RINGS.items()}


def run(options: Options) -> None:
    """Measure, report and draw: sets down the rows, estimators along the columns."""
    report_over_seeds("circles", measured(TOYS, UNSUPERVISED, options))
    fits = first_fits(TOYS, UNSUPERVISED, options)
    pictures.save(pictures.compare(fits), "circles")
