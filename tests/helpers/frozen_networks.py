"""NumPy networks of given arrays."""

import numpy as np

from skdl.frozen import FrozenMLPClassifier, FrozenMLPRegressor


def frozen_regressor(layers, weights, input_shape=(3,), dtype="float32", n_outputs=1, **options):
    """Make a regressor that predicts in the network's own unit, unless the options say otherwise."""
    unit = {"target_center": np.zeros(n_outputs), "target_scale": np.ones(n_outputs)}
    return FrozenMLPRegressor.from_network(
        {"dtype": dtype, "input_shape": list(input_shape), "layers": layers},
        [np.asarray(array, dtype=dtype) for array in weights],
        **{**unit, "one_dimensional": n_outputs == 1, **options},
    )


def frozen_classifier(layers, weights, coding, classes, input_shape=(3,), dtype="float32", **options):
    """Make a classifier."""
    return FrozenMLPClassifier.from_network(
        {"dtype": dtype, "input_shape": list(input_shape), "layers": layers},
        [np.asarray(array, dtype=dtype) for array in weights],
        classes=np.asarray(classes),
        coding=coding,
        **options,
    )
