"""Fitting of a network whose weights are recorded epoch by epoch. This module imports Keras."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import clone
from sklearn.model_selection._search import BaseSearchCV

from skdl.cross_validation import final_estimator, parameter_prefix
from skdl.explore._encoding import encode_snapshots
from skdl.explore._inside import look_inside
from skdl.explore._snapshots import TrainingRun, WeightRecorder, choose_epochs, freeze_epochs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from skdl.explore._encoding import SnapshotSize
    from skdl.explore._sources import TrainingRows


@dataclass(frozen=True)
class FittedNetwork:
    """A fitted model with a network inside, and what was recorded of its training."""

    model: Any
    network: Any  # the Keras estimator
    weights: dict[int, list[NDArray[Any]]]  # by epoch; none where it was not a single training


def fit_recorded(estimator: Any, rows: TrainingRows) -> FittedNetwork:
    """Fit a clone of a model on all rows; of a search its best candidate, which is fitted once more."""
    model = clone(estimator)
    if isinstance(model, BaseSearchCV):
        model = clone(rows.fit(model).best_estimator_)
    network = final_estimator(model)
    given = network.callbacks
    recorder = WeightRecorder(float(getattr(network, "averaging", 0.0)))
    callbacks = [*(given if isinstance(given, list) else [] if given is None else [given]), recorder]
    model.set_params(**{f"{parameter_prefix(model)}callbacks": callbacks})
    model = rows.fit(model)
    network = look_inside(model).final
    return FittedNetwork(model, network, _weights_of(network, recorder.runs))


def _weights_of(network: Any, runs: Sequence[TrainingRun]) -> dict[int, list[NDArray[Any]]]:
    """Return the weights of the training that a network is from.

    A calibration and the tuning of a threshold also fit copies on parts of the rows, before or after.
    """
    kept = network.kept_epoch
    if kept is None or getattr(network, "n_estimators", 1) > 1:
        return {}
    weights = network.model_.get_weights()
    found = (run.that_give(kept, weights) for run in reversed(runs))
    return next((one for one in found if one), {})


def encode_training(fitted: FittedNetwork, room: int, sizes: Iterable[SnapshotSize]) -> dict[str, Any] | None:
    """Encode snapshots of the training in the first of ``sizes`` that fits into ``room`` bytes; None if none does."""
    weights, network = fitted.weights, fitted.network
    kept_weights = look_inside(network).network
    if not weights or kept_weights is None or room <= 0:
        return None
    kept = network.kept_epoch
    frozen: dict[int, list[NDArray[Any]]] = {}
    for n_snapshots, of_number in groupby(sizes, key=lambda size: size.n_snapshots):
        epochs = choose_epochs(sorted(weights), n_snapshots, kept)
        new = [epoch for epoch in epochs if epoch not in frozen]
        frozen |= zip(new, freeze_epochs(network, weights, new), strict=True)
        arrays = [kept_weights.weights_ if epoch == kept else frozen[epoch] for epoch in epochs]
        if not all(np.isfinite(array).all() for one in arrays for array in one):  # a training that diverged
            return None
        within = [replace(size, most_bytes=min(room, size.most_bytes)) for size in of_number]
        encoded = encode_snapshots(arrays, epochs, kept, within)
        if encoded is not None:
            return encoded
    return None
