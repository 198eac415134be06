"""Keras' activations in NumPy, for frozen networks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import erfc, expit

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["ACTIVATIONS"]

_HALF = 0.5


def _relu(x: NDArray[Any], negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Any:
    if not (negative_slope or max_value or threshold):
        return np.maximum(x, 0.0, out=x)
    above = np.clip(np.where(x > threshold, x, 0.0), 0.0, max_value)
    return above - negative_slope * np.maximum(threshold - x, 0.0)


def _leaky_relu(x: NDArray[Any], negative_slope: float = 0.2) -> Any:
    return np.where(x >= 0.0, x, negative_slope * x)


def _elu(x: NDArray[Any], alpha: float = 1.0) -> Any:
    return np.where(x > 0.0, x, alpha * np.expm1(np.minimum(x, 0.0)))


def _selu(x: NDArray[Any]) -> Any:
    return 1.0507009873554805 * _elu(x, 1.6732632423543772)


def _celu(x: NDArray[Any], alpha: float = 1.0) -> Any:
    return np.maximum(x, 0.0) + alpha * np.expm1(np.minimum(x, 0.0) / alpha)


def _softplus(x: NDArray[Any]) -> Any:
    return np.logaddexp(x, x.dtype.type(0.0))


def _gelu(x: NDArray[Any], approximate: bool = False) -> Any:
    if approximate:
        return x * _HALF * (1.0 + np.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3)))
    return _HALF * x * erfc(x * -math.sqrt(_HALF))


def _hard_sigmoid(x: NDArray[Any]) -> Any:
    return np.clip(x + 3.0, 0.0, 6.0) / 6.0


def _sparse_plus(x: NDArray[Any]) -> Any:
    return np.where(x <= -1.0, 0.0, np.where(x >= 1.0, x, (x + 1.0) ** 2 / 4.0))


def _soft_shrink(x: NDArray[Any], threshold: float = _HALF) -> Any:
    return np.sign(x) * np.maximum(np.abs(x) - threshold, 0.0)


def _hard_shrink(x: NDArray[Any], threshold: float = _HALF) -> Any:
    return np.where(np.abs(x) > threshold, x, 0.0)


def _glu(x: NDArray[Any]) -> Any:
    value, gate = np.split(x, 2, axis=-1)
    return value * expit(gate)


def _log_softmax(x: NDArray[Any]) -> Any:
    shifted = x - x.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def _softmax(x: NDArray[Any]) -> Any:
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _sparsemax(x: NDArray[Any], *, summed: bool = True) -> Any:
    """Project onto the simplex; ``summed`` is what Keras 3.15 computes in its place, from a sum of running sums."""
    ordered = -np.sort(-x, axis=-1)
    totals = np.cumsum(ordered, axis=-1)
    counts = np.arange(1, x.shape[-1] + 1, dtype=x.dtype)
    inside = ordered - (totals - 1.0) / counts > 0.0
    kept = np.where(inside, totals if summed else ordered, 0.0).sum(axis=-1, keepdims=True)
    return np.maximum(x - (kept - 1.0) / inside.sum(axis=-1, keepdims=True), 0.0)


ACTIVATIONS: dict[str, Callable[..., Any]] = {
    "celu": _celu,
    "elu": _elu,
    "exponential": lambda x: np.exp(x, out=x),
    "gelu": _gelu,
    "glu": _glu,
    "hard_shrink": _hard_shrink,
    "hard_sigmoid": _hard_sigmoid,
    "hard_silu": lambda x: x * _hard_sigmoid(x),
    "hard_tanh": lambda x: np.clip(x, -1.0, 1.0, out=x),
    "leaky_relu": _leaky_relu,
    "linear": lambda x: x,
    "log_sigmoid": lambda x: -_softplus(-x),
    "log_softmax": _log_softmax,
    "mish": lambda x: x * np.tanh(_softplus(x)),
    "relu": _relu,
    "relu6": lambda x: np.clip(x, 0.0, 6.0, out=x),
    "selu": _selu,
    "sigmoid": lambda x: expit(x, out=x),
    "silu": lambda x: x * expit(x),
    "soft_shrink": _soft_shrink,
    "softmax": _softmax,
    "softplus": _softplus,
    "softsign": lambda x: x / (np.abs(x) + 1.0),
    "sparse_plus": _sparse_plus,
    "sparse_sigmoid": lambda x: _HALF * np.clip(x + 1.0, 0.0, 2.0),
    "sparsemax": _sparsemax,
    "squareplus": lambda x: _HALF * (x + np.sqrt(x * x + 4.0)),
    "tanh": lambda x: np.tanh(x, out=x),
    "tanh_shrink": lambda x: x - np.tanh(x),
}
"""Keras activations by name. Each may overwrite its argument, and computes in the argument's precision.

What Keras 3.15 computes under the name ``sparsemax`` does not sum to 1, and may be mended: freezing finds out which it
was. ``threshold`` has no defaults, so no layer can name it.
"""
