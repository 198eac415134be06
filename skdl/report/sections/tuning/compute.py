"""Tuning: scores inside the search against test scores, chosen values, and values at the edge of the search.

A search is read by its attributes (``param_grid`` or ``param_distributions``), whatever its class.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from skdl import results
from skdl.cross_validation import plain_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from skdl.cross_validation import FinishedComparison, FoldResult
    from skdl.report._compute import RunInfo


_OF_THE_FOLDS = 0.5
_OUTERMOST = 0.05  # quantile of a distribution from where a value is at its edge


def compute(comparison: FinishedComparison, _: RunInfo) -> dict[str, Any]:
    """Compute the field ``tuning`` of the summary, best model first."""
    tuned = [tuning_summary(comparison, name) for name in comparison.verdict.ranking]
    return {"tuning": [summary for summary in tuned if summary is not None]}


def tuning_summary(comparison: FinishedComparison, name: str) -> results.TuningSummary | None:
    """Summarise a model's search over the folds; None if it was not tuned, or the search failed on every fold."""
    search = comparison.job.estimators[name]
    tuned = [result for result in comparison.by_model[name] if result.parameters]
    if not tuned:
        return None
    first = comparison.metrics[0]
    pairs = [(result.inner_score, result.scores.get(first.name)) for result in tuned]
    measured = [(inner, outer) for inner, outer in pairs if inner is not None and outer is not None]
    inner, outer = (float(mean) for mean in np.mean(measured, axis=0)) if measured else (None, None)
    too_much = None if inner is None or outer is None else inner - outer if first.greater_is_better else outer - inner
    names = list(dict.fromkeys(key for result in tuned for key in result.parameters))
    return results.TuningSummary(
        model=name,
        n_folds=len(tuned),
        inner=inner,
        outer=outer,
        optimism=too_much,
        parameters=[_parameter(search, key, _short_name(key, names), tuned) for key in names],
    )


def _short_name(key: str, names: Sequence[str]) -> str:
    """Drop the path through the pipeline, unless two parameters would then have the same name."""
    short = key.rpartition("__")[2]
    return key if sum(name.rpartition("__")[2] == short for name in names) > 1 else short


def _parameter(search: Any, key: str, name: str, tuned: Sequence[FoldResult]) -> results.TunedParameter:
    chosen = [result.parameters[key] for result in tuned if key in result.parameters]
    # By text, because values such as lists have no hash; the text also distinguishes 1 from True.
    counts = Counter(repr(plain_value(value)) for value in chosen)
    by_text = {repr(plain_value(value)): plain_value(value) for value in chosen}
    values = [results.ChosenValue(by_text[text], n_folds) for text, n_folds in counts.most_common()]
    numbers = _searched(search, key)
    if numbers is None:
        return results.TunedParameter(name, values)
    edge = _edge(numbers, chosen)
    if edge is not None and not _accepts_beyond(search, key, numbers, edge):
        edge = None
    return results.TunedParameter(name, values, numbers.lowest, numbers.highest, edge)


@dataclass(frozen=True)
class _Searched:
    """The range of numbers of a search; values up to ``low_end`` and from ``high_end`` on are at its edges.

    For listed numbers these are the ends; for a distribution its outer 5 % quantiles.
    """

    lowest: float
    highest: float
    low_end: float
    high_end: float
    unlimited: bool = False  # None was among the values, which means no limit: nothing is above it


def _edge(numbers: _Searched, chosen: Sequence[Any]) -> str | None:
    """Name the end that at least half of the folds chose; None if both ends were chosen equally often."""
    values = [value for value in chosen if _is_number(value)]
    n_low = sum(value <= numbers.low_end for value in values)
    n_high = 0 if numbers.unlimited else sum(value >= numbers.high_end for value in values)
    if n_low == n_high or max(n_low, n_high) < _OF_THE_FOLDS * len(chosen):
        return None
    return "lowest" if n_low > n_high else "highest"


def _searched(search: Any, key: str) -> _Searched | None:
    """Return the range over which a parameter was searched; None without two different numbers."""
    spaces = [space[key] for space in search_spaces(search) if key in space]
    pieces = [piece for values in spaces if (piece := _searched_numbers(values)) is not None]
    if not pieces:
        return None
    # Of several spaces with the same outermost value, the one that counts more values as its edge decides.
    low = min(pieces, key=lambda piece: (piece.lowest, -piece.low_end))
    high = max(pieces, key=lambda piece: (piece.highest, -piece.high_end))
    if not (low.lowest < high.highest and math.isfinite(low.lowest) and math.isfinite(high.highest)):
        return None
    unlimited = any(value is None for values in spaces if not _is_distribution(values) for value in values)
    return _Searched(low.lowest, high.highest, low.low_end, high.high_end, unlimited)


def search_spaces(search: Any) -> list[Mapping[str, Any]]:
    """Return the lists and distributions of a search by parameter; a grid is a dictionary or a list of them."""
    spaces: Any = getattr(search, "param_grid", None) or getattr(search, "param_distributions", None) or []
    return [spaces] if isinstance(spaces, Mapping) else list(spaces)


def _is_distribution(values: Any) -> bool:
    return hasattr(values, "rvs")


def _searched_numbers(values: Any) -> _Searched | None:
    if _is_distribution(values):
        if not hasattr(values, "ppf"):  # user-defined, with nothing but a method that draws
            return None
        lowest, highest = (plain_value(end) for end in values.support())
        return _Searched(lowest, highest, float(values.ppf(_OUTERMOST)), float(values.ppf(1.0 - _OUTERMOST)))
    numbers = [plain_value(value) for value in values if _is_number(value)]
    return _Searched(min(numbers), max(numbers), min(numbers), max(numbers)) if numbers else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool) and math.isfinite(value)


def _accepts_beyond(search: Any, key: str, numbers: _Searched, edge: str) -> bool:
    """Whether the model accepts values beyond an edge, by its parameter constraints; none is below a penalty of 0."""
    from sklearn.utils._param_validation import InvalidParameterError, validate_parameter_constraints

    if edge == "lowest" and numbers.lowest == 0:
        return False
    owner_key, _, parameter = key.rpartition("__")
    owner = search.estimator.get_params().get(owner_key) if owner_key else search.estimator
    constraints = getattr(owner, "_parameter_constraints", None)
    if not isinstance(constraints, dict) or parameter not in constraints:
        return True
    beyond = _beyond(numbers.lowest, -1) if edge == "lowest" else _beyond(numbers.highest, 1)
    try:
        validate_parameter_constraints({parameter: constraints[parameter]}, {parameter: beyond}, type(owner).__name__)
    except InvalidParameterError:
        return False
    return True


def _beyond(end: float, step: int) -> float:
    """Return the next number beyond an end, an integer after an integer."""
    # The next floating-point number beyond the end, which every constraint that ends there refuses.
    return end + step if isinstance(end, int) else math.nextafter(end, step * math.inf)
