"""A fit is written to a file while it runs."""

import os
import subprocess
import sys

import joblib
import numpy as np
import pytest
import skops.io
from sklearn.callback import ScoringMonitor
from sklearn.model_selection import GridSearchCV

from skflowmix.callbacks import Checkpoint
from tests.estimators import QUICK, blobs, every_estimator, hide

X, Y = blobs(60)
SIX_EPOCHS = {**QUICK, "max_iter": 6}


class Looking:
    """A callback that reads what is under a path at the end of each epoch, and may fail there."""

    def __init__(self, path, fails_after=None):
        self.path, self.fails_after, self.seen = path, fails_after, []

    def setup(self, estimator, context): ...

    def teardown(self, estimator, context): ...

    def on_fit_task_begin(self, estimator, context): ...

    def on_fit_task_end(self, estimator, context):
        if context.task_name != "epoch":
            return
        self.seen.append(joblib.load(self.path).n_iter_)
        if len(self.seen) == self.fails_after:
            raise ZeroDivisionError


@every_estimator
@pytest.mark.parametrize("every", [1, 2, 4])
def test_a_file_is_as_old_as_was_asked_for(estimator, every, tmp_path):
    looking = Looking(tmp_path / "fit.joblib")
    checkpoint = Checkpoint(looking.path, every)
    model = estimator(3, **SIX_EPOCHS).set_callbacks(checkpoint, looking).fit(X)
    assert looking.seen == [every * (epoch // every) for epoch in range(1, 7)]
    final = joblib.load(looking.path)
    np.testing.assert_array_equal(final.score_samples(X), model.score_samples(X))
    np.testing.assert_array_equal(final.validation_scores_, model.validation_scores_)
    assert [path.name for path in tmp_path.iterdir()] == ["fit.joblib"]


@every_estimator
@pytest.mark.parametrize("labels", [None, hide(Y, 4)])
def test_a_fit_that_fails_can_go_on(estimator, labels, tmp_path):
    path = str(tmp_path / "fit.joblib")
    model = estimator(3, **SIX_EPOCHS)
    model.set_callbacks(Checkpoint(path, 2), Looking(path, fails_after=3))
    with pytest.raises(ZeroDivisionError):
        model.fit(X, labels)
    loaded = joblib.load(path)
    assert loaded.n_iter_ == 2
    assert np.isfinite(loaded.score_samples(X)).all()
    goes_on = loaded.set_params(warm_start=True, max_iter=1).fit(X, labels)
    assert goes_on.start_ == "last fit"
    assert goes_on.n_iter_ == 1
    assert not hasattr(model, "classes_")


DIES = """
import os, sys
from skflowmix import FlowGMM
from skflowmix.callbacks import Checkpoint
from tests.estimators import QUICK
from tests.test_callbacks import Looking, X

class Dying(Looking):
    def on_fit_task_end(self, estimator, context):
        if context.task_name == "epoch" and context.task_id == 2:
            os._exit(7)

path = sys.argv[1]
FlowGMM(3, **{**QUICK, "max_iter": 9}).set_callbacks(Checkpoint(path, 2), Dying(path)).fit(X)
"""


def test_a_process_that_dies_leaves_the_last_checkpoint(tmp_path):
    path = tmp_path / "fit.joblib"
    where = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-c", DIES, path], check=False, env=where)
    assert done.returncode == 7
    loaded = joblib.load(path)
    assert loaded.n_iter_ == 2
    assert np.isfinite(loaded.score(X))


@every_estimator
def test_a_write_that_fails_leaves_the_last_checkpoint(estimator, tmp_path, monkeypatch):
    path, dump = tmp_path / "fit.joblib", joblib.dump

    def fail_later(model, beside):
        if model.n_iter_ > 2:
            beside.write_bytes(b"half")
            raise OSError("no space left")
        dump(model, beside)

    monkeypatch.setattr("joblib.dump", fail_later)
    model = estimator(3, **SIX_EPOCHS).set_callbacks(Checkpoint(path, 2))
    with pytest.raises(OSError, match="no space"):
        model.fit(X)
    assert joblib.load(path).n_iter_ == 2
    assert list(tmp_path.iterdir()) == [path]


@every_estimator
def test_a_file_holds_the_estimator_alone(estimator, tmp_path):
    path, rows = tmp_path / "fit.joblib", np.c_[np.repeat(X, 20, axis=0)]
    callbacks = Checkpoint(path), ScoringMonitor(scoring="accuracy")
    model = estimator(3, **QUICK).set_callbacks(*callbacks)
    model.fit(rows, np.repeat(hide(Y, 4), 20))
    loaded = joblib.load(path)
    assert vars(loaded).keys() == vars(estimator(3, **QUICK).fit(X)).keys()
    assert loaded.get_params() == model.get_params()
    content = path.read_bytes()
    assert rows.tobytes()[:256] not in content
    assert b"ScoringMonitor" not in content
    saved = skops.io.dumps(loaded)
    unknown = skops.io.get_untrusted_types(data=saved)
    assert all(name.startswith("skflowmix.") for name in unknown)
    again = skops.io.loads(saved, trusted=unknown)
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))


@every_estimator
def test_checkpoints_change_no_number(estimator, tmp_path):
    model = estimator(3, **SIX_EPOCHS)
    alone = model.fit(X).score_samples(X)
    model.set_callbacks(Checkpoint(tmp_path / "fit.joblib", 2)).fit(X)
    np.testing.assert_array_equal(model.score_samples(X), alone)


@every_estimator
def test_a_fit_in_a_search_is_written_too(estimator, tmp_path):
    path = tmp_path / "fit.joblib"
    model = estimator(**QUICK).set_callbacks(Checkpoint(path))
    search = GridSearchCV(model, {"n_components": [3]}, cv=2).fit(X)
    np.testing.assert_array_equal(joblib.load(path).predict(X), search.predict(X))


@pytest.mark.parametrize("every", [0, -1, 1.5, "often"])
def test_no_other_interval_is_taken(every):
    with pytest.raises(ValueError, match="every must be an integer of 1 or more"):
        Checkpoint("fit.joblib", every)


@every_estimator
def test_a_path_that_cannot_be_written_is_refused_before_the_fit(estimator, tmp_path):
    model = estimator(3, **QUICK).set_callbacks(Checkpoint(tmp_path / "nowhere" / "fit.joblib"))
    with pytest.raises(ValueError, match="there is no folder"):
        model.fit(X)
