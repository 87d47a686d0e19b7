"""What a fit has found, as plain data, and all that it can answer.

A `Fitted` is made once, at the end of a fit, and never changed. Everything it answers is a view
of one quantity, log p(x, k). Components go by their numbers here; what they are called is in
``classes``. Each class below adds to the one before it:

==================  =============================================================================
module              what is in it
==================  =============================================================================
``report``          `Report`: what became of a fit
``rows``            rows that are standardised part by part
``model``           the fields of a fit, and the torch module that is built from them
``density``         log p(x, k), and densities and masses as views of it
``completing``      what is missing from rows: means and draws
``deciding``        which component a row is of, and how sure that is
``fitted``          `Fitted`: all of this, and latents, samples and moments
==================  =============================================================================
"""

from skflowmix.fitted.fitted import Fitted
from skflowmix.fitted.model import FORMAT_VERSION, assemble, scoring_device
from skflowmix.fitted.report import Report
from skflowmix.fitted.rows import StandardisedRows, joined

__all__ = [
    "FORMAT_VERSION",
    "Fitted",
    "Report",
    "StandardisedRows",
    "assemble",
    "joined",
    "scoring_device",
]
