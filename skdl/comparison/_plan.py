"""A comparison before it is run: models, table, folds and rules, from a pipeline file or from a dict."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import joblib
import numpy as np
from sklearn.base import is_classifier, is_regressor
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.model_selection._search import BaseSearchCV

from skdl.comparison._summary import Occasion, versions
from skdl.cross_validation import (
    ComparedModel,
    Job,
    Rules,
    Table,
    comparison_identity,
    draw_splits,
    final_estimator,
    is_dummy,
    take_splits,
)
from skdl.exceptions import UsageError
from skdl.metrics import resolve_metrics
from skdl.pipeline import settle_folds, settled
from skdl.tables import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from skdl._note import Note
    from skdl.cross_validation import Identity, Splits
    from skdl.pipeline import PipelineSpec

__all__ = ["Entry", "check_ranking_metric", "entry_of_dict", "entry_of_file", "rules_for"]

Task = Literal["regression", "classification"]

_DEFAULT_SEED = 0


@dataclass(frozen=True)
class Entry:
    """A comparison before it is run, whichever way it was asked for."""

    task: Task
    estimators: dict[str, Any]
    table: Table
    splits: Splits
    metrics: Sequence[str] | None
    tune_folds: int | None
    occasion: Occasion
    spec: PipelineSpec | None = None
    rules: Rules = field(default_factory=Rules)
    insight: bool = True

    @cached_property
    def job(self) -> Job:
        """Everything that a fold needs."""
        models = tuple(ComparedModel(name, estimator) for name, estimator in self.estimators.items())
        return Job(models, self.table, self.splits, tuple(resolve_metrics(self.metrics, self.task)))

    def identity(self) -> Identity:
        """Give what another run must have in common with this one to go on with its folds."""
        job = self.job
        return comparison_identity(
            job.models,
            job.splits,
            job.metrics,
            data_hash=joblib.hash((self.occasion.data_hash, self.table.groups), hash_name="sha1"),
            versions=versions(),
            spec=self.spec,
        )


def entry_of_file(
    spec: PipelineSpec, *, cv: Any, repeats: int | None, seed: int | None, metrics: Sequence[str] | None
) -> Entry:
    drawn = cv is None or isinstance(cv, int | np.integer)
    spec = _with_folds(spec, folds=cv if drawn else None, repeats=repeats)
    loaded = spec.load_table()
    task = spec.task_of(loaded.y)
    plan = loaded.plan if seed is None else replace(loaded.plan, seed=seed)
    splits = (
        draw_splits(plan, loaded.y, groups=loaded.groups, time=loaded.time, folds=loaded.folds)
        if drawn
        else take_splits(cv, loaded.X, loaded.y, loaded.groups)
    )
    if spec.origin.locked is not None:
        spec.origin.locked.check_splits(loaded.source, splits.digest)
    groups = None if loaded.groups is None else loaded.groups.to_numpy()
    return Entry(
        task=task,
        estimators=spec.estimators(loaded.X, loaded.y, loaded.plan),
        table=Table(loaded.X, loaded.y.to_numpy(), groups, None if loaded.time is None else loaded.time.to_numpy()),
        splits=splits,
        metrics=spec.compare.metrics if metrics is None else metrics,
        tune_folds=spec.compare.tune.folds,
        occasion=Occasion(
            name=spec.name,
            source=loaded.source,
            target=", ".join(spec.data.target),
            data_hash=loaded.data_hash,
            command=shlex.join(["skdl", *sys.argv[1:]]) if Path(sys.argv[0]).stem in {"skdl", "__main__"} else "",
            notes=[*loaded.notes, *(plan.notes if drawn else ())],
            kinds=loaded.kinds,
            unit=spec.data.unit,
            pipeline=settled(spec, plan).to_yaml(),
        ),
        spec=settled(spec, plan),
    )


def _with_folds(spec: PipelineSpec, **asked: int | None) -> PipelineSpec:
    """Put folds and repeats that were asked for in Python in place of the file's."""
    named = {key: int(number) for key, number in asked.items() if number is not None}
    if not named:
        return spec
    cv = spec.compare.cv
    if cv.holdout is not None or spec.data.folds is not None:
        raise UsageError(
            "compare: cv and repeats must be left out where the file names a hold-out or a column of folds; "
            f"got {named}. Change the file, or give a splitter."
        )
    compare = spec.compare.model_copy(update={"cv": cv.model_copy(update=named)})
    return spec.model_copy(update={"compare": compare})


