"""The summary of a finished comparison: the plain values that a report is written from."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import issparse
from sklearn.model_selection._search import BaseSearchCV

from skdl import results
from skdl._note import Note
from skdl.comparison._plan import package_versions
from skdl.report.sections._columns import as_csr, as_frame, columns_of
from skdl.report.sections.data.checks import check_table
from skdl.report.sections.data.compute import column_profiles, target_histogram
from skdl.report.sections.errors.compute import errors_summary
from skdl.report.sections.leaderboard.compute import fold_row, model_row
from skdl.report.sections.networks.compute import network_summary
from skdl.report.sections.tuning.compute import tuning_summary
from skdl.tables import column_kinds

if TYPE_CHECKING:
    from skdl.analysis import Verdict
    from skdl.comparison._plan import RunInfo
    from skdl.cross_validation import FinishedComparison

__all__ = ["summarise"]

_N_MODELS_IN_DETAIL = 3  # whose errors are shown


def summarise(
    comparison: FinishedComparison,
    info: RunInfo,
    inspection: results.Insight | None = None,
    *,
    model_pin: str | None = None,
    saved: results.SavedModelSummary | None = None,
) -> results.Summary:
    """Compute every section of the report; ``model_pin`` and ``saved`` describe the recommended model on disk."""
    verdict = comparison.verdict
    failed = [model.name for model in comparison.models if model.name not in comparison.ranked]
    best = [name for name in verdict.ranking if name != comparison.dummy][:_N_MODELS_IN_DETAIL]
    return results.Summary(
        name=info.name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        data=_data(comparison, info),
        protocol=_protocol(comparison, info),
        columns=[
            results.ScoreColumn(metric.name, metric.label, metric.greater_is_better, metric.in_target_unit)
            for metric in comparison.metrics
        ],
        verdict=_verdict(verdict),
        models=[model_row(comparison, name) for name in [*verdict.ranking, *failed]],
        folds=[fold_row(result, comparison.metrics) for result in comparison.results],
        networks=[
            network
            for name in comparison.by_model
            if (network := network_summary(comparison, name, from_file=info.pipeline is not None)) is not None
        ],
        versions=package_versions(),
        command=info.command,
        pipeline=info.pipeline,
        model_pin=model_pin,
        against=_against(comparison),
        pairs=[results.Pair(first, second, p) for (first, second), p in verdict.p_values.items()],
        tuning=[tuned for name in verdict.ranking if (tuned := tuning_summary(comparison, name)) is not None],
        errors=errors_summary(comparison, best, info.kinds),
        insight=inspection,
        saved=saved,
    )


def _against(comparison: FinishedComparison) -> results.Against | None:
    """Compare every ranked model with the reference."""
    reference = comparison.reference
    rows = [
        results.AgainstRow(
            difference.model,
            difference.mean,
            difference.low,
            difference.high,
            difference.p_value,
            difference.p_better,
            difference.p_equivalent,
            difference.p_worse,
        )
        for difference in comparison.differences(reference)
    ]
    return (
        results.Against(reference, reference == comparison.rules.reference, comparison.equivalence, rows)
        if rows
        else None
    )


def _verdict(verdict: Verdict) -> results.VerdictSummary:
    to_runner_up = verdict.differences.get(verdict.runner_up) if verdict.runner_up else None
    return results.VerdictSummary(
        leader=verdict.leader,
        winner=verdict.winner,
        recommended=verdict.recommended,
        group=list(verdict.group),
        runner_up=verdict.runner_up,
        difference=to_runner_up.mean if to_runner_up else None,
        p_value=to_runner_up.p_value if to_runner_up else None,
        p_equivalent=to_runner_up.p_equivalent if to_runner_up else None,
        reasons=[results.Reason(reason.code, reason.values) for reason in verdict.reasons],
        recommended_because=verdict.recommended_because,
        speed_ratio=verdict.speed_ratio,
        preview=verdict.preview,
        detectable=verdict.detectable,
        evidence=verdict.evidence,
    )


def _data(comparison: FinishedComparison, info: RunInfo) -> results.DataSummary:
    X, y = comparison.table.X, np.asarray(comparison.table.y)
    frame, n_columns = as_frame(X), math.prod(X.shape[1:])
    kinds = info.kinds or column_kinds(frame)
    counts = None
    if comparison.task == "classification" and y.ndim == 1:
        labels, numbers = np.unique(y, return_counts=True)
        counts = {str(label): int(number) for label, number in zip(labels, numbers, strict=True)}
    target_range = [float(y.min()), float(y.max())] if comparison.task == "regression" else None
    return results.DataSummary(
        source=info.source,
        target=info.target,
        task=comparison.task,
        n_rows=len(y),
        n_columns=n_columns,
        n_numeric=len(kinds.numeric) + n_columns - frame.shape[1],  # columns of a sparse table beyond the frame
        n_categorical=len(kinds.categorical),
        n_missing=int(np.isnan(as_csr(X).data).sum() if issparse(X) else frame.isna().to_numpy().sum()),
        class_counts=counts,
        target_range=target_range,
        notes=[
            *_time_was_up(comparison),
            *_undefined(comparison, info.target),
            *info.notes,
            *_warnings(comparison),
        ],
        unit=info.unit,
        profile=column_profiles(frame, kinds),
        histogram=target_histogram(y) if comparison.task == "regression" and y.ndim == 1 else None,
        checks=check_table(comparison, columns_of(X, kinds), kinds),
    )


def _time_was_up(comparison: FinishedComparison) -> list[Note]:
    """Note how many folds the time budget left out."""
    n_done, n_planned = len(comparison.splits.members), len(comparison.planned.members)
    if n_done == n_planned:
        return []
    text = f"Time was up: every model has finished the same {n_done} of {n_planned} folds. The same command resumes."
    return [Note("time_was_up", text, {"n_done": n_done, "n_planned": n_planned})]


def _undefined(comparison: FinishedComparison, target: str) -> list[Note]:
    """Note which metrics are not defined on the tested rows, and why."""
    tested = comparison.planned.tested(comparison.table.y)
    reasons = [(metric.label, metric.undefined_because(tested, target)) for metric in comparison.metrics]
    return [
        reason.within("undefined", f"{label} is not defined: {reason}.", because=reason.code, metric=label)
        for label, reason in reasons
        if reason is not None
    ]


def _warnings(comparison: FinishedComparison) -> list[str]:
    """Return the warnings of models, each once."""
    return list(dict.fromkeys(f"{result.model}: {text}" for result in comparison.results for text in result.warnings))


def _protocol(comparison: FinishedComparison, info: RunInfo) -> results.Protocol:
    tuned = [model.name for model in comparison.models if isinstance(model.estimator, BaseSearchCV)]
    return results.Protocol(
        splitter=comparison.planned.splitter,
        folds=comparison.planned.folds,
        repeats=comparison.planned.repeats,
        seed=comparison.planned.seed,
        tuned_models=tuned,
        tune_folds=info.tune_folds if tuned else None,
        splits_hash=comparison.planned.digest,
        data_hash=info.data_hash,
        fits=len(comparison.results),
        elapsed_s=comparison.elapsed_s,
        holdout=comparison.splits.holdout,
        fold_column=comparison.splits.column,
    )
