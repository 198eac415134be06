"""Fitting of a network whose weights are recorded epoch by epoch. This module imports Keras."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import clone
from sklearn.model_selection._search import BaseSearchCV

from skdl._fitting import fit_with_groups
from skdl.cross_validation import final_estimator, parameter_prefix
from skdl.explore._inside import look_inside
from skdl.explore._snapshots import TrainingRun, WeightRecorder, choose_epochs, encode_snapshots, freeze_epochs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


@dataclass(frozen=True)
class FittedNetwork:
    """A fitted model with a network inside, and what was recorded of its training."""

    model: Any
    network: Any  # the Keras estimator
    run: TrainingRun | None  # None where it was not a single training


def fit_recorded(estimator: Any, X: Any, y: Any, groups: Any = None, weights: Any = None) -> FittedNetwork:
    """Fit a clone of a model on all rows; of a search its best candidate, which is fitted once more."""
    model = clone(estimator)
    if isinstance(model, BaseSearchCV):
        model = clone(fit_with_groups(model, X, y, groups, weights).best_estimator_)
    network = final_estimator(model)
    given = network.callbacks
    recorder = WeightRecorder(float(getattr(network, "averaging", 0.0)))
    callbacks = [*(given if isinstance(given, list) else [] if given is None else [given]), recorder]
    model.set_params(**{f"{parameter_prefix(model)}callbacks": callbacks})
    model = fit_with_groups(model, X, y, groups, weights)
    network = look_inside(model).final
    is_single = getattr(network, "n_estimators", 1) == 1
    # Calibration and thresholds fit copies on parts of the rows first: the last training is that of all rows.
    return FittedNetwork(model, network, recorder.runs[-1] if is_single and recorder.runs else None)


def snapshots_within(fitted: FittedNetwork, most_bytes: int, sizes: Iterable[tuple[int, int]]) -> dict[str, Any] | None:
    """Encode as many snapshots as a number of bytes allows: the first of ``sizes`` (number, bits) that fits."""
    run, network = fitted.run, fitted.network
    kept = network.kept_epoch
    if run is None or kept is None or len(run.weights) < 2:
        return None
    kept_weights = look_inside(network).network.weights_
    known = {*run.weights}
    if kept not in known:
        run.weights[kept] = run.averages[kept] = network.model_.get_weights()
    frozen: dict[int, list[NDArray[Any]]] = {}
    for n_wanted, bits in sizes:
        epochs = choose_epochs(sorted(run.weights), n_wanted, kept)
        new = [epoch for epoch in epochs if epoch not in frozen]
        frozen |= zip(new, freeze_epochs(network, run, new), strict=True)
        arrays = [kept_weights if epoch == kept else frozen[epoch] for epoch in epochs]
        if not all(np.isfinite(array).all() for one in arrays for array in one):
            return None
        encoded = encode_snapshots(arrays, epochs, kept, bits)
        if len(encoded["data"]) <= most_bytes:
            return encoded
    return None
