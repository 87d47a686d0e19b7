"""All measurements, the most important first: how each is made, and about how long it takes.

`benchmarks.run_all` runs them, and the tables of `benchmarks.published` name those that they are
made by.
"""

import shlex
from dataclasses import dataclass
from pathlib import Path

DATA, CASES = "FOLDER", "FILE"
"""Words of commands that stand for the data folder and for what choosing has measured."""
DENSITIES = (
    "GaussianMixture 'vine copula' 'zuko MAF, our schedule' 'zuko NSF, our schedule' "
    "'FlowGMM, start' FlowGMM VariationalFlowMixture"
)

DETECTORS = (
    "EllipticEnvelope IsolationForest LocalOutlierFactor OneClassSVM 'PyOD ECOD' 'PyOD KNN' "
    "'PyOD CBLOF' 'PyOD MCD' 'GaussianMixture(4)' OutlierDetector"
)
"""Without `FlowGMM` and the view that it adds to `OutlierDetector`: each takes as long as all of
these."""

MISSING = {
    "imputation": 2.5,
    "densities": 1.5,
    "groups": 2.0,
    "labels": 1.5,
    "conditionals": 0.3,
    "cost": 0.5,
}
"""Parts of the benchmark of missing values, and hours of each."""


@dataclass(frozen=True)
class Job:
    """One measurement.

    Attributes
    ----------
    command : str
        What follows ``python -m benchmarks.``.
    hours : float
        About how long it takes on one core, where no earlier run says so.
    runs : str, optional
        Name of the file of its runs: it goes on there if it was interrupted, and runs say by
        which versions and on which machine they were done. Others begin anew.
    needs_gpu : bool, default=False
    """

    command: str
    hours: float
    runs: str | None = None
    needs_gpu: bool = False

    @property
    def printed(self) -> str:
        """The command as it is shown."""
        return f"python -m benchmarks.{self.command}"

    def arguments(self, data: Path, cases: Path) -> list[str]:
        """What follows ``python -m``, with a data folder and a file of cases."""
        given = {DATA: str(data), CASES: str(cases)}
        module, *rest = shlex.split(self.command)
        return [f"benchmarks.{module}", *(given.get(word, word) for word in rest)]


JOBS = {
    "clustering": Job("clustering --data FOLDER --suites fcps graves other --seeds 1", 0.2),
    "anomalies": Job(
        f"anomalies --data FOLDER --seeds 1 --detectors {DETECTORS}", 0.2, "anomalies_runs"
    ),
    "few_labels_10": Job("few_labels --data FOLDER --seeds 1 --labels 10", 0.6, "few_labels_runs"),
    "choosing": Job("choosing --data FOLDER --drawn 2 --cases FILE", 1.5),
    "unseen": Job("unseen --data FOLDER --cases FILE", 0.7),
    "density": Job(f"density --data FOLDER --seeds 1 --methods {DENSITIES}", 2.0, "density_runs"),
    "mixed": Job("mixed", 2.0, "mixed_runs"),
    "few_labels_3": Job("few_labels --data FOLDER --seeds 1 --labels 3", 0.5, "few_labels_runs"),
    "pooling": Job("pooling --data FOLDER", 1.0),
    "few_rows": Job("few_rows --tables 3", 0.3),
    "papers_pinwheel": Job("papers pinwheel --data FOLDER --seeds 3", 0.1),
    "papers_circles": Job("papers circles --data FOLDER --seeds 3", 0.1),
    "few_labels_more": Job(
        "few_labels --data FOLDER --seeds 1 --labels 30 100 0 --sets MORE", 0.3, "few_labels_runs"
    ),
    **{
        f"missing_{part}": Job(f"missing {part} --data FOLDER", hours, f"missing_{part}_runs")
        for part, hours in MISSING.items()
    },
    "tuning": Job("tuning", 0.4, "tuning_runs"),
    "schedule": Job("schedule --data FOLDER", 0.4, "schedule_runs"),
    "few_labels_again": Job(
        "few_labels --data FOLDER --seeds 2 --labels 10", 0.6, "few_labels_runs"
    ),
    "speed_total": Job("speed total --runs 2", 0.1),
    "speed_growth": Job("speed growth --jobs 2", 0.1, "speed_growth_runs"),
    "scale": Job("scale", 0.13),
    "speed_steps": Job("speed steps", 0.1),
    "speed_scoring": Job("speed scoring", 0.1),
    "speed_cuda": Job("speed cuda", 0.1, needs_gpu=True),
    "cytometry": Job("cytometry --data FOLDER", 2.0),
    "papers_labelled": Job("papers circles_labelled --data FOLDER --seeds 3", 0.1),
    "papers_toys": Job("papers flowgmm_toys --data FOLDER --seeds 3", 0.1),
    "papers_prior": Job("papers latent_prior --data FOLDER --seeds 3", 0.2),
    "papers_training": Job("papers how_to_train --data FOLDER --seeds 3", 0.3),
    "new_classes": Job("new_classes --data FOLDER --seeds 2", 0.5),
    "one_or_many": Job("one_or_many --data FOLDER", 0.5),
    "mnist_five": Job("papers mnist_five --data FOLDER --seeds 5", 0.5),
    "mnist_ten": Job("papers mnist_ten --data FOLDER --seeds 5", 1.5),
}
