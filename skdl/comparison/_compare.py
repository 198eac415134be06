"""`compare`: run a plan, write the results folder, and return the comparison."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
import pandas as pd

from skdl import report
from skdl._arguments import check_path, is_number, is_whole
from skdl._json import plain_json
from skdl._nearest import did_you_mean
from skdl._note import Note
from skdl._settings import default_settings
from skdl.comparison._comparison import Comparison, fit_on_all_rows
from skdl.comparison._plan import PlanOptions, package_versions, plan_of_estimators, plan_of_file
from skdl.comparison._progress import print_progress
from skdl.comparison._results_folder import lock_results, publish, staging_folder
from skdl.cross_validation import (
    JOURNAL_NAME,
    Journal,
    SavedModel,
    check_seeds,
    ensemble_weights,
    measure_rows,
    model_identities,
    run_folds,
)
from skdl.exceptions import AllModelsFailedError, SkdlError, UsageError
from skdl.pipeline import PipelineSpec, read_costs, read_pipeline
from skdl.report.sections.decisions.compute import threshold_of
from skdl.report.sections.inspection.compute import inspect_models
from skdl.report.sections.leaderboard.compute import model_row
from skdl.report.sections.ship.compute import saved_model_summary
from skdl.results import Summary
from skdl.saved_models import copy_model, read_manifest, save_model
from skdl.schema import ModelWithSchema, describe_model
from skdl.spec import Lock
from skdl.tables import Reading
from skdl.workers import Executor, limit_openmp_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from skdl.comparison._plan import ComparisonPlan
    from skdl.cross_validation import EventCallback, FinishedComparison
    from skdl.results import SavedModelSummary
    from skdl.schema import ModelSchema

_LEADER = "leader"  # as the model to save


def compare(
    contestants: str | os.PathLike[str] | PipelineSpec | Mapping[str, Any],
    X: Any = None,
    y: Any = None,
    *,
    cv: Any = None,
    repeats: int | None = None,
    seed: int | None = None,
    metrics: str | Callable[..., Any] | Sequence[str | Callable[..., Any]] | None = None,
    costs: Mapping[str, Any] | None = None,
    reference: str | None = None,
    equivalence: float | None = None,
    groups: Any = None,
    sample_weight: Any = None,
    slices: Any = None,
    output_dir: str | os.PathLike[str] | None = None,
    n_jobs: int | None = 1,
    dask: str | None = None,
    time_budget: float | None = None,
    model_timeout: float | None = None,
    fresh: bool = False,
    save_model: str | None = None,
    lang: str | None = None,
    insight: bool | None = None,
    insight_seconds: float | None = None,
    learning_curve: bool | None = None,
    verbose: int = 0,
    listener: EventCallback | None = None,
) -> Comparison:
    """Compare models on the same folds and recommend one.

    Parameters
    ----------
    contestants : path, PipelineSpec or dict of str to estimator
        A pipeline file, one that was read (`read_pipeline`), or unfitted estimators by name. A dummy is added where
        there is none.
    X : array-like of shape (n_samples, n_features), default=None
        Features, handed to the estimators as they come; with a dict only. A sparse matrix is in any format; a table of
        Arrow becomes a DataFrame.
    y : array-like of shape (n_samples,) or (n_samples, n_targets), default=None
        Target, with a value in every row; with a dict only. A frame of one column is that column. Rows of X and y
        belong together by position; with one index in another order they are refused.
    cv : int, splitter or iterable of (train, test), default=None
        Number of folds, or the folds themselves; None is the value of the file, or 10 (5 above 500,000 rows).
    repeats : int, default=None
        Number of times that the folds are made, each time from other random parts; None is the value of the file, or 3
        (above 10,000 rows 1, where cv is None too).
    seed : int, default=None
        Random seed of the folds; None is the value of the file, or 0.
    metrics : str, callable, or sequence of them, default=None
        Metrics, the first one ranks; None depends on the task. Names, functions of ``(y_true, y_pred)``, or scorers
        that scikit-learn's ``make_scorer`` made, which say their direction and what they need of a model. Of a plain
        function the direction in which perfect predictions are better than shuffled ones is used, with a note. Its
        attribute ``unit``, if it has one, is shown with its scores.
    costs : mapping, default=None
        What decisions cost, as ``compare.costs`` of a pipeline file: ``{"matrix": {actual: {predicted: cost}}}``, in
        which a gain is below 0, or of two classes ``{"action": class, "gain": 50, "loss": 5}``; and a ``"unit"``. Then
        there is the metric ``"expected_cost"``, last where ``metrics`` does not name it. None is the value of the file.
    reference : str, default=None
        Name of the model that the others are compared with; None is the value of the file, or the leader.
    equivalence : float, default=None
        A difference that does not matter in practice, in the unit of the first metric. None is the value of the file,
        or 0.01 for metrics bounded by 1 and 1 % of the dummy's error for others.
    groups : array-like of shape (n_samples,), default=None
        Folds never split a group; with a dict only. Every row needs a value.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights above 0; with a dict only. A row of weight 2 counts as two rows: in fits, metrics and statistics. Models
        that take no weights are fitted without them, with a note.
    slices : str, list of str, DataFrame or dict of str to array-like, default=None
        Columns by whose values scores and tests are also given: names of columns of X, or other columns with a value a
        row; with a dict of estimators only. Numbers with more than ten values are cut at their quartiles, dates into
        years or quarters; levels with fewer than 30 rows are gathered. Nothing is fitted for it.
    output_dir : path-like, default=None
        Folder for the report and the saved model. None is the file's ``output.dir``; with a dict nothing is
        written.
    n_jobs : int, default=1
        Processes, as joblib counts them (None is 1); each gets an equal share of the cores.
    dask : str, default=None
        Address of a Dask scheduler that runs the folds; ``"local:4"`` starts four workers on this machine.
    time_budget : float, default=None
        Seconds after which no further fold is started. Every model then has finished the same folds, at least one.
    model_timeout : float, default=None
        Seconds that a model may take for one fold, tuning included. A model that takes longer has failed, and is not
        tried on the other folds.
    fresh : bool, default=False
        Discard the folds that earlier runs finished in the output folder. By default they are used.
    save_model : str, default=None
        The model to fit on all rows and to save, if not the recommended one: ``"leader"``, or the name of a model. The
        verdict stays the same.
    lang : {"en", "ko"}, default=None
        Language of the report, of ``print(comparison)`` and of notebooks. None is the value of the file, or English.
    insight : bool, default=None
        Whether to inspect the recommended model, and the leader where it is another: permutation importance, partial
        dependence, and rows on which the two disagree. Each takes up to three more fits. None is the value of the file,
        or True.
    insight_seconds : float, default=None
        Seconds for the inspection of each model. What takes longer is skipped, and the report says so. None is the
        value of the file, or 30.
    learning_curve : bool, default=None
        Whether to fit the two leading models and the best network on an eighth, a quarter and half of the training rows
        of the first repeat, too, to say what more rows would give. None is the value of the file, or False.
    verbose : int, default=0
        Verbosity, as in scikit-learn: with 1, a line is printed for each model that has finished its folds, with its
        mean score in the first metric; with 0, nothing.
    listener : callable, default=None
        Called with a `ComparisonStarted` event before the first fold, a `FoldFinished` event after each, and a
        `PartFitted` event after each fit of a learning curve.

    Returns
    -------
    Comparison
        Verdict, leaderboard, folds, and the recommended model, or the one of ``save_model``, fitted on all rows.

    Raises
    ------
    AllModelsFailedError
        If no model but the dummy finished.
    DataError
        If the table lacks something that the comparison needs.
    UsageError
        If the arguments do not fit together.
    OutputError
        If the results cannot be written.
    SkdlError
        If the model to save has no score on every fold, or cannot be fitted on all rows and saved.
    TryAgainError
        If another run is writing into the same folder, or no cluster answers.

    Notes
    -----
    Each fold that a model has finished is written to the output folder at once. A run that was stopped in any way
    resumes there when the same call is made again, and ends with the same numbers. Where models, metrics or folds
    changed since, only what has no result yet is fitted: a new model, one whose parameters, preprocessing, table, code
    or versions changed, and further folds. `ComparisonStarted` has the reasons.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> import skdl
    >>> X, y = load_iris(return_X_y=True)
    >>> models = {"logistic": LogisticRegression(max_iter=1000), "knn": KNeighborsClassifier()}
    >>> comparison = skdl.compare(models, X, y, cv=5, repeats=1, metrics=["accuracy"])
    >>> sorted(comparison.leaderboard().index)
    ['dummy', 'knn', 'logistic']

    A treatment that brings 20 where it is needed (class 2), and else costs 5:

    >>> y = (y == 2).astype(int)
    >>> costs = {"action": "1", "gain": 20, "loss": 5, "unit": "EUR"}
    >>> comparison = skdl.compare(models, X, y, cv=5, repeats=1, metrics=["expected_cost"], costs=costs)
    >>> float(comparison.leaderboard().loc["dummy", "expected_cost"].round(2))  # it treats everyone
    -3.33
    """
    if not is_whole(int(verbose) if isinstance(verbose, bool) else verbose, 0):
        raise UsageError(f"compare: verbose must be a whole number, 0 or more; got {verbose!r}.")
    if lang is None:
        lang = contestants.lang if isinstance(contestants, PipelineSpec) else "en"
    on_event = print_progress(listener, lang) if verbose else listener
    executor = Executor(1 if n_jobs is None else n_jobs, dask, model_timeout)
    options = RunOptions(
        executor, time_budget=time_budget, fresh=fresh, save_model=save_model, lang=lang, on_event=on_event
    )
    plan_options = PlanOptions(
        cv=cv,
        repeats=repeats,
        seed=seed,
        metrics=[metrics] if isinstance(metrics, str) or callable(metrics) else metrics,
        costs=None if costs is None else read_costs(costs),
        reference=reference,
        equivalence=equivalence,
        inspect=insight,
        inspect_s=insight_seconds,
        learning_curve=learning_curve,
    )
    if output_dir is not None:
        check_path("compare: output_dir", output_dir)
    if isinstance(contestants, str | os.PathLike):
        contestants = read_pipeline(contestants)
    if not isinstance(contestants, PipelineSpec):
        plan = plan_of_estimators(contestants, X, y, groups, plan_options, sample_weight, slices)
        return run_plan(plan, None if output_dir is None else Path(output_dir), options)
    if any(given is not None for given in (X, y, groups, sample_weight, slices)):
        raise UsageError(
            "compare: X, y, groups, sample_weight and slices must be left out with a pipeline file, which names its "
            "data (and compare.slices)."
        )
    folder = Path(contestants.output.dir if output_dir is None else output_dir)
    return run_plan(plan_of_file(contestants, plan_options), folder, options)


@dataclass(frozen=True)
class RunOptions:
    """How a plan is run, as in `compare`; checked when it is made, before a table is read."""

    executor: Executor
    time_budget: float | None = None
    fresh: bool = False
    save_model: str | None = None
    lang: str = "en"
    on_event: EventCallback | None = None

    def __post_init__(self) -> None:
        report.strings_of(self.lang)  # refuses a language that there is no report in
        executor = self.executor
        if self.on_event is not None and not callable(self.on_event):
            raise UsageError(f"compare: listener must be a function; got {self.on_event!r}.")
        if not is_whole(executor.n_jobs):
            raise UsageError(f"compare: n_jobs must be a whole number; got {executor.n_jobs!r}.")
        if executor.dask is not None and not isinstance(executor.dask, str):
            raise UsageError(f"compare: dask must be the address of a scheduler; got {executor.dask!r}.")
        for name, seconds in (("time_budget", self.time_budget), ("model_timeout", executor.timeout_s)):
            if seconds is not None and not (is_number(seconds) and seconds > 0):
                text = "compare: {name} must be a number of seconds above 0; got {given!r}."
                raise UsageError.of("seconds_range", text, name=name, given=seconds)
        # Negative numbers count back from all cores, as in joblib.
        if executor.n_jobs == 0:
            raise UsageError("compare: n_jobs must be 1 or more, or -1 for all cores; got 0.")
        if executor.dask is not None and (executor.n_jobs != 1 or executor.timeout_s is not None):
            text = "compare: n_jobs and model_timeout must be left out with dask: the cluster has its own workers."
            raise UsageError(Note("dask_and_jobs", text))


@default_settings()
def run_plan(plan: ComparisonPlan, folder: Path | None, options: RunOptions) -> Comparison:
    """Run a planned comparison, or what an earlier run left of it; write the results where a folder is given.

    The errors raised are those of `compare`.
    """
    names = plan.job.estimators
    if options.save_model not in (None, _LEADER, *names):
        text = "compare: save_model must be 'leader' or the name of a model; got {given!r}{hint} Models: {known}."
        hint, known = did_you_mean(options.save_model, (_LEADER, *names)), ", ".join(names)
        raise UsageError.of("save_unknown_model", text, given=options.save_model, hint=hint, known=known)
    # Folds have a limit of their own, in whichever process they run; this one is for all other fits and predictions.
    with limit_openmp_threads(len(plan.job.table.y)):
        return _run_and_write(plan, folder, options)


def _run_and_write(plan: ComparisonPlan, folder: Path | None, options: RunOptions) -> Comparison:
    if folder is None:
        comparison, inspection = _run(plan, options, None)
        summary = _summarise(plan, comparison, inspection, options.lang)
        model, X = _fit(comparison, _model_to_save(comparison, options)), plan.job.table.X
        return Comparison(
            summary, comparison, _with_schema(plan, model, describe_model(model, X, _named_target(plan))[0])
        )
    identities = model_identities(plan.job, plan.info.data_hash, package_versions())
    # The lock comes first: opening the journal truncates a damaged end, which must not happen while another run appends
    # to it.
    with lock_results(folder), Journal(folder / JOURNAL_NAME, identities, fresh=options.fresh) as journal:
        try:
            comparison, inspection = _run(plan, options, journal)
            name = _model_to_save(comparison, options)
            return _write(folder, plan, comparison, inspection, journal, name, options.lang)
        except KeyboardInterrupt as error:
            # Every finished fold is in the journal already; only the message is added.
            n, n_all = journal.n_folds(plan.job.splits), len(plan.job.models) * len(plan.job.splits.members)
            text = f"{n} of {n_all} folds are saved; the same command resumes there."
            raise KeyboardInterrupt(Note("folds_saved", text, {"n": n, "n_all": n_all}) if n else "") from error


def _run(
    plan: ComparisonPlan, options: RunOptions, journal: Journal | None
) -> tuple[FinishedComparison, dict[str, Any]]:
    """Run the folds, then what depends on them: seeds of a winning network, learning curves, model inspection.

    Returns the comparison, and fields of the summary.
    """
    started = perf_counter()
    by_folds_alone = run_folds(
        plan.job, options.executor, time_budget=options.time_budget, journal=journal, on_event=options.on_event
    )
    if not by_folds_alone.any_finished:
        if journal is not None:
            journal.forget()  # the cause may lie outside of the models, and there is nothing to resume
        raise _all_models_failed(by_folds_alone)
    _model_to_save(by_folds_alone, options)  # before anything else is fitted
    # The check needs the verdict by the folds alone, and its result is one more reason in the final verdict.
    comparison = check_seeds(by_folds_alone, options.executor, journal)
    if plan.learning_curve:
        budget = options.time_budget
        time_left = None if budget is None else budget - (perf_counter() - started)
        comparison = measure_rows(comparison, options.executor, journal, time_left=time_left, on_event=options.on_event)
    if plan.inspect_s is None:
        return comparison, {}
    return comparison, inspect_models(comparison, plan.info.kinds, plan.inspect_s, journal)


def _model_to_save(comparison: FinishedComparison, options: RunOptions) -> str:
    """Return the name of the model to fit on all rows."""
    name, verdict = options.save_model, comparison.verdict
    if name is None:
        return verdict.recommended
    if name == _LEADER:
        return verdict.leader
    if name not in comparison.ranked:
        reason = comparison.errors.get(name, comparison.unranked)
        text = (
            "compare: save_model must be a model with a score on every fold; got {name!r}: {reason}. Name "
            "one of {known}. In an output folder, finished folds are kept."
        )
        raise SkdlError.of("save_unranked_model", text, name=name, reason=reason, known=", ".join(verdict.ranking))
    return name


def _all_models_failed(comparison: FinishedComparison) -> AllModelsFailedError:
    errors = comparison.errors or dict.fromkeys(comparison.by_model, comparison.unranked)
    failed = [
        Note("failed", f"  {name}: {error}", {"model": name, "error": error})
        for name, error in errors.items()
        if name != comparison.dummy
    ]
    lines = "\n".join(map(str, failed))
    # The message of NumPy for a text column.
    hint = _ENCODE_HINT if "could not convert string to float" in lines else ""
    text = f"compare: every model failed.\n{lines}{hint}"
    return AllModelsFailedError(Note("all_failed", text, {"failed": failed, "hint": hint}))


_ENCODE_HINT = Note(
    "encode_text",
    "\nText columns must be encoded first, for example by make_column_transformer((OneHotEncoder(), [COLUMN, ...])) in "
    "a pipeline with the model; a pipeline file, which skdl init drafts, does so.",
)


def _summarise(
    plan: ComparisonPlan,
    comparison: FinishedComparison,
    inspection: dict[str, Any],
    lang: str,
    *,
    model_pin: str | None = None,
    saved: SavedModelSummary | None = None,
) -> Summary:
    """Compute every section of the report; ``model_pin`` and ``saved`` describe the saved model."""
    return Summary(
        name=plan.info.name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        versions=package_versions(),
        command=plan.info.command,
        pipeline=plan.info.pipeline,
        **inspection,
        model_pin=model_pin,
        saved=saved,
        lang=report.strings_of(lang).lang,
        **report.compute_sections(comparison, plan.info),
    )


def _write(
    folder: Path,
    plan: ComparisonPlan,
    comparison: FinishedComparison,
    inspection: dict[str, Any],
    journal: Journal,
    name: str,
    lang: str,
) -> Comparison:
    """Write report, tables, lock and the model of that name, unless an earlier run saved the same model.

    If the model cannot be fitted on all rows, or cannot be saved, the report is written all the same.
    """
    # Compared by digest before it is kept, because the folder may have been changed since that run.
    basis, metadata = _basis_of_saved(plan), plain_json(_metadata(plan, comparison, name))
    pin = journal.intact_pin(name, basis, folder / "model")
    kept = {} if pin is None else read_manifest(folder / "model").manifest.metadata
    # Weights in an ensemble are known once it is fitted.
    metadata |= {"ensemble": kept["ensemble"]} if "ensemble" in kept else {}
    keep_model = pin is not None and kept == metadata
    model, error = None, None
    with staging_folder(folder) as staging:
        if pin is None:
            try:
                model = _fit(comparison, name)
                weights = ensemble_weights(model)
                metadata |= {"ensemble": weights} if weights else {}
                # The format of the training table goes with the model: scoring has to read its inputs in the same way.
                X, y, reading = plan.job.table.X, _named_target(plan), plan.reading
                written = save_model(model, staging / "model", X=X, y=y, metadata=metadata, reading=reading)
                pin, model = written.sha256, _with_schema(plan, model, written.manifest.schema)
            except Exception as caught:  # noqa: BLE001 - whatever the model raises, the folds must not be lost
                error = caught
        elif not keep_model:  # the same model, in another comparison
            pin = copy_model(folder / "model", staging / "model", sha256=pin, metadata=metadata).sha256
        saved = (
            None if pin is None else saved_model_summary((folder if keep_model else staging) / "model", folder, name)
        )
        # The report states pin and size of the saved model, so the model is saved before the report is made.
        summary = _summarise(plan, comparison, inspection, lang, model_pin=pin, saved=saved)
        report.write_report(summary, staging)
        _write_lock(staging / "lock.yaml", summary, plan.spec)
        publish(staging, folder, keep_model=keep_model)
    # Raised after publishing, so that the report of the folds is kept.
    if pin is None:
        text = (
            "compare: {name}, the model to save, could not be fitted on all rows and saved ({kind}: "
            "{reason}). The report is in {folder}; there is no model."
        )
        raise SkdlError.of(
            "model_not_saved", text, name=name, kind=type(error).__name__, reason=str(error), folder=folder
        ) from error
    # After publishing: the record must not name a model that a kill kept from the folder.
    journal.add(SavedModel(name, basis, pin))
    return Comparison(summary, comparison, model, folder, pin)


def _write_lock(path: Path, summary: Summary, spec: PipelineSpec | None) -> None:
    """Write ``lock.yaml``, with which the comparison can be reproduced."""
    protocol = summary.protocol
    lock = Lock(
        created=summary.created,
        data={"source": summary.data.source, "sha256": protocol.data_hash, "rows": summary.data.n_rows},
        splits={
            "splitter": str(protocol.splitter),
            "folds": protocol.folds,
            "repeats": protocol.repeats,
            "seed": protocol.seed,
            "sha256": protocol.splits_hash,
        },
        versions=summary.versions,
        pipeline=spec.model_dump() if spec is not None else None,
    )
    path.write_text(lock.to_yaml(), encoding="utf-8")


def _fit(comparison: FinishedComparison, name: str) -> Any:
    table = comparison.table
    return fit_on_all_rows(comparison.job.estimators[name], table.X, table.y, table.groups, table.weights)


def _with_schema(plan: ComparisonPlan, model: Any, schema: ModelSchema) -> ModelWithSchema:
    """Return a fitted model that reads its input as the saved one does."""
    return ModelWithSchema(model, schema, plan.reading or Reading())


def _basis_of_saved(plan: ComparisonPlan) -> str:
    """Return the digest of what a saved model depends on besides the model in the comparison."""
    reading = None if plan.reading is None else plan.reading.to_json()
    target = _named_target(plan)
    names = list(target.columns) if isinstance(target, pd.DataFrame) else [target.name]
    return str(joblib.hash((reading, names), hash_name="sha1"))


def _metadata(plan: ComparisonPlan, comparison: FinishedComparison, name: str) -> dict[str, Any]:
    row, recommended = model_row(comparison, name), comparison.verdict.recommended
    threshold = threshold_of(comparison, name)
    return {
        "name": plan.info.name,
        "model": row.model,
        "task": plan.job.task,
        "target": plan.info.target,
        "metrics": {name: asdict(score) for name, score in row.scores.items()},
        "data_hash": plan.info.data_hash,
        "pipeline": plan.spec.to_yaml() if plan.spec is not None else None,
        **({} if name == recommended else {"recommended": recommended}),
        **({} if threshold is None else {"threshold": threshold}),
    }


def _named_target(plan: ComparisonPlan) -> pd.Series | pd.DataFrame:
    y = plan.job.table.y
    names = plan.spec.data.target if plan.spec is not None else (plan.info.target,)
    if np.ndim(y) == 1:
        return pd.Series(y, name=names[0])
    return pd.DataFrame(y, columns=list(names) if len(names) == y.shape[1] else None)
