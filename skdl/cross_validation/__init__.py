"""Cross-validation of several models on the same folds.

The way of the data:

1. `draw_splits` (a plan) or `take_splits` (a splitter) makes `Splits`, the folds that all models share.
2. A `Job` holds the models (`ComparedModel`), the `Table`, the `Splits` and the metrics. A `FoldTask` is one model on
   one fold of it.
3. `run_folds` runs the tasks where the `Executor` says: in this process, in several or on a cluster. Each task gives a
   `FoldResult`; a failure is one too. The caller gets the events `ComparisonStarted` and `FoldFinished`.
4. The `Journal` writes each `FoldResult` to disk, and gives those of earlier runs back to a model of the same
   `Identity`. `Job.take_over` computes what other metrics change in them.
5. `run_folds` returns a `FinishedComparison`, which computes the verdict: the results of the folds that every model has
   finished. `check_seeds` fits a winning network with other seeds, and `measure_rows` the leading models on parts of
   the training rows; `score_slices` scores parts of the test rows.

`skdl.comparison` plans the job, calls these steps and writes the summary of the finished comparison.
"""

from skdl._fitting import fit_with_groups
from skdl.cross_validation._class_scores import MAX_KEPT_SCORES, ClassScores, score_classes, scored_classes
from skdl.cross_validation._cost import measure_cost
from skdl.cross_validation._estimate import Estimate, estimate_times
from skdl.cross_validation._finished import (
    FinishedComparison,
    OutOfFold,
    RowScores,
    SeedSpread,
    out_of_fold,
    resampling_units,
)
from skdl.cross_validation._fold import ComparedModel, FoldResult, FoldTask, Job, Table, chosen_model, plain_value
from skdl.cross_validation._identity import basis_of
from skdl.cross_validation._journal import (
    JOURNAL_NAME,
    FinishedFold,
    InspectedModel,
    Journal,
    MeasuredSeeds,
    SavedModel,
    model_identities,
)
from skdl.cross_validation._learning_curve import expected_curve_s, leading_models, measure_rows, nested_parts
from skdl.cross_validation._nested_estimators import (
    ensemble_weights,
    final_estimator,
    is_dummy,
    parameter_prefix,
    takes_weights,
    wrapper_labels,
)
from skdl.cross_validation._network_trace import NetworkTrace, trace_network
from skdl.cross_validation._run import ComparisonStarted, EventCallback, FoldFinished, PartFitted, run_folds
from skdl.cross_validation._seeds import check_seeds
from skdl.cross_validation._slices import score_slices
from skdl.cross_validation._splits import Split, Splits, draw_splits, take_splits

__all__ = [
    "JOURNAL_NAME",
    "MAX_KEPT_SCORES",
    "ClassScores",
    "ComparedModel",
    "ComparisonStarted",
    "Estimate",
    "EventCallback",
    "FinishedComparison",
    "FinishedFold",
    "FoldFinished",
    "FoldResult",
    "FoldTask",
    "InspectedModel",
    "Job",
    "Journal",
    "MeasuredSeeds",
    "NetworkTrace",
    "OutOfFold",
    "PartFitted",
    "RowScores",
    "SavedModel",
    "SeedSpread",
    "Split",
    "Splits",
    "Table",
    "basis_of",
    "check_seeds",
    "chosen_model",
    "draw_splits",
    "ensemble_weights",
    "estimate_times",
    "expected_curve_s",
    "final_estimator",
    "fit_with_groups",
    "is_dummy",
    "leading_models",
    "measure_cost",
    "measure_rows",
    "model_identities",
    "nested_parts",
    "out_of_fold",
    "parameter_prefix",
    "plain_value",
    "resampling_units",
    "run_folds",
    "score_classes",
    "score_slices",
    "scored_classes",
    "take_splits",
    "takes_weights",
    "trace_network",
    "wrapper_labels",
]
