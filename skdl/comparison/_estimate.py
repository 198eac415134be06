"""Estimated time and memory of a comparison from the start of the command to the report, and why a model is slow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
from sklearn.model_selection import check_cv
from sklearn.model_selection._search import BaseSearchCV

from skdl._note import Note
from skdl._settings import default_settings
from skdl.analysis import folds_for_a_winner
from skdl.catalogue import entry_named
from skdl.cross_validation import Estimate, estimate_times, expected_curve_s, final_estimator, is_dummy, leading_models
from skdl.pipeline import n_fits, search_rounds
from skdl.report import size
from skdl.report.sections.inspection.compute import expected_inspection_s
from skdl.workers import available_memory, peak_memory, reset_peak_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from skdl.pipeline import FoldPlan, LoadedTable, PipelineSpec

# Shares of the time of the imports, which carry over to other machines. On two cores at 2.5 GHz: imports take 2.9 s,
# sections and pictures of a small table 1.3 s, 1 s more for a million cells, saving a model and ending 0.5 s.
_REPORT_SHARE, _SAVE_SHARE = 0.45, 0.2
_CELL_SHARE = 0.35e-6
# Where memory is not measured: skdl and its packages without the table.
_IMPORTS_BYTES = 230e6
# Sections and pictures, on the same machine; and predictions and scores that are kept, for each row and model.
_REPORT_BYTES, _KEPT_BYTES = 60e6, 16
# A model is slow if it takes a minute and a tenth of the time of all models.
_SLOW_S, _SLOW_SHARE = 60.0, 0.1
_MANY_FITS = 10  # of a search in a fold
_MANY_COLUMNS = 100  # after encoding
_STEEP = 1.4  # the time grows with a higher power of the rows than that of sorting
_ROUNDS = ("epochs", "n_estimators", "iterations", "max_iter")  # of epochs or trees
_QUICKER = {
    "svm": "hist_gradient_boosting",
    "gradient_boosting": "hist_gradient_boosting",
    "random_forest": "hist_gradient_boosting",
    "sklearn_mlp": "keras_mlp",
}


@dataclass(frozen=True)
class MemoryEstimate:
    """Estimated resident memory of a comparison in bytes, by its parts."""

    start: int  # the process with the table, before a model is fitted
    reading: int  # the process at most, while the table is read
    shared: int  # numbers of the table, which all processes have together
    packages: int  # that the models import
    models: int  # rise in a fold of the model that takes most
    largest: str | None  # that model; None where none was tried
    refit: int  # rise while the recommended model is fitted on all rows and saved
    report: int  # rise while it is made
    kept: int  # predictions and scores of all models
    available: int | None  # memory that programs can still take, and what this process has; None where it is unknown

    def total(self, n_jobs: int = 1) -> int:
        """Bytes of all processes at most."""
        n_workers: int = joblib.effective_n_jobs(n_jobs)
        here = self.start + self.packages + self.kept
        if n_workers == 1:
            return max(self.reading, here + max(self.models, self.refit, self.report))
        folds = n_workers * (self.start - self.shared + self.packages + self.models)
        return max(self.reading, self.start + self.kept + folds, here + max(self.refit, self.report))

    def fits(self, n_jobs: int = 1) -> bool:
        """Whether the run fits into memory; also where that is unknown."""
        return self.available is None or self.total(n_jobs) <= self.available


@dataclass(frozen=True)
class RunEstimate:
    """Estimated seconds of a comparison in one process, by its parts, its memory, and why models are slow."""

    models: tuple[Estimate, ...]  # the folds
    start_s: float  # imports, and reading the table
    inspection_s: float | None  # None where it is not asked for
    save_s: float  # the recommended model: its fit on all rows, and its file
    seeds_s: float | None  # of the fits with other seeds, where a network had the best score in the trials
    curve_s: float | None  # of the fits on parts of the rows for a learning curve; None where it is not asked for
    report_s: float
    memory: MemoryEstimate
    slow: tuple[Note, ...]  # why a model is slow, and what to write; the slowest first

    @property
    def seconds(self) -> float:
        """Seconds of the whole run, without models that were not timed."""
        folds_s = sum(one.seconds or 0.0 for one in self.models)
        further_s = (self.curve_s or 0.0) + (self.inspection_s or 0.0) + (self.seeds_s or 0.0)
        return folds_s + self.start_s + further_s + self.save_s + self.report_s

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
    """Estimate time and memory that `compare` takes for a pipeline file on this machine, as busy as it is now.

    Models are tried on parts of the table, see `skdl.cross_validation.estimate_times`. ``start_s`` is what the imports
    and reading the table took. The recommended model is not known: the one with the best score on the parts
    stands for it, and the best ones for those of the learning curve.
    """
    reading_bytes, start_bytes = peak_memory(), reset_peak_memory()
    models = estimate_times(spec, table, estimators, on_model=on_model)
    n_rows, n_columns = table.X.shape
    scored = [one for one in models if one.score is not None and one.fit_s is not None and one.predict_s is not None]
    inspection_s, fit_s, refit_bytes, seeds_s = 0.0, 0.0, 0, None
    if scored:
        best = max(scored, key=lambda one: one.score or 0.0)
        n_test = max(1, round(n_rows * (table.plan.holdout or 1 / max(2, table.plan.folds))))
        one_s, refit_bytes = best.fit_s or 0.0, best.refit_bytes or 0
        # A search on all rows takes as long as one in a fold, and some more.
        fit_s = (
            one_s * n_fits(estimators[best.model], 1, n_rows) * n_rows / max(1, n_rows - n_test) + best.compilation_s
        )
        # Only where a winner may be named, which needs a runner-up.
        n_real = sum(not is_dummy(estimators[one.model]) for one in models)
        enough = table.plan.holdout is not None or table.plan.n_splits >= folds_for_a_winner(n_test)
        seeds_s = best.seeds_s if n_real > 1 and enough else None
        limit_s = spec.compare.insight_seconds
        inspection_s = expected_inspection_s(n_rows, n_columns, n_test, one_s, best.predict_s or 0.0, limit_s)
    return RunEstimate(
        tuple(models),
        start_s,
        inspection_s if spec.compare.insight else None,
        fit_s + _SAVE_SHARE * start_s,
        seeds_s,
        _curve_s(scored, estimators, table.plan.folds) if spec.compare.learning_curve else None,
        start_s * (_REPORT_SHARE + _CELL_SHARE * n_rows * n_columns),
        _memory(table, models, start_bytes, reading_bytes, refit_bytes),
        _slow_because(spec, estimators, models, table.plan),
    )


def _curve_s(scored: list[Estimate], estimators: Mapping[str, Any], n_folds: int) -> float:
    """Seconds of the learning curves, of the models that had the best scores in the trials."""
    ranking = sorted(scored, key=lambda one: one.score or 0.0, reverse=True)
    names = [one.model for one in ranking if not is_dummy(estimators[one.model])]
    leading = leading_models(names, {one.model for one in scored if one.seeds_s is not None})
    return expected_curve_s([one for one in scored if one.model in leading], n_folds)


def _memory(
    table: LoadedTable, models: list[Estimate], start_bytes: int | None, reading_bytes: int | None, refit_bytes: int
) -> MemoryEstimate:
    used = table.X.memory_usage(deep=True, index=False)
    are_numbers = [isinstance(dtype, np.dtype) and not dtype.hasobject for dtype in table.X.dtypes]
    largest = max(models, key=lambda one: one.peak_bytes or 0)
    now_bytes = reset_peak_memory()
    if start_bytes is None or reading_bytes is None or now_bytes is None:
        start_bytes = now_bytes = reading_bytes = round(_IMPORTS_BYTES + used.sum())
    free_bytes = available_memory()
    return MemoryEstimate(
        start=start_bytes,
        reading=reading_bytes,
        shared=int(used[are_numbers].sum()),
        packages=max(0, now_bytes - start_bytes),
        models=largest.peak_bytes or 0,
        largest=None if largest.peak_bytes is None else largest.model,
        refit=refit_bytes,
        report=round(_REPORT_BYTES),
        kept=_KEPT_BYTES * len(models) * len(table.X),
        available=None if free_bytes is None else free_bytes + now_bytes,
    )


def _slow_because(
    spec: PipelineSpec, estimators: Mapping[str, Any], models: list[Estimate], plan: FoldPlan
) -> tuple[Note, ...]:
    """Return a reason for each slow model, the slowest first."""
    total_s = sum(one.seconds or 0.0 for one in models)
    slow = [one for one in models if (one.seconds or 0.0) > max(_SLOW_S, _SLOW_SHARE * total_s)]
    notes = []
    for one in sorted(slow, key=lambda one: -(one.seconds or 0.0)):
        cause, remedy = _cause_and_remedy(estimators[one.model], one, _use(spec, one.model), plan)
        text = "{model} is slow: {cause}. {remedy}"
        notes.append(Note.of("slow_model", text, model=one.model, cause=cause, remedy=remedy))
    return tuple(notes)


def _cause_and_remedy(estimator: Any, estimate: Estimate, use: str, plan: FoldPlan) -> tuple[Note, Note]:
    """Return why a model is slow, from what was measured, and what makes it quicker."""
    n_splits = plan.n_splits
    final, entry = final_estimator(estimator), entry_named(use)
    final = getattr(final, "regressor", final)  # whose target is scaled
    is_network = entry is not None and entry.is_network
    fit_s, predict_s = estimate.fit_s or 0.0, estimate.predict_s or 0.0
    n_rounds = next((getattr(final, name) for name in _ROUNDS if hasattr(final, name)), None)
    remedy = _fewer_fits_or_rows(_QUICKER.get(use), plan)
    if isinstance(estimator, BaseSearchCV) and estimate.n_fits > _MANY_FITS * n_splits:
        cause = Note.of(
            "slow_search",
            "its search fits {n_candidates:,} candidates on {n_inner} inner folds in each of {n_splits} folds, "
            "{n_fits:,} times in all",
            n_candidates=search_rounds(estimator, estimate.n_rows)[0][0],
            n_inner=int(check_cv(estimator.cv).get_n_splits()),
            n_splits=n_splits,
            n_fits=estimate.n_fits,
        )
        remedy = Note("use_halving", "compare.tune: {search: halving} or fewer values take less time.")
    elif estimate.widest is not None and 2 * estimate.widest[1] > estimate.n_columns > _MANY_COLUMNS:
        column, n_widest = estimate.widest
        text = "it gets {n_columns:,} columns after encoding, {n_widest:,} of them from {column}"
        cause = Note.of("slow_columns", text, n_columns=estimate.n_columns, n_widest=n_widest, column=repr(column))
        remedy = _fewer_columns(column)
    elif estimate.growth is not None and estimate.growth > _STEEP:
        text = "its time grows with the rows to the power of {growth:.1f}, measured up to {tried_rows:,} rows"
        cause = Note.of("slow_growth", text, growth=estimate.growth, tried_rows=estimate.tried_rows)
    elif predict_s > fit_s:
        share = round(100 * predict_s / (fit_s + predict_s))
        cause = Note.of("slow_predictions", "its predictions take {share} % of a fold", share=share)
    elif n_rounds and is_network:
        text = "it trains for up to {epochs:,} epochs of {n_rows:,} rows, {n_fits:,} times"
        cause = Note.of("slow_epochs", text, epochs=n_rounds, n_rows=estimate.n_rows, n_fits=estimate.n_fits)
        if getattr(final, "early_stopping", None) is False:
            remedy = Note("use_early_stopping", "early_stopping: true ends a training that no longer helps.")
    elif n_rounds and entry is not None and not entry.needs_scaling:
        text = "it grows {n_trees:,} trees on {n_rows:,} rows, {n_fits:,} times"
        cause = Note.of("slow_trees", text, n_trees=n_rounds, n_rows=estimate.n_rows, n_fits=estimate.n_fits)
    else:
        seconds = f"{fit_s:,.0f}" if fit_s >= 10 else f"{fit_s:.2g}"
        text = "a fit on {n_rows:,} rows takes {fit_s} s, and there are {n_fits:,}"
        cause = Note.of("slow_fits", text, n_rows=estimate.n_rows, fit_s=seconds, n_fits=estimate.n_fits)
    return cause, remedy


def _fewer_fits_or_rows(other: str | None, plan: FoldPlan) -> Note:
    """Return the remedies of a model that is slow by its rows or fits; other is a quicker model of the same kind."""
    if plan.repeats == 1:  # there are no fewer
        if other is None:
            return Note("use_fewer_rows", "Use a sample of the rows (data.sample).")
        return Note.of("use_other_or_fewer_rows", "Use {other} or a sample of the rows (data.sample).", other=other)
    if other is None:
        return Note("use_less", "Use fewer repeats (compare.cv.repeats: 1) or a sample of the rows (data.sample).")
    text = "Use {other}, fewer repeats (compare.cv.repeats: 1) or a sample of the rows (data.sample)."
    return Note.of("use_other", text, other=other)


def _use(spec: PipelineSpec, model: str) -> str:
    return spec.models[model].use if model in spec.models else "dummy"  # which the file need not name


def _fewer_columns(column: str) -> Note:
    """Return what to write for a column of many categories."""
    text = "preprocess.columns: {{{column}: {{encode: target}}}} makes one of them."
    return Note.of("use_target_encoding", text, column=repr(column))


def too_large(run: RunEstimate, spec: PipelineSpec, n_jobs: int) -> Note | None:
    """Return a warning where the run would not fit into memory, with the model that takes most and a remedy."""
    memory = run.memory
    if memory.fits(n_jobs) or memory.available is None:
        return None
    estimate = next(one for one in run.models if one.model == memory.largest) if memory.largest else None
    remedy = Note("use_sample", "Use a sample of the rows (data.sample) or fewer columns.")
    if n_jobs != 1 and memory.fits(1):
        remedy = Note("use_one_job", "One process would fit: leave out --jobs.")
    elif estimate is not None and estimate.widest is not None and 2 * estimate.widest[1] > estimate.n_columns:
        remedy = _fewer_columns(estimate.widest[0])
    elif estimate is not None and _use(spec, estimate.model) == "random_forest":
        remedy = Note("use_small_trees", "min_samples_leaf: 20 or max_depth: 12 makes its trees smaller.")
    return Note.of(
        "too_large",
        "the run takes about {needed}, but {available} are available; {model} takes {most} of it. {remedy}",
        needed=size(memory.total(n_jobs)),
        available=size(memory.available),
        model=memory.largest or "the table",
        most=size(memory.models if memory.largest else memory.start),
        remedy=remedy,
    )
