"""The face of a comparison: a pipeline file or a dict of estimators in, a verdict out."""

from __future__ import annotations

import shlex
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal

import joblib
import numpy as np
import pandas as pd
from sklearn.base import is_classifier, is_regressor
from sklearn.dummy import DummyClassifier, DummyRegressor

from skdl import report
from skdl.artefact import save_model
from skdl.comparison._comparison import Comparison, fit_anew
from skdl.comparison._contest import Contest, is_dummy
from skdl.comparison._fold import Contestant, Table
from skdl.comparison._lock import write_lock
from skdl.comparison._networks import final_estimator
from skdl.comparison._publish import publishing
from skdl.comparison._run import run_contest
from skdl.comparison._splits import draw_splits, take_splits
from skdl.comparison._summary import Occasion, summarise
from skdl.exceptions import AllModelsFailedError, UsageError
from skdl.pipeline import PipelineSpec, resolve_metrics

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from skdl.comparison._run import ProgressListener
    from skdl.comparison._splits import Splits

__all__ = ["compare"]

Task = Literal["regression", "classification"]

_DEFAULT_FOLDS, _DEFAULT_REPEATS, _DEFAULT_SEED = 10, 3, 0


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


def compare(
    contestants: PipelineSpec | Mapping[str, Any],
    X: Any = None,
    y: Any = None,
    *,
    cv: Any = None,
    repeats: int | None = None,
    seed: int | None = None,
    metrics: Sequence[str] | None = None,
    groups: Any = None,
    output_dir: str | os.PathLike[str] | None = None,
    n_jobs: int = 1,
    listener: ProgressListener | None = None,
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
        Number of folds, or the folds themselves; None is 10, or what the file says.
    repeats : int, default=None
        How often the folds are drawn anew; None is 3, or what the file says.
    seed : int, default=None
        Draws the folds; None is 0, or what the file says.
    metrics : sequence of str, default=None
        Names of metrics, the first one ranks; None is by task.
    groups : array-like of shape (n_samples,), default=None
        Folds never split a group; with a dict only.
    output_dir : path-like, default=None
        Where to write the report and the recommended model. None is the file's ``output.dir``; with a dict nothing is
        written.
    n_jobs : int, default=1
        Processes, as joblib counts them.
    listener : callable, default=None
        Told of every fold that ends.

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
    started = perf_counter()
    asked = {"cv": cv, "repeats": repeats, "seed": seed, "metrics": metrics}
    if isinstance(contestants, PipelineSpec):
        if X is not None or y is not None or groups is not None:
            raise UsageError("compare: X, y and groups must be left out with a pipeline file, which names its data.")
        entry = _entry_of_file(contestants, **asked)
        folder: Path | None = Path(output_dir if output_dir is not None else contestants.output.dir)
    else:
        entry = _entry_of_dict(contestants, X, y, groups, **asked)
        folder = Path(output_dir) if output_dir is not None else None
    if folder is None:
        return _hold(entry, n_jobs, listener, started)
    with publishing(folder) as staging:
        comparison = _write(staging, entry, _hold(entry, n_jobs, listener, started))
    return replace(comparison, folder=folder)


def _entry_of_file(
    spec: PipelineSpec, *, cv: Any, repeats: int | None, seed: int | None, metrics: Sequence[str] | None
) -> _Entry:
    loaded = spec.load_table()
    task = spec.task_of(loaded.y)
    settings = spec.compare.cv
    splits = _splits(
        task, loaded.X, loaded.y, loaded.groups, loaded.time,
        cv=settings.folds if cv is None else cv,
        repeats=settings.repeats if repeats is None else repeats,
        seed=settings.seed if seed is None else seed,
    )  # fmt: skip
    if spec.origin.locked is not None:
        spec.origin.locked.check_splits(loaded.source, splits.digest)
    groups = None if loaded.groups is None else loaded.groups.to_numpy()
    return _Entry(
        task=task,
        estimators=spec.estimators(loaded.X, loaded.y),
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
            notes=loaded.notes,
            kinds=loaded.kinds,
        ),
        spec=spec,
    )


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
    task = _task_of(estimators)
    target = getattr(y, "name", None)
    table = Table(X, np.asarray(y), None if groups is None else np.asarray(groups))
    if len(table.y) != X.shape[0]:
        raise UsageError(f"compare: X and y must have the same number of rows; got {X.shape[0]} and {len(table.y)}.")
    splits = _splits(
        task, X, table.y, table.groups, None,
        cv=_DEFAULT_FOLDS if cv is None else cv,
        repeats=_DEFAULT_REPEATS if repeats is None else repeats,
        seed=_DEFAULT_SEED if seed is None else seed,
    )  # fmt: skip
    named = dict(estimators)
    if not any(is_dummy(estimator) for estimator in named.values()):
        named["dummy"] = DummyRegressor() if task == "regression" else DummyClassifier()
    occasion = Occasion(
        "comparison", "X, y", str(target or "y"), joblib.hash((X, table.y), hash_name="sha1"), command=""
    )
    return _Entry(task, named, table, splits, metrics, None, occasion)


