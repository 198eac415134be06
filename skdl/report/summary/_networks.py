"""What the networks are, and how they trained."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Curve", "CurveReading", "Layer", "NetworkSummary"]


@dataclass(frozen=True)
class Layer:
    """One step of a network: its units (None where it has none), what is done to them, and how many weights it has."""

    kind: str  # "input", "Dense", or another Keras layer's name
    units: int | None
    details: list[str]  # "relu", "batch norm", "dropout 0.2"
    n_parameters: int


@dataclass(frozen=True)
class Curve:
    """The training history of one network on one fold; epochs count from 1."""

    repeat: int
    fold: int
    loss: list[float]
    val_loss: list[float] | None
    best_epoch: int | None


@dataclass(frozen=True)
class CurveReading:
    """A diagnosis that holds in ``share`` of the folds: its code (``overfitting``), and the advice's code."""

    code: str
    share: float


@dataclass(frozen=True)
class NetworkSummary:
    """One network's training over the folds."""

    model: str
    architecture: str  # "10 -> 64 relu -> 32 relu -> 1 linear"
    loss: str  # the loss function's name
    n_parameters: int
    curves: list[Curve]
    readings: list[CurveReading]
    seed_spread: float | None = None  # standard deviation of the ranking metric over seeds, where it was measured
