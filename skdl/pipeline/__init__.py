"""Pipeline files as scikit-learn objects.

The way of a file through this package::

    read_pipeline   PipelineSpec     the file (`skdl.spec`), its models and parameters checked
    load_table      LoadedTable      features, target, task, and the folds (`FoldPlan`)
    build_estimators                 for each model preprocessing, wrappers, search: an unfitted estimator
"""

from skdl.pipeline._build import build_estimators
from skdl.pipeline._columns import reading_options
from skdl.pipeline._ensembles import is_ensemble
from skdl.pipeline._folds import FoldPlan, draw_folds, make_splitter, resolve_folds, with_resolved_folds
from skdl.pipeline._load import load_table
from skdl.pipeline._metrics import costs_of_argument, costs_of_file, find_metrics, metrics_of_file, read_costs
from skdl.pipeline._pipeline import PipelineSpec, read_pipeline
from skdl.pipeline._search import n_fits, search_rounds
from skdl.pipeline._slices import LEAST_ROWS, RowSlices, slice_rows
from skdl.pipeline._splitters import ByQuantiles, StratifiedGroupHoldOut, quantile_bins
from skdl.pipeline._table import LoadedTable
from skdl.pipeline._target import infer_task

__all__ = [
    "LEAST_ROWS",
    "ByQuantiles",
    "FoldPlan",
    "LoadedTable",
    "PipelineSpec",
    "RowSlices",
    "StratifiedGroupHoldOut",
    "build_estimators",
    "costs_of_argument",
    "costs_of_file",
    "draw_folds",
    "find_metrics",
    "infer_task",
    "is_ensemble",
    "load_table",
    "make_splitter",
    "metrics_of_file",
    "n_fits",
    "quantile_bins",
    "read_costs",
    "read_pipeline",
    "reading_options",
    "resolve_folds",
    "search_rounds",
    "slice_rows",
    "with_resolved_folds",
]
