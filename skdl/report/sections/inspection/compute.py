"""Model inspection: permutation importance, partial dependence, and the disagreement of the two best models.

The model is refitted on the first folds and inspected on rows that it was not trained on. All of it takes at most a few
seconds or 5 % of the comparison's time, whichever is more; notes name what was left out. The journal keeps the result.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import pearsonr
from sklearn.base import clone
from sklearn.utils import _safe_indexing

from skdl import results
from skdl.cross_validation import InspectedModel, chosen_model, fit_with_groups, plain_value
from skdl.metrics import Scorer
from skdl.pipeline import n_fits
from skdl.report.sections._columns import Columns, columns_of, drawn_rows
from skdl.report.sections.inspection.effects import (
    Deadline,
    Refit,
    dependence_on,
    permuted_losses,
    seconds_for,
    settle_effort,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from skdl.cross_validation import FinishedComparison, FoldResult, Journal, Split
    from skdl.report.sections._columns import Columns
    from skdl.tables import ColumnKinds


_FEWEST_SECONDS = 5.0
_SHARE_OF_RUN = 0.05
_SHARE_OF_FITS = 0.5  # of that time; no further fold is fitted beyond
_SHARE_OF_PERMUTING = 0.7  # of what is left then; the rest is for partial dependence
_N_FOLDS = 3
_MOST_ROWS = 2000  # of a fold that are permuted
_MOST_COLUMNS = 200  # beyond it, columns are pixels, words or genes: a single one does not matter
_N_DEPENDENCES = 4
_N_SHOWN = 3  # columns shown with a row on which the two best models disagree


def inspect_model(
    comparison: FinishedComparison, kinds: ColumnKinds | None = None, journal: Journal | None = None
) -> results.Insight:
    """Inspect the recommended model, or take its inspection from the journal.

    Parameters
    ----------
    comparison : FinishedComparison
        The finished comparison.
    kinds : ColumnKinds, default=None
        Which columns are numbers; inferred where left out.
    journal : Journal, default=None
        An inspection in it is not computed again; a new one is written to it.

    Returns
    -------
    Insight
        Errors of a part are in its notes.
    """
    name, n_folds = _inspected_model(comparison), len(comparison.splits.members)
    insight = None if journal is None or name is None else journal.inspections.get((name, n_folds))
    if insight is None:
        started = perf_counter()
        insight = _inspect(comparison, name, kinds)
        insight = replace(insight, elapsed_s=perf_counter() - started)
        if journal is not None and name is not None:
            journal.add(InspectedModel(name, n_folds, insight))
    return insight


def _inspected_model(comparison: FinishedComparison) -> str | None:
    """The recommended model, or the leader if the dummy is recommended."""
    verdict = comparison.verdict
    return next((name for name in (verdict.recommended, verdict.leader) if name != comparison.dummy), None)


def _inspect(comparison: FinishedComparison, name: str | None, kinds: ColumnKinds | None) -> results.Insight:
    """Inspect the model; a part that fails is left out, with a note."""
    columns = columns_of(comparison.table.X, kinds)
    insight = results.Insight(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the folds have reported them
        if name is not None:
            try:
                insight = _measure_effects(comparison, name, columns)
            except Exception as error:  # noqa: BLE001 - an error of the model must not lose the comparison
                insight = replace(insight, notes=[_failure("importance", error)])
        shown = [one.columns[0] for one in insight.importances[:_N_SHOWN]]
        try:
            return replace(insight, disagreement=_disagreement(comparison, columns, shown))
        except Exception as error:  # noqa: BLE001 - likewise
            return replace(insight, notes=[*insight.notes, _failure("disagreement", error)])


def _failure(part: str, error: Exception) -> results.Reason:
    return results.Reason("failed", {"part": part, "error": f"{type(error).__name__}: {error}"})


def _measure_effects(comparison: FinishedComparison, name: str, columns: Columns | None) -> results.Insight:
    """Refit the model on the first folds, permute columns, and compute the partial dependence on some of them."""
    insight = results.Insight(name)
    if columns is None:
        return replace(insight, notes=[results.Reason("no_columns")])
    if len(columns.names) > _MOST_COLUMNS:
        return replace(
            insight, notes=[results.Reason("many_columns", {"n": len(columns.names), "most": _MOST_COLUMNS})]
        )
    seconds = max(_FEWEST_SECONDS, _SHARE_OF_RUN * comparison.elapsed_s)
    deadline = Deadline(seconds)
    expected_s = _expected_seconds(comparison, name)
    if expected_s > seconds:
        return replace(insight, notes=[results.Reason("slow_fit", {"seconds": expected_s})])
    refits = _refits(comparison, name, deadline, seconds)
    if not refits:
        return replace(insight, notes=[results.Reason("no_score")])
    inspection = _Inspection(comparison, columns, refits, deadline)
    return inspection.add_to(replace(insight, n_folds=len(refits)))


def _expected_seconds(comparison: FinishedComparison, name: str) -> float:
    """Expected time of one fit; of a search, the time of one candidate."""
    estimator = comparison.job.estimators[name]
    result = comparison.by_model[name][0]
    n_train = len(comparison.splits.members[0].train)
    # The measured time of a fold contains the whole search; here the chosen candidate alone is fitted.
    share = n_fits(chosen_model(estimator, result), 1, n_train) / n_fits(estimator, 1, n_train)
    return (result.fit_s or 0.0) * share


def _refits(comparison: FinishedComparison, name: str, deadline: Deadline, seconds: float) -> list[Refit]:
    """Refit the model on the first folds of the first repeat, while there is time."""
    estimator = comparison.job.estimators[name]
    results = {(result.repeat, result.fold): result for result in comparison.by_model[name]}
    first = [split for split in comparison.splits.members if split.repeat == 0][:_N_FOLDS]
    found: list[Refit] = []
    longest = 0.0
    for number, split in enumerate(first):
        if number and seconds - deadline.left + longest > _SHARE_OF_FITS * seconds:
            break
        before = deadline.left
        found.append(_refit(comparison, estimator, split, results[split.repeat, split.fold]))
        longest = max(longest, before - deadline.left)
    return [refit for refit in found if np.isfinite(refit.score)]


def _refit(comparison: FinishedComparison, estimator: Any, split: Split, result: FoldResult) -> Refit:
    table = comparison.table
    model = clone(chosen_model(estimator, result))
    groups = None if table.groups is None else table.groups[split.train]
    fit_with_groups(model, _safe_indexing(table.X, split.train), _safe_indexing(table.y, split.train), groups)
    # Test rows of the fold: importance on training rows would credit a model with what it memorised.
    rows = split.test[drawn_rows(len(split.test), _MOST_ROWS)]
    X, y = _safe_indexing(table.X, rows), np.asarray(table.y)[rows]
    scorer = Scorer(comparison.metrics[0])
    scorer(model, X, y)  # the first prediction may compile
    started = perf_counter()
    score = scorer(model, X, y)
    return Refit(model, X, y, score, perf_counter() - started)


@dataclass(frozen=True)
class _Inspection:
    """The inspection of a model that was refitted on some folds."""

    comparison: FinishedComparison
    columns: Columns
    refits: list[Refit]
    deadline: Deadline

    def add_to(self, insight: results.Insight) -> results.Insight:
        """Add importance and partial dependence to an insight, with notes on what was left out for lack of time."""
        names, groups = self.columns.names, self.columns.alike()
        seconds = _SHARE_OF_PERMUTING * self.deadline.left
        n_repeats, n_groups = settle_effort(groups, self.refits, seconds)
        if n_groups < len(groups):
            groups = self._strongest(groups)
        scorer = Scorer(self.comparison.metrics[0])
        importances = permuted_losses(
            self.refits, groups[:n_groups], self.columns, scorer, n_repeats, Deadline(seconds)
        )
        importances.sort(key=lambda one: -one.mean)
        top = [names.index(one.columns[0]) for one in importances[:_N_DEPENDENCES] if one.mean > 0.0]
        dependence = self._dependence(top)
        notes = []
        if len(importances) < len(groups):
            notes.append(results.Reason("some_columns", {"n": len(importances), "of": len(groups)}))
        if dependence is not None and len(dependence) < len(top):
            notes.append(results.Reason("some_dependences", {"n": len(dependence), "of": len(top)}))
        return replace(
            insight,
            importances=importances,
            correlated=self._correlated(),
            dependence=dependence or [],
            n_repeats=n_repeats,
            n_rows=max(len(refit.y) for refit in self.refits),
            notes=notes,
        )

    def _strongest(self, groups: list[list[int]]) -> list[list[int]]:
        """Order groups by their strongest univariate association with the target."""
        y = np.asarray(self.comparison.table.y)
        if y.ndim > 1:
            return groups
        rank = {int(place): number for number, place in enumerate(self.columns.by_association(y, self.comparison.task))}
        return sorted(groups, key=lambda group: min(rank[place] for place in group))

    def _correlated(self) -> list[results.CorrelatedPair]:
        names, numeric = self.columns.names, self.columns.numeric
        return [
            results.CorrelatedPair(names[i], names[j], strength, "spearman" if numeric[i] else "cramers_v")
            for i, j, strength in self.columns.pairs()
        ]

    def _dependence(self, top: list[int]) -> list[results.Dependence] | None:
        """Partial dependence on some columns, while there is time; None for several targets."""
        y = np.asarray(self.comparison.table.y)
        if y.ndim > 1 or not top:
            return None
        # All columns with fewer models rather than some columns with all models.
        one_s = max(seconds_for(refit) for refit in self.refits)
        n_refits = max(1, min(len(self.refits), int(self.deadline.left / (one_s * len(top)))))
        found: list[results.Dependence] = []
        for place in top:
            if self.deadline.left < one_s:
                break
            drawn = dependence_on(place, self.refits[:n_refits], self.columns, y)
            if drawn is not None:
                found.append(drawn)
        return found


_MOST_DISPUTED_ROWS = 8


def _disagreement(
    comparison: FinishedComparison, columns: Columns | None, shown: Sequence[str]
) -> results.Disagreement | None:
    """Compare the predictions of the two best models.

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
    verdict = comparison.verdict
    pair = (verdict.leader, verdict.runner_up)
    if verdict.runner_up is None or comparison.dummy in pair or np.ndim(comparison.table.y) > 1:
        return None
    # (n_tested,) rows of the first repeat, in the order of the kept predictions: no row is tested twice in it.
    rows = np.concatenate([split.test for split in comparison.splits.members if split.repeat == 0])
    leader, runner_up = (_predictions(comparison, name) for name in (verdict.leader, verdict.runner_up))
    if leader is None or runner_up is None:
        return None
    actual = np.asarray(comparison.table.y)[rows]
    numbers = comparison.task == "regression"
    places = _furthest_apart(leader, runner_up) if numbers else _spread_over(np.flatnonzero(leader != runner_up), rows)
    disputed = [
        results.DisputedRow(
            row=int(rows[place]) + 1,
            actual=plain_value(actual[place]),
            leader=plain_value(leader[place]),
            runner_up=plain_value(runner_up[place]),
            columns={name: plain_value(columns.frame[name].iloc[rows[place]]) for name in shown} if columns else {},
        )
        for place in places
    ]
    counted = _of_numbers if numbers else _of_classes
    return results.Disagreement(
        verdict.leader, verdict.runner_up, len(rows), disputed, **counted(actual, leader, runner_up)
    )


