"""First weights, drawn by NumPy: the same on every backend, and nothing is compiled for them."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np

__all__ = ["DrawnGlorot", "name_as_keras_does", "silence_constant_columns"]


class DrawnGlorot(keras.initializers.GlorotUniform):
    """Keras' ``GlorotUniform`` for kernels of dense layers, drawn by NumPy.

    JAX compiles a program for each shape that it draws, which takes longer than to train a small network.
    """

    def __call__(self, shape: tuple[int, int], dtype: Any = None) -> Any:
        """Draw from the uniform distribution of half-width sqrt(6 / (fan_in + fan_out))."""
        limit = math.sqrt(6.0 / sum(shape))
        drawn = np.random.default_rng(self.seed).uniform(-limit, limit, shape)
        return keras.ops.convert_to_tensor(drawn, dtype=dtype)


def name_as_keras_does(network: Any) -> Any:
    """Name Keras' own initializer in a built network's configuration, so that its file loads anywhere."""
    for layer in network.layers:
        if isinstance(getattr(layer, "kernel_initializer", None), DrawnGlorot):
            layer.kernel_initializer = keras.initializers.GlorotUniform(seed=layer.kernel_initializer.seed)
    return network


def silence_constant_columns(network: Any, X: Any) -> None:
    """Let columns that do not vary in the training rows begin without a say.

    Scaled to zero they train no weight, so what they were given by chance would stay; and one new value, far outside
    what a scaler saw, would then shout down all others: a border pixel that was always black. Where no column varies,
    all keep their weights: without any, no unit would ever become active.
    """
    lowest, highest = X.min(axis=0), X.max(axis=0)
    if hasattr(lowest, "toarray"):
        lowest, highest = lowest.toarray(), highest.toarray()
    constant = np.ravel(lowest == highest)
    if not constant.any() or constant.all():
        return
    kernel = next(layer for layer in network.layers if isinstance(layer, keras.layers.Dense)).kernel
    kept = np.where(constant, 0.0, 1.0).reshape(-1, 1)
    kernel.assign(keras.ops.convert_to_numpy(kernel.value) * kept.astype(keras.backend.standardize_dtype(kernel.dtype)))
