"""Scores that are too good to be true, and pairs of columns that together give the target.

Either is a sign of leakage: a column that is computed from the target, or known only after it.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.linear_model import LinearRegression
from sklearn.metrics import get_scorer, mean_absolute_error, r2_score
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skdl.cross_validation import out_of_fold
from skdl.report.sections._columns import drawn_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from skdl.cross_validation import FinishedComparison
    from skdl.report.sections._columns import Columns


_EXACT = 0.999  # R2 from where a target counts as given
_ALMOST_EXACT = 0.99  # balanced accuracy of a tree: rows near a threshold may be wrong
_LEAST_ERROR = 0.01  # of the dummy's mean absolute error
_FEWEST_ROWS = 50  # fewer may all be right by chance
_FEWEST_MINORITY_ROWS = 20
_MOST_ROWS = 2000
_MOST_COLUMNS = 200  # of numbers, whose pairs are tried in a formula
_MOST_TREE_COLUMNS = 8  # whose pairs are tried with a tree each
_IS_BEHIND = 0.1  # share of a tree's importance
_MOST_BEHIND = 5
_N_FOLDS = 3


def too_good_score(comparison: FinishedComparison) -> dict[str, Any] | None:
    """Return the leader with its score if that is better than real tables allow, measured out of fold.

    That is R2 above 0.999, a mean absolute error below 1 % of the dummy's, or every row of a classification right.
    """
    leader = next((name for name in comparison.verdict.ranking if name != comparison.dummy), None)
    if leader is None or np.ndim(comparison.table.y) > 1:
        return None
    found, dummy = out_of_fold(comparison, leader), out_of_fold(comparison, comparison.dummy)
    n_rows = len(found.actual)
    if n_rows < _FEWEST_ROWS or len(found.predicted) != n_rows or len(dummy.predicted) != n_rows:
        return None
    if comparison.task == "classification":
        counts = np.unique(found.actual, return_counts=True)[1]
        is_perfect = bool((found.actual == found.predicted).all())
        too_few = n_rows - counts.max() < _FEWEST_MINORITY_ROWS
        return {"model": leader, "measure": "classes", "n": n_rows} if is_perfect and not too_few else None
    dummy_error = mean_absolute_error(dummy.actual, dummy.predicted)
    # The dummy predicts a constant target without error, too.
    if not np.isfinite(found.predicted).all() or dummy_error == 0.0:
        return None
    score = float(r2_score(found.actual, found.predicted))
    if score > _EXACT:
        return {"model": leader, "measure": "r2", "score": score}
    ratio = mean_absolute_error(found.actual, found.predicted) / dummy_error
    return {"model": leader, "measure": "error", "share": float(ratio)} if ratio < _LEAST_ERROR else None


def pair_that_gives_target(columns: Columns, y: NDArray[Any], task: str) -> tuple[list[str], dict[str, Any]] | None:
    """Find two columns that together give the target: by a linear formula, a product or ratio, or a decision tree.

    Returns
    -------
    tuple of (list of str, dict) or None
        The names of the columns, with ``form`` ("linear", "product" or "tree") and ``score`` (R2; balanced accuracy of
        a classification).
    """
    rows = drawn_rows(len(y), _MOST_ROWS)
    codes, target = columns.drawn(_MOST_ROWS).codes, np.asarray(y)[rows]
    order = columns.by_association(y, task)
    if task == "regression":
        numbers = order[columns.numeric[order]][:_MOST_COLUMNS]
        for form, known, wanted in _forms(codes[:, numbers], target.astype(np.float64)):
            found = _best_linear_pair(known, wanted)
            if found is not None:
                pair, score = found
                return [columns.names[numbers[place]] for place in pair], {"form": form, "score": score}
    enough = _EXACT if task == "regression" else _ALMOST_EXACT
    for places in combinations(order[:_MOST_TREE_COLUMNS], 2):
        score = _tree_score(_with_combinations(codes, places, columns), target, task, enough)
        if score > enough:
            return [columns.names[place] for place in places], {"form": "tree", "score": score}
    return None


def columns_behind(columns: Columns, y: NDArray[Any], task: str) -> list[str]:
    """Names of the columns that a decision tree on all of them uses most, the most important first."""
    codes, rows = columns.drawn(_MOST_ROWS).codes, drawn_rows(len(y), _MOST_ROWS)
    kind = DecisionTreeRegressor if task == "regression" else DecisionTreeClassifier
    importances = kind(max_leaf_nodes=64, random_state=0).fit(codes, np.asarray(y)[rows]).feature_importances_
    order = np.argsort(-importances, kind="stable")[:_MOST_BEHIND]
    return [columns.names[place] for place in order if importances[place] >= _IS_BEHIND]


def _forms(
    numbers: NDArray[np.float64], y: NDArray[np.float64]
) -> Iterator[tuple[str, NDArray[np.float64], NDArray[np.float64]]]:
    """Columns and target as they are, and their logarithms, in which a product or ratio is linear."""
    yield "linear", numbers, y
    if (y > 0.0).all():
        with np.errstate(divide="ignore", invalid="ignore"):
            yield "product", np.where(numbers > 0.0, np.log(numbers), np.nan), np.log(y)


def _best_linear_pair(numbers: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[tuple[int, int], float] | None:
    """Best pair of columns in a linear regression; None if its R2 is not above 0.999."""
    n_columns = numbers.shape[1]
    if n_columns < 2 or np.ptp(y) == 0.0:  # a pair
        return None
    means = np.nanmean(np.where(np.isfinite(numbers).any(axis=0), numbers, 0.0), axis=0)
    filled = np.where(np.isfinite(numbers), numbers, means)
    with np.errstate(divide="ignore", invalid="ignore"):
        correlations = np.nan_to_num(np.corrcoef(np.column_stack([filled, y]), rowvar=False))
        r_y, r = correlations[:-1, -1], correlations[:-1, :-1]
        # R2 of the regression of y on columns i and j, from their correlations. Of two equal columns it is not defined.
        scores = (r_y[:, None] ** 2 + r_y**2 - 2.0 * np.outer(r_y, r_y) * r) / (1.0 - r**2)
    scores[(1.0 - r**2 < 1e-9) | ~np.isfinite(scores)] = 0.0
    first, second = np.unravel_index(np.argmax(np.triu(scores, 1)), scores.shape)
    pair = numbers[:, [first, second]]
    known = np.isfinite(pair).all(axis=1)
    if known.sum() < _FEWEST_ROWS:
        return None
    score = float(LinearRegression().fit(pair[known], y[known]).score(pair[known], y[known]))
    return ((int(first), int(second)), score) if score > _EXACT else None


def _with_combinations(codes: NDArray[np.float64], pair: tuple[int, int], columns: Columns) -> NDArray[np.float64]:
    """The two columns; of numbers also their sum, difference and ratio, which a tree cannot form."""
    first, second = codes[:, pair[0]], codes[:, pair[1]]
    if not columns.numeric[list(pair)].all():
        return np.column_stack([first, second])
    ratio = np.divide(first, second, out=np.zeros_like(first), where=second != 0.0)
    return np.column_stack([first, second, first + second, first - second, ratio])


def _tree_score(features: NDArray[np.float64], y: NDArray[Any], task: str, enough: float) -> float:
    """Cross-validated score of a tree, exact where it exceeds ``enough``; 0 if a class is too rare for three folds."""
    if task == "regression":
        tree: Any = DecisionTreeRegressor(random_state=0)
        return cross_validated(tree, features, y, "r2", enough=enough)
    labels, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
    if len(labels) < 2 or counts.min() < 3:
        return 0.0
    tree = DecisionTreeClassifier(class_weight="balanced", random_state=0)
    return cross_validated(tree, features, codes, "balanced_accuracy", enough=enough)


def cross_validated(
    tree: Any, features: NDArray[np.float64], y: NDArray[Any], scoring: str, *, enough: float = -np.inf
) -> float:
    """Return the mean score of a tree over three folds.

    It stops, with the mean of the folds so far, where perfect scores of the others would not raise it above ``enough``.
    """
    kind = StratifiedKFold if is_classifier(tree) else KFold
    scorer, scores = get_scorer(scoring), []
    for train, test in kind(_N_FOLDS, shuffle=True, random_state=0).split(features, y):
        scores.append(scorer(clone(tree).fit(features[train], y[train]), features[test], y[test]))
        if np.mean([*scores, *[1.0] * (_N_FOLDS - len(scores))]) <= enough:
            break
    return float(np.mean(scores))
