"""The contest: the same folds for every model, a verdict, and what it recommends."""

from skdl.comparison._compare import compare
from skdl.comparison._comparison import Comparison, ComparisonVerdict
from skdl.comparison._estimate import Estimate, estimate_times
from skdl.comparison._fold import FoldResult
from skdl.comparison._render import render_report
from skdl.comparison._run import Begun, Progress

__all__ = [
    "Begun",
    "Comparison",
    "ComparisonVerdict",
    "Estimate",
    "FoldResult",
    "Progress",
    "compare",
    "estimate_times",
    "render_report",
]
