"""Pires and Figueiredo (2020), five wings without labels, easy and hard.

Data: the pinwheel of Johnson et al. (2016), 512 rows a wing. The paper bends the wings by a rate
of 0.25; its code also has 0.4, which is harder to cut by straight lines.

Reported: a picture of the rate 0.25, where each wing has one component and borders are off
where all densities are low. No figures.
"""

from functools import partial

from benchmarks.papers import pictures
from benchmarks.papers.rivals import UNSUPERVISED, Toy, first_fits, measured
from benchmarks.papers.runs import Options, report_over_seeds
from skflowmix.datasets import make_pinwheel

TOYS = {
    f"rate {rate}": Toy(partial(make_pinwheel, rate=rate), 5 * 512, n_classes=5)
    for rate in (0.25, 0.4)
}


def run(options: Options) -> None:
    """Measure, report and draw: sets down the rows, estimators along the columns."""
    report_over_seeds("pinwheel", measured(TOYS, UNSUPERVISED, options))
    fits = first_fits(TOYS, UNSUPERVISED, options)
    pictures.save(pictures.compare(fits), "pinwheel")
