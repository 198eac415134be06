"""Checks of a table: what makes scores too good to be true, and what makes them hard to interpret.

Each check gives a code with values, also if it found nothing. Only that for a score that is too good needs the models.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.stats import ks_2samp
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skdl import results
from skdl.report.sections._columns import drawn_rows
from skdl.report.sections.data.too_good import (
    columns_behind,
    cross_validated,
    pair_that_gives_target,
    too_good_score,
)
from skdl.tables import is_constant, is_free_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from skdl.cross_validation import FinishedComparison
    from skdl.report.sections._columns import Columns
    from skdl.tables import ColumnKinds


_MILD_DUPLICATES = 0.01
_GRAVE_DUPLICATES = 0.05  # share of test rows with a duplicate in training
_COPIES_SHARE = 0.95  # share of duplicates with equal targets, from where they count as copies
_TARGET_HASH_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # odd factor: a target's hash differs from that of an equal feature
_LEAKAGE_SCORE = 0.98  # score of a single column from where it leaks the target
_EASY_TARGET_MEDIAN = 0.9  # median score of single columns, from where the target is simply easy
_HALF_SHARE = 0.5
_RARE_SHARE = 0.2  # of an even share
_DRIFT_DISTANCE = 0.3  # mean distance of the distributions, from 0 to 1
_DRIFT_P_VALUE = 0.01  # p-value, over all columns and folds
_UNSEEN_SHARE = 0.05  # share of test rows
_MOST_ROWS = 5000
_MOST_COLUMNS = 100  # tried for leakage, within seconds: those that have most to do with the target
_LEVELS = ("grave", "mild", "fine")
_FEWEST_COLUMNS_OF_PAIR = 3  # two columns are all there is


def check_table(comparison: FinishedComparison, columns: Columns | None, kinds: ColumnKinds) -> list[results.Check]:
    """Check table and folds; grave findings come first, checks without findings last.

    ``columns`` is None for a table without single columns. A check that fails on this table gives a finding "failed".
    """
    # Generators: nothing is computed before `_results`.
    checks = {"imbalance": _imbalance(comparison)}
    if columns is not None:
        checks = {
            "duplicates": _duplicates(comparison, columns),
            "leakage": _leakage(comparison, columns),
            **checks,
            "constant": _constant(columns, kinds),
            "identifier": _identifiers(columns, kinds),
            "missing": _missing(columns),
            "drift": _drift(comparison, columns, kinds),
        }
    found = [result for code, check in checks.items() for result in _results(code, check)]
    named = [name for result in found if result.code in {"leakage", "pair"} for name in result.columns]
    found += _results("too_good", _too_good(comparison, columns, named))
    return sorted(found, key=lambda result: _LEVELS.index(result.level))


def _results(code: str, check: Iterator[results.Check]) -> list[results.Check]:
    try:
        return list(check)
    except Exception as error:  # noqa: BLE001 - a table of odd values is no reason to lose the comparison
        message = f"{type(error).__name__}: {error}"
        return [results.Check("failed", "mild", values={"check": code, "error": message})]


def _duplicates(comparison: FinishedComparison, columns: Columns) -> Iterator[results.Check]:
    """Count duplicate rows, target included, and the test rows with a duplicate in training.

    Copies have the target of their original. If rows with equal features have different targets, the features are
    coarse and the duplicates a coincidence, which new rows will share.
    """
    target = pd.DataFrame(np.asarray(comparison.table.y))
    # Rows are compared by 64-bit hashes, (n_rows,), of their features alone and together with the target.
    features = pd.util.hash_pandas_object(columns.frame, index=False).to_numpy()
    codes, distinct = pd.factorize(
        features ^ (pd.util.hash_pandas_object(target, index=False).to_numpy() * _TARGET_HASH_FACTOR)
    )
    n_repeated = len(codes) - len(distinct)
    if not n_repeated:
        yield results.Check("duplicates", "fine")
        return
    yield results.Check("duplicates", "mild", values={"n": n_repeated, "of": len(codes)})
    shares = [np.isin(codes[split.test], codes[split.train]).mean() for split in comparison.splits.members]
    share = float(np.mean(shares))
    if share >= _MILD_DUPLICATES:
        is_grave = share >= _GRAVE_DUPLICATES and _share_of_one_target(features, codes) >= _COPIES_SHARE
        yield results.Check("twins", "grave" if is_grave else "mild", values={"share": share})


def _share_of_one_target(features: NDArray[Any], codes: NDArray[Any]) -> float:
    """Share of the rows with duplicated features whose duplicates all have the same target."""
    twins = pd.DataFrame({"codes": codes}).groupby(features)["codes"].agg(["size", "nunique"])
    repeated = twins[twins["size"] > 1]
    return float(repeated.loc[repeated["nunique"] == 1, "size"].sum() / repeated["size"].sum())


def _leakage(comparison: FinishedComparison, columns: Columns) -> Iterator[results.Check]:
    """Predict the target from each column alone with a small tree, and from two columns together.

    A column that does so almost perfectly is suspect if the median column does not: it may hold the target, or what was
    known only after it. If most columns do, the target is simply easy.
    """
    y = np.asarray(comparison.table.y)
    n_columns = len(columns.names)
    if y.ndim > 1 or n_columns < 2:  # one column is all there is
        return
    # Where not all columns can be tried, those with the strongest association with the target are.
    order = np.arange(n_columns) if n_columns <= _MOST_COLUMNS else columns.by_association(y, comparison.task)
    rows = drawn_rows(len(y), _MOST_ROWS)
    codes, tried = columns.drawn(_MOST_ROWS).codes, order[:_MOST_COLUMNS]
    alone = np.array([_score_alone(codes[:, [place]], y[rows], comparison.task) for place in tried])
    suspects = [place for place in np.argsort(-alone, kind="stable") if alone[place] >= _LEAKAGE_SCORE]
    # Where the median column predicts the target too, one more column that does so is no sign of leakage.
    is_easy = np.nanmedian(alone) >= _EASY_TARGET_MEDIAN
    if suspects and not is_easy:
        names = [columns.names[tried[place]] for place in suspects]
        measure = _measure(comparison.task, y)
        yield results.Check("leakage", "grave", names, {"score": float(alone[suspects[0]]), "measure": measure})
        return
    has_pairs = n_columns >= _FEWEST_COLUMNS_OF_PAIR and not is_easy
    pair = pair_that_gives_target(columns, y, comparison.task) if has_pairs else None
    yield results.Check("leakage", "fine") if pair is None else results.Check("pair", "grave", *pair)


def _measure(task: str, y: NDArray[Any]) -> str:
    if task == "regression":
        return "r2"
    return "roc_auc" if len(np.unique(y)) == 2 else "balanced_accuracy"


def _score_alone(column: NDArray[np.float64], y: NDArray[Any], task: str) -> float:
    """Score a tree of at most 64 leaves on one column, cross-validated; NaN if classes are too rare."""
    if task == "regression":
        tree: Any = DecisionTreeRegressor(max_leaf_nodes=64, min_samples_leaf=3, random_state=0)
        return cross_validated(tree, column, y, "r2")
    labels, codes = np.unique(y, return_inverse=True)
    # Rows of classes that cannot be in each of the three folds are left out of the score.
    if np.bincount(codes).min() < 3:  # one per fold
        kept = np.isin(codes, np.flatnonzero(np.bincount(codes) >= 3))
        column, codes = column[kept], codes[kept]
        labels = np.unique(codes)
    if len(labels) < 2:
        return float("nan")
    tree = DecisionTreeClassifier(max_leaf_nodes=64, min_samples_leaf=3, class_weight="balanced", random_state=0)
    return cross_validated(tree, column, codes, "roc_auc" if len(labels) == 2 else "balanced_accuracy")


def _too_good(comparison: FinishedComparison, columns: Columns | None, named: list[str]) -> Iterator[results.Check]:
    """Judge the leader's score; names the columns that a check found, or those that a tree uses most."""
    values = too_good_score(comparison)
    if values is None:
        yield results.Check("too_good", "fine")
        return
    if not named and columns is not None:
        named = columns_behind(columns, np.asarray(comparison.table.y), comparison.task)
    yield results.Check("too_good", "grave", named, values)


