"""Apply a network to rows in padded chunks of a few fixed sizes."""

from __future__ import annotations

import math
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from skdl.training._rows import dense
from skdl.training._sketch import Sketch

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["predict"]

# A program is compiled for each chunk size, so there are few; a row's result must not depend on its neighbours or its
# place, so even one row is computed in a whole chunk.
_SMALL, _LARGE = 256, 8192
_LARGE_BYTES = 64 * 2**20  # a large chunk of wide rows would be a large part of the table
_IN_FLIGHT = 1  # chunks that are computed while the next one is made ready


def predict(model: Any, X: Any, *, dtype: str = "float32") -> NDArray[np.float64]:
    """Return the network's outputs for rows X, of shape (n_rows, n_outputs), as float64.

    Parameters
    ----------
    model : keras.Model or Sketch
        A built network.
    X : array of shape (n_rows, ...) or CSR matrix
        Rows; a sparse table is made dense a chunk at a time.
    dtype : {"float32", "float64"}, default="float32"
        What the network computes in.
    """
    n_rows = int(X.shape[0])
    apply = _forward(model)
    row_bytes = math.prod(X.shape[1:]) * np.dtype(dtype).itemsize
    largest = _LARGE if _LARGE * row_bytes <= _LARGE_BYTES else _SMALL
    blocks: list[NDArray[np.float64]] = []
    waiting: deque[tuple[Any, int]] = deque()
    for start in range(0, n_rows, largest):
        block = np.asarray(dense(X[start : start + largest]), dtype=dtype)
        size = _SMALL if len(block) <= _SMALL else largest
        waiting.append((apply(_padded(block, size)), len(block)))
        if len(waiting) > _IN_FLIGHT:
            blocks.append(_real(*waiting.popleft()))
    return np.concatenate([*blocks, *(_real(*one) for one in waiting)])


def _padded(block: NDArray[Any], size: int) -> NDArray[Any]:
    if len(block) == size:
        return block
    padded = np.zeros((size, *block.shape[1:]), dtype=block.dtype)
    padded[: len(block)] = block
    return padded


def _real(raw: Any, n_real: int) -> NDArray[np.float64]:
    """Wait for a chunk's outputs, and leave those of the padding behind."""
    return np.asarray(raw, dtype=np.float64)[:n_real].reshape(n_real, -1)


def _forward(model: Any) -> Callable[[NDArray[Any]], Any]:
    """Return what applies the network to a chunk: the program of its structure, or Keras' own way."""
    if isinstance(model, Sketch) and not model.is_model:
        program, net = model.blueprint.program("forward", partial(_program_of, model.blueprint.model)), model.read()
        if program is not None:
            return lambda chunk: program(net.trainable, net.other, chunk)
    network = model.model if isinstance(model, Sketch) else model
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
