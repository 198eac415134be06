"""Weights of earlier epochs: recorded by a Keras callback, chosen, made NumPy networks, and encoded.

This module imports Keras: without a table to train on it is not needed.
"""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import keras
import numpy as np

from skdl.estimators import freeze

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_MOST_BYTES = 256_000_000  # of recorded weights
_N_FIRST = 10  # epochs that are kept in any case
_DENSER_AT_START = 2.0  # exponent: 1 would space the snapshots evenly


@dataclass
class TrainingRun:
    """Weights of one training, by epoch; 0 is before it."""

    weights: dict[int, list[NDArray[Any]]] = field(default_factory=dict)
    averages: dict[int, list[NDArray[Any]]] = field(default_factory=dict)
    n_epochs: int = 0


class WeightRecorder(keras.callbacks.Callback):
    """Keeps the weights of each epoch, or of each second, fourth, ... one where they are many.

    An estimator copies its callbacks for each fit; this one stays itself, so that what it recorded can be read
    afterwards. Each training that it sees starts a new entry of ``runs``.
    """

    def __init__(self, averaging: float = 0.0) -> None:
        super().__init__()
        self.runs: list[TrainingRun] = []
        self._averaging = averaging
        self._stride = 1

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002 - Keras' signature
        """Record the weights before training."""
        self._stride = 1
        self.runs.append(TrainingRun())
        weights = self.model.get_weights()
        self._average = weights
        self.runs[-1].weights[0] = self.runs[-1].averages[0] = weights

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002 - Keras' signature
        """Record the weights after an epoch."""
        run, number = self.runs[-1], epoch + 1
        run.n_epochs = number
        weights = self.model.get_weights()
        if self._averaging:
            # The recurrence of `skdl.training`: the running average of the first epochs is their mean.
            kept = np.float32(min(self._averaging, epoch / (epoch + 1.0)))
            pairs = zip(self._average, weights, strict=True)
            self._average = [kept * old + (1 - kept) * new for old, new in pairs]
        if number > _N_FIRST and number % self._stride:
            return
        run.weights[number] = weights
        run.averages[number] = self._average if self._averaging else weights
        n_bytes = sum(array.nbytes for array in weights) * (2 if self._averaging else 1)
        if len(run.weights) * n_bytes > _MOST_BYTES:
            self._stride *= 2
            for one in [one for one in run.weights if one > _N_FIRST and one % self._stride]:
                del run.weights[one], run.averages[one]


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


def freeze_epochs(network: Any, run: TrainingRun, epochs: Sequence[int]) -> list[list[NDArray[Any]]]:
    """Return the arrays of the NumPy network of each epoch; the fitted network is as before afterwards.

    Of a network that averages its weights over the epochs, these are the averages, which it would predict with.
    """
    model = network.model_
    before = model.get_weights()
    recorded = run.averages
    try:
        frozen = []
        for epoch in epochs:
            model.set_weights(recorded[epoch])
            frozen.append([array.copy() for array in freeze(network).weights_])
    finally:
        model.set_weights(before)
    return frozen


def encode_snapshots(
    snapshots: Sequence[Sequence[NDArray[Any]]], epochs: Sequence[int], kept: int, bits: int
) -> dict[str, Any]:
    """Encode the arrays of each epoch as differences from the epoch before, in whole numbers.

    A difference is taken from what the page has decoded so far, so that errors of rounding do not add up.
    """
    dtype, largest = (np.int8, 127) if bits == 8 else (np.dtype("<i2"), 32767)
    present = [np.zeros(array.shape) for array in snapshots[0]]
    scales, parts = [], []
    for arrays in snapshots:
        of_epoch = []
        for number, array in enumerate(arrays):
            difference = array.astype(np.float64) - present[number]
            scale = float(np.abs(difference).max(initial=0.0)) / largest
            scale = scale if np.isfinite(scale) and scale > 0.0 else 0.0
            whole = np.rint(difference / scale) if scale else np.zeros(array.shape)
            present[number] = present[number] + whole * scale
            of_epoch.append(scale)
            parts.append(whole.astype(dtype).tobytes())
        scales.append(of_epoch)
    packed = zlib.compress(b"".join(parts), 9)
    return {
        "epochs": list(epochs),
        "kept": list(epochs).index(kept),
        "bits": bits,
        "scales": scales,
        "data": base64.b64encode(packed).decode("ascii"),
    }
