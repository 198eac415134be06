"""The ``search`` section: lists of values, and distributions to draw from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import scipy.stats

from skdl.pipeline._faults import Fault, KeyPath
from skdl.tables import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["candidates_of", "has_distribution", "parameter_value", "search_faults", "search_grids"]

_DISTRIBUTIONS = ("loguniform", "uniform", "randint")


def parameter_value(value: Any) -> Any:
    """Turn a list of numbers into the tuple that estimators document; leave anything else.

    Examples
    --------
    >>> parameter_value([64, 32]), parameter_value(["a"])
    ((64, 32), ['a'])
    """
    if isinstance(value, list) and all(isinstance(item, int | float) and not isinstance(item, bool) for item in value):
        return tuple(value)
    return value


def search_faults(path: KeyPath, values: Any) -> list[Fault]:
    """Find what is wrong with the values that a search gives one parameter.

    Parameters
    ----------
    path : tuple
        The way to the values in the file.
    values : object
        What stands there.

    Returns
    -------
    list of Fault
        Empty for a list with values in it and for a well-formed distribution.
    """
    if isinstance(values, list):
        return [] if values else [Fault(path, "must have at least one value; got an empty list.")]
    if not isinstance(values, dict):
        return [
            Fault(
                path, f"must be a list of values, or a distribution such as {{loguniform: [0.001, 1]}}; got {values!r}."
            )
        ]
    if len(values) != 1 or next(iter(values)) not in _DISTRIBUTIONS:
        hint = "".join(did_you_mean(name, _DISTRIBUTIONS) for name in values)
        return [
            Fault(
                path,
                f"a distribution must be one of {', '.join(_DISTRIBUTIONS)}; "
                f"got {', '.join(values) or 'none'}{hint or '.'}",
            )
        ]
    name, ends = next(iter(values.items()))
    whole = name == "randint"
    kinds = int if whole else (int, float)
    if not (
        isinstance(ends, list)
        and len(ends) == 2  # noqa: PLR2004 - two ends
        and all(isinstance(end, kinds) and not isinstance(end, bool) for end in ends)
    ):
        return [
            Fault((*path, name), f"must be [lowest, highest], two {'whole ' if whole else ''}numbers; got {ends!r}.")
        ]
    if not ends[0] < ends[1] < float("inf") or ends[0] == -float("inf") or (name == "loguniform" and ends[0] <= 0):
        above = ", both above 0" if name == "loguniform" else ""
        return [Fault((*path, name), f"must be [lowest, highest] with lowest below highest{above}; got {ends!r}.")]
    return []


def has_distribution(search: Mapping[str, Any]) -> bool:
    """Whether any parameter is drawn rather than listed."""
    return any(isinstance(values, dict) for values in search.values())


def candidates_of(values: Any) -> list[Any]:
    """Give the values of a list, or the two ends of a distribution, as the estimator would get them."""
    listed = next(iter(values.values())) if isinstance(values, dict) else values
    return [parameter_value(value) for value in listed]


def search_grids(search: Mapping[str, Any], defaults: Mapping[str, Any], prefix: str) -> list[dict[str, Any]]:
    """Give the search space in scikit-learn's terms.

    Parameters
    ----------
    search : mapping
        Parameter and its list or distribution.
    defaults : mapping
        What the estimator has without the search.
    prefix : str
        The way to the estimator inside the pipeline, such as ``"model__"``.

    Returns
    -------
    list of dict
        One space; and a second of the defaults alone, where the lists do not hold them already.

    Examples
    --------
    >>> search_grids({"alpha": [0.1, 10.0]}, {"alpha": 1.0}, "model__")
    [{'model__alpha': [0.1, 10.0]}, {'model__alpha': [1.0]}]
    """
    space = {f"{prefix}{name}": _space_of(values) for name, values in search.items()}
    if has_distribution(search):
        return [space]
    if all(any(_same(defaults[name], value) for value in candidates_of(values)) for name, values in search.items()):
        return [space]
    return [space, {f"{prefix}{name}": [defaults[name]] for name in search}]


def _same(first: Any, second: Any) -> bool:
    """Compare values and types: True is not 1 here, and 1 is not 1.0."""
    return repr(first) == repr(second)


def _space_of(values: Any) -> Any:
    if not isinstance(values, dict):
        return candidates_of(values)
    name, (low, high) = next(iter(values.items()))
    if name == "randint":
        return scipy.stats.randint(low, high + 1)
    return scipy.stats.loguniform(low, high) if name == "loguniform" else scipy.stats.uniform(low, high - low)
