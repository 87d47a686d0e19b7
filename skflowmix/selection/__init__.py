"""Which of many groupings to begin with, and how many groups there are.

A sample of distinct rows is grouped in eleven ways (``search``), each grouping is measured by
twelve criteria (``criteria``), and a learned rule says what these are worth (``rule``); ``choice``
puts it together. Where there are categories, ``mixed`` compares fewer groupings by likelihood. No
label is known here, and nothing is trained.
"""

from skflowmix.selection.choice import Choice, choose, default_sizes, selection_scores
from skflowmix.selection.mixed import choose_mixed
from skflowmix.selection.search import Sample, most_steps

__all__ = [
    "Choice",
    "Sample",
    "choose",
    "choose_mixed",
    "default_sizes",
    "most_steps",
    "selection_scores",
]
