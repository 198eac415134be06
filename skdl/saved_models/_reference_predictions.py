"""Reference predictions: a few rows with the predictions of the model when it was saved, compared at each load."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from skdl._json import plain_json
from skdl.exceptions import ModelFileError
from skdl.saved_models._manifest import ReferencePredictions

if TYPE_CHECKING:
    from skdl.schema import ModelSchema, Sample

__all__ = ["check_reference_predictions", "reference_predictions"]

_RTOL = 1e-5
_ATOL = 1e-6  # times the target's scale


def reference_predictions(pipeline: Any, schema: ModelSchema, rows: Sample, y: Any) -> ReferencePredictions:
    """Predictions of the pipeline that is saved, for a few rows."""
    predictions, probabilities = _predict(pipeline, schema, rows)
    scale = _scale(predictions, y) if schema.task == "regression" else 1.0
    return ReferencePredictions(plain_json(rows), plain_json(predictions), plain_json(probabilities), scale)


def check_reference_predictions(
    model: Any, schema: ModelSchema, reference: ReferencePredictions, *, where: str
) -> None:
    """Compare the predictions of a loaded model with those stored in the manifest.

    Raises
    ------
    ModelFileError
        If it fails on the rows, or one prediction differs: a number by more than rtol 1e-5 and atol 1e-6 times the
        scale of its target, or a class, ties in probability aside.
    """
    try:
        predictions, probabilities = _predict(model, schema, reference.rows)
    except Exception as error:
        text = "{where}: the model fails on the rows that it was saved with ({kind}: {reason}). Save it again."
        raise ModelFileError.of(
            "fails_on_reference", text, where=where, kind=type(error).__name__, reason=str(error)
        ) from error
    if schema.task == "regression":
        same = _close(predictions, reference.predictions, reference.scale)
    else:
        known = None if probabilities is None else reference.probabilities
        # Probabilities are compared as numbers, classes for equality: rounding may turn a tie the other way.
        same = known is None or _close(probabilities, known, 1.0)
        same = same and _same_classes(plain_json(predictions), reference.predictions, known)
    if not same:
        text = (
            "{where}: the model must give the predictions that are stored with it, and does not. It was changed, or "
            "its packages now compute differently. Save it again."
        )
        raise ModelFileError.of("other_predictions", text, where=where)


def _scale(predictions: Any, y: Any) -> float | list[float]:
    """Scale of each target: with one common scale, the predictions of a target with small values would all be equal."""
    values = np.asarray(predictions, dtype=np.float64).reshape(len(predictions), -1)
    target = values if y is None else np.asarray(y, dtype=np.float64).reshape(len(y), -1)
    # (n_targets,). A constant target has no spread; its largest absolute prediction, or 1, then is the scale.
    spread = np.std(target if target.shape[1] == values.shape[1] else values, axis=0)
    largest = np.abs(values).max(axis=0)
    scales = [float(one) for one in np.where(spread > 0, spread, np.where(largest > 0, largest, 1.0))]
    return scales[0] if len(scales) == 1 else scales


def _close(found: Any, expected: Any, scale: float | list[float]) -> bool:
    try:
        found, expected = np.asarray(found, dtype=np.float64), np.asarray(expected, dtype=np.float64)
        if found.shape != expected.shape:
            return False
        # |found - expected| <= atol * scale + rtol * |expected|, elementwise. scale is a number, or (n_targets,), which
        # broadcasts over the rows.
        return bool(np.allclose(found, expected, rtol=_RTOL, atol=_ATOL * np.asarray(scale), equal_nan=True))
    except (TypeError, ValueError):  # lengths differ, or a value is not a number: not the predictions of this model
        return False


def _same_classes(found: list[Any], expected: list[Any], probabilities: Any) -> bool:
    """Compare classes row by row; where the two most probable classes are tied, either is right."""
    if len(found) != len(expected):
        return False
    tied = [False] * len(found)
    if probabilities is not None:
        # (n_rows, n_classes), ascending: the last two columns are the most probable classes.
        ranked = np.sort(np.asarray(probabilities, dtype=np.float64), axis=1)
        close = np.isclose(ranked[:, -2:-1], ranked[:, -1:], rtol=_RTOL, atol=_ATOL)  # empty for a single class
        tied = [bool(row.any()) for row in close]
    return all(one == other or either for one, other, either in zip(found, expected, tied, strict=True))


def _predict(model: Any, schema: ModelSchema, rows: Sample) -> tuple[Any, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = schema.rows(rows)
        predictions = np.asarray(model.predict(table))
        # scikit-learn's forests return a list of arrays for several targets: not compared.
        probabilities = model.predict_proba(table) if schema.has_proba else None
    return predictions, None if isinstance(probabilities, list) else probabilities
