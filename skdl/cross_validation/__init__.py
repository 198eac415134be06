"""Cross-validation of several models on the same folds: splits, one fold, the queue of folds, the journal."""

from skdl.cross_validation._chosen import chosen_model
from skdl.cross_validation._estimate import Estimate, estimate_times
from skdl.cross_validation._finished import FinishedComparison, Rules, is_dummy
from skdl.cross_validation._fold import ComparedModel, FoldResult, Table
from skdl.cross_validation._groups import fit_in_groups
from skdl.cross_validation._identity import Identity, comparison_identity
from skdl.cross_validation._job import Job
from skdl.cross_validation._journal import JOURNAL_NAME, Journal, SavedWinner
from skdl.cross_validation._network_trace import NetworkTrace, additions, final_estimator, way_to_final
from skdl.cross_validation._out_of_fold import OutOfFold, out_of_fold, short
from skdl.cross_validation._plain_values import plain_value
from skdl.cross_validation._run import Begun, EventCallback, Limits, Progress, run_comparison
from skdl.cross_validation._seeds import with_seed_spreads
from skdl.cross_validation._splits import Split, Splits, draw_splits, take_splits

__all__ = [
    "JOURNAL_NAME",
    "Begun",
    "ComparedModel",
    "Estimate",
    "EventCallback",
    "FinishedComparison",
    "FoldResult",
    "Identity",
    "Job",
    "Journal",
    "Limits",
    "NetworkTrace",
    "OutOfFold",
    "Progress",
    "Rules",
    "SavedWinner",
    "Split",
    "Splits",
    "Table",
    "additions",
    "chosen_model",
    "comparison_identity",
    "draw_splits",
    "estimate_times",
    "final_estimator",
    "fit_in_groups",
    "is_dummy",
    "out_of_fold",
    "plain_value",
    "run_comparison",
    "short",
    "take_splits",
    "way_to_final",
    "with_seed_spreads",
]
