"""Weights of earlier epochs: recorded by a Keras callback, chosen, and made NumPy networks.

This module imports Keras: without a table to train on it is not needed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import keras
import numpy as np

from skdl.estimators import freeze

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

_MOST_BYTES = 256_000_000  # of recorded weights
_N_FIRST = 10  # epochs that are kept in any case
_DENSER_AT_START = 2.0  # exponent: 1 would space the snapshots evenly


@dataclass
class TrainingRun:
    """Weights of one training, by epoch; 0 is before it."""

    weights: dict[int, list[NDArray[Any]]] = field(default_factory=dict)
    averages: dict[int, list[NDArray[Any]]] = field(default_factory=dict)  # running ones, where they were asked for
    n_epochs: int = 0

    def that_give(self, kept: int, weights: list[NDArray[Any]]) -> dict[int, list[NDArray[Any]]]:
        """Return the averages or the weights of the epochs: those that a network kept from one of them; else none."""
        for recorded in (self.averages, self.weights):
            of_kept = recorded.get(kept, weights)  # an epoch that was left out cannot be compared
            same = len(of_kept) == len(weights) and all(
                a.shape == b.shape for a, b in zip(of_kept, weights, strict=True)
            )
            if recorded and same and all(map(_are_close, of_kept, weights)):
                return {**recorded, kept: weights}
        return {}


def _are_close(recorded: NDArray[Any], kept: NDArray[Any]) -> bool:
    return bool(np.allclose(recorded, kept, rtol=1e-4, atol=1e-4))


class WeightRecorder(keras.callbacks.Callback):
    """Keeps the weights of each epoch, or of each second, fourth, ... one where they are many.

    ``averaging`` is the share of itself that a running average over epochs keeps: a network that is validated and
    predicts with this average has learned nothing else. An estimator copies its callbacks for each fit; this one stays
    itself, so that what it recorded can be read afterwards. Each training that it sees starts a new entry of ``runs``.
    """

    def __init__(self, averaging: float = 0.0) -> None:
        super().__init__()
        self.runs: list[TrainingRun] = []
        self._averaging = averaging
        self._weights: list[NDArray[Any]] = []
        self._average: list[NDArray[Any]] = []
        self._stride = 1

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002 - Keras' signature
        """Record the weights before training."""
        self._stride = 1
        self._weights = self._average = self.model.get_weights()
        self.runs.append(TrainingRun())
        self._record(0)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002 - Keras' signature
        """Record the weights after an epoch."""
        run, number = self.runs[-1], epoch + 1
        run.n_epochs = number
        self._weights = self.model.get_weights()
        # The recurrence of `skdl.training`: in the first epochs the average is their mean. States, such as that of a
        # dropout, are not averaged.
        kept = min(self._averaging, epoch / (epoch + 1.0))
        trained = {id(variable) for variable in self.model.trainable_variables}
        triples = zip(self.model.weights, self._average, self._weights, strict=True)
        self._average = [
            (kept * old + (1.0 - kept) * new).astype(new.dtype) if id(variable) in trained else new
            for variable, old, new in triples
        ]
        if number <= _N_FIRST or number % self._stride == 0:
            self._record(number)
        n_recorded = len(run.weights) + len(run.averages)
        if n_recorded * sum(array.nbytes for array in self._weights) > _MOST_BYTES:
            self._stride *= 2
            for one in [one for one in run.weights if one > _N_FIRST and one % self._stride]:
                del run.weights[one]
                run.averages.pop(one, None)

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002 - Keras' signature
        """Record the weights of the last epoch in any case."""
        self._record(self.runs[-1].n_epochs)

    def _record(self, number: int) -> None:
        self.runs[-1].weights[number] = self._weights
        if self._averaging:
            self.runs[-1].averages[number] = self._average


def choose_epochs(known: Sequence[int], n_wanted: int, kept: int) -> list[int]:
    """Choose epochs among those that were recorded, denser at the start, with the first, the kept and the last one.

    >>> choose_epochs(range(101), 6, 90)
    [0, 4, 16, 36, 64, 90, 100]
    """
    last = max(known)
    wanted = last * np.linspace(0.0, 1.0, max(2, n_wanted)) ** _DENSER_AT_START
    recorded = np.asarray(sorted(known))
    nearest = {int(recorded[np.abs(recorded - epoch).argmin()]) for epoch in wanted}
    return sorted({*nearest, 0, last, kept})


def freeze_epochs(
    network: Any, weights: Mapping[int, list[NDArray[Any]]], epochs: Sequence[int]
) -> list[list[NDArray[Any]]]:
    """Return the arrays of the NumPy network of each epoch; the fitted network is as before afterwards."""
    model = network.model_
    before = model.get_weights()
    try:
        frozen = []
        for epoch in epochs:
            model.set_weights(weights[epoch])
            frozen.append([array.copy() for array in freeze(network).weights_])
    finally:
        model.set_weights(before)
    return frozen
