"""First weights, drawn by NumPy: the same on every backend, and nothing is compiled for them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["DrawnGlorot", "columns_with_a_say", "draw_kernel", "name_as_keras_does", "silence_columns", "silenced"]


class DrawnGlorot(keras.initializers.GlorotUniform):
    """Keras' ``GlorotUniform`` for kernels of dense layers, drawn by NumPy.

    JAX compiles a program for each shape that it draws, which takes longer than to train a small network.
    """

    def __call__(self, shape: tuple[int, int], dtype: Any = None) -> Any:
        """Draw a kernel for Keras."""
        return keras.ops.convert_to_tensor(draw_kernel(self.seed, shape), dtype=dtype)


def draw_kernel(seed: int, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Draw from the uniform distribution of half-width sqrt(6 / (fan_in + fan_out))."""
    limit = math.sqrt(6.0 / sum(shape))
    return np.random.default_rng(seed).uniform(-limit, limit, shape)


def name_as_keras_does(network: Any) -> Any:
    """Name Keras' own initializer in a built network's configuration, so that its file loads anywhere."""
    for layer in network.layers:
        if isinstance(getattr(layer, "kernel_initializer", None), DrawnGlorot):
            layer.kernel_initializer = keras.initializers.GlorotUniform(seed=layer.kernel_initializer.seed)
    return network


def columns_with_a_say(X: Any) -> NDArray[np.float64] | None:
    """Return 1 for each column that varies in the training rows and 0 for the others; None where all begin alike.

    Scaled to zero a constant column trains no weight, so what it was given by chance would stay; and one new value, far
    outside what a scaler saw, would then shout down all others: a border pixel that was always black. Where no column
    varies, all keep their weights: without any, no unit would ever become active.
    """
    lowest, highest = X.min(axis=0), X.max(axis=0)
    if hasattr(lowest, "toarray"):
        lowest, highest = lowest.toarray(), highest.toarray()
    constant = np.ravel(lowest == highest)
    return None if not constant.any() or constant.all() else np.where(constant, 0.0, 1.0)


def silence_columns(network: Any, say: NDArray[np.float64] | None) -> None:
    """Let the columns without a say begin with weights of zero."""
    if say is not None:
        kernel = next(layer for layer in network.layers if isinstance(layer, keras.layers.Dense)).kernel
        kernel.assign(silenced(keras.ops.convert_to_numpy(kernel.value), say))


def silenced(kernel: NDArray[Any], say: NDArray[np.float64] | None) -> NDArray[Any]:
    """Return a first kernel in which columns without a say have weights of zero."""
    return kernel if say is None else kernel * say.reshape(-1, 1).astype(kernel.dtype)
