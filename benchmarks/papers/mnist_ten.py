"""All ten MNIST digits without labels, as in Ciobanu (2021).

Baselines of that work: k-means has an accuracy of .542, a Gaussian mixture .377, and .537 after
a principal component analysis.
"""

from benchmarks.papers import mnist
from benchmarks.papers.runs import Options


def run(options: Options) -> None:
    """Measure, report and draw."""
    mnist.run("mnist_ten", mnist.Task(n_digits=10, n_rows=40_000), options)
