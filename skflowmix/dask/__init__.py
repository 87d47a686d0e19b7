"""Rows that dask holds: lazy answers over blocks, and fits by the workers that hold the rows.

Needs the extra ``dask``: ``pip install skflowmix[dask]``.

================  =================================================================================
module            what is in it
================  =================================================================================
``blocks``        what a fitted estimator answers for each block, lazily
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

__all__ = ["predict", "predict_log_proba", "predict_proba", "score_samples", "transform"]
