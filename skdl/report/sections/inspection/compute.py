"""Model inspection: permutation importance, partial dependence, and the disagreement of two models.

The recommended model, and the leader where it is another, are refitted on the first folds and inspected on rows that
they were not trained on. What is computed depends on the table alone: each part is complete, or left out with a note
where it takes longer than the time for inspection. The journal keeps complete results.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import pearsonr
from sklearn.base import clone
from sklearn.utils import _safe_indexing

from skdl import results
from skdl.cross_validation import InspectedModel, basis_of, chosen_model, fit_with_groups, plain_value
from skdl.metrics import Scorer
from skdl.pipeline import n_fits
from skdl.report.sections._columns import columns_of, drawn_rows
from skdl.report.sections.inspection.effects import (
    OutOfTimeError,
    Refit,
    dependence_on,
    n_permutations,
    permuted_losses,
    require_time,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from skdl.cross_validation import FinishedComparison, FoldResult, Journal, Split
    from skdl.report.sections._columns import Columns
    from skdl.tables import ColumnKinds


_N_FOLDS = 3
_MANY_ROWS = 20_000  # of the table: one fold then has enough test rows
_MOST_ROWS = 2000  # of a fold that are permuted
_MOST_COLUMNS = 200  # beyond it, columns are pixels, words or genes: a single one does not matter
_N_DEPENDENCES = 4
_N_SHOWN = 3  # columns shown with a row on which two models disagree


def inspect_models(
    comparison: FinishedComparison,
    kinds: ColumnKinds | None = None,
    seconds: float = 30.0,
    journal: Journal | None = None,
) -> dict[str, Any]:
    """Inspect the recommended model, and the leader where it is another; compare their predictions.

    Parameters
    ----------
    comparison : FinishedComparison
        The finished comparison.
    kinds : ColumnKinds, default=None
        Which columns are numbers; inferred where left out.
    seconds : float, default=30.0
        Time for each model.
    journal : Journal, default=None
        An inspection in it is not computed again; a new one is written to it.

    Returns
    -------
    dict
        Fields ``insight``, ``leader_insight`` and ``disagreement`` of the summary. Errors are in the notes.
    """
    columns = columns_of(comparison.table.X, kinds)
    insights = [_inspect(comparison, name, columns, seconds, journal) for name in comparison.reported]
    insight = insights[0] if insights else results.Insight(None)
    shown = [one.columns[0] for one in insight.importances[:_N_SHOWN]]
    disagreement = None
    try:
        disagreement = _disagreement(comparison, columns, shown)
    except Exception as error:  # noqa: BLE001 - an error here must not lose the comparison
        insight = replace(insight, notes=[*insight.notes, _failure("disagreement", error)])
    leader_insight = insights[1] if len(insights) > 1 else None
    return {"insight": insight, "leader_insight": leader_insight, "disagreement": disagreement}


def _inspect(
    comparison: FinishedComparison, name: str, columns: Columns | None, seconds: float, journal: Journal | None
) -> results.Insight:
    """Inspect a model, or take its inspection from the journal."""
    kinds = None if columns is None else [columns.names, [*map(bool, columns.numeric)]]
    basis = basis_of(comparison.metrics[0], _inspected_splits(comparison), str(kinds))
    known = None if journal is None else journal.inspection(name, basis)
    if known is not None:
        return known
    started = perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the folds have reported them
        try:
            insight = _measure_effects(comparison, name, columns, seconds)
        except Exception as error:  # noqa: BLE001 - an error of the model must not lose the comparison
            insight = results.Insight(name, notes=[_failure("importance", error)])
    insight = replace(insight, elapsed_s=perf_counter() - started)
    # With more time, the next run may compute what was left out.
    if journal is not None and not any(note.code in _FOR_LACK_OF_TIME for note in insight.notes):
        journal.add(InspectedModel(name, basis, insight))
    return insight


_FOR_LACK_OF_TIME = frozenset({"slow_fit", "skipped_importance", "skipped_dependence"})


def expected_inspection_s(
    n_rows: int, n_columns: int, n_test: int, fit_s: float, predict_s: float, seconds: float
) -> float:
    """Expected time to inspect a model, from the times of one fit and of predictions for ``n_test`` rows."""
    if n_columns > _MOST_COLUMNS:
        return 0.0
    n_folds = 1 if n_rows > _MANY_ROWS else _N_FOLDS
    fits_s = n_folds * fit_s
    if fits_s > seconds:
        return 0.0
    score_s = predict_s * min(n_test, _MOST_ROWS) / n_test
    permuted_s = n_columns * n_permutations(n_columns, n_folds) * n_folds * score_s
    # What would take longer is left out.
    return fits_s if fits_s + permuted_s > seconds else min(fits_s + 2 * permuted_s, seconds)


def _failure(part: str, error: Exception) -> results.Reason:
    return results.Reason("failed", {"part": part, "error": f"{type(error).__name__}: {error}"})


def _measure_effects(
    comparison: FinishedComparison, name: str, columns: Columns | None, seconds: float
) -> results.Insight:
    """Refit the model on the first folds, permute columns, and compute the partial dependence on some of them.

    A part that takes too long is left out, with a note.
    """

    def left_out(code: str, insight: results.Insight | None = None, **values: Any) -> results.Insight:
        return replace(insight or results.Insight(name), notes=[results.Reason(code, values)])

    if columns is None:
        return left_out("no_columns")
    names = columns.names
    if len(names) > _MOST_COLUMNS:
        return left_out("many_columns", n=len(names), most=_MOST_COLUMNS)
    deadline = perf_counter() + seconds
    splits = _inspected_splits(comparison)
    expected_s = len(splits) * _expected_seconds(comparison, name)
    if expected_s > seconds:
        return left_out("slow_fit", seconds=expected_s, limit=seconds)
    refits = _refits(comparison, name, splits)
    if not refits:
        return left_out("no_score")
    groups = columns.alike()
    insight = results.Insight(
        name,
        correlated=[
            results.CorrelatedPair(names[i], names[j], strength, "spearman" if columns.numeric[i] else "cramers_v")
            for i, j, strength in columns.pairs()
        ],
        n_folds=len(refits),
        n_repeats=n_permutations(len(groups), len(refits)),
        n_rows=max(len(refit.y) for refit in refits),
    )
    part = "importance"
    try:
        importances = permuted_losses(
            refits, groups, columns, Scorer(comparison.metrics[0]), insight.n_repeats, deadline
        )
        importances.sort(key=lambda one: -one.mean)
        insight, part = replace(insight, importances=importances), "dependence"
        top = [names.index(one.columns[0]) for one in importances[:_N_DEPENDENCES] if one.mean > 0.0]
        return replace(insight, dependence=_dependence(top, refits, columns, comparison.table.y, deadline))
    except OutOfTimeError:
        return left_out(f"skipped_{part}", insight, limit=seconds)


def _dependence(
    top: list[int], refits: list[Refit], columns: Columns, y: Any, deadline: float
) -> list[results.Dependence]:
    """Partial dependence on some columns; none for several targets."""
    y = np.asarray(y)
    found: list[results.Dependence] = []
    for place in top if y.ndim == 1 else ():
        require_time(deadline)
        drawn = dependence_on(place, refits, columns, y)
        if drawn is not None:
            found.append(drawn)
    return found


def _inspected_splits(comparison: FinishedComparison) -> list[Split]:
    n_folds = 1 if len(comparison.table.y) > _MANY_ROWS else _N_FOLDS
    return [split for split in comparison.splits.members if split.repeat == 0][:n_folds]


def _expected_seconds(comparison: FinishedComparison, name: str) -> float:
    """Expected time of one fit; of a search, the time of one candidate."""
    estimator = comparison.job.estimators[name]
    result = comparison.by_model[name][0]
    n_train = len(comparison.splits.members[0].train)
    # The measured time of a fold contains the whole search; here the chosen candidate alone is fitted.
    share = n_fits(chosen_model(estimator, result), 1, n_train) / n_fits(estimator, 1, n_train)
    return (result.fit_s or 0.0) * share


def _refits(comparison: FinishedComparison, name: str, splits: Sequence[Split]) -> list[Refit]:
    """Refit the model on some folds; those on which the metric is not defined are left out."""
    estimator = comparison.job.estimators[name]
    results = {(result.repeat, result.fold): result for result in comparison.by_model[name]}
    found = [_refit(comparison, estimator, split, results[split.repeat, split.fold]) for split in splits]
    return [refit for refit in found if np.isfinite(refit.score)]


def _refit(comparison: FinishedComparison, estimator: Any, split: Split, result: FoldResult) -> Refit:
    table = comparison.table
    model = clone(chosen_model(estimator, result))
    groups = None if table.groups is None else table.groups[split.train]
    X_train, y_train = _safe_indexing(table.X, split.train), _safe_indexing(table.y, split.train)
    fit_with_groups(model, X_train, y_train, groups, table.weights_of(split.train))
    # Test rows of the fold: importance on training rows would credit a model with what it memorised.
    rows = split.test[drawn_rows(len(split.test), _MOST_ROWS)]
    X, y = _safe_indexing(table.X, rows), np.asarray(table.y)[rows]
    scorer, weights = Scorer(comparison.metrics[0]), table.weights_of(rows)
    scorer(model, X, y, weights)  # the first prediction may compile
    started = perf_counter()
    score = scorer(model, X, y, weights)
    return Refit(model, X, y, score, perf_counter() - started, weights)


_MOST_DISPUTED_ROWS = 8


def _disagreement(
    comparison: FinishedComparison, columns: Columns | None, shown: Sequence[str]
) -> results.Disagreement | None:
    """Compare the predictions of the recommended model and the leader, or of leader and runner-up.

    Parameters
    ----------
    comparison : FinishedComparison
        The finished comparison.
    columns : Columns or None
        The values of the rows.
    shown : sequence of str
        Columns whose values are shown with a row.

    Returns
    -------
    results.Disagreement or None
        None without two models besides the dummy, for several targets, or if predictions were not kept.
    """
    pair = list(dict.fromkeys((*comparison.reported, *comparison.verdict.ranking[:2])))[:2]
    if len(pair) < 2 or comparison.dummy in pair or np.ndim(comparison.table.y) > 1:
        return None
    # (n_tested,) rows of the first repeat, in the order of the kept predictions: no row is tested twice in it.
    rows = np.concatenate([split.test for split in comparison.splits.members if split.repeat == 0])
    first, second = (_predictions(comparison, name) for name in pair)
    if first is None or second is None:
        return None
    actual = np.asarray(comparison.table.y)[rows]
    numbers = comparison.task == "regression"
    if numbers:
        places = np.argsort(-np.abs(first - second), kind="stable")[:_MOST_DISPUTED_ROWS]
    else:
        places = _spread_over(np.flatnonzero(first != second), rows)
    disputed = [
        results.DisputedRow(
            row=int(rows[place]) + 1,
            actual=plain_value(actual[place]),
            first=plain_value(first[place]),
            second=plain_value(second[place]),
            columns={name: plain_value(columns.frame[name].iloc[rows[place]]) for name in shown} if columns else {},
        )
        for place in places
    ]
    counted = _of_numbers if numbers else _of_classes
    return results.Disagreement(pair[0], pair[1], len(rows), disputed, **counted(actual, first, second))


def _predictions(comparison: FinishedComparison, name: str) -> NDArray[Any] | None:
    first = [result for result in comparison.by_model[name] if result.repeat == 0]
    kept = [np.ravel(result.predicted) for result in first if result.predicted is not None]
    return np.concatenate(kept) if len(kept) == len(first) else None


def _spread_over(places: NDArray[np.intp], rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Choose some rows with different predictions, evenly over the table and in its order."""
    ordered = places[np.argsort(rows[places], kind="stable")]
    chosen = np.linspace(0, len(places) - 1, min(_MOST_DISPUTED_ROWS, len(places))).round().astype(np.intp)
    return ordered[chosen]


def _of_numbers(actual: NDArray[Any], first: NDArray[Any], second: NDArray[Any]) -> dict[str, Any]:
    errors = np.array([first - actual, second - actual], dtype=np.float64)
    varies = (errors.std(axis=1) > 0.0).all()
    return {
        "error_correlation": float(pearsonr(*errors).statistic) if varies else None,
        "first_nearer": float((np.abs(errors[0]) < np.abs(errors[1])).mean()),
    }


def _of_classes(actual: NDArray[Any], first: NDArray[Any], second: NDArray[Any]) -> dict[str, Any]:
    different = first != second
    return {
        "n_different": int(different.sum()),
        "first_right": int((different & (first == actual)).sum()),
        "second_right": int((different & (second == actual)).sum()),
    }
