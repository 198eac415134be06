"""Class scores: for each test row and class a probability, or the value of a decision function."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from skdl.cross_validation._array_json import Array  # noqa: TC001 - pydantic reads it

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

_MAX_PROBABILITY = 1.0 + 1e-6  # single precision rounds
MAX_KEPT_SCORES = 10_000_000  # models x rows x classes of a comparison: 80 MB


class ClassScores(NamedTuple):
    """Class scores and their kind; margins are values of a decision function."""

    scores: Array  # float64, (n_rows, n_classes), columns in the order of the table's sorted classes
    kind: Literal["probabilities", "margins"]


def scored_classes(y: ArrayLike, n_models: int) -> NDArray[Any] | None:
    """Return the sorted classes of a target if class scores are to be kept.

    None for several targets, and where the scores of all models would be more than ten million numbers.

    Examples
    --------
    >>> scored_classes(["no", "yes", "no"], n_models=4).tolist()
    ['no', 'yes']
    """
    y = np.asarray(y)
    if y.ndim != 1:
        return None
    classes = np.unique(y)
    return classes if len(classes) * len(y) * n_models <= MAX_KEPT_SCORES else None


def score_classes(model: Any, X: Any, responses: Mapping[str, Any], classes: NDArray[Any]) -> ClassScores | None:
    """Compute the scores of a fitted model for each class of the table.

    ``responses`` holds what was computed for a metric already ("proba", "score"). None for a model that only predicts,
    and for what `align_scores` refuses. No metric depends on them, so an exception in here does not make the model
    fail.
    """
    try:
        values = responses["score"] if responses else _compute_response(model, X)
        return align_scores(values, model.classes_, classes, are_probabilities=hasattr(model, "predict_proba"))
    except Exception:  # noqa: BLE001 - a custom model may raise anything, and no metric needs this
        return None


def align_scores(
    response: Any, model_classes: Any, classes: NDArray[Any], *, are_probabilities: bool
) -> ClassScores | None:
    """Give each class of the table its column; the model may have been fitted without a class.

    None where the columns do not belong to classes, or the scores are not all finite. Values outside of 0 to 1 are
    margins, whatever the model calls them.
    """
    kind: Literal["probabilities", "margins"] = "probabilities" if are_probabilities else "margins"
    model_classes, values = np.asarray(model_classes), np.asarray(response, dtype=np.float64)
    if values.ndim == 1 and len(model_classes) == 2:  # a binary decision function has one column
        values = np.column_stack([-values, values])
    # Columns can be assigned only if each belongs to a class of the table. A one-vs-one decision function has a column
    # for each pair of classes.
    if values.shape[1:] != model_classes.shape or not np.isin(model_classes, classes).all():
        return None
    if not np.isfinite(values).all():
        return None
    if values.size and (values.min() < 0.0 or values.max() > _MAX_PROBABILITY):
        kind = "margins"
    # A class that the training rows lacked gets probability 0, or a margin below all others.
    missing = 0.0 if kind == "probabilities" else values.min(initial=0.0) - 1.0
    # (n_rows, n_classes), the model's columns moved to the positions of their classes in the sorted table classes.
    scores = np.full((len(values), len(classes)), missing)
    scores[:, np.searchsorted(classes, model_classes)] = values
    return ClassScores(scores, kind)


def _compute_response(model: Any, X: Any) -> Any:
    """Compute probabilities or decision values without warnings: the model has given them when it predicted."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.predict_proba(X) if hasattr(model, "predict_proba") else model.decision_function(X)
