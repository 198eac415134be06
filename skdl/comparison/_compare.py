"""The face of a comparison: a pipeline file or a dict of estimators in, a verdict out."""

from __future__ import annotations

import shlex
import sys
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import joblib
import numpy as np
import pandas as pd
from sklearn.base import is_classifier, is_regressor
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.model_selection._search import BaseSearchCV

from skdl import report
from skdl.artefact import load_model, save_model
from skdl.comparison._comparison import Comparison, fit_anew
from skdl.comparison._contest import Contest, Rules, is_dummy
from skdl.comparison._fold import Contestant, Table
from skdl.comparison._identity import contest_identity
from skdl.comparison._job import Job
from skdl.comparison._journal import JOURNAL_NAME, Journal, SavedWinner
from skdl.comparison._lock import write_lock
from skdl.comparison._networks import final_estimator
from skdl.comparison._publish import held, publish, staged
from skdl.comparison._run import Limits, run_contest
from skdl.comparison._seeds import with_seed_spreads
from skdl.comparison._splits import draw_splits, take_splits
from skdl.comparison._summary import Occasion, summarise, versions
from skdl.exceptions import AllModelsFailedError, SkdlError, UsageError
from skdl.pipeline import PipelineSpec, resolve_metrics, settle_folds, settled, undefined_because
from skdl.tables import did_you_mean

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from skdl.comparison._identity import Identity
    from skdl.comparison._run import ContestListener
    from skdl.comparison._splits import Splits

__all__ = ["compare"]

Task = Literal["regression", "classification"]

_DEFAULT_SEED = 0


@dataclass(frozen=True)
class _Entry:
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

    @cached_property
    def job(self) -> Job:
        """Everything that a fold needs."""
        contestants = tuple(Contestant(name, estimator) for name, estimator in self.estimators.items())
        return Job(contestants, self.table, self.splits, tuple(resolve_metrics(self.metrics, self.task)))

    def identity(self) -> Identity:
        """Give what another run must have in common with this one to go on with its folds."""
        job = self.job
        return contest_identity(
            job.contestants,
            job.splits,
            job.metrics,
            data_hash=joblib.hash((self.occasion.data_hash, self.table.groups), hash_name="sha1"),
            versions=versions(),
            spec=self.spec,
        )