def _imbalance(comparison: FinishedComparison) -> Iterator[results.Check]:
    """Check for a class that is rare compared with an even share."""
    y = np.asarray(comparison.table.y)
    if comparison.task != "classification" or y.ndim > 1:
        return
    labels, counts = np.unique(y, return_counts=True)
    shares = counts / len(y)
    if shares.min() * len(labels) >= _RARE_SHARE:
        yield results.Check("imbalance", "fine")
        return
    values = {
        "rarest": str(labels[counts.argmin()]),
        "share": float(shares.min()),
        "commonest_share": float(shares.max()),
    }
    yield results.Check("imbalance", "mild", values=values)


def _constant(columns: Columns, kinds: ColumnKinds) -> Iterator[results.Check]:
    constant = [name for name in columns.names if len(columns.frame[name].unique()) <= 1]
    names = [
        *constant,
        *(str(name) for name, reason in kinds.left_out.items() if is_constant(reason) and str(name) not in constant),
    ]
    yield results.Check("constant", "mild" if names else "fine", names)


def _identifiers(columns: Columns, kinds: ColumnKinds) -> Iterator[results.Check]:
    """Find columns that only identify rows: names or free text, which are excluded, and counters."""
    aside = [str(name) for name, reason in kinds.left_out.items() if is_free_text(reason)]
    if aside:
        yield results.Check("names_left_out", "mild", aside)
    counters = [
        name
        for name, is_number in zip(columns.names, columns.numeric, strict=True)
        if is_number and _counts(columns.frame[name])
    ]
    if counters or not aside:
        yield results.Check("identifier", "mild" if counters else "fine", counters)


