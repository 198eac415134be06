"""Compile arguments of one fit: optimizer and metrics, made from names, classes and instances of Keras."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras

from skdl._nearest import did_you_mean
from skdl.estimators._losses import make_loss
from skdl.estimators._metrics import make_metrics
from skdl.training import optimizer_config

if TYPE_CHECKING:
    from skdl.estimators._targets import Coding


@dataclass(frozen=True)
class CompileSettings:
    """Arguments for ``compile`` from an estimator's parameters and its head."""

    optimizer: Any
    learning_rate: Any
    loss: Any
    metrics: Any
    dtype: str
    coding: Coding | None = None  # of a classifier's labels


def compile_network(network: Any, settings: CompileSettings) -> Any:
    """Compile a network with a new optimizer, loss and metrics; return it."""
    network.compile(
        optimizer=make_optimizer(settings.optimizer, settings.learning_rate),
        loss=make_loss(settings.loss, settings.dtype),
        metrics=make_metrics(settings.metrics, settings.coding),
    )
    return network


_NOT_BY_CLASS = {
    keras.optimizers.Optimizer,
    keras.optimizers.LossScaleOptimizer,
    keras.optimizers.MultiOptimizer,
}  # the base class, and wrappers of other optimizers
_OPTIMIZERS: dict[str, Any] = {
    name: found
    for name, found in vars(keras.optimizers).items()
    if inspect.isclass(found) and issubclass(found, keras.optimizers.Optimizer) and found not in _NOT_BY_CLASS
}
_OPTIMIZER_NAMES = {name.lower(): name for name in _OPTIMIZERS}  # keras.optimizers.get() misses Lamb


def optimizer_choices(name: str) -> list[str]:
    """Return the names that ``optimizer`` may have where the given one is none of them, otherwise an empty list."""
    return [] if name.lower() in _OPTIMIZER_NAMES else sorted(_OPTIMIZER_NAMES)


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
        # A copy: an optimizer belongs to one network, and parameters must not change in fit.
        return type(optimizer).from_config(optimizer_config(optimizer))
    if isinstance(optimizer, str):
        if optimizer.lower() not in _OPTIMIZER_NAMES:
            raise ValueError(
                f"optimizer: the name must be one of Keras' optimizers; got {optimizer!r}"
                f"{did_you_mean(optimizer, _OPTIMIZER_NAMES)} "
                f"There are: {', '.join(sorted(_OPTIMIZER_NAMES))}."
            )
        return _OPTIMIZERS[_OPTIMIZER_NAMES[optimizer.lower()]](learning_rate=learning_rate)
    if not issubclass(optimizer, keras.optimizers.Optimizer) or optimizer in _NOT_BY_CLASS:
        raise ValueError(
            "optimizer: the class must be one of Keras' that a learning rate alone makes; "
            f"got {optimizer.__name__}. Try keras.optimizers.Adam, or give an instance."
        )
    return optimizer(learning_rate=learning_rate)
