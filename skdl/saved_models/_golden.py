"""Rows with known predictions: a loaded model that answers otherwise is not the model that was saved."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from skdl.exceptions import ModelFileError
from skdl.saved_models._manifest import Golden
from skdl.saved_models._plain import plain_json

if TYPE_CHECKING:
    from skdl.saved_models._describe import Sample
    from skdl.saved_models._schema import ModelSchema

__all__ = ["check_golden", "make_golden"]

_RTOL = 1e-5
_ATOL = 1e-6  # times the target's scale


def make_golden(pipeline: Any, schema: ModelSchema, rows: Sample, y: Any) -> Golden:
    """Predict rows with the live pipeline."""
    predictions, probabilities = _answers(pipeline, schema, rows)
    scale = _scale(predictions, y) if schema.task == "regression" else 1.0
    return Golden(plain_json(rows), plain_json(predictions), plain_json(probabilities), scale)


def check_golden(model: Any, schema: ModelSchema, golden: Golden, *, where: str) -> None:
    """Compare a model's answers with the recorded ones.

    Raises
    ------
    ModelFileError
        If it fails on the rows, or one answer differs: a number beyond rtol 1e-5 and atol 1e-6 times its target's
        scale, a class where it is not as probable as another.
    """
    try:
        predictions, probabilities = _answers(model, schema, golden.rows)
    except Exception as error:
        raise ModelFileError(
            f"{where}: the model fails on the rows that it was saved with ({type(error).__name__}: {error}). "
            "Save it again."
        ) from error
    if schema.task == "regression":
        same = _close(predictions, golden.predictions, golden.scale)
    else:
        known = None if probabilities is None else golden.probabilities
        same = known is None or _close(probabilities, known, 1.0)
        same = same and _same_classes(plain_json(predictions), golden.predictions, known)
    if not same:
        raise ModelFileError(
            f"{where}: the model must predict its own rows as it did when it was saved, and does not. "
            "It was changed, or the packages it uses compute otherwise now. Save it again."
        )


def _scale(predictions: Any, y: Any) -> float | list[float]:
    """Give each target's own scale: beside the largest one, a small target's answers would all be equal."""
    answers = np.asarray(predictions, dtype=np.float64).reshape(len(predictions), -1)
    known = answers if y is None else np.asarray(y, dtype=np.float64).reshape(len(y), -1)
    spread = np.std(known if known.shape[1] == answers.shape[1] else answers, axis=0)
    largest = np.abs(answers).max(axis=0)
    scales = [float(one) for one in np.where(spread > 0, spread, np.where(largest > 0, largest, 1.0))]
    return scales[0] if len(scales) == 1 else scales


def _close(found: Any, expected: Any, scale: float | list[float]) -> bool:
    try:
        found, expected = np.asarray(found, dtype=np.float64), np.asarray(expected, dtype=np.float64)
        if found.shape != expected.shape:
            return False
        return bool(np.allclose(found, expected, rtol=_RTOL, atol=_ATOL * np.asarray(scale), equal_nan=True))
    except (TypeError, ValueError):  # rows of unequal length, or no number a target: no answers of this model
        return False


def _same_classes(found: list[Any], expected: list[Any], probabilities: Any) -> bool:
    """Compare classes row by row; of two that are equally probable, rounding may decide for either."""
    if len(found) != len(expected):
        return False
    tied = [False] * len(found)
    if probabilities is not None:
        ranked = np.sort(np.asarray(probabilities, dtype=np.float64), axis=1)
        close = np.isclose(ranked[:, -2:-1], ranked[:, -1:], rtol=_RTOL, atol=_ATOL)  # no column for a single class
        tied = [bool(row.any()) for row in close]
    return all(one == other or either for one, other, either in zip(found, expected, tied, strict=True))


def _answers(model: Any, schema: ModelSchema, rows: Sample) -> tuple[Any, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = schema.rows(rows)
        predictions = np.asarray(model.predict(table))
        # A list of tables, one an output, is what scikit-learn's forests give for several targets.
        probabilities = model.predict_proba(table) if schema.has_proba else None
    return predictions, None if isinstance(probabilities, list) else probabilities
