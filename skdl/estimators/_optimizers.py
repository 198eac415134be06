"""The optimizer of one fit, from a name, a class or an instance of Keras'."""

from __future__ import annotations

import inspect
from typing import Any

import keras

from skdl.tables import did_you_mean

__all__ = ["make_optimizer"]

_NOT_BY_CLASS = {
    keras.optimizers.Optimizer,
    keras.optimizers.LossScaleOptimizer,
    keras.optimizers.MultiOptimizer,
}  # the base, and those around others
_CLASSES: dict[str, Any] = {
    name: found
    for name, found in vars(keras.optimizers).items()
    if inspect.isclass(found) and issubclass(found, keras.optimizers.Optimizer) and found not in _NOT_BY_CLASS
}
_NAMES = {name.lower(): name for name in _CLASSES}  # keras.optimizers.get() misses Lamb


def make_optimizer(optimizer: Any, learning_rate: Any) -> Any:
    """Make a fresh optimizer from a name, a class or an instance; an instance keeps its own learning rate.

    Raises
    ------
    ValueError
        Where the name is none of Keras', or the class is no optimizer or one that takes more than a learning rate.

    Examples
    --------
    >>> type(make_optimizer("rmsprop", 0.01)).__name__
    'RMSprop'
    """
    if isinstance(optimizer, keras.optimizers.Optimizer):
        return type(optimizer).from_config(optimizer.get_config())
    if isinstance(optimizer, str):
        if optimizer.lower() not in _NAMES:
            raise ValueError(
                f"optimizer: the name must be one of Keras' optimizers; got {optimizer!r}"
                f"{did_you_mean(optimizer, _NAMES) or '.'} There are: {', '.join(sorted(_NAMES))}."
            )
        return _CLASSES[_NAMES[optimizer.lower()]](learning_rate=learning_rate)
    if not issubclass(optimizer, keras.optimizers.Optimizer) or optimizer in _NOT_BY_CLASS:
        raise ValueError(
            "optimizer: the class must be one of Keras' that a learning rate alone makes; "
            f"got {optimizer.__name__}. Try keras.optimizers.Adam, or give an instance."
        )
    return optimizer(learning_rate=learning_rate)
