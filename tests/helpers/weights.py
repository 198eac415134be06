"""Weights of a Keras network as NumPy arrays."""

import keras
import numpy as np


def weights_of(network):
    """Return copies of a network's weights; ``get_weights`` of Keras 3.15 warns under NumPy 2."""
    return [np.array(keras.ops.convert_to_numpy(weight.value)) for weight in network.weights]
