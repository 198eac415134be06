"""Comparison of models: from a plan to the report and the recommended model.

The way of the data:

1. `plan_of_file` or `plan_of_estimators` makes a `ComparisonPlan`: the job (models, table, folds, metrics, rules of
   the verdict), and `RunInfo` for the report.
2. `run_plan` runs the folds (`skdl.cross_validation`), with a journal where there is an output folder, and gets a
   `FinishedComparison`; then it inspects the recommended model.
3. The recommended model is fitted on all rows and saved.
4. Every section of the report is computed: a `results.Summary` of plain values.
5. Report, tables, ``lock.yaml`` and the model are written to a staging folder and moved to the results folder.
6. `Comparison` gives all of it to Python. `compare` is the public function around these steps.

`estimate_run` estimates time and memory of all of it beforehand, for ``skdl check``.
"""

from skdl.comparison._compare import RunOptions, compare, run_plan
from skdl.comparison._comparison import Comparison, ComparisonVerdict
from skdl.comparison._estimate import RunEstimate, estimate_run, too_large
from skdl.comparison._plan import ComparisonPlan, plan_of_estimators, plan_of_file
from skdl.comparison._progress import Progress
from skdl.comparison._results_folder import render_report

__all__ = [
    "Comparison",
    "ComparisonPlan",
    "ComparisonVerdict",
    "Progress",
    "RunEstimate",
    "RunOptions",
    "compare",
    "estimate_run",
    "plan_of_estimators",
    "plan_of_file",
    "render_report",
    "run_plan",
    "too_large",
]
