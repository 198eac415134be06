"""Statistics of a comparison: scores -> `Evidence` -> `Standings` -> `Verdict`. NumPy and SciPy only.

`decide` is the entry: it wraps the scores of the folds (`Folds`) or of one hold-out set (`Holdout`), ranks the models,
tests every pair, and gives leader, winner, recommendation and the reasons against a winner as codes with values.
"""

from skdl.analysis._choosing import optimism_of_choosing
from skdl.analysis._evidence import Difference, folds_for_a_winner
from skdl.analysis._holdout import Holdout, bootstrap_counts, n_draws_for
from skdl.analysis._learning_curve import fit_power_law, learning_curves
from skdl.analysis._recommendation import Cost, OtherMetric, is_cheaper
from skdl.analysis._standings import differences_from
from skdl.analysis._statistics import (
    corrected_ttest,
    corrected_variance,
    detectable_difference,
    expected_shortfall,
    holm,
    mean_interval,
    practical_probabilities,
    row_error,
    row_ttest,
)
from skdl.analysis._verdict import Verdict, decide, equivalence_region, letter_display

__all__ = [
    "Cost",
    "Difference",
    "Holdout",
    "OtherMetric",
    "Verdict",
    "bootstrap_counts",
    "corrected_ttest",
    "corrected_variance",
    "decide",
    "detectable_difference",
    "differences_from",
    "equivalence_region",
    "expected_shortfall",
    "fit_power_law",
    "folds_for_a_winner",
    "holm",
    "is_cheaper",
    "learning_curves",
    "letter_display",
    "mean_interval",
    "n_draws_for",
    "optimism_of_choosing",
    "practical_probabilities",
    "row_error",
    "row_ttest",
]
