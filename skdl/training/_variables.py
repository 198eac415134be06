"""The values of a network's variables, taken from a Keras model and put back."""

from __future__ import annotations

from typing import Any, NamedTuple

from skdl.training._numbers import numbers_of

__all__ = ["InModel", "Net", "put_back", "variables_of"]


class Net(NamedTuple):
    """All variables of a network and its optimizer, in Keras' order, and the numbers that Keras holds as constants."""

    trainable: list[Any]
    other: list[Any]  # batch statistics, states of dropout's generators
    optimizer: list[Any]
    numbers: list[Any]


class InModel:
    """The variables of a compiled Keras model, as values that are read and written."""

    def __init__(self, model: Any) -> None:
        self.model = model
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)

    def read(self) -> Net:
        """Return the values of all variables."""
        trainable, other, optimizer = ([variable.value for variable in group] for group in variables_of(self.model))
        return Net(trainable, other, optimizer, numbers_of(self.model, self.model.optimizer))

    def write(self, net: Net) -> None:
        """Set the values of all variables."""
        put_back(self.model, net)


def variables_of(model: Any) -> tuple[list[Any], list[Any], list[Any]]:
    """Return the variables that are trained, the network's others, and the optimizer's."""
    return model.trainable_variables, model.non_trainable_variables, model.optimizer.variables


def put_back(model: Any, net: Net) -> None:
    """Assign the values to a built and compiled model's variables."""
    for variables, values in zip(variables_of(model), net[:3], strict=True):
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