def entry_of_dict(
    estimators: Mapping[str, Any],
    X: Any,
    y: Any,
    groups: Any,
    *,
    cv: Any,
    repeats: int | None,
    seed: int | None,
    metrics: Sequence[str] | None,
) -> Entry:
    if X is None or y is None:
        raise UsageError("compare: X and y must be given with a dict of estimators.")
    if not estimators:
        raise UsageError("compare: the dict of estimators must name at least one model; got {}.")
    unnamed = [name for name in estimators if not isinstance(name, str) or not name]
    if unnamed:
        raise UsageError(f"compare: the names of models must be text; got {unnamed[0]!r}.")
    task = _task_of(estimators)
    X = X if hasattr(X, "shape") else np.asarray(X)
    target = getattr(y, "name", None) if np.ndim(y) == 1 else None
    table = Table(X, np.asarray(y), None if groups is None else np.asarray(groups))
    if len(table.y) != X.shape[0]:
        raise UsageError(f"compare: X and y must have the same number of rows; got {X.shape[0]} and {len(table.y)}.")
    splits, notes = _splits(task, X, table, cv=cv, repeats=repeats, seed=_DEFAULT_SEED if seed is None else seed)
    named = dict(estimators)
    if not any(is_dummy(estimator) for estimator in named.values()):
        named["dummy" if "dummy" not in named else "dummy (added)"] = (
            DummyRegressor() if task == "regression" else DummyClassifier()
        )
    digest = joblib.hash((X, table.y), hash_name="sha1")
    occasion = Occasion("comparison", "X, y", str(target or "y"), digest, command="", notes=notes)
    return Entry(task, named, table, splits, metrics, None, occasion)


def _task_of(estimators: Mapping[str, Any]) -> Task:
    if all(is_classifier(estimator) for estimator in estimators.values()):
        return "classification"
    if all(is_regressor(estimator) for estimator in estimators.values()):
        return "regression"
    kinds = {name: type(final_estimator(estimator)).__name__ for name, estimator in estimators.items()}
    raise UsageError(f"compare: the estimators must be all regressors or all classifiers; got {kinds}.")


def _splits(task: str, X: Any, table: Table, *, cv: Any, repeats: int | None, seed: int) -> tuple[Splits, list[Note]]:
    """Draw folds, or take those given; and say what was decided by the number of rows."""
    if cv is not None and not isinstance(cv, int | np.integer):
        return take_splits(cv, X, table.y, table.groups), []
    plan = settle_folds(
        len(table.y),
        folds=None if cv is None else int(cv),
        repeats=repeats,
        seed=seed,
        by="rows" if table.groups is None else "groups",
        labels="classes" if task == "classification" and np.ndim(table.y) == 1 else None,
    )
    return draw_splits(plan, table.y, groups=table.groups), [_of_a_call(note) for note in plan.notes]


def _of_a_call(note: Note) -> Note:
    """Name the argument in place of the file's key."""
    key = note.values["key"]
    argument = "cv" if key == "compare.cv.folds" else key.removeprefix("compare.cv.")
    return note.within(note.code, note.text.replace(key, argument), key=argument)


def rules_for(entry: Entry, reference: str | None, equivalence: float | None) -> Rules:
    """Put together what the call and the file lay down for the verdict."""
    written = entry.spec.compare if entry.spec is not None else None
    if written is not None:
        reference = written.reference if reference is None else reference
        equivalence = written.equivalence if equivalence is None else equivalence
    if reference is not None and reference not in entry.estimators:
        raise UsageError(
            f"compare: reference must be the name of a model; got {reference!r}"
            f"{did_you_mean(reference, entry.estimators) or '.'} There are: {', '.join(entry.estimators)}."
        )
    if equivalence is not None and not 0 < equivalence < float("inf"):
        raise UsageError(f"compare: equivalence must be a number above 0; got {equivalence!r}.")
    return Rules(reference, equivalence)


def check_ranking_metric(entry: Entry) -> None:
    """Refuse a first metric that no model can get a value in; searches also measure it on training rows."""
    job = entry.job
    searched = any(isinstance(estimator, BaseSearchCV) for estimator in entry.estimators.values())
    truth = entry.table.y if searched else job.splits.tested(entry.table.y)
    reason = job.metrics[0].undefined_because(truth, entry.occasion.target)
    if reason is not None:
        raise UsageError(
            f"compare: the first metric, which ranks, must be defined for every row; got {job.metrics[0].name!r}, "
            f"but {reason}. Put another one first."
        )
