"""First weights, drawn by NumPy: the same on every backend, and nothing is compiled for them."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np

__all__ = ["DrawnGlorot", "name_as_keras_does"]


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
