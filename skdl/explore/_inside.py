"""What is inside a fitted model: preprocessing, and the estimator at its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import TunedThresholdClassifierCV
from sklearn.model_selection._search import BaseSearchCV
from sklearn.pipeline import Pipeline

from skdl.cross_validation import final_estimator
from skdl.exceptions import NeedsKerasError
from skdl.explore._preprocessing import flat_steps
from skdl.frozen import FrozenMLPClassifier, FrozenMLPRegressor
from skdl.schema import ModelWithSchema
from skdl.weighted import ClassWeightedClassifier

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from skdl.explore._network import FrozenNetwork


@dataclass(frozen=True)
class Inside:
    """The parts of a fitted model.

    ``wrappers`` are names of what stands between the network's outputs and the predictions: "calibration" and
    "threshold".
    """

    steps: list[Any]  # transformers, in order
    final: Any  # the estimator at the end
    network: FrozenNetwork | None  # in NumPy, where that is a network
    wrappers: tuple[str, ...] = ()
    is_keras_only: bool = False  # a network with layers that neither NumPy nor the page computes

    def transform(self, rows: Any) -> Any:
        """Return rows of the model's input as they come to the last estimator."""
        for step in self.steps:
            rows = step.transform(rows)
        return rows

    def inputs(self, rows: Any) -> NDArray[np.float64]:
        """Return rows of the model's input as they enter the network, (n_rows, n_inputs)."""
        rows = self.transform(rows)
        if self.network is not None and self.network.coder_ is not None:
            return np.asarray(self.network.coder_.transform(rows))
        return np.asarray(rows.toarray() if hasattr(rows, "toarray") else rows, dtype=np.float64)


def look_inside(model: Any) -> Inside:
    """Take a fitted model apart."""
    steps: list[Any] = []
    wrappers: list[str] = []
    while True:
        if isinstance(model, ModelWithSchema):
            model = model.pipeline_
        elif isinstance(model, Pipeline):
            steps += flat_steps([step for _, step in model.steps[:-1]])
            model = model.steps[-1][1]
        elif isinstance(model, BaseSearchCV):
            model = model.best_estimator_
        elif isinstance(model, FrozenEstimator):
            model = model.estimator
        elif isinstance(model, ClassWeightedClassifier):
            model = model.estimator_
        elif isinstance(model, TunedThresholdClassifierCV):
            wrappers.append("threshold")
            model = model.estimator_
        elif isinstance(model, CalibratedClassifierCV) and len(model.calibrated_classifiers_) == 1:
            wrappers.append("calibration")
            model = model.calibrated_classifiers_[0].estimator
        else:
            break
    network = _as_frozen(model)
    # Of a transformed target, the page does not know how predictions are turned back.
    inner = final_estimator(model.regressor_) if isinstance(model, TransformedTargetRegressor) else model
    is_keras_only = network is None and is_network(inner)
    return Inside(steps, model, network, tuple(wrappers), is_keras_only)


def is_network(final: Any) -> bool:
    """Whether an estimator is a network of this package, of Keras or of NumPy."""
    # Without an import of Keras: a Keras network exists only where its class was imported.
    is_keras = any(cls.__name__ == "NetworkEstimator" for cls in type(final).__mro__)
    return is_keras or isinstance(final, FrozenMLPClassifier | FrozenMLPRegressor)


def _as_frozen(final: Any) -> FrozenNetwork | None:
    """Return a network in NumPy; None for other estimators, and for a network that needs Keras."""
    if not is_network(final):
        return None
    if isinstance(final, FrozenMLPClassifier | FrozenMLPRegressor):
        return final if final.network_ is None else None
    from skdl.estimators import freeze

    try:
        frozen: FrozenNetwork = freeze(final)
    except NeedsKerasError:
        return None
    return frozen
