"""Pires and Figueiredo (2020), MNIST digits 0 to 4 without labels.

The thesis behind the paper shows one table, of training rows, from which follow an accuracy of
.757, a normalised mutual information of .660 and an adjusted Rand index of .559.
"""

from benchmarks.papers import mnist
from benchmarks.papers.runs import Options


def run(options: Options) -> None:
    """Measure, report and draw."""
    mnist.run("mnist_five", mnist.Task(n_digits=5, n_rows=15_000), options)
