"""Sending a fit to Keras' own loop, and comparing what it made."""

import keras
import numpy as np
from helpers.weights import weights_of


class SeesBatches(keras.callbacks.Callback):
    """Sends a fit to ``keras.Model.fit``, which a callback that sees batches requires."""

    def on_train_batch_end(self, batch, logs=None):
        """Look at a batch."""


def weight_vector(network):
    """Collect all weights in one vector."""
    return np.concatenate([weight.ravel() for weight in weights_of(network)])