def _task_of(estimators: Mapping[str, Any]) -> Task:
    if all(is_classifier(estimator) for estimator in estimators.values()):
        return "classification"
    if all(is_regressor(estimator) for estimator in estimators.values()):
        return "regression"
    kinds = {name: type(final_estimator(estimator)).__name__ for name, estimator in estimators.items()}
    raise UsageError(f"compare: the estimators must be all regressors or all classifiers; got {kinds}.")


def _splits(task: str, X: Any, y: Any, groups: Any, time: Any, *, cv: Any, repeats: int, seed: int) -> Splits:
    if not isinstance(cv, int | np.integer):
        return take_splits(cv, X, y, groups)
    classes = y if task == "classification" and np.ndim(y) == 1 else None
    return draw_splits(len(y), folds=int(cv), repeats=repeats, seed=seed, classes=classes, groups=groups, time=time)


def _hold(entry: _Entry, n_jobs: int, listener: ProgressListener | None, started: float) -> Comparison:
    """Run the contest and fit what it recommends on all rows."""
    metrics = tuple(resolve_metrics(entry.metrics, entry.task))
    contestants = tuple(Contestant(name, estimator) for name, estimator in entry.estimators.items())
    results = run_contest(contestants, entry.table, entry.splits, metrics, n_jobs=n_jobs, listener=listener)
    contest = Contest(
        task=entry.task,
        contestants=contestants,
        table=entry.table,
        splits=entry.splits,
        metrics=metrics,
        results=tuple(results),
        tune_folds=entry.tune_folds,
        elapsed_s=perf_counter() - started,
    )
    if not contest.any_finished:
        errors = contest.errors or dict.fromkeys(contest.by_model, f"{metrics[0].label} is not defined on every fold")
        lines = "\n".join(f"  {name}: {error}" for name, error in errors.items() if name != contest.dummy)
        raise AllModelsFailedError(f"compare: every model failed.\n{lines}")
    table = entry.table
    model = fit_anew(entry.estimators[contest.verdict.recommended], table.X, table.y, table.groups)
    return Comparison(summarise(contest, entry.occasion), model, contest)


def _write(staging: Path, entry: _Entry, comparison: Comparison) -> Comparison:
    """Write everything into the folder; the saved model's pin becomes part of the report."""
    summary = comparison.summary
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
    saved = save_model(
        comparison.best,
        staging / "model",
        X=entry.table.X,
        y=_named_target(entry),
        metadata=metadata,
        reading=None if entry.spec is None else entry.spec.data.reading(),
    )
    summary = replace(summary, model_pin=saved.sha256)
    report.write_report(summary, staging)
    write_lock(staging / "lock.yaml", summary, entry.spec)
    return replace(comparison, summary=summary, model_pin=saved.sha256)


def _named_target(entry: _Entry) -> pd.Series | pd.DataFrame:
    names = entry.spec.data.target if entry.spec is not None else (entry.occasion.target,)
    if np.ndim(entry.table.y) == 1:
        return pd.Series(entry.table.y, name=names[0])
    return pd.DataFrame(entry.table.y, columns=list(names) if len(names) == entry.table.y.shape[1] else None)
