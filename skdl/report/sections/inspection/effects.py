"""Effects of columns on a fitted model: permutation importance, correlated columns together, and partial dependence.

scikit-learn's `permutation_importance` permutes one column at a time: of two correlated columns, neither then seems to
matter, since the model can use the other one.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
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

    from skdl.metrics import Scorer
    from skdl.report.sections._columns import Columns


_MOST_REPEATS = 5
_MOST_PERMUTATIONS = 1000  # of all groups of columns on all folds


class OutOfTimeError(Exception):
    """A part of the inspection takes longer than its time; the part is left out."""


def require_time(deadline: float, seconds: float = 0.0) -> None:
    """Raise `OutOfTimeError` unless so many seconds are left to a deadline, a time of `time.perf_counter`."""
    if deadline - perf_counter() < seconds:
        raise OutOfTimeError


@dataclass(frozen=True)
class Refit:
    """A refitted model with test rows of its fold, its score there (greater is better), and the time of scoring."""

    model: Any
    X: Any
    y: NDArray[Any]
    score: float
    score_s: float
    weights: NDArray[np.float64] | None = None  # of the test rows


def n_permutations(n_groups: int, n_folds: int) -> int:
    """Number of permutations of each group of columns on each fold: five, or fewer for many groups.

    It does not depend on the time that they take, so that the same table always gets the same report.

    Examples
    --------
    >>> [n_permutations(n_groups, n_folds=3) for n_groups in (4, 100, 200)]
    [5, 3, 1]
    """
    return max(1, min(_MOST_REPEATS, _MOST_PERMUTATIONS // (n_groups * n_folds)))


def permuted_losses(
    refits: Sequence[Refit],
    groups: Sequence[list[int]],
    columns: Columns,
    scorer: Scorer,
    n_repeats: int,
    deadline: float,
) -> list[results.Importance]:
    """Permute one group of columns after another, and measure the loss of score.

    Returns
    -------
    list of results.Importance
        In the order of the groups, without those for which the metric is not defined.

    Raises
    ------
    OutOfTimeError
        If it takes longer than the time that is left.
    """
    require_time(deadline, len(groups) * n_repeats * sum(refit.score_s for refit in refits))
    found: list[results.Importance] = []
    for group in groups:
        require_time(deadline)
        # The same seed for each group: all groups get the same permutations, so that none is favoured.
        rng = np.random.default_rng(0)
        losses = np.array(
            [
                refit.score
                - scorer(refit.model, _permuted(refit.X, group, rng.permutation(len(refit.y))), refit.y, refit.weights)
                for refit in refits
                for _ in range(n_repeats)
            ]
        )
        if np.isfinite(losses).all():
            spread = float(losses.std(ddof=1)) if len(losses) > 1 else None
            found.append(results.Importance([columns.names[place] for place in group], float(losses.mean()), spread))
    return found


def _permuted(X: Any, group: list[int], order: NDArray[np.intp]) -> Any:
    """Reorder the rows of some columns, without a change of types."""
    mixed = X.copy()
    for place in group:
        if isinstance(X, pd.DataFrame):
            # isetitem replaces the column and keeps its dtype. It aligns by index, which would undo the permutation
            # without set_axis.
            mixed.isetitem(place, X.iloc[order, place].set_axis(X.index))
        else:
            mixed[:, place] = X[order, place]
    return mixed


_MOST_DEPENDENCE_ROWS = 500
_MOST_POINTS = 20
_MOST_CATEGORIES = 12
_MOST_CLASSES = 5  # with a line each; of more classes only the most frequent


def dependence_on(place: int, refits: Sequence[Refit], columns: Columns, y: NDArray[Any]) -> results.Dependence | None:
    """Partial dependence of refitted models on a column.

    Returns
    -------
    results.Dependence or None
        None if the column has fewer than two values.
    """
    column, is_numeric = columns.frame.iloc[:, place], bool(columns.numeric[place])
    categories = column.value_counts().index[:_MOST_CATEGORIES]
    grid = _numbers(column) if is_numeric else categories.to_numpy(dtype=object)
    if len(grid) < 2:  # a line has two ends
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
        scale=_response_scale(refits[0].model),
        deciles=[float(value) for value in deciles],
    )


def _numbers(column: pd.Series) -> NDArray[Any]:
    """Grid between the 5th and the 95th percentile: the values themselves if there are few."""
    present = column.dropna().to_numpy(dtype=np.float64)
    if not len(present):
        return present
    # Beyond these percentiles a line would rest on few rows.
    low, high = np.quantile(present, [0.05, 0.95])
    values = np.unique(present[(present >= low) & (present <= high)])
    if len(values) < 2:  # nearly all rows hold one value
        values = np.unique(present)
    return values if len(values) <= _MOST_POINTS else np.linspace(values[0], values[-1], _MOST_POINTS)


def _lines(
    refit: Refit, place: int, grid: NDArray[Any], y: NDArray[Any], *, is_numeric: bool
) -> list[tuple[str | None, NDArray[np.float64]]]:
    """Mean predictions of one model along the grid, a line per class that is shown."""
    rows = _safe_indexing(refit.X, drawn_rows(len(refit.y), _MOST_DEPENDENCE_ROWS))
    if is_numeric and isinstance(rows, pd.DataFrame):
        rows = rows.copy()
        # The grid has points between integers.
        rows.isetitem(place, rows.iloc[:, place].to_numpy(dtype=np.float64))
    elif is_numeric:
        rows = rows.astype(np.float64)
    predictions = partial_dependence(refit.model, rows, [place], custom_values={place: grid}, method="brute")["average"]
    if is_regressor(refit.model):
        return [(None, predictions[0])]
    labels = list(refit.model.classes_)
    if len(predictions) == 1:  # two classes: predictions of the last one
        return [(str(labels[-1]), predictions[0])]
    return [(str(labels[number]), predictions[number]) for number in _shown(labels, y)]


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


def _response_scale(model: Any) -> str:
    if is_regressor(model):
        return "target"
    return "probability" if hasattr(model, "predict_proba") else "score"
