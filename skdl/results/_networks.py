"""Networks: architecture, training curves, diagnoses."""

from __future__ import annotations

from dataclasses import dataclass, field

from skdl.results._number import Number

__all__ = ["Curve", "CurveReading", "Layer", "NetworkSummary"]


@dataclass(frozen=True)
class Layer:
    """A layer of a network with what follows it up to the next: units, activation, dropout, number of weights."""

    kind: str  # "input", "dense", or another Keras layer's name
    units: str  # "64"; "28 x 28" of an image; empty if it has none
    details: list[str]  # "relu", "batch norm", "dropout 0.2"
    n_parameters: int


@dataclass(frozen=True)
class Curve:
    """The training history of one network on one fold; epochs count from 1."""

    repeat: int
    fold: int
    loss: list[Number]
    val_loss: list[Number] | None
    best_epoch: int | None
    baseline_loss: float | None = None  # of the best constant prediction


@dataclass(frozen=True)
class CurveReading:
    """A diagnosis that holds in ``share`` of the folds: its code (``overfitting``), and a remedy."""

    code: str
    share: float
    change: str | None = None  # remedy as part of a pipeline file, in YAML


@dataclass(frozen=True)
class NetworkSummary:
    """One network's training over the folds."""

    model: str
    architecture: str  # "10 -> 64 relu -> 32 relu -> 1 linear"
    loss: str  # the loss function's name
    n_parameters: int
    curves: list[Curve]
    readings: list[CurveReading]
    seed_spread: float | None = None  # standard deviation of the ranking metric over seeds, if measured
    layers: list[Layer] = field(default_factory=list)
