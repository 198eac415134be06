"""The plan of a comparison: models, table, folds, metrics and rules, from a pipeline file or from estimators."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
from sklearn.base import clone
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.model_selection._search import BaseSearchCV

from skdl._arguments import is_number, is_whole, shown
from skdl._nearest import did_you_mean
from skdl._note import Note
from skdl._settings import default_settings, keep_output, transform_output
from skdl.catalogue import PACKAGES
from skdl.comparison._arguments import check_estimators, infer_task, slices_of, table_of
from skdl.cross_validation import ComparedModel, Job, Table, draw_splits, is_dummy, take_splits, takes_weights
from skdl.exceptions import DataError, UsageError
from skdl.pipeline import (
    build_estimators,
    costs_of_argument,
    costs_of_file,
    find_metrics,
    resolve_folds,
    with_resolved_folds,
)
from skdl.report import RunInfo
from skdl.saved_models import versions_here

if TYPE_CHECKING:
    from skdl._task import Task
    from skdl.cross_validation import Splits
    from skdl.metrics import DecisionCosts
    from skdl.pipeline import PipelineSpec
    from skdl.spec import CostsSpec
    from skdl.tables import Reading

_PACKAGES = (
    *(package.distribution for package in PACKAGES.values()),
    "keras",
    "jax",
    "numpy",
    "scipy",
    "pandas",
    "imbalanced-learn",
)


_INSPECT_S = 30.0
_USUAL_WEIGHT = 10.0  # on average, or its inverse


@dataclass(frozen=True, kw_only=True)
class PlanOptions:
    """Options of `compare` that decide what is compared, and how; None takes the value of the file, or the default."""

    cv: Any = None
    repeats: int | None = None
    seed: int | None = None
    metrics: Sequence[str | Callable[..., Any]] | None = None
    costs: CostsSpec | None = None
    reference: str | None = None
    equivalence: float | None = None
    inspect: bool | None = None  # whether models are inspected
    inspect_s: float | None = None  # time for each
    learning_curve: bool | None = None  # whether the leading models are fitted on parts of the training rows

    def __post_init__(self) -> None:
        if isinstance(self.cv, bool | float | str | bytes | type):
            remedy = f" Write {self.cv.__name__}()." if isinstance(self.cv, type) else ""
            raise UsageError(
                "compare: cv must be a number of folds, a splitter or (train, test) pairs; "
                f"got {shown(self.cv)}.{remedy}"
            )
        names = self.metrics
        if names is not None and not (
            isinstance(names, Sequence) and all(isinstance(one, str) or callable(one) for one in names)
        ):
            raise UsageError(
                f"compare: metrics must be names, such as ['rmse', 'mae'], functions or scorers; got {names!r}."
            )
        if names is not None and not names:
            raise UsageError("compare: metrics must name at least one; got none. None takes the defaults of the task.")
        for name, number, least in (("cv", self.cv, 2), ("repeats", self.repeats, 1), ("seed", self.seed, 0)):
            if number is None or (name == "cv" and self.has_splitter):
                continue
            if not is_whole(number, least):
                raise UsageError(f"compare: {name} must be a whole number, {least} or more; got {number!r}.")
        for name, value in (("equivalence", self.equivalence), ("insight_seconds", self.inspect_s)):
            if value is not None and not (is_number(value) and value > 0):
                text = "compare: {name} must be a number above 0; got {given!r}."
                raise UsageError.of("number_above_0", text, name=name, given=value)

    @property
    def has_splitter(self) -> bool:
        """Whether the folds are given, or a splitter that makes them."""
        return self.cv is not None and not isinstance(self.cv, int | np.integer)


@dataclass(frozen=True)
class ComparisonPlan:
    """A comparison before it is run."""

    job: Job
    info: RunInfo  # contents of the report besides the scores
    inspect_s: float | None  # seconds to inspect a model; None where none is inspected
    spec: PipelineSpec | None = None  # the pipeline file, with the folds as they are run
    reading: Reading | None = None  # how the table of the pipeline file was read
    learning_curve: bool = False  # whether the leading models are fitted on parts of the training rows


def package_versions() -> dict[str, str]:
    """Return the versions that numbers depend on: of Python and of the packages that are installed."""
    return {name: found for name, found in versions_here(("python", *_PACKAGES)).items() if found is not None}


@default_settings()
def plan_of_file(spec: PipelineSpec, options: PlanOptions | None = None, *, command: str = "") -> ComparisonPlan:
    """Plan the comparison of a pipeline file: read the table and make the folds.

    ``command`` is the command line that runs it, for the report.
    """
    options = options or PlanOptions()
    if options.costs is not None:
        spec = spec.model_copy(update={"compare": spec.compare.model_copy(update={"costs": options.costs})})
    in_file = spec.compare
    # A splitter or given folds leave the plan of the file unused.
    spec = _with_folds(spec, folds=None if options.has_splitter else options.cv, repeats=options.repeats)
    loaded = spec.load_table()
    # Only the seed is replaced: file and table have decided on the kind of the folds.
    fold_plan = loaded.plan if options.seed is None else replace(loaded.plan, seed=options.seed)
    splits = (
        take_splits(options.cv, loaded.X, loaded.y, loaded.groups)
        if options.has_splitter
        else draw_splits(fold_plan, loaded.y, groups=loaded.groups, time=loaded.time, folds=loaded.folds)
    )
    # A lock file promises the same folds, so a difference is an error before anything is fitted.
    if spec.origin.lock is not None:
        spec.origin.lock.check_splits(loaded.source, splits.digest)
    # Report and lock file show the folds as they are run, not the defaults that led to them.
    run_spec = with_resolved_folds(spec, fold_plan)
    info = RunInfo(
        name=spec.name,
        source=loaded.source,
        target=", ".join(spec.data.target),
        data_hash=loaded.data_hash,
        command=command,
        notes=[*loaded.notes, *(() if options.has_splitter else fold_plan.notes)],
        kinds=loaded.kinds,
        types={column.name: column.type for column in loaded.columns},
        unit=spec.data.unit,
        weights=spec.data.weights,
        tune_folds=spec.compare.tune.folds,
        pipeline=run_spec.to_yaml(),
        slices=loaded.slices,
    )
    job = _job(
        build_estimators(spec, loaded),
        Table.from_loaded(loaded),
        splits,
        loaded.task,
        target=info.target,
        metrics=in_file.metrics if options.metrics is None else options.metrics,
        costs=costs_of_file(spec, loaded.task, loaded.y),
        allow_packages=spec.origin.allow_packages,
        reference=in_file.reference if options.reference is None else options.reference,
        equivalence=in_file.equivalence if options.equivalence is None else options.equivalence,
    )
    inspect = in_file.insight if options.inspect is None else options.inspect
    seconds = in_file.insight_seconds if options.inspect_s is None else options.inspect_s
    curve = in_file.learning_curve if options.learning_curve is None else options.learning_curve
    return ComparisonPlan(job, _with_notes(info, job), seconds if inspect else None, run_spec, loaded.reading, curve)


def _with_folds(spec: PipelineSpec, **numbers: int | None) -> PipelineSpec:
    """Replace the file's folds and repeats by those that are not None."""
    given = {key: int(number) for key, number in numbers.items() if number is not None}
    if not given:
        return spec
    cv = spec.compare.cv
    if cv.holdout is not None or spec.data.folds is not None:
        raise UsageError(
            "compare: cv and repeats must be left out where the file names a hold-out or a column of folds; "
            f"got {given}. Change the file, or give a splitter."
        )
    compare = spec.compare.model_copy(update={"cv": cv.model_copy(update=given)})
    return spec.model_copy(update={"compare": compare})


