"""What a network's weights cost: regularisation is part of every recorded loss, of training and validation alike."""

from __future__ import annotations

from typing import Any

from skdl.training._sketch import Sketch

__all__ = ["penalty"]


def penalty(model: Any) -> float:
    """Return the sum of the penalties on a network's weights.

    Parameters
    ----------
    model : keras.Model or Sketch
        A built network.
    """
    if isinstance(model, Sketch) and not model.is_model:
        variables, values = model.blueprint.model.trainable_variables, model.read().trainable
    else:
        network = model.model if isinstance(model, Sketch) else model
        variables = network.trainable_variables
        values = [variable.value for variable in variables]
    regularizers = [getattr(variable, "regularizer", None) for variable in variables]
    costs = [rule(value) for rule, value in zip(regularizers, values, strict=True) if rule is not None]
    return float(sum(float(cost) for cost in costs))
