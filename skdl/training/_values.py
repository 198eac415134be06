"""What goes into a program and comes out of it, beside the network's variables: arrays, on the device or of NumPy."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["Block", "Monitor", "Patience", "Sums", "Table", "Watch"]


class Table(NamedTuple):
    """Rows on the device, padded, and how many of them are real.

    Rows to train on stand one after the other and are gathered; rows in batches have a leading axis more.
    """

    X: Any
    y: Any
    weight: Any
    n_rows: Any


class Sums(NamedTuple):
    """What the batches of an epoch add up to: the loss times the rows, and the states of the metrics."""

    loss: Any
    scores: list[Any]


class Watch(NamedTuple):
    """What is carried from epoch to epoch: the state of early stopping, and the best weights so far."""

    best: Any  # lowest monitored value, or minus the highest
    best_epoch: Any  # -1 before the first finite one
    wait: Any
    diverged: Any  # a loss or a weight was no longer finite
    stopped: Any
    trainable: list[Any]  # weights of the best epoch
    other: list[Any]


class Patience(NamedTuple):
    """When early stopping stops."""

    epochs: Any
    min_delta: Any


class Monitor(NamedTuple):
    """Which of the recorded values decides what the best weights are, and whether a higher one is better."""

    place: int
    rises: bool


class Block(NamedTuple):
    """What one call of the program runs: some epochs, in this row order."""

    order: Any  # (capacity, batch) row numbers, epoch after epoch
    tails: Any  # (epochs, rows) of last batches that are not padded, or None
    first_epoch: Any
    n_epochs: Any
    patience: Patience
