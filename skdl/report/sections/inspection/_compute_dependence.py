"""Partial dependence: how the mean answer moves along a column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.base import is_regressor
from sklearn.inspection import partial_dependence
from sklearn.utils import _safe_indexing

from skdl import results
from skdl.cross_validation import plain_value
from skdl.report.sections._columns import drawn_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from skdl.report.sections._columns import Columns
    from skdl.report.sections.inspection._compute_importance import Refit

__all__ = ["dependence_on", "seconds_for"]

_MOST_ROWS = 500
_MOST_POINTS = 20
_MOST_CATEGORIES = 12
_MOST_CLASSES = 5  # that have a line each; of more the commonest alone


def seconds_for(refit: Refit) -> float:
    """Reckon how long a model takes along one column, from its time for all its test rows."""
    return _MOST_POINTS * refit.score_s * max(0.25, min(1.0, _MOST_ROWS / len(refit.y)))  # calling it takes time too


def dependence_on(place: int, refits: Sequence[Refit], columns: Columns, y: NDArray[Any]) -> results.Dependence | None:
    """Average the answers of refitted models along a column.

    Returns
    -------
    results.Dependence or None
        None where the column has no two values.
    """
    column, is_numeric = columns.frame.iloc[:, place], bool(columns.numeric[place])
    grid = _numbers(column) if is_numeric else _categories(column)
    if len(grid) < 2:  # noqa: PLR2004 - a line has two ends
        return None
    drawn: dict[str | None, list[NDArray[np.float64]]] = {}
    for refit in refits:
        for label, values in _lines(refit, place, grid, y, is_numeric=is_numeric):
            drawn.setdefault(label, []).append(values)
    deciles = np.nanquantile(column.to_numpy(dtype=np.float64), np.linspace(0.1, 0.9, 9)) if is_numeric else []
    return results.Dependence(
        column=columns.names[place],
        is_numeric=is_numeric,
        grid=[plain_value(value) for value in grid],
        lines=[_line(label, np.array(values)) for label, values in drawn.items()],
        scale=_scale(refits[0].model),
        deciles=[float(value) for value in deciles],
    )


def _numbers(column: pd.Series) -> NDArray[Any]:
    """Give points between the 5th and the 95th percentile: the values themselves where they are few."""
    present = column.dropna().to_numpy(dtype=np.float64)
    if not len(present):
        return present
    low, high = np.quantile(present, [0.05, 0.95])
    values = np.unique(present[(present >= low) & (present <= high)])
    if len(values) < 2:  # noqa: PLR2004 - nearly all rows hold one value
        values = np.unique(present)
    return values if len(values) <= _MOST_POINTS else np.linspace(values[0], values[-1], _MOST_POINTS)


def _categories(column: pd.Series) -> NDArray[Any]:
    return column.value_counts().index[:_MOST_CATEGORIES].to_numpy(dtype=object)


def _lines(
    refit: Refit, place: int, grid: NDArray[Any], y: NDArray[Any], *, is_numeric: bool
) -> list[tuple[str | None, NDArray[np.float64]]]:
    """Give the answers of one model along the grid, a line a class that is shown."""
    rows = _safe_indexing(refit.X, drawn_rows(len(refit.y), _MOST_ROWS))
    if is_numeric and isinstance(rows, pd.DataFrame):
        rows = rows.copy()
        # Points of the grid lie between whole numbers.
        rows.isetitem(place, rows.iloc[:, place].to_numpy(dtype=np.float64))
    elif is_numeric:
        rows = rows.astype(np.float64)
    answers = partial_dependence(refit.model, rows, [place], custom_values={place: grid}, method="brute")["average"]
    if is_regressor(refit.model):
        return [(None, answers[0])]
    labels = list(refit.model.classes_)
    if len(answers) == 1:  # two classes: the answers are for the last one
        return [(str(labels[-1]), answers[0])]
    return [(str(labels[number]), answers[number]) for number in _shown(labels, y)]


def _shown(labels: list[Any], y: NDArray[Any]) -> list[int]:
    if len(labels) <= _MOST_CLASSES:
        return list(range(len(labels)))
    found, counts = np.unique(y, return_counts=True)
    return [labels.index(found[counts.argmax()])]


def _line(label: str | None, values: NDArray[np.float64]) -> results.DependenceLine:
    """Average over the folds; ``values`` has the shape (n_folds, n_points)."""
    lines = (values.mean(axis=0), values.min(axis=0), values.max(axis=0))
    middle, low, high = ([float(value) for value in line] for line in lines)
    return results.DependenceLine(label, middle, low, high)


def _scale(model: Any) -> str:
    if is_regressor(model):
        return "target"
    return "probability" if hasattr(model, "predict_proba") else "score"