def _counts(column: pd.Series) -> bool:
    """Whether a column holds every integer of a range, hardly any of them twice."""
    numbers = column.to_numpy(dtype=np.float64)
    distinct = np.unique(numbers)  # a missing value is one
    is_range = len(distinct) > 2 and bool((np.diff(distinct) == 1.0).all())  # 0 and 1 are a range too
    return is_range and len(distinct) > _HALF_SHARE * len(numbers)


def _missing(columns: Columns) -> Iterator[results.Check]:
    missing = columns.frame.isna().mean()
    names = [str(name) for name in missing.index[missing > _HALF_SHARE]]
    yield results.Check("missing", "mild" if names else "fine", names, {"most": _HALF_SHARE})


def _drift(comparison: FinishedComparison, columns: Columns, kinds: ColumnKinds) -> Iterator[results.Check]:
    """Compare training and test rows of time-ordered folds, column by column."""
    time = comparison.table.time
    if time is None or comparison.splits.look_ahead(time):
        return
    moved = _drifted_numbers(comparison, columns)
    unseen = _unseen_categories(comparison, columns, kinds.text)
    if not moved and not unseen:
        yield results.Check("drift", "fine")
    if moved:
        yield results.Check("drift", "mild", list(moved), {"distances": list(moved.values())})
    if unseen:
        yield results.Check("unseen", "mild", list(unseen), {"shares": list(unseen.values())})


def _drifted_numbers(comparison: FinishedComparison, columns: Columns) -> dict[str, float]:
    """Mean Kolmogorov-Smirnov distance over the folds of columns where it is large and significant, largest first."""
    names = [name for name, is_number in zip(columns.names, columns.numeric, strict=True) if is_number]
    members = comparison.splits.members
    found = {}
    for name in names:
        numbers = columns.frame[name].to_numpy(dtype=np.float64)
        tests = [
            ks_2samp(train, test, method="asymp")
            for split in members
            if len(train := _present(numbers, split.train)) and len(test := _present(numbers, split.test))
        ]
        if not tests:
            continue
        distance = float(np.mean([test.statistic for test in tests]))
        if (
            distance >= _DRIFT_DISTANCE
            # Bonferroni's correction over all folds and columns.
            and min(test.pvalue for test in tests) * len(members) * len(names) < _DRIFT_P_VALUE
        ):
            found[name] = distance
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _present(numbers: NDArray[np.float64], rows: NDArray[np.intp]) -> NDArray[np.float64]:
    drawn = numbers[rows[drawn_rows(len(rows), _MOST_ROWS)]]
    return drawn[~np.isnan(drawn)]


def _unseen_categories(comparison: FinishedComparison, columns: Columns, texts: Sequence[str]) -> dict[str, float]:
    """Mean share of test rows with a category that no training row has, of columns where it is large, largest first."""
    found = {}
    for name, is_number in zip(columns.names, columns.numeric, strict=True):
        if is_number or name in texts:
            continue
        codes = pd.factorize(columns.frame[name], use_na_sentinel=False)[0]
        shares = [1.0 - np.isin(codes[split.test], codes[split.train]).mean() for split in comparison.splits.members]
        if np.mean(shares) >= _UNSEEN_SHARE:
            found[name] = float(np.mean(shares))
    return dict(sorted(found.items(), key=lambda item: -item[1]))
