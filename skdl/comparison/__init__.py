"""The comparison: the same folds for every model, a verdict, and what it recommends."""

from skdl.comparison._compare import compare
from skdl.comparison._comparison import Comparison, ComparisonVerdict
from skdl.comparison._render import render_report

__all__ = [
    "Comparison",
    "ComparisonVerdict",
    "compare",
    "render_report",
]
