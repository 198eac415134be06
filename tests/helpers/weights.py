"""Weights of a Keras network as NumPy arrays."""

import keras
import numpy as np
from sklearn.pipeline import make_pipeline


def weights_of(network):
    """Return copies of a network's weights; ``get_weights`` of Keras 3.15 warns under NumPy 2."""
    return [np.array(keras.ops.convert_to_numpy(weight.value)) for weight in network.weights]


def untrained(transformer, network, X, y):
    """Return a pipeline of a fitted transformer and a network that was built without training, which takes longer."""
    return make_pipeline(transformer, network.initialize(transformer.fit_transform(X, y), y))


def with_random_weights(estimator, X, y):
    """Build a network and draw all its weights, batch statistics among them: faster than training."""
    estimator.initialize(X, y)
    rng = np.random.default_rng(1)
    drawn = [
        # Vectors may be variances, which are positive.
        rng.normal(scale=0.3, size=w.shape) if w.ndim > 1 else rng.uniform(0.1, 0.9, w.shape)
        for w in weights_of(estimator.model_)
    ]
    estimator.model_.set_weights(drawn)
    return estimator
