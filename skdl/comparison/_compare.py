"""The face of a comparison: a pipeline file or a dict of estimators in, a verdict out."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from skdl import report, results
from skdl.comparison._comparison import Comparison, fit_anew
from skdl.comparison._lock import write_lock
from skdl.comparison._plan import Entry, check_ranking_metric, entry_of_dict, entry_of_file, rules_for
from skdl.comparison._publish import lock_results, publish, staging_folder
from skdl.comparison._summary import summarise
from skdl.cross_validation import (
    JOURNAL_NAME,
    FinishedComparison,
    Journal,
    Limits,
    SavedWinner,
    run_comparison,
    with_seed_spreads,
)
from skdl.exceptions import AllModelsFailedError, SkdlError, UsageError
from skdl.pipeline import PipelineSpec
from skdl.report.sections.inspection.compute import with_insight
from skdl.report.sections.ship.compute import saved_model_summary
from skdl.saved_models import load_model, save_model

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from skdl.cross_validation import EventCallback

__all__ = ["compare"]


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
    lang: str = "en",
    insight: bool | None = None,
    listener: EventCallback | None = None,
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
    lang : {"en", "ko"}, default="en"
        Language of the report that is written.
    insight : bool, default=None
        Whether to find out which columns matter to the recommended model and where the two best disagree, which takes
        up to three more fits. None is what the file says, or True.
    listener : callable, default=None
        Told when the comparison begins (`Begun`), and of every fold that ends (`Progress`).

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
    report.strings_of(lang)  # a language that is not there is refused before any fit
    limits = _limits(n_jobs, dask, time_budget, model_timeout)
    asked = {"cv": cv, "repeats": repeats, "seed": seed, "metrics": metrics}
    if isinstance(contestants, PipelineSpec):
        if X is not None or y is not None or groups is not None:
            raise UsageError("compare: X, y and groups must be left out with a pipeline file, which names its data.")
        entry = entry_of_file(contestants, **asked)
        folder: Path | None = Path(output_dir if output_dir is not None else contestants.output.dir)
    else:
        entry = entry_of_dict(contestants, X, y, groups, **asked)
        folder = Path(output_dir) if output_dir is not None else None
    entry = replace(entry, rules=rules_for(entry, reference, equivalence), insight=_is_wanted(entry, insight))
    check_ranking_metric(entry)
    if folder is None:
        comparison = _hold(entry, limits, None, listener)
        summary, recommended = summarise(comparison, entry.occasion), comparison.verdict.recommended
        table = entry.table
        model = fit_anew(entry.estimators[recommended], table.X, table.y, table.groups)
        return Comparison(summary, comparison, partial(_itself, model))
    with lock_results(folder), Journal(folder / JOURNAL_NAME, entry.identity(), fresh=fresh) as journal:
        try:
            return _write(folder, entry, _hold(entry, limits, journal, listener), journal, lang)
        except KeyboardInterrupt as error:
            n_kept, n_all = len(journal.results), len(entry.estimators) * len(entry.splits.members)
            raise KeyboardInterrupt(
                f"{n_kept} of {n_all} folds are kept; the same command goes on from there." if n_kept else ""
            ) from error


def _is_wanted(entry: Entry, insight: bool | None) -> bool:
    if insight is not None:
        return insight
    return entry.spec is None or entry.spec.compare.insight


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


def _hold(entry: Entry, limits: Limits, journal: Journal | None, listener: EventCallback | None) -> FinishedComparison:
    """Run the comparison, or what an earlier run left of it."""
    job = entry.job
    run = run_comparison(job, limits, journal=journal, listener=listener)
    comparison = FinishedComparison(
        task=entry.task,
        models=job.models,
        table=job.table,
        splits=run.splits,
        planned=job.splits,
        metrics=job.metrics,
        results=run.results,
        tune_folds=entry.tune_folds,
        elapsed_s=run.elapsed_s,
        rules=entry.rules,
    )
    if comparison.any_finished:
        comparison = with_seed_spreads(comparison, limits, journal)
        return with_insight(comparison, entry.occasion.kinds, journal) if entry.insight else comparison
    if journal is not None:
        journal.forget()  # what made all of them fail may lie outside, and there is nothing to go on with
    errors = comparison.errors or dict.fromkeys(comparison.by_model, comparison.unranked)
    lines = "\n".join(f"  {name}: {error}" for name, error in errors.items() if name != comparison.dummy)
    raise AllModelsFailedError(f"compare: every model failed.\n{lines}")


def _write(folder: Path, entry: Entry, comparison: FinishedComparison, journal: Journal, lang: str) -> Comparison:
    """Write everything into the folder, the model too where it is not there already.

    Where the model cannot be fitted on all rows, or cannot be saved, the report is written all the same.
    """
    summary = summarise(comparison, entry.occasion)
    recommended = summary.verdict.recommended
    pin = journal.pin_of(recommended, folder / "model")
    known = pin is not None
    fault, get_best = None, partial(load_model, folder / "model", sha256=pin)
    with staging_folder(folder) as staging:
        if not known:
            try:
                model = fit_anew(entry.estimators[recommended], entry.table.X, entry.table.y, entry.table.groups)
                pin = _save(model, staging / "model", entry, summary)
                get_best = partial(_itself, model)
            except Exception as error:  # noqa: BLE001 - whatever the model does wrong, the folds are not lost
                fault = error
        if pin is not None:  # the saved model is part of the report
            saved = saved_model_summary((folder if known else staging) / "model", folder)
            summary = replace(summary, model_pin=pin, saved=saved)
        report.write_report(summary, staging, lang=lang)
        write_lock(staging / "lock.yaml", summary, entry.spec)
        publish(staging, folder, keep_model=known)
    if fault is not None or pin is None:
        raise SkdlError(
            f"compare: {recommended}, which the verdict recommends, could not be fitted on all rows and saved "
            f"({type(fault).__name__}: {fault}). The report is in {folder}; there is no model."
        ) from fault
    journal.finish(SavedWinner(recommended, pin))
    return Comparison(summary, comparison, get_best, folder, pin)


def _itself(model: Any) -> Any:
    return model


def _save(model: Any, path: Path, entry: Entry, summary: results.Summary) -> str:
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


def _named_target(entry: Entry) -> pd.Series | pd.DataFrame:
    names = entry.spec.data.target if entry.spec is not None else (entry.occasion.target,)
    if np.ndim(entry.table.y) == 1:
        return pd.Series(entry.table.y, name=names[0])
    return pd.DataFrame(entry.table.y, columns=list(names) if len(names) == entry.table.y.shape[1] else None)