def _predictions(comparison: FinishedComparison, name: str) -> NDArray[Any] | None:
    first = [result for result in comparison.by_model[name] if result.repeat == 0]
    kept = [np.ravel(result.predicted) for result in first if result.predicted is not None]
    return np.concatenate(kept) if len(kept) == len(first) else None


def _furthest_apart(leader: NDArray[Any], runner_up: NDArray[Any]) -> NDArray[np.intp]:
    return np.argsort(-np.abs(leader - runner_up), kind="stable")[:_MOST_DISPUTED_ROWS]


def _spread_over(places: NDArray[np.intp], rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Choose some rows with different predictions, evenly over the table and in its order."""
    ordered = places[np.argsort(rows[places], kind="stable")]
    chosen = np.linspace(0, len(places) - 1, min(_MOST_DISPUTED_ROWS, len(places))).round().astype(np.intp)
    return ordered[chosen]


def _of_numbers(actual: NDArray[Any], leader: NDArray[Any], runner_up: NDArray[Any]) -> dict[str, Any]:
    errors = np.array([leader - actual, runner_up - actual], dtype=np.float64)
    varies = (errors.std(axis=1) > 0.0).all()
    return {
        "error_correlation": float(pearsonr(*errors).statistic) if varies else None,
        "leader_nearer": float((np.abs(errors[0]) < np.abs(errors[1])).mean()),
    }


def _of_classes(actual: NDArray[Any], leader: NDArray[Any], runner_up: NDArray[Any]) -> dict[str, Any]:
    different = leader != runner_up
    return {
        "n_different": int(different.sum()),
        "leader_right": int((different & (leader == actual)).sum()),
        "runner_up_right": int((different & (runner_up == actual)).sum()),
    }
