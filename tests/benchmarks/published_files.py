"""Small made-up files of results, with the columns that the benchmarks write."""

from benchmarks import (
    anomalies,
    clustering,
    csv_files,
    cytometry,
    few_rows,
    new_classes,
    one_or_many,
    schedule,
    tuning,
    unseen,
)
from benchmarks.choosing.cases import KINDS
from benchmarks.density import __main__ as density
from benchmarks.few_labels import best_peers, means
from benchmarks.missing import conditionals, cost, densities, groups, imputation, labels
from benchmarks.mixed import summary as mixed
from benchmarks.pooling import __main__ as pooling
from benchmarks.scale import memory, on_paper, processes, searches
from benchmarks.speed import growth, scoring, steps, total

COMMIT = "1a2b3c4"
PAPERS = [
    f"{worst}{part}{what}"
    for part in ("", "train ", "test ")
    for what in ("accuracy", "log-likelihood")
    for worst in ("", "worst ")
]
"""Columns of experiments; each has some of them."""
EXPERIMENTS = (
    "pinwheel",
    "circles",
    "mnist_five",
    "mnist_ten",
    "circles_labelled",
    "flowgmm_toys",
    "latent_prior",
    "how_to_train",
)
ESTIMATORS = ("FlowGMM", "VariationalFlowMixture", "GaussianMixture", "KMeans")
MADE: dict[str, tuple] = {
    "unseen_real": (unseen.HEADER, ({"family": "iris"}, {"family": "mean of families"})),
    "unseen_stability": (unseen.STABILITY, ({"estimator": "FlowGMM"},)),
    "choosing": (("given the number", *KINDS), ({"given the number": "most_agreement"},)),
    "choosing_sizes": (("not given the number", *KINDS), ({"not given the number": "right"},)),
    "clustering": (clustering.HEADER, ({"data": "fcps/atom"}, {"data": "mean of all sets"})),
    "cytometry": (cytometry.HEADER, ({"data": "GvHD/sample 1"}, {"data": "mean of GvHD"})),
    "few_labels": (
        means.HEADER,
        [
            {"data": "mean of MORE", "labels a class": n, "draw": "equal", "estimator": name}
            for n in ("3", "10")
            for name in ("forest", "FlowGMM", "VariationalFlowMixture")
        ],
    ),
    "few_labels_best_peer": (
        best_peers.GROUPS_HEADER,
        ({"sets": "MORE", "labels a class": "10", "estimator": "FlowGMM"},),
    ),
    "pooling": (pooling.HEADER, ({"labels a class": "10", "answered by": "near graph"},)),
    "new_classes": (new_classes.HEADER, ({"data": "optdigits", "estimator": "FlowGMM"},)),
    "density": (
        density.HEADER,
        [
            {"data": data, "method": method, "mean": str(place)}
            for data in ("galaxy", "penguins", "pima")
            for place, method in enumerate(("GaussianMixture", "FlowGMM", "vine copula"))
        ],
    ),
    "mixed": (
        mixed.HEADER,
        [{"data": "wage", "method": name} for name in ("StepMix", "FlowGMM")],
    ),
    "mixed_summary": (mixed.MEANS, ({"method": "StepMix"}, {"method": "FlowGMM"})),
    "few_rows": (few_rows.HEADER, ({"rows": "20", "kind": "all"},)),
    "one_or_many": (one_or_many.HEADER, ({"data": "wine"},)),
    "anomalies": (
        anomalies.HEADER_OF_MEANS,
        [{"detector": name} for name in ("IsolationForest", "OutlierDetector")],
    ),
    "anomalies_by_set": (
        anomalies.HEADER,
        [{"data": "pima", "detector": d} for d in ("IsolationForest", "OutlierDetector")],
    ),
    "missing_imputation": (
        imputation.HEADER,
        [
            {"data": data, "missing": "at random", "percent": "10", "method": name}
            for data in ("wine", imputation.ALL)
            for name in imputation.METHODS
        ],
    ),
    "missing_densities": (
        densities.HEADER,
        [{"data": "wine", "method": name} for name in densities.METHODS],
    ),
    "missing_groups": (
        groups.HEADER,
        [{"data": groups.ALL, "method": name} for name in groups.METHODS],
    ),
    "missing_labels": (
        labels.HEADER,
        [{"data": labels.ALL, "method": name} for name in labels.METHODS],
    ),
    "missing_conditionals": (conditionals.HEADER, ({"data": "gvhd", "method": "FlowGMM"},)),
    "missing_cost": (cost.HEADER, ({"data": "gvhd", "fit": "density"},)),
    "tuning": (tuning.HEADER, ({"parameter": "n_layers", "task": "density"},)),
    "schedule": (schedule.HEADER, ({"task": "density, FlowGMM", "schedule": "30 epochs"},)),
    "speed_total": (total.HEADER, ({"fit": "moons"}, {"fit": "total"})),
    "speed_steps": (steps.HEADER, ({"library": "skflowmix"}, {"library": "zuko, stack"})),
    "speed_cuda": (steps.HEADER, ({"library": "skflowmix, graph"},)),
    "speed_scoring": (scoring.HEADER, ({"model": "FlowGMM"},)),
    "speed_growth": (
        growth.HEADER,
        [{"axis": "n", "value": "100", "estimator": name} for name in ESTIMATORS],
    ),
    "speed_growth_slopes": (growth.SLOPES, ({"axis": "n", "estimator": "FlowGMM"},)),
    "scale_processes": (processes.HEADER, ({"processes": "1"}, {"processes": "2"})),
    "scale_memory": (memory.HEADER, ({"n": "100000"},)),
    "scale_joblib": (searches.HEADER, ({"backend": "loky"},)),
    "scale_plan": (on_paper.HEADER, ({"workers": "64"},)),
    "scale_plan_figures": (on_paper.FIGURES, ({"figure": "a step", "how": "measured"},)),
    "scale_plan_check": (on_paper.CHECK, ({},)),
    **{
        f"papers/{name}": (
            ("data", "estimator", *PAPERS, "seconds"),
            [{"data": "toy", "estimator": one} for one in ESTIMATORS],
        )
        for name in EXPERIMENTS
    },
}
"""Header and what is known of each row; all other cells are one half, or 2 where they count."""
COUNTS = ("seeds", "tables", "sets", "number", "behind")


def write(folder, name, commit=COMMIT):
    """Write a file of one commit."""
    header, rows = MADE[name]
    names = [column for column in header if column != "commit"]
    usual = {column: "2" if column in COUNTS else "0.500" for column in names}
    lines = [[(usual | row)[column] for column in names] + [commit] for row in rows]
    csv_files.write(folder / f"{name}.csv", [[*names, "commit"], *lines])
