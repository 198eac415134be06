"""Keras networks that are scikit-learn estimators in every respect.

The way of a fit through the modules:

1. `_regressor`, `_classifier` and `_real_mlp` hold the public classes, `_estimator.NetworkEstimator` what they share.
   `_base` adapts SciKeras' wrapper, from which they inherit.
2. `_data` checks X, y and weights and splits off validation rows; `_targets` codes the target as numbers, `_heads`
   chooses the last layer's activation for the loss.
3. `_architectures` builds the network of an architecture; `_build` makes it the (lazy) model of a fit, or calls a
   user's own function; `_compile` and `_losses` make optimizer, metrics and loss.
4. `skdl.training` trains it. `_sklearn_callbacks` reports each epoch to scikit-learn's callbacks.

Afterwards `_freeze` converts fitted networks to NumPy, `_loaded` reads and writes files and states of pickles,
`_describe`, `_learned_inputs` and `_display` show them. Pickles name classes of `_heads`, `_losses`, `_loaded` and
`_targets`, so these classes stay in their modules.
"""

from skdl.estimators._architectures import Architecture, NetworkInterface
from skdl.estimators._classifier import KerasMLPClassifier, NetworkClassifier
from skdl.estimators._describe import LayerDescription, NetworkDescription, describe_network
from skdl.estimators._display import TrainingCurveDisplay
from skdl.estimators._estimator import NetworkEstimator
from skdl.estimators._freeze import freeze
from skdl.estimators._learned_inputs import describe_inputs
from skdl.estimators._real_mlp import KerasRealMLPClassifier, KerasRealMLPRegressor
from skdl.estimators._regressor import KerasMLPRegressor, NetworkRegressor

__all__ = [
    "Architecture",
    "KerasMLPClassifier",
    "KerasMLPRegressor",
    "KerasRealMLPClassifier",
    "KerasRealMLPRegressor",
    "LayerDescription",
    "NetworkClassifier",
    "NetworkDescription",
    "NetworkEstimator",
    "NetworkInterface",
    "NetworkRegressor",
    "TrainingCurveDisplay",
    "describe_inputs",
    "describe_network",
    "freeze",
]