def compare(
    contestants: PipelineSpec | Mapping[str, Any],
    X: Any = None,
    y: Any = None,
    *,
    cv: Any = None,
    repeats: int | None = None,
    seed: int | None = None,
    metrics: Sequence[str] | None = None,
    reference: str | None = None,
    equivalence: float | None = None,
    groups: Any = None,
    output_dir: str | os.PathLike[str] | None = None,
    n_jobs: int = 1,
    dask: str | None = None,
    time_budget: float | None = None,
    model_timeout: float | None = None,
    fresh: bool = False,
    listener: ContestListener | None = None,
) -> Comparison:
    """Compare models over shared folds and say which one to ship.

    Parameters
    ----------
    contestants : PipelineSpec or dict of str to estimator
        A pipeline file that was read, or named unfitted estimators. A dummy is added where there is none.
    X : array-like of shape (n_samples, n_features), default=None
        Features, handed to the estimators as they come; with a dict only.
    y : array-like of shape (n_samples,), default=None
        Target; with a dict only.
    cv : int, splitter or iterable of (train, test), default=None
        Number of folds, or the folds themselves; None is what the file says, or 10 (5 above 500,000 rows).
    repeats : int, default=None
        How often the folds are drawn anew; None is what the file says, or 3 (above 10,000 rows
        1, where cv is None too).
    seed : int, default=None
        Draws the folds; None is 0, or what the file says.
    metrics : sequence of str, default=None
        Names of metrics, the first one ranks; None is by task.
    reference : str, default=None
        Name of the model that the others are held against; None is the leader, or what the file says.
    equivalence : float, default=None
        A difference that does not matter in practice, in the unit of the first metric. None is 0.01 for metrics bounded
        by 1 and 1 % of the dummy's error for others, or what the file says.
    groups : array-like of shape (n_samples,), default=None
        Folds never split a group; with a dict only.
    output_dir : path-like, default=None
        Where to write the report and the recommended model. None is the file's ``output.dir``; with a dict nothing is
        written.
    n_jobs : int, default=1
        Processes, as joblib counts them; each has its share of the cores.
    dask : str, default=None
        Address of a Dask scheduler that does the work; ``"local:4"`` starts four workers on this machine.
    time_budget : float, default=None
        Seconds after which no further fold is begun; every model then has done the same whole folds, one at least.
    model_timeout : float, default=None
        Seconds that a model may take for one fold, tuning included. It then has failed, and is not tried on others.
    fresh : bool, default=False
        Begin anew where results of this very comparison are in the output folder; by default it goes on with them.
    listener : callable, default=None
        Told when the contest begins (`Begun`), and of every fold that ends (`Progress`).

    Returns
    -------
    Comparison
        Verdict, leaderboard, folds, and the recommended model fitted on all rows.

    Raises
    ------
    AllModelsFailedError
        Where no model but the dummy finished.
    DataError
        Where the table does not hold what the comparison needs.
    UsageError
        Where the arguments do not fit together.
    OutputError
        Where the results cannot be written.
    TryAgainError
        Where another run is writing into the same folder, or no cluster answers.

    Notes
    -----
    Each fold that a model has done is written into the output folder at once. A run that was stopped, however, goes on
    from there when it is started again, and ends with the same numbers. It begins anew where the table, the pipeline,
    the folds, the metrics or a version changed.

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
    """
    limits = _limits(n_jobs, dask, time_budget, model_timeout)
    asked = {"cv": cv, "repeats": repeats, "seed": seed, "metrics": metrics}
    if isinstance(contestants, PipelineSpec):
        if X is not None or y is not None or groups is not None:
            raise UsageError("compare: X, y and groups must be left out with a pipeline file, which names its data.")
        entry = _entry_of_file(contestants, **asked)
        folder: Path | None = Path(output_dir if output_dir is not None else contestants.output.dir)
    else:
        entry = _entry_of_dict(contestants, X, y, groups, **asked)
        folder = Path(output_dir) if output_dir is not None else None
    entry = replace(entry, rules=_rules(entry, reference, equivalence))
    _check_ranking_metric(entry)
    if folder is None:
        contest = _hold(entry, limits, None, listener)
        summary, recommended = summarise(contest, entry.occasion), contest.verdict.recommended
        table = entry.table
        model = fit_anew(entry.estimators[recommended], table.X, table.y, table.groups)
        return Comparison(summary, contest, partial(_itself, model))
    with held(folder), Journal(folder / JOURNAL_NAME, entry.identity(), fresh=fresh) as journal:
        try:
            return _write(folder, entry, _hold(entry, limits, journal, listener), journal)
        except KeyboardInterrupt as error:
            n_kept, n_all = len(journal.results), len(entry.estimators) * len(entry.splits.members)
            raise KeyboardInterrupt(
                f"{n_kept} of {n_all} folds are kept; the same command goes on from there." if n_kept else ""
            ) from error


def _rules(entry: _Entry, reference: str | None, equivalence: float | None) -> Rules:
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


def _check_ranking_metric(entry: _Entry) -> None:
    """Refuse a first metric that no model can get a value in; searches also measure it on training rows."""
    job = entry.job
    searched = any(isinstance(estimator, BaseSearchCV) for estimator in entry.estimators.values())
    truth = entry.table.y if searched else job.splits.tested(entry.table.y)
    reason = undefined_because(job.metrics[0].name, truth, entry.occasion.target)
    if reason is not None:
        raise UsageError(
            f"compare: the first metric, which ranks, must be defined for every row; got {job.metrics[0].name!r}, "
            f"but {reason}. Put another one first."
        )


def _limits(n_jobs: int, dask: str | None, time_budget: float | None, model_timeout: float | None) -> Limits:
    for name, seconds in (("time_budget", time_budget), ("model_timeout", model_timeout)):
        if seconds is not None and not 0 < seconds < float("inf"):
            raise UsageError(f"compare: {name} must be a number of seconds above 0; got {seconds!r}.")
    if n_jobs == 0:
        raise UsageError("compare: n_jobs must be 1 or more, or -1 for all cores; got 0.")
    if dask is not None and (n_jobs != 1 or model_timeout is not None):
        raise UsageError(
            "compare: n_jobs and model_timeout must be left out with dask, whose workers are the cluster's."
        )
    return Limits(n_jobs, dask, time_budget, model_timeout)


