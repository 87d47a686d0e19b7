"""Any finite rows have outliers, or are refused in words of the package."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skflowmix import OutlierDetector
from tests.test_any_input import LARGEST, assert_ours, drawn_rows, drawn_weights

FAR = np.array([-LARGEST, 0.0, LARGEST])


@settings(max_examples=60)
@given(st.integers(0, 2**31 - 1))
def test_any_rows_are_scored_and_explained_or_refused(seed):
    rng = np.random.default_rng(seed)
    X = drawn_rows(rng)
    detector = OutlierDetector(contamination=rng.choice([1e-9, 0.1, 0.5]))
    try:
        detector.fit(X, sample_weight=drawn_weights(rng, len(X)))
    except ValueError as error:
        assert_ours(error, detector)
        return
    asked = np.vstack([X, np.repeat(FAR[:, None], X.shape[1], axis=1)])
    scores = detector.score_samples(asked)
    assert np.isfinite(scores).all()
    assert np.isfinite(detector.offset_)
    assert detector.explain(asked).sum(1) == pytest.approx(-scores)
    assert set(detector.predict(asked)) <= {-1, 1}
