"""Scores to a verdict, a training history to a diagnosis; NumPy and SciPy alone."""

from skdl.analysis._bootstrap import Holdout, bootstrap_counts, n_draws_for
from skdl.analysis._curves import FoldFinding, TrainingDiagnosis, TrainingFinding, diagnose_training, over_folds
from skdl.analysis._differences import differences_from
from skdl.analysis._letters import letter_display
from skdl.analysis._power import detectable_difference
from skdl.analysis._remedies import changed_parameters, remedy_yaml
from skdl.analysis._standings import Difference
from skdl.analysis._statistics import (
    Interval,
    TTest,
    corrected_ttest,
    corrected_variance,
    holm,
    mean_interval,
    practical_probabilities,
)
from skdl.analysis._underfit import is_underfit
from skdl.analysis._verdict import Verdict, VerdictReason, decide, equivalence_region

__all__ = [
    "Difference",
    "FoldFinding",
    "Holdout",
    "Interval",
    "TTest",
    "TrainingDiagnosis",
    "TrainingFinding",
    "Verdict",
    "VerdictReason",
    "bootstrap_counts",
    "changed_parameters",
    "corrected_ttest",
    "corrected_variance",
    "decide",
    "detectable_difference",
    "diagnose_training",
    "differences_from",
    "equivalence_region",
    "holm",
    "is_underfit",
    "letter_display",
    "mean_interval",
    "n_draws_for",
    "over_folds",
    "practical_probabilities",
    "remedy_yaml",
]
