"""Estimated time of a comparison from the start of the command to the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from skdl._settings import default_settings
from skdl.cross_validation import Estimate, estimate_times
from skdl.pipeline import n_fits
from skdl.report.sections.inspection.compute import expected_inspection_s

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from skdl.pipeline import LoadedTable, PipelineSpec

# Shares of the time of the imports, which carry over to other machines. On two cores at 2.5 GHz: imports take 2.9 s,
# sections and pictures of a small table 1.3 s, 1 s more for a million cells, saving a model and ending 0.5 s.
_REPORT_SHARE, _SAVE_SHARE = 0.45, 0.2
_CELL_SHARE = 0.35e-6


@dataclass(frozen=True)
class RunEstimate:
    """Estimated seconds of a comparison in one process, by its parts."""

    models: tuple[Estimate, ...]  # the folds
    start_s: float  # imports, and reading the table
    inspection_s: float | None  # None where it is not asked for
    save_s: float  # the recommended model: its fit on all rows, and its file
    report_s: float

    @property
    def seconds(self) -> float:
        """Seconds of the whole run, without models that were not timed."""
        folds_s = sum(one.seconds or 0.0 for one in self.models)
        return folds_s + self.start_s + (self.inspection_s or 0.0) + self.save_s + self.report_s

    @property
    def untimed(self) -> list[str]:
        """Models that were not timed, although they can be fitted."""
        return [one.model for one in self.models if one.seconds is None and not one.error]


@default_settings()
def estimate_run(
    spec: PipelineSpec,
    table: LoadedTable,
    estimators: Mapping[str, Any],
    *,
    start_s: float,
    on_model: Callable[[str], None] | None = None,
) -> RunEstimate:
    """Estimate the time that `compare` takes for a pipeline file on this machine, as busy as it is now.

    Models are timed on parts of the table, see `skdl.cross_validation.estimate_times`. ``start_s`` is what the imports
    and reading the table took. The recommended model is not known: the one with the best score on the parts stands for
    it.
    """
    models = estimate_times(spec, table, estimators, on_model=on_model)
    n_rows, n_columns = table.X.shape
    scored = [one for one in models if one.score is not None and one.fit_s is not None and one.predict_s is not None]
    inspection_s, fit_s = 0.0, 0.0
    if scored:
        best = max(scored, key=lambda one: one.score or 0.0)
        n_test = max(1, round(n_rows * (table.plan.holdout or 1 / max(2, table.plan.folds))))
        one_s = best.fit_s or 0.0
        # A search on all rows takes as long as one in a fold, and some more.
        fit_s = one_s * n_fits(estimators[best.model], 1, n_rows) * n_rows / max(1, n_rows - n_test)
        limit_s = spec.compare.insight_seconds
        inspection_s = expected_inspection_s(n_rows, n_columns, n_test, one_s, best.predict_s or 0.0, limit_s)
    return RunEstimate(
        tuple(models),
        start_s,
        inspection_s if spec.compare.insight else None,
        fit_s + _SAVE_SHARE * start_s,
        start_s * (_REPORT_SHARE + _CELL_SHARE * n_rows * n_columns),
    )
