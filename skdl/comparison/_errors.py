"""Where the best models err: from a contest's answers out of fold to the values that the report shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from skdl import report
from skdl.comparison._class_errors import class_errors
from skdl.comparison._columns import as_frame
from skdl.comparison._images import misread_images
from skdl.comparison._misses import regression_errors, worst_rows
from skdl.comparison._out_of_fold import out_of_fold
from skdl.comparison._thresholds import threshold_costs
from skdl.tables import column_kinds

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from skdl.comparison._contest import Contest
    from skdl.tables import ColumnKinds

__all__ = ["read_errors"]

_MOST_COLUMNS = 5  # that a worst row brings along
_TWO_CLASSES = 2


def read_errors(contest: Contest, names: Sequence[str], kinds: ColumnKinds | None = None) -> report.ErrorsSummary:
    """Read the errors of models, best first; of several targets nothing is read.

    Parameters
    ----------
    contest : Contest
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
    if np.ndim(contest.table.y) > 1 or not names:
        return report.ErrorsSummary()
    of_task = _of_regression if contest.task == "regression" else _of_classes
    return of_task(contest, names, kinds)


def _of_regression(contest: Contest, names: Sequence[str], kinds: ColumnKinds | None) -> report.ErrorsSummary:
    answers = [out_of_fold(contest, name) for name in names]
    frame = as_frame(contest.table.X)
    columns = _first_columns(frame, kinds)
    return report.ErrorsSummary(
        n_rows=len(answers[0].rows),
        regression=[regression_errors(one) for one in answers],
        worst_columns=[str(column) for column in columns],
        worst=worst_rows(answers[0], frame[columns]),
    )


def _of_classes(contest: Contest, names: Sequence[str], kinds: ColumnKinds | None) -> report.ErrorsSummary:
    answers = [out_of_fold(contest, name) for name in names]
    labels = np.unique(np.asarray(contest.table.y))
    leader = answers[0]
    images = misread_images(leader, contest.table.X, labels, kinds)
    return report.ErrorsSummary(
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
