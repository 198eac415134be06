"""Pipeline files: YAML, checked, turned into scikit-learn objects."""

from skdl.pipeline._count import n_fits, search_rounds
from skdl.pipeline._file import read_pipeline
from skdl.pipeline._fold_spec import settled
from skdl.pipeline._folds import FoldPlan, draw_folds, settle_folds
from skdl.pipeline._load import LoadedTable
from skdl.pipeline._spec import PipelineSpec

__all__ = [
    "FoldPlan",
    "LoadedTable",
    "PipelineSpec",
    "draw_folds",
    "n_fits",
    "read_pipeline",
    "search_rounds",
    "settle_folds",
    "settled",
]
