"""Arrays that a training program takes and returns, and the network's variables among them.

All of them are NamedTuples, which JAX takes as pytrees; their leaves are arrays, on the device or of NumPy.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from skdl.training._traced_hyperparameters import hyperparameter_values


class NetworkState(NamedTuple):
    """All variables of a network and its optimizer, in Keras' order, and the hyperparameters that are traced."""

    trainable: list[Any]
    other: list[Any]  # batch statistics, states of dropout's generators
    optimizer: list[Any]
    hyperparameters: list[Any]


class Table(NamedTuple):
    """Rows on the device, padded, and how many of them are real.

    Training rows follow one another and are gathered by number; rows divided into batches have one axis more.
    """

    X: Any  # (n_padded, ...) or (n_batches, width, ...)
    y: Any  # (n_padded, n_outputs) or (n_batches, width, n_outputs)
    weight: Any  # (n_padded,) or (n_batches, width)
    n_rows: Any  # scalar: an input, so that tables of one padded size share a program


class Sums(NamedTuple):
    """Sums over the batches of an epoch: the loss times the rows, and the states of the metrics."""

    loss: Any
    metrics: list[Any]


class EarlyStoppingState(NamedTuple):
    """State of early stopping, carried from epoch to epoch, with the best weights so far."""

    best: Any  # lowest monitored value, or minus the highest
    best_epoch: Any  # -1 before the first finite one
    wait: Any  # epochs without improvement
    diverged: Any  # a loss or a weight was no longer finite
    stopped: Any
    trainable: list[Any]  # weights of the best epoch
    other: list[Any]
    average: list[Any] | None = None  # running average of the trained weights over epochs, where they are averaged


class Patience(NamedTuple):
    """Epochs without improvement until early stopping, and the least change that is an improvement.

    ``averaging`` is the share of the average of weights that an epoch keeps; None where the weights are not averaged,
    which is another structure for JAX.
    """

    epochs: Any
    min_delta: Any
    averaging: Any = None


class Monitor(NamedTuple):
    """Position of the monitored value in an epoch's record, and whether a higher one is better."""

    position: int
    increases: bool


class Block(NamedTuple):
    """Epochs that one call of the program runs, in this row order."""

    order: Any  # (capacity, width) row numbers, epoch after epoch
    tails: Any  # (n_epochs_at_most, n_tail) row numbers of last batches that are not padded, or None
    first_epoch: Any
    n_epochs: Any
    patience: Patience


class ModelVariables:
    """The variables of a compiled Keras model, read and written as values."""

    def __init__(self, model: Any) -> None:
        self.model = model
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)

    def read(self) -> NetworkState:
        """Return the values of all variables."""
        trainable, other, optimizer = ([variable.value for variable in group] for group in variables_of(self.model))
        return NetworkState(trainable, other, optimizer, hyperparameter_values(self.model, self.model.optimizer))

    def write(self, state: NetworkState) -> None:
        """Set the values of all variables."""
        assign_state(self.model, state)


def variables_of(model: Any) -> tuple[list[Any], list[Any], list[Any]]:
    """Return the variables that are trained, the network's others, and the optimizer's."""
    return model.trainable_variables, model.non_trainable_variables, model.optimizer.variables


def assign_state(model: Any, state: NetworkState) -> None:
    """Assign the values to a built and compiled model's variables."""
    # The fourth part, the hyperparameters, belongs to no variable: Keras holds them as constants.
    for variables, values in zip(variables_of(model), state[:3], strict=True):
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
