"""Effects between whole numbers and other columns: which columns may be codes, and whether a target has an order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import f as f_distribution
from sklearn.isotonic import isotonic_regression

from skdl.tables import distinct_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from skdl._task import Task

    Floats = NDArray[np.float64]

# Names of numbers that are codes, or that repeat in a circle: the whole name, or a word at its end.
_CODE_NAME = re.compile(
    r"(?i:(?:^|[\s_.-])(?:zip|zip_?code|post_?code|postal_?code|plz|code|hour|hr|month|mnth|weekday|dow|season|quarter|"
    r"region|district|store|shop|type|kind|category|cluster|id)$)|[a-z](?:Id|ID|Code|Hour|Month|Type|Region)$"
    r"|(?:코드|우편번호|번호|월|요일|시간|계절|지역)$"
)
_FEW = 10  # with so few values a column is always named
_MOST_CODES = 100
_MOST_NAMED_CODES = 1000
_MOST_CLASSES = 10  # whose indicators are tried
_MOST_ROWS = 20_000  # more are sampled
_MOST_ALIKE = 20
_LEAST_JUMPS = 0.01  # of the variance of the target
_SIGNIFICANT = 0.001
_LEAST_ETA2 = 0.02
_MOST_CATEGORIES = 15


def possible_codes(frame: pd.DataFrame, names: Sequence[str], y: pd.DataFrame, task: Task) -> tuple[str, ...]:
    """Return the whole-number columns that may be codes: few values, the name of a code, or a target that jumps."""
    counts = {name: len(distinct_values(frame[name])) for name in names}
    # Two values are as good as a category, and codes have several rows each.
    counts = {name: count for name, count in counts.items() if 2 < count <= min(_MOST_NAMED_CODES, len(frame) / 2)}
    named = {name for name in counts if _CODE_NAME.search(name)}
    few = {name for name, count in counts.items() if count <= _FEW} - named
    tried = [name for name, count in counts.items() if count <= _MOST_CODES and name not in named | few]
    rows = np.arange(len(frame))
    if len(frame) > _MOST_ROWS:  # `DataFrame.sample` would shuffle all row numbers, which takes longer than the rest
        rows = np.random.default_rng(0).choice(len(frame), _MOST_ROWS, replace=False, shuffle=False)
    scores = _target_scores(y.iloc[rows], task)
    level = _SIGNIFICANT / max(len(tried), 1)
    alike = few | {name for name in tried if jumps(frame[name].iloc[rows], scores, level)}
    if len(alike) > _MOST_ALIKE:  # so many of a kind are measurements, such as the pixels of images
        alike = set()
    return tuple(name for name in names if name in named | alike)


def _target_scores(y: pd.DataFrame, task: Task) -> Floats:
    """Turn targets into numbers, one column each: ranks of numbers, indicators of the most common classes."""
    if task == "regression":
        return y.rank().to_numpy(np.float64)
    column = y.iloc[:, 0]
    labels = column.value_counts().index[:_MOST_CLASSES]
    return np.column_stack([(column == label).to_numpy(np.float64) for label in labels])


def jumps(column: pd.Series, scores: Floats, level: float = _SIGNIFICANT) -> bool:
    """Whether the mean of the target jumps up and down along a column, as it does for codes.

    That is: the means by value differ from every rising, falling or quadratic curve, significantly (F test) and by 1 %
    of the variance.

    >>> month = pd.Series(np.tile(np.arange(12), 20))
    >>> noise = np.random.default_rng(0).normal(size=(240, 1))
    >>> jumps(month, month.to_numpy()[:, None] + noise), jumps(month, (month.to_numpy() % 2)[:, None] + noise)
    (False, True)
    """
    present = column.notna().to_numpy()
    scores = scores[present]
    values, group = np.unique(column[present].to_numpy(np.float64), return_inverse=True)
    n_rows, n_values = len(group), len(values)
    if n_values < 4 or n_rows <= n_values:
        return False
    counts = np.bincount(group).astype(np.float64)
    for score in scores.T:
        means = np.bincount(group, score) / counts
        total = float(((score - score.mean()) ** 2).sum())
        within = float(((score - means[group]) ** 2).sum())
        curves = [isotonic_regression(means, sample_weight=counts, increasing=rising) for rising in (True, False)]
        curves.append(np.polynomial.Polynomial.fit(values, means, 2, w=np.sqrt(counts))(values))
        # Sum of squares of the means around the best of the curves.
        around = min(float((counts * (means - curve) ** 2).sum()) for curve in curves)
        if around <= _LEAST_JUMPS * total:
            continue
        ratio = (around / (n_values - 3)) / max(within / (n_rows - n_values), np.finfo(np.float64).tiny)
        if f_distribution.sf(ratio, n_values - 3, n_rows - n_values) * scores.shape[1] < level:
            return True
    return False


def share_in_order(y: pd.Series, features: pd.DataFrame) -> float | None:
    """Return how much of the differences between classes follows the order of their numbers; None without differences.

    Of each feature, eta squared is the share of its variance between the classes, and r squared the part of it that is
    linear in their numbers, both adjusted for the number of classes. The result is the sum of r squared by that of eta
    squared: 1 for an amount, about 1 / (n_classes - 1) for labels.

    >>> grade = pd.Series(np.tile(np.arange(6), 50))
    >>> size = grade + np.random.default_rng(0).normal(size=300)
    >>> round(share_in_order(grade, size.to_frame("size")), 1)
    1.0
    """
    if len(y) > _MOST_ROWS:
        y = y.sample(_MOST_ROWS, random_state=0)
        features = features.loc[y.index]
    few = [name for name in features.columns if not pd.api.types.is_numeric_dtype(features[name].dtype)]
    many = [name for name in few if features[name].nunique() > _MOST_CATEGORIES]
    numbers = pd.get_dummies(features.drop(columns=many), columns=[name for name in few if name not in many])
    linear, between = 0.0, 0.0
    for name in numbers.columns:
        present = numbers[name].notna()
        values, number = numbers.loc[present, name].astype(np.float64), y[present].astype(np.float64)
        n_rows, n_classes = len(values), number.nunique()
        if n_rows <= n_classes or n_classes < 3 or values.nunique() < 2:
            continue
        # Ranks, since one outlier could be all of the variance.
        values = values.rank()
        eta2 = values.groupby(number).transform("mean").var() / values.var()
        r2 = float(np.corrcoef(values, number)[0, 1]) ** 2
        eta2 = 1 - (1 - eta2) * (n_rows - 1) / (n_rows - n_classes)
        if eta2 >= _LEAST_ETA2:
            between += eta2
            linear += max(1 - (1 - r2) * (n_rows - 1) / (n_rows - 2), 0)
    return float(linear / between) if between else None
