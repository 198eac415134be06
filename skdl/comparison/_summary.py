"""From a finished comparison to the plain values that a report is written from."""

from __future__ import annotations

import math
import platform
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import issparse
from sklearn.model_selection._search import BaseSearchCV

from skdl import results
from skdl._note import Note
from skdl.report.sections._columns import as_csr, as_frame, columns_of
from skdl.report.sections.data.checks import check_table
from skdl.report.sections.data.compute import column_profiles, target_histogram
from skdl.report.sections.errors.compute import errors_summary
from skdl.report.sections.leaderboard.compute import fold_row, model_row
from skdl.report.sections.networks.compute import network_summary
from skdl.report.sections.tuning.compute import tuning_summary
from skdl.tables import ColumnKinds, column_kinds

if TYPE_CHECKING:
    from skdl.analysis import Verdict
    from skdl.cross_validation import FinishedComparison

__all__ = ["Occasion", "summarise", "versions"]

_MODELS_SHOWN_IN_DETAIL = 3
_PACKAGES = (
    "skdl",
    "scikit-learn",
    "keras",
    "jax",
    "numpy",
    "scipy",
    "pandas",
    "xgboost",
    "lightgbm",
    "imbalanced-learn",
)


@dataclass(frozen=True)
class Occasion:
    """What a summary says besides the scores: where the data came from, and how to run it again."""

    name: str
    source: str
    target: str
    data_hash: str
    command: str
    notes: list[Note] = field(default_factory=list)
    kinds: ColumnKinds | None = None
    unit: str | None = None
    pipeline: str | None = None  # as YAML


def versions() -> dict[str, str]:
    """Return the versions that numbers depend on: Python and the packages that are installed."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def summarise(comparison: FinishedComparison, occasion: Occasion) -> results.Summary:
    """Put a comparison into plain values; the pin of the saved model is known only later."""
    verdict = comparison.verdict
    failed = [one.name for one in comparison.models if one.name not in comparison.ranked]
    best = [name for name in verdict.ranking if name != comparison.dummy][:_MODELS_SHOWN_IN_DETAIL]
    return results.Summary(
        name=occasion.name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        data=_data(comparison, occasion),
        protocol=_protocol(comparison, occasion),
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
            if (network := network_summary(comparison, name, from_file=occasion.pipeline is not None)) is not None
        ],
        versions=versions(),
        command=occasion.command,
        pipeline=occasion.pipeline,
        model_pin=None,
        against=_against(comparison),
        pairs=[results.Pair(first, second, p) for (first, second), p in verdict.p_values.items()],
        tuning=[tuned for name in verdict.ranking if (tuned := tuning_summary(comparison, name)) is not None],
        errors=errors_summary(comparison, best, occasion.kinds),
        insight=comparison.insight,
    )


def _against(comparison: FinishedComparison) -> results.Against | None:
    """Hold every ranked model against the reference."""
    reference = comparison.reference
    rows = [
        results.AgainstRow(
            found.model,
            found.mean,
            found.low,
            found.high,
            found.p_value,
            found.p_better,
            found.p_equivalent,
            found.p_worse,
        )
        for found in comparison.differences(reference)
    ]
    return (
        results.Against(reference, reference == comparison.rules.reference, comparison.equivalence, rows)
        if rows
        else None
    )


def _verdict(verdict: Verdict) -> results.VerdictSummary:
    rival = verdict.differences.get(verdict.runner_up) if verdict.runner_up else None
    return results.VerdictSummary(
        leader=verdict.leader,
        winner=verdict.winner,
        recommended=verdict.recommended,
        group=list(verdict.group),
        runner_up=verdict.runner_up,
        difference=rival.mean if rival else None,
        p_value=rival.p_value if rival else None,
        p_equivalent=rival.p_equivalent if rival else None,
        reasons=[results.Reason(reason.code, reason.values) for reason in verdict.reasons],
        recommended_because=verdict.recommended_because,
        speed_ratio=verdict.speed_ratio,
        preview=verdict.preview,
        detectable=verdict.detectable,
        evidence=verdict.evidence,
    )


def _data(comparison: FinishedComparison, occasion: Occasion) -> results.DataSummary:
    X, y = comparison.table.X, np.asarray(comparison.table.y)
    frame, n_columns = as_frame(X), math.prod(X.shape[1:])
    kinds = occasion.kinds or column_kinds(frame)
    counts = None
    if comparison.task == "classification" and y.ndim == 1:
        labels, numbers = np.unique(y, return_counts=True)
        counts = {str(label): int(number) for label, number in zip(labels, numbers, strict=True)}
    spread = [float(y.min()), float(y.max())] if comparison.task == "regression" else None
    return results.DataSummary(
        source=occasion.source,
        target=occasion.target,
        task=comparison.task,
        n_rows=len(y),
        n_columns=n_columns,
        n_numeric=len(kinds.numeric) + n_columns - frame.shape[1],  # a sparse table's others are numbers too
        n_categorical=len(kinds.categorical),
        n_missing=int(np.isnan(as_csr(X).data).sum() if issparse(X) else frame.isna().to_numpy().sum()),
        class_counts=counts,
        target_range=spread,
        notes=[
            *_left_out(comparison),
            *_undefined(comparison, occasion.target),
            *occasion.notes,
            *_warnings(comparison),
        ],
        unit=occasion.unit,
        profile=column_profiles(frame, kinds),
        histogram=target_histogram(y) if comparison.task == "regression" and y.ndim == 1 else None,
        checks=check_table(comparison, columns_of(X, kinds), kinds),
    )


def _left_out(comparison: FinishedComparison) -> list[Note]:
    """Say how many folds there was no time for."""
    n_done, n_planned = len(comparison.splits.members), len(comparison.planned.members)
    if n_done == n_planned:
        return []
    said = f"Time was up: every model has done the same {n_done} of {n_planned} folds."
    values = {"n_done": n_done, "n_planned": n_planned}
    return [Note("time_was_up", f"{said} The same command goes on with the rest.", values)]


def _undefined(comparison: FinishedComparison, target: str) -> list[Note]:
    """Say which metrics the tested rows leave without a value, and why."""
    tested = comparison.planned.tested(comparison.table.y)
    reasons = [(metric.label, metric.undefined_because(tested, target)) for metric in comparison.metrics]
    return [
        reason.within("undefined", f"{label} is not defined: {reason}.", because=reason.code, metric=label)
        for label, reason in reasons
        if reason is not None
    ]


def _warnings(comparison: FinishedComparison) -> list[str]:
    """Return what models warned of while they were fitted, once each."""
    said = dict.fromkeys(f"{result.model}: {warning}" for result in comparison.results for warning in result.warnings)
    return list(said)


def _protocol(comparison: FinishedComparison, occasion: Occasion) -> results.Protocol:
    tuned = [one.name for one in comparison.models if isinstance(one.estimator, BaseSearchCV)]
    return results.Protocol(
        splitter=comparison.planned.splitter,
        folds=comparison.planned.folds,
        repeats=comparison.planned.repeats,
        seed=comparison.planned.seed,
        tuned_models=tuned,
        tune_folds=comparison.tune_folds if tuned else None,
        splits_hash=comparison.planned.digest,
        data_hash=occasion.data_hash,
        fits=len(comparison.results),
        elapsed_s=comparison.elapsed_s,
        holdout=comparison.splits.holdout,
        fold_column=comparison.splits.column,
    )
