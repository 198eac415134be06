"""Apply a network to rows in padded chunks of a few fixed sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from skdl.training._rows import dense

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["predict"]

# A program is compiled for each chunk size, so there are few; a row's result must not depend on its neighbours or its
# place, so even one row is computed in a whole chunk.
_CHUNK_SIZES = (256, 8192)


def predict(model: Any, X: Any, *, dtype: str = "float32") -> NDArray[np.float64]:
    """Return the network's outputs for rows X, of shape (n_rows, n_outputs), as float64.

    Parameters
    ----------
    model : keras.Model
        A built network.
    X : array of shape (n_rows, ...) or CSR matrix
        Rows; a sparse table is made dense a chunk at a time.
    dtype : {"float32", "float64"}, default="float32"
        What the network computes in.
    """
    n_rows = int(X.shape[0])
    blocks = []
    for start in range(0, n_rows, _CHUNK_SIZES[-1]):
        block = np.asarray(dense(X[start : start + _CHUNK_SIZES[-1]]), dtype=dtype)
        size = next(size for size in _CHUNK_SIZES if size >= len(block))
        padded = np.zeros((size, *block.shape[1:]), dtype=dtype)
        padded[: len(block)] = block
        raw = np.asarray(model.predict_on_batch(padded), dtype=np.float64)
        blocks.append(raw[: len(block)].reshape(len(block), -1))
    return np.concatenate(blocks)
