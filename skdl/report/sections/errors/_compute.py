"""Where the best models err: from a comparison's answers out of fold to the values that the report shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from skdl import results
from skdl.cross_validation import out_of_fold
from skdl.report.sections._columns import as_frame
from skdl.report.sections.errors._compute_classes import class_errors
from skdl.report.sections.errors._compute_images import misread_images
from skdl.report.sections.errors._compute_regression import regression_errors, worst_rows
from skdl.report.sections.errors._compute_thresholds import threshold_costs
from skdl.tables import column_kinds

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from skdl.cross_validation import FinishedComparison
    from skdl.tables import ColumnKinds

__all__ = ["read_errors"]

_MOST_COLUMNS = 5  # that a worst row brings along
_TWO_CLASSES = 2


def read_errors(
    comparison: FinishedComparison, names: Sequence[str], kinds: ColumnKinds | None = None
) -> results.ErrorsSummary:
    """Read the errors of models, best first; of several targets nothing is read.

    Parameters
    ----------
    comparison : FinishedComparison
        Models, table, and what each answered on each fold.
    names : sequence of str
        Ranked models, the best first.
    kinds : ColumnKinds, default=None
        Of the table's columns; None finds them.

    Returns
    -------
    skdl.report.ErrorsSummary
        Plain values, ready to be drawn.
    """
    if np.ndim(comparison.table.y) > 1 or not names:
        return results.ErrorsSummary()
    of_task = _of_regression if comparison.task == "regression" else _of_classes
    return of_task(comparison, names, kinds)


def _of_regression(
    comparison: FinishedComparison, names: Sequence[str], kinds: ColumnKinds | None
) -> results.ErrorsSummary:
    answers = [out_of_fold(comparison, name) for name in names]
    frame = as_frame(comparison.table.X)
    columns = _first_columns(frame, kinds)
    return results.ErrorsSummary(
        n_rows=len(answers[0].rows),
        regression=[regression_errors(one) for one in answers],
        worst_columns=[str(column) for column in columns],
        worst=worst_rows(answers[0], frame[columns]),
    )


def _of_classes(
    comparison: FinishedComparison, names: Sequence[str], kinds: ColumnKinds | None
) -> results.ErrorsSummary:
    answers = [out_of_fold(comparison, name) for name in names]
    labels = np.unique(np.asarray(comparison.table.y))
    leader = answers[0]
    images = misread_images(leader, comparison.table.X, labels, kinds)
    return results.ErrorsSummary(
        n_rows=len(leader.rows),
        classes=[str(label) for label in labels],
        classification=[class_errors(one, labels) for one in answers],
        thresholds=threshold_costs(leader, labels) if len(labels) == _TWO_CLASSES else None,
        misread=images,
        n_misread=int(np.sum(leader.actual != leader.predicted)) if images else 0,
    )


def _first_columns(frame: pd.DataFrame, kinds: ColumnKinds | None) -> list[Any]:
    """Take the first columns that models are shown, in the table's order."""
    used = set((kinds or column_kinds(frame)).used)
    return [column for column in frame.columns if column in used][:_MOST_COLUMNS]
