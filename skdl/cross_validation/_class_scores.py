"""How a model rates each class of the table: probabilities where it has them, else what its decision function gives."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

__all__ = ["MOST_NUMBERS", "Ratings", "rate_classes", "rated_classes"]

_MOST_PROBABLE = 1.0 + 1e-6  # single precision rounds
MOST_NUMBERS = 10_000_000  # of a comparison: models x rows x classes, which is 80 MB


class Ratings(NamedTuple):
    """A row a test row, a column a class of the table."""

    numbers: NDArray[np.float64]
    are: Literal["probabilities", "margins"]


def rated_classes(y: ArrayLike, n_models: int) -> NDArray[Any] | None:
    """Give the sorted classes of a target whose ratings are kept.

    None for several targets, and where the ratings of all models would be more than ten million numbers.

    Examples
    --------
    >>> rated_classes(["no", "yes", "no"], n_models=4).tolist()
    ['no', 'yes']
    """
    truth = np.asarray(y)
    if truth.ndim != 1:
        return None
    classes = np.unique(truth)
    return classes if len(classes) * len(truth) * n_models <= MOST_NUMBERS else None


def rate_classes(model: Any, X: Any, responses: Mapping[str, Any], classes: NDArray[Any]) -> Ratings | None:
    """Rate the rows for each class of the table.

    Parameters
    ----------
    model : classifier
        Fitted; its training rows may have lacked a class.
    X : array-like
        The rows.
    responses : mapping of str to array
        What was asked of the model for a metric already: "proba", "score".
    classes : ndarray of shape (n_classes,)
        Of the table, sorted.

    Returns
    -------
    Ratings or None
        None for a model that only predicts, or whose ratings are not all numbers. No score hangs on it, so a model that
        fails here has not failed. What lies beyond 0 and 1 is a margin, whatever the model calls it.
    """
    are: Literal["probabilities", "margins"] = "probabilities" if hasattr(model, "predict_proba") else "margins"
    try:
        known = np.asarray(model.classes_)
        values = np.asarray(responses["score"] if responses else _asked(model, X), dtype=np.float64)
    except Exception:  # noqa: BLE001 - whatever a model does wrong where nothing was asked of it
        return None
    if values.ndim == 1 and len(known) == 2:  # noqa: PLR2004 - one column for two classes
        values = np.column_stack([-values, values])
    if values.shape[1:] != known.shape or not np.isin(known, classes).all() or not np.isfinite(values).all():
        return None
    if values.size and (values.min() < 0.0 or values.max() > _MOST_PROBABLE):
        are = "margins"
    lacking = 0.0 if are == "probabilities" else values.min(initial=0.0) - 1.0  # below whatever was rated
    rated = np.full((len(values), len(classes)), lacking)
    rated[:, np.searchsorted(classes, known)] = values
    return Ratings(rated, are)


def _asked(model: Any, X: Any) -> Any:
    """Ask the model, and leave what it warns of aside: it has said so while it predicted."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.predict_proba(X) if hasattr(model, "predict_proba") else model.decision_function(X)
