"""Rows that dask holds: lazy answers over blocks, and fits by the workers that hold the rows.

Needs the extra ``dask``: ``pip install skflowmix[dask]``.

================  =================================================================================
module            what is in it
================  =================================================================================
``blocks``        what a fitted estimator answers for each block, lazily
``fitting``       a fit over the workers that hold the rows, as the client sees it
``partitions``    rows, labels and weights in the same partitions, kept on the workers
``files``         partitions in files of a worker, which has too little memory for them
``shard``         what one worker does in such a fit
================  =================================================================================
"""

try:
    import dask.array
    import dask.dataframe  # noqa: F401
    import distributed  # noqa: F401
except ImportError as error:
    raise ImportError(
        f"skflowmix.dask needs dask and distributed ({error}): pip install skflowmix[dask]"
    ) from error

from skflowmix.dask.blocks import (
    predict,
    predict_log_proba,
    predict_proba,
    score_samples,
    transform,
)
from skflowmix.dask.fitting import fit

__all__ = ["fit", "predict", "predict_log_proba", "predict_proba", "score_samples", "transform"]