def plan_of_estimators(
    estimators: Mapping[str, Any],
    X: Any,
    y: Any,
    groups: Any,
    options: PlanOptions,
    sample_weight: Any = None,
    slices: Any = None,
) -> ComparisonPlan:
    """Plan the comparison of named estimators on X and y; a dummy is added where there is none."""
    check_estimators(estimators)
    # A global setting of scikit-learn is part of these estimators: it goes with them into workers and saved models.
    models = {name: _keeping(estimator, transform_output()) for name, estimator in estimators.items()}
    with default_settings():
        task = infer_task(models)
        table, target, notes_on_table = table_of(X, y, groups, task, sample_weight)
        splits, notes = _splits_and_notes(task, table, options)
        # The verdict needs a baseline: a model that does not beat it must not be recommended.
        if not any(map(is_dummy, models.values())):
            name = "dummy" if "dummy" not in models else "dummy (added)"
            models[name] = DummyRegressor() if task == "regression" else DummyClassifier()
        info = RunInfo(
            name="comparison",
            source="X, y",
            target=target,
            data_hash=joblib.hash((table.X, table.y), hash_name="sha1"),
            notes=[*notes_on_table, *notes],
            weights=None if table.weights is None else "sample_weight",
            slices=slices_of(slices, table.X),
        )
        job = _job(
            models,
            table,
            splits,
            task,
            target=info.target,
            metrics=options.metrics,
            costs=costs_of_argument(options.costs, task, table.y),
            reference=options.reference,
            equivalence=options.equivalence,
        )
        seconds = _INSPECT_S if options.inspect_s is None else options.inspect_s
        inspect_s = None if options.inspect is False else seconds
        return ComparisonPlan(job, _with_notes(info, job), inspect_s, learning_curve=bool(options.learning_curve))