def _entry_of_file(
    spec: PipelineSpec, *, cv: Any, repeats: int | None, seed: int | None, metrics: Sequence[str] | None
) -> _Entry:
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
    return _Entry(
        task=task,
        estimators=spec.estimators(loaded.X, loaded.y, loaded.plan),
        table=Table(loaded.X, loaded.y.to_numpy(), groups),
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


def _entry_of_dict(
    estimators: Mapping[str, Any],
    X: Any,
    y: Any,
    groups: Any,
    *,
    cv: Any,
    repeats: int | None,
    seed: int | None,
    metrics: Sequence[str] | None,
) -> _Entry:
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
    return _Entry(task, named, table, splits, metrics, None, occasion)


def _task_of(estimators: Mapping[str, Any]) -> Task:
    if all(is_classifier(estimator) for estimator in estimators.values()):
        return "classification"
    if all(is_regressor(estimator) for estimator in estimators.values()):
        return "regression"
    kinds = {name: type(final_estimator(estimator)).__name__ for name, estimator in estimators.items()}
    raise UsageError(f"compare: the estimators must be all regressors or all classifiers; got {kinds}.")


def _splits(task: str, X: Any, table: Table, *, cv: Any, repeats: int | None, seed: int) -> tuple[Splits, list[str]]:
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
    notes = [note.replace("compare.cv.folds", "cv").replace("compare.cv.", "") for note in plan.notes]
    return draw_splits(plan, table.y, groups=table.groups), notes


def _hold(entry: _Entry, limits: Limits, journal: Journal | None, listener: ContestListener | None) -> Contest:
    """Run the contest, or what an earlier run left of it."""
    job = entry.job
    run = run_contest(job, limits, journal=journal, listener=listener)
    contest = Contest(
        task=entry.task,
        contestants=job.contestants,
        table=job.table,
        splits=run.splits,
        planned=job.splits,
        metrics=job.metrics,
        results=run.results,
        tune_folds=entry.tune_folds,
        elapsed_s=run.elapsed_s,
        rules=entry.rules,
    )
    if contest.any_finished:
        return with_seed_spreads(contest, limits, journal)
    if journal is not None:
        journal.forget()  # what made all of them fail may lie outside, and there is nothing to go on with
    ranks = job.metrics[0].label
    errors = contest.errors or dict.fromkeys(contest.by_model, f"{ranks} is not defined on every fold")
    lines = "\n".join(f"  {name}: {error}" for name, error in errors.items() if name != contest.dummy)
    raise AllModelsFailedError(f"compare: every model failed.\n{lines}")


def _write(folder: Path, entry: _Entry, contest: Contest, journal: Journal) -> Comparison:
    """Write everything into the folder, the model too where it is not there already.

    Where the model cannot be fitted on all rows, or cannot be saved, the report is written all the same.
    """
    summary = summarise(contest, entry.occasion)
    recommended = summary.verdict.recommended
    pin = journal.pin_of(recommended, folder / "model")
    known = pin is not None
    fault, get_best = None, partial(load_model, folder / "model", sha256=pin)
    with staged(folder) as staging:
        if not known:
            try:
                model = fit_anew(entry.estimators[recommended], entry.table.X, entry.table.y, entry.table.groups)
                pin = _save(model, staging / "model", entry, summary)
                get_best = partial(_itself, model)
            except Exception as error:  # noqa: BLE001 - whatever the model does wrong, the folds are not lost
                fault = error
        summary = replace(summary, model_pin=pin)  # the saved model's pin is part of the report
        report.write_report(summary, staging)
        write_lock(staging / "lock.yaml", summary, entry.spec)
        publish(staging, folder, keep_model=known)
    if fault is not None or pin is None:
        raise SkdlError(
            f"compare: {recommended}, which the verdict recommends, could not be fitted on all rows and saved "
            f"({type(fault).__name__}: {fault}). The report is in {folder}; there is no model."
        ) from fault
    journal.finish(SavedWinner(recommended, pin))
    return Comparison(summary, contest, get_best, folder, pin)


def _itself(model: Any) -> Any:
    return model


def _save(model: Any, path: Path, entry: _Entry, summary: report.Summary) -> str:
    row = next(row for row in summary.models if row.model == summary.verdict.recommended)
    metadata = {
        "name": summary.name,
        "model": row.model,
        "task": entry.task,
        "target": summary.data.target,
        "metrics": {name: asdict(score) for name, score in row.scores.items()},
        "data_hash": summary.protocol.data_hash,
        "pipeline": entry.spec.to_yaml() if entry.spec is not None else None,
    }
    reading = None if entry.spec is None else entry.spec.data.reading()
    return save_model(model, path, X=entry.table.X, y=_named_target(entry), metadata=metadata, reading=reading).sha256


def _named_target(entry: _Entry) -> pd.Series | pd.DataFrame:
    names = entry.spec.data.target if entry.spec is not None else (entry.occasion.target,)
    if np.ndim(entry.table.y) == 1:
        return pd.Series(entry.table.y, name=names[0])
    return pd.DataFrame(entry.table.y, columns=list(names) if len(names) == entry.table.y.shape[1] else None)
