"""A fold's result as what JSON can hold, and back, to the bit: no pickle, so that reading it runs nothing."""

from __future__ import annotations

import base64
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from skdl.cross_validation._fold import FoldResult
from skdl.cross_validation._network_trace import NetworkTrace

__all__ = ["decode_result", "encode_result"]

_ARRAY, _TUPLE = "__array__", "__tuple__"
_PLAIN = str | int | float | bool | None


def encode_result(result: FoldResult) -> dict[str, Any]:
    """Put a result into values that JSON can hold.

    Parameters
    ----------
    result : FoldResult
        Any.

    Returns
    -------
    dict
        Of plain values.

    Raises
    ------
    ValueError
        Where there is no form for a value, as for labels that are dates.
    """
    values = {field.name: getattr(result, field.name) for field in fields(result)}
    values["trace"] = None if result.trace is None else asdict(result.trace)
    encoded: dict[str, Any] = _to_json(values)
    return encoded


def decode_result(encoded: dict[str, Any]) -> FoldResult:
    """Read what `encode_result` gave.

    Raises
    ------
    ValueError
        If it is something else.
    """
    try:
        values = _of_json(encoded)
        values["trace"] = _trace(values["trace"])
        values["warnings"] = tuple(map(str, values["warnings"]))
        result = FoldResult(**values)
    except (KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError(f"not the result of a fold: {error}") from error
    if not _is_sound(result):
        raise ValueError("not the result of a fold: its values are of other kinds")
    return result


def _is_sound(result: FoldResult) -> bool:
    """Whether values are of the kinds that a fold gives; a file can say anything."""
    numbers = (
        result.fit_s,
        result.predict_s,
        result.train_score,
        result.inner_score,
        result.limit_s,
        result.peak_bytes,
        result.saved_bytes,
    )
    arrays = (result.predicted, result.response, result.class_scores)
    return (
        isinstance(result.model, str)
        and isinstance(result.repeat, int)
        and isinstance(result.fold, int)
        and isinstance(result.scores, dict)
        and all(isinstance(score, float | int) for score in result.scores.values())
        and all(number is None or isinstance(number, float | int) for number in numbers)
        and isinstance(result.parameters, dict)
        and (result.candidate is None or isinstance(result.candidate, int))
        and all(array is None or isinstance(array, np.ndarray) for array in arrays)
        and result.scores_are in (None, "probabilities", "margins")
        and (result.error is None or isinstance(result.error, str))
        and result.cut_short in (None, "timeout", "lost", "left out")
    )


def _trace(values: dict[str, Any] | None) -> NetworkTrace | None:
    if values is None:
        return None
    from skdl.estimators import LayerDescription, NetworkDescription

    history = {str(name): [float(value) for value in losses] for name, losses in values["history"].items()}
    told = values["description"]
    layers = tuple(LayerDescription(*layer) for layer in told.get("layers", ()))
    description = NetworkDescription(**{**told, "layers": layers})
    return NetworkTrace(**{**values, "history": history, "description": description})


def _to_json(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return {_ARRAY: _array_to_json(value)}
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, dict):
        return {str(key): _to_json(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return {_TUPLE: [_to_json(item) for item in value]}
    if isinstance(value, list):
        return [_to_json(item) for item in value]
    if not isinstance(value, _PLAIN):
        raise ValueError(f"no form for {value!r}")  # noqa: TRY004 - of a value, wherever it stands
    return value


def _array_to_json(array: np.ndarray[Any, Any]) -> Any:
    """Write numbers and fixed-width text as their bytes; objects, which labels may be, one by one."""
    if array.dtype.hasobject:
        return {"shape": array.shape, "items": [_to_json(item) for item in array.ravel()]}
    data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")
    return {"shape": array.shape, "dtype": array.dtype.str, "data": data}


def _of_json(value: Any) -> Any:
    if isinstance(value, list):
        return [_of_json(item) for item in value]
    if not isinstance(value, dict):
        return value
    if _ARRAY in value:
        return _array_of_json(value[_ARRAY])
    if _TUPLE in value:
        return tuple(_of_json(item) for item in value[_TUPLE])
    return {key: _of_json(item) for key, item in value.items()}


def _array_of_json(value: Any) -> np.ndarray[Any, Any]:
    if "data" in value:
        numbers = np.frombuffer(base64.b64decode(value["data"]), dtype=np.dtype(value["dtype"]))
        return numbers.reshape(value["shape"]).copy()
    array = np.empty(len(value["items"]), dtype=object)
    array[:] = [_of_json(item) for item in value["items"]]
    return array.reshape(value["shape"])
