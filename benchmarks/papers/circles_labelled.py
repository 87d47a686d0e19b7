"""Pires and Figueiredo (2020), two rings with a few labels.

Data: the two rings of ``circles``, 1,024 unlabelled rows, and with them 64 labelled ones as in
the paper, or 4. Labelled rows are drawn anew with every seed. Accuracy is over the unlabelled
rows; ``KMeans`` and ``GaussianMixture`` see no labels, and their groups are matched to the rings.

Reported: a picture with 64 labels. Its regions are an inner and an outer one, but the rings are
not closed and bridges remain between them.
"""

from benchmarks.papers import pictures
from benchmarks.papers.circles import RINGS
from benchmarks.papers.rivals import ESTIMATORS, FLOWS, Toy, first_fits, measured
from benchmarks.papers.runs import Options, report_over_seeds

DRAWN = ("LabelSpreading(rbf)", *FLOWS)
TOYS = {
    f"{name}, {2 * a_ring} labels": Toy(make, 1024 + 2 * a_ring, 2, (a_ring, a_ring))
    for name, make in RINGS.items()
    for a_ring in (32, 2)
}


def run(options: Options) -> None:
    """Measure, report and draw: estimators down the rows, sets along the columns."""
    report_over_seeds("circles_labelled", measured(TOYS, ESTIMATORS, options))
    fits = first_fits(TOYS, DRAWN, options)
    figure = pictures.compare(fits, pictures.draw_regions, estimators_down=True)
    pictures.save(figure, "circles_labelled")
