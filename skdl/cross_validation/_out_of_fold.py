"""What a model answered to every row that the first repeat tested, put together from its folds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from skdl.cross_validation._class_scores import Ratings, rated_classes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from skdl.cross_validation._finished import FinishedComparison

__all__ = ["OutOfFold", "out_of_fold", "short"]

_DIGITS = 7


@dataclass(frozen=True)
class OutOfFold:
    """Answers to the tested rows, each once where folds cover the table.

    ``why_unrated`` is "too_many" where ratings would have been too many numbers to keep, "none" where none were kept.
    """

    model: str
    rows: NDArray[np.intp]  # of the table, from 0
    actual: NDArray[Any]
    predicted: NDArray[Any]
    ratings: Ratings | None
    why_unrated: str = "none"


def out_of_fold(comparison: FinishedComparison, name: str) -> OutOfFold:
    """Put the first repeat of a ranked model together."""
    results = [result for result in comparison.by_model[name] if result.repeat == 0]
    rows = np.concatenate([split.test for split in comparison.splits.members if split.repeat == 0])
    rated = [result.class_scores for result in results if result.class_scores is not None]
    are = {result.scores_are for result in results}
    kind = are.pop() if len(are) == 1 else None
    ratings = Ratings(np.concatenate(rated), kind) if kind is not None and len(rated) == len(results) else None
    too_many = ratings is None and comparison.task == "classification" and _are_too_many(comparison)
    return OutOfFold(
        model=name,
        rows=rows,
        actual=np.asarray(comparison.table.y)[rows],
        predicted=np.concatenate([np.ravel(result.predicted) for result in results if result.predicted is not None]),
        ratings=ratings,
        why_unrated="too_many" if too_many else "none",
    )


def _are_too_many(comparison: FinishedComparison) -> bool:
    return rated_classes(comparison.table.y, len(comparison.models)) is None


def short(values: Iterable[float]) -> list[float]:
    """Give numbers with seven digits, which is more than a picture shows.

    Examples
    --------
    >>> short([1 / 3, 2e9])
    [0.3333333, 2000000000.0]
    """
    return [float(f"{value:.{_DIGITS}g}") for value in values]