def _keeping(estimator: Any, container: str) -> Any:
    try:
        return keep_output(clone(estimator), container)
    except Exception:  # noqa: BLE001 - it fails again on each fold, where the error is recorded
        return estimator


def _with_notes(info: RunInfo, job: Job) -> RunInfo:
    """Add notes on metrics of users, and on weights."""
    notes = [metric.note for metric in job.metrics if metric.note is not None]
    if job.table.weights is not None:
        text = (
            "penalties and the least sizes of leaves count a row by its weight, {mean:.3g} on average; divide the "
            "weights by it if only their ratios matter"
        )
        mean = float(job.table.weights.mean())
        notes += [Note.of("weights_mean", text, mean=mean)] if not 1 / _USUAL_WEIGHT <= mean <= _USUAL_WEIGHT else []
        text = "{model} takes no weights: it is fitted as if all rows had the same, and compared by weighted metrics"
        names = [model.name for model in job.models if not takes_weights(model.estimator)]
        notes += [Note.of("unweighted_model", text, model=name) for name in names]
    return replace(info, notes=[*info.notes, *notes])


def _splits_and_notes(task: Task, table: Table, options: PlanOptions) -> tuple[Splits, list[Note]]:
    """Make the folds, with a note on each number that depends on the number of rows."""
    if options.has_splitter:
        return take_splits(options.cv, table.X, table.y, table.groups), []
    fold_plan = resolve_folds(
        len(table.y),
        folds=None if options.cv is None else int(options.cv),
        repeats=options.repeats,
        seed=0 if options.seed is None else options.seed,
        by="rows" if table.groups is None else "groups",
        labels="classes" if task == "classification" and np.ndim(table.y) == 1 else None,
    )
    if fold_plan.labels is not None:
        classes, counts = np.unique(table.y, return_counts=True)
        if counts.max() < fold_plan.folds:
            raise DataError(
                f"compare: with {fold_plan.folds} folds a class of y must have {fold_plan.folds} rows; none of the "
                f"{len(classes)} has. Ask for fewer folds, merge classes, or compare regressors if y is a number."
            )
    splits = draw_splits(fold_plan, table.y, groups=table.groups)
    return splits, [_name_argument(note) for note in fold_plan.notes]


def _name_argument(note: Note) -> Note:
    """Name the argument of `compare` where the note names the key of a pipeline file."""
    key = note.values["key"]
    argument = "cv" if key == "compare.cv.folds" else key.removeprefix("compare.cv.")
    return note.within(note.code, note.text.replace(key, argument), key=argument)


def _job(
    estimators: Mapping[str, Any],
    table: Table,
    splits: Splits,
    task: Task,
    *,
    target: str,
    metrics: Sequence[str | Callable[..., Any]] | None,
    costs: DecisionCosts | None,
    allow_packages: tuple[str, ...] = (),
    reference: str | None,
    equivalence: float | None,
) -> Job:
    """Make the job; check the rules of the verdict, and that the ranking metric is defined on the rows it is for."""
    models = tuple(ComparedModel(name, estimator) for name, estimator in estimators.items())
    weighted = table.weights is not None
    found = tuple(find_metrics(metrics, task, allow_packages, table.y, weighted=weighted, costs=costs))
    job = Job(models, table, splits, found, reference, equivalence)
    if reference is not None and reference not in estimators:
        text = "compare: reference must be the name of a model; got {given!r}{hint} There are: {known}."
        hint, known = did_you_mean(reference, estimators), ", ".join(estimators)
        raise UsageError.of("compare_no_reference", text, given=reference, hint=hint, known=known)
    # A search also scores its candidates on training rows.
    has_search = any(isinstance(estimator, BaseSearchCV) for estimator in estimators.values())
    reason = job.metrics[0].undefined_because(table.y if has_search else splits.tested(table.y), target)
    if reason is not None:
        name = job.metrics[0].name
        text = (
            f"compare: the first metric, which ranks, must be defined for every row; got {name!r}, but {reason}. "
            "Put another one first."
        )
        raise UsageError(reason.within("first_undefined", text, because=reason.code, name=name))
    return job
