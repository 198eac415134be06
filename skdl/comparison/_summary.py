"""From a finished contest to the plain values that a report is written from."""

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

from skdl import report
from skdl._note import Note
from skdl.comparison._checks import check_table
from skdl.comparison._columns import as_csr, as_frame, columns_of
from skdl.comparison._errors import read_errors
from skdl.comparison._model_row import fold_row, model_row
from skdl.comparison._network_summary import network_summary
from skdl.comparison._profile import histogram_of, profile_of
from skdl.comparison._tuning import read_tuning
from skdl.pipeline import undefined_because
from skdl.tables import ColumnKinds, column_kinds

if TYPE_CHECKING:
    from skdl.analysis import Verdict
    from skdl.comparison._contest import Contest

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


def summarise(contest: Contest, occasion: Occasion) -> report.Summary:
    """Put a contest into plain values; the pin of the saved model is known only later."""
    verdict = contest.verdict
    failed = [one.name for one in contest.contestants if one.name not in contest.ranked]
    best = [name for name in verdict.ranking if name != contest.dummy][:_MODELS_SHOWN_IN_DETAIL]
    return report.Summary(
        name=occasion.name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        data=_data(contest, occasion),
        protocol=_protocol(contest, occasion),
        columns=[
            report.ScoreColumn(metric.name, metric.label, metric.greater_is_better, metric.in_target_unit)
            for metric in contest.metrics
        ],
        verdict=_verdict(verdict),
        models=[model_row(contest, name) for name in [*verdict.ranking, *failed]],
        folds=[fold_row(result, contest.metrics) for result in contest.results],
        networks=[
            network
            for name in contest.by_model
            if (network := network_summary(contest, name, from_file=occasion.pipeline is not None)) is not None
        ],
        versions=versions(),
        command=occasion.command,
        pipeline=occasion.pipeline,
        model_pin=None,
        against=_against(contest),
        pairs=[report.Pair(first, second, p) for (first, second), p in verdict.p_values.items()],
        tuning=[tuned for name in verdict.ranking if (tuned := read_tuning(contest, name)) is not None],
        errors=read_errors(contest, best, occasion.kinds),
        insight=contest.insight,
    )


def _against(contest: Contest) -> report.Against | None:
    """Hold every ranked model against the reference."""
    reference = contest.reference
    rows = [
        report.AgainstRow(
            found.model,
            found.mean,
            found.low,
            found.high,
            found.p_value,
            found.p_better,
            found.p_equivalent,
            found.p_worse,
        )
        for found in contest.differences(reference)
    ]
    return report.Against(reference, reference == contest.rules.reference, contest.equivalence, rows) if rows else None


def _verdict(verdict: Verdict) -> report.VerdictSummary:
    rival = verdict.differences.get(verdict.runner_up) if verdict.runner_up else None
    return report.VerdictSummary(
        leader=verdict.leader,
        winner=verdict.winner,
        recommended=verdict.recommended,
        group=list(verdict.group),
        runner_up=verdict.runner_up,
        difference=rival.mean if rival else None,
        p_value=rival.p_value if rival else None,
        p_equivalent=rival.p_equivalent if rival else None,
        reasons=[report.Reason(reason.code, reason.values) for reason in verdict.reasons],
        recommended_because=verdict.recommended_because,
        speed_ratio=verdict.speed_ratio,
        preview=verdict.preview,
        detectable=verdict.detectable,
        evidence=verdict.evidence,
    )


def _data(contest: Contest, occasion: Occasion) -> report.DataSummary:
    X, y = contest.table.X, np.asarray(contest.table.y)
    frame, n_columns = as_frame(X), math.prod(X.shape[1:])
    kinds = occasion.kinds or column_kinds(frame)
    counts = None
    if contest.task == "classification" and y.ndim == 1:
        labels, numbers = np.unique(y, return_counts=True)
        counts = {str(label): int(number) for label, number in zip(labels, numbers, strict=True)}
    spread = [float(y.min()), float(y.max())] if contest.task == "regression" else None
    return report.DataSummary(
        source=occasion.source,
        target=occasion.target,
        task=contest.task,
        n_rows=len(y),
        n_columns=n_columns,
        n_numeric=len(kinds.numeric) + n_columns - frame.shape[1],  # a sparse table's others are numbers too
        n_categorical=len(kinds.categorical),
        n_missing=int(np.isnan(as_csr(X).data).sum() if issparse(X) else frame.isna().to_numpy().sum()),
        class_counts=counts,
        target_range=spread,
        notes=[*_left_out(contest), *_undefined(contest, occasion.target), *occasion.notes, *_warnings(contest)],
        unit=occasion.unit,
        profile=profile_of(frame, kinds),
        histogram=histogram_of(y) if contest.task == "regression" and y.ndim == 1 else None,
        checks=check_table(contest, columns_of(X, kinds), kinds),
    )


def _left_out(contest: Contest) -> list[Note]:
    """Say how many folds there was no time for."""
    n_done, n_planned = len(contest.splits.members), len(contest.planned.members)
    if n_done == n_planned:
        return []
    said = f"Time was up: every model has done the same {n_done} of {n_planned} folds."
    values = {"n_done": n_done, "n_planned": n_planned}
    return [Note("time_was_up", f"{said} The same command goes on with the rest.", values)]


def _undefined(contest: Contest, target: str) -> list[Note]:
    """Say which metrics the tested rows leave without a value, and why."""
    tested = contest.planned.tested(contest.table.y)
    reasons = [(metric.label, undefined_because(metric.name, tested, target)) for metric in contest.metrics]
    return [
        reason.within("undefined", f"{label} is not defined: {reason}.", because=reason.code, metric=label)
        for label, reason in reasons
        if reason is not None
    ]


def _warnings(contest: Contest) -> list[str]:
    """Return what models warned of while they were fitted, once each."""
    said = dict.fromkeys(f"{result.model}: {warning}" for result in contest.results for warning in result.warnings)
    return list(said)


def _protocol(contest: Contest, occasion: Occasion) -> report.Protocol:
    tuned = [one.name for one in contest.contestants if isinstance(one.estimator, BaseSearchCV)]
    return report.Protocol(
        splitter=contest.planned.splitter,
        folds=contest.planned.folds,
        repeats=contest.planned.repeats,
        seed=contest.planned.seed,
        tuned_models=tuned,
        tune_folds=contest.tune_folds if tuned else None,
        splits_hash=contest.planned.digest,
        data_hash=occasion.data_hash,
        fits=len(contest.results),
        elapsed_s=contest.elapsed_s,
        holdout=contest.splits.holdout,
        fold_column=contest.splits.column,
    )
