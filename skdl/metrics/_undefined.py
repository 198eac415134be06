"""Metrics that some true values leave without a value: a share of zero, a deviance of what its law cannot give."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from skdl._note import Note

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy.typing as npt

__all__ = ["undefined_because"]


@dataclass(frozen=True)
class _Refusal:
    """True values that a metric is not defined for, what to call them, and what takes them."""

    code: str
    rows: Callable[[npt.NDArray[Any]], npt.NDArray[np.bool_]]
    words: str
    instead: str


def undefined_because(metric: str, y_true: Any, target: str) -> Note | None:
    """Say why a metric has no value on rows with these true values.

    Parameters
    ----------
    metric : str
        Its name.
    y_true : array-like of shape (n_samples,) or (n_samples, n_outputs)
        The truth.
    target : str
        What it is called.

    Returns
    -------
    Note or None
        None where the truth does not stand against it.

    Examples
    --------
    >>> print(undefined_because("mape", [0.0, 2.0, 0.0], "sales"))
    2 rows have sales 0; smape takes zeros, and so does mae
    >>> undefined_because("gamma_deviance", [1.0, 2.0], "sales")
    """
    refusal = _REFUSALS.get(metric)
    if refusal is None:
        return None
    refused = refusal.rows(np.asarray(y_true, dtype=np.float64))
    n_rows = int(refused.reshape(len(refused), -1).any(axis=1).sum())
    rows = "1 row has" if n_rows == 1 else f"{n_rows:,} rows have"
    if not n_rows:
        return None
    said = f"{rows} {target} {refusal.words}; {refusal.instead}"
    return Note(refusal.code, said, {"n_rows": n_rows, "target": target})


_POISSON = _Refusal("below_zero", lambda truth: truth < 0.0, "below 0", "mae takes any number")
_GAMMA = _Refusal("zero_or_below", lambda truth: truth <= 0.0, "at or below 0", "mae takes any number")
_REFUSALS: Mapping[str, _Refusal] = MappingProxyType(
    {
        "mape": _Refusal("zero", lambda truth: truth == 0.0, "0", "smape takes zeros, and so does mae"),
        "poisson_deviance": _POISSON,
        "neg_mean_poisson_deviance": _POISSON,
        "gamma_deviance": _GAMMA,
        "neg_mean_gamma_deviance": _GAMMA,
    }
)
