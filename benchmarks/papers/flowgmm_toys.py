"""Izmailov et al. (2020), four toy sets with a few labels each.

Data: 1,000 rows each of circles, moons, eight Gaussians in three classes, and a pinwheel, with
as many labels of each class as in the paper, drawn anew with every seed. The last two are made
like the paper's files, which lack the classes of unlabelled rows; every one of the eight Gaussians
has two labels or three, as nothing tells the class of one that has none. Accuracy is over the
unlabelled rows; ``KMeans`` and ``GaussianMixture`` see no labels, and their groups are matched
to the classes.

Reported: pictures only.
"""

from functools import partial

from sklearn.datasets import make_circles, make_moons

from benchmarks.papers import pictures
from benchmarks.papers.rivals import ESTIMATORS, FLOWS, Toy, first_fits, measured
from benchmarks.papers.runs import Options, report_over_seeds
from skflowmix.datasets import make_eight_gaussians, make_pinwheel

TOYS = {
    "circles": Toy(partial(make_circles, noise=0.05, factor=0.4), 1000, 2, (4, 7)),
    "moons": Toy(partial(make_moons, noise=0.05), 1000, 2, (5, 5)),
    "eight Gaussians": Toy(
        partial(make_eight_gaussians, arcs=(1,) * 8),
        1000,
        3,
        n_labels=(3, 3, 2, 2, 2, 2, 2, 3),
        class_of=(0, 0, 1, 1, 1, 2, 2, 2),
    ),
    "pinwheel": Toy(make_pinwheel, 1000, 5, (3, 2, 3, 2, 3)),
}


def run(options: Options) -> None:
    """Measure, report and draw: estimators down the rows, sets along the columns."""
    report_over_seeds("flowgmm_toys", measured(TOYS, ESTIMATORS, options))
    fits = first_fits(TOYS, FLOWS, options)
    figure = pictures.compare(fits, pictures.draw_regions, estimators_down=True)
    pictures.save(figure, "flowgmm_toys")
