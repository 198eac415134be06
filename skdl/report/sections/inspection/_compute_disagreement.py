"""Where leader and runner-up disagree, from the answers that they gave out of fold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import pearsonr

from skdl import results
from skdl.cross_validation import plain_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from skdl.cross_validation import FinishedComparison
    from skdl.report.sections._columns import Columns

__all__ = ["disagreement_of"]

_MOST_ROWS = 8


def disagreement_of(
    comparison: FinishedComparison, columns: Columns | None, shown: Sequence[str]
) -> results.Disagreement | None:
    """Hold the answers of the two best against each other.

    Parameters
    ----------
    comparison : FinishedComparison
        What was compared.
    columns : Columns or None
        Where the values of the rows are taken from.
    shown : sequence of str
        The columns whose values stand beside a row.

    Returns
    -------
    results.Disagreement or None
        None where there are no two models besides the dummy, several targets, or answers that were not kept.
    """
    verdict = comparison.verdict
    pair = (verdict.leader, verdict.runner_up)
    if verdict.runner_up is None or comparison.dummy in pair or np.ndim(comparison.table.y) > 1:
        return None
    rows = np.concatenate([split.test for split in comparison.splits.members if split.repeat == 0])
    leader, runner_up = (_answers(comparison, name) for name in (verdict.leader, verdict.runner_up))
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


def _answers(comparison: FinishedComparison, name: str) -> NDArray[Any] | None:
    first = [result for result in comparison.by_model[name] if result.repeat == 0]
    kept = [np.ravel(result.predicted) for result in first if result.predicted is not None]
    return np.concatenate(kept) if len(kept) == len(first) else None


def _furthest_apart(leader: NDArray[Any], runner_up: NDArray[Any]) -> NDArray[np.intp]:
    return np.argsort(-np.abs(leader - runner_up), kind="stable")[:_MOST_ROWS]


def _spread_over(places: NDArray[np.intp], rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Take some of the rows that are answered differently, from all over the table and in its order."""
    ordered = places[np.argsort(rows[places], kind="stable")]
    chosen = np.linspace(0, len(places) - 1, min(_MOST_ROWS, len(places))).round().astype(np.intp)
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
