"""Predictions and weight penalties of a network; rows go through it in padded chunks of a few fixed sizes."""

from __future__ import annotations

import math
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from skdl.training._batches import dense
from skdl.training._lazy_model import LazyModel

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

# A program is compiled for each chunk size, so there are few. A row's result must not depend on its neighbours or its
# position, so even one row is computed in a whole chunk: a matrix product of another height may round otherwise.
_SMALL, _LARGE = 256, 8192
_LARGE_BYTES = 64 * 2**20  # a large chunk of wide rows would be a large part of the table
_IN_FLIGHT = 1  # chunks that are computed while the next one is prepared


def predict(model: Any, X: Any, *, dtype: str = "float32") -> NDArray[np.float64]:
    """Return the outputs of a ``keras.Model`` or a `LazyModel` for rows X, (n_rows, n_outputs).

    X is an array (n_rows, ...) or a CSR matrix, which is made dense a chunk at a time; ``dtype`` is the network's.
    """
    n_rows = int(X.shape[0])
    apply = _forward(model)
    row_bytes = math.prod(X.shape[1:]) * np.dtype(dtype).itemsize
    largest = _LARGE if _LARGE * row_bytes <= _LARGE_BYTES else _SMALL
    blocks: list[NDArray[np.float64]] = []
    # JAX computes in the background. The result of a chunk is awaited only when the next one was handed over, so that
    # conversion and arithmetic overlap, and no more than two chunks are in memory.
    pending: deque[tuple[Any, int]] = deque()
    for start in range(0, n_rows, largest):
        block = np.asarray(dense(X[start : start + largest]), dtype=dtype)
        # The last block alone is shorter: it is padded to one of the two sizes that are compiled.
        size = _SMALL if len(block) <= _SMALL else largest
        pending.append((apply(_padded(block, size)), len(block)))
        if len(pending) > _IN_FLIGHT:
            blocks.append(_real(*pending.popleft()))
    return np.concatenate([*blocks, *(_real(*one) for one in pending)])


def _padded(block: NDArray[Any], size: int) -> NDArray[Any]:
    if len(block) == size:
        return block
    padded = np.zeros((size, *block.shape[1:]), dtype=block.dtype)
    padded[: len(block)] = block
    return padded


def _real(raw: Any, n_real: int) -> NDArray[np.float64]:
    """Wait for a chunk's outputs, and drop those of the padding."""
    return np.asarray(raw, dtype=np.float64)[:n_real].reshape(n_real, -1)


def _forward(model: Any) -> Callable[[NDArray[Any]], Any]:
    """Return the function that applies the network to a chunk: the program of its structure, or Keras' own."""
    if isinstance(model, LazyModel) and not model.is_built:
        program, state = model.template.program("forward", partial(_program_of, model.template.model)), model.read()
        if program is not None:
            return lambda chunk: program(state.trainable, state.other, chunk)
    network = model.model if isinstance(model, LazyModel) else model
    program = _program_of(network)
    if program is None:
        return network.predict_on_batch  # type: ignore[no-any-return]
    trainable = [variable.value for variable in network.trainable_variables]
    other = [variable.value for variable in network.non_trainable_variables]
    return lambda chunk: program(trainable, other, chunk)


def _program_of(network: Any) -> Callable[..., Any] | None:
    if keras.backend.backend() != "jax" or type(network).predict_step is not keras.Model.predict_step:
        return None
    from skdl.training._program import forward_program

    return forward_program(network)


def penalty(model: Any) -> float:
    """Return the sum of the penalties on a network's weights, which is part of every recorded loss."""
    if isinstance(model, LazyModel) and not model.is_built:
        # The template has this network's penalties: their strengths are part of its key.
        variables, values = model.template.model.trainable_variables, model.read().trainable
    else:
        network = model.model if isinstance(model, LazyModel) else model
        variables = network.trainable_variables
        values = [variable.value for variable in variables]
    regularizers = [getattr(variable, "regularizer", None) for variable in variables]
    return sum(_cost(rule, value) for rule, value in zip(regularizers, values, strict=True) if rule is not None)


def _cost(rule: Any, value: Any) -> float:
    if type(rule) in {keras.regularizers.L1, keras.regularizers.L2, keras.regularizers.L1L2}:
        # In NumPy: the backend would compile its operations for each shape.
        weights = np.asarray(value, np.float64)
        l1, l2 = float(getattr(rule, "l1", 0.0)), float(getattr(rule, "l2", 0.0))
        return float(l1 * np.abs(weights).sum() + l2 * np.square(weights).sum())
    return float(rule(value))
