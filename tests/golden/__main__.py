"""Writes fitted estimators and their answers, for later versions to load: once for each format.

Run ``python -m tests.golden`` from the root of the project where the format has changed.
"""

import pickle
from pathlib import Path

import numpy as np
from sklearn.datasets import make_moons

from skflowmix import FlowGMM, VariationalFlowMixture

HERE = Path(__file__).parent
MODELS = {
    "flow_gmm": FlowGMM(hidden_layer_sizes=4, n_layers=2, max_iter=10, random_state=0),
    "variational": VariationalFlowMixture(
        hidden_layer_sizes=4, n_layers=2, max_iter=10, random_state=0
    ),
}


def main() -> None:
    """Fit small models to labelled moons and keep them beside what they say."""
    X, y = make_moons(100, noise=0.1, random_state=0)
    rows = np.random.default_rng(0).uniform(-2, 3, (20, 2))
    for name, model in MODELS.items():
        model.fit(X, np.array(["left", "right"])[y])
        (HERE / f"{name}.pickle").write_bytes(pickle.dumps(model))
        answers = {
            method: getattr(model, method)(rows)
            for method in ("score_samples", "predict_proba", "predict")
        }
        np.savez(HERE / f"{name}.npz", rows=rows, **answers)


main()
