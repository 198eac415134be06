"""Pipeline files: YAML, checked, turned into scikit-learn objects."""

from skdl.pipeline._catalogue import catalogue, default_parameters, find_class, simplicity
from skdl.pipeline._count import n_fits, search_rounds
from skdl.pipeline._draft import draft_pipeline, table_name
from skdl.pipeline._entries import CatalogueEntry
from skdl.pipeline._export import export_code
from skdl.pipeline._file import read_pipeline
from skdl.pipeline._fold_spec import settled
from skdl.pipeline._folds import FoldPlan, draw_folds, settle_folds
from skdl.pipeline._load import LoadedTable
from skdl.pipeline._metrics import Metric, Scorer, default_metrics, metric_names, resolve_metrics
from skdl.pipeline._parameters import Parameter, parameters_of
from skdl.pipeline._schema import pipeline_schema
from skdl.pipeline._spec import PipelineSpec
from skdl.pipeline._undefined import undefined_because

__all__ = [
    "CatalogueEntry",
    "FoldPlan",
    "LoadedTable",
    "Metric",
    "Parameter",
    "PipelineSpec",
    "Scorer",
    "catalogue",
    "default_metrics",
    "default_parameters",
    "draft_pipeline",
    "draw_folds",
    "export_code",
    "find_class",
    "metric_names",
    "n_fits",
    "parameters_of",
    "pipeline_schema",
    "read_pipeline",
    "resolve_metrics",
    "search_rounds",
    "settle_folds",
    "settled",
    "simplicity",
    "table_name",
    "undefined_because",
]
