"""Network architectures: what makes networks of one family differ from those of another, a module each.

An architecture is a dataclass of hyperparameters that inherits `Architecture`. It declares their constraints, builds
the Keras layers, draws initial values, and describes and freezes layers that are its own. Everything else is common:
checks, targets, losses, training, files, pickles.

A further hyperparameter of the MLP is a field, a constraint and a line or two in `mlp`, the signature and the docstring
of `KerasMLPRegressor` and `KerasMLPClassifier`, and a test.

To add an architecture:

1. a module here, with a class that inherits `Architecture`;
2. two public classes that inherit `NetworkRegressor` and `NetworkClassifier`, name the architecture in
   ``_architecture`` and spell out their parameters, as `KerasMLPRegressor` and `KerasMLPClassifier` do;
3. where its frozen networks compute something new, an operation in `skdl.frozen` and its Keras layer in
   `skdl._keras_models`.
"""

from skdl.estimators._architectures.base import Architecture, NetworkInterface
from skdl.estimators._architectures.mlp import MLP

__all__ = ["MLP", "Architecture", "NetworkInterface"]
