"""Network architectures: what makes networks of one family differ from those of another, a module each.

An architecture is a dataclass of hyperparameters that inherits `Architecture`. It declares their constraints, builds
the Keras layers, draws initial values, and describes and freezes layers that are its own. Everything else is common:
checks, targets, losses, training, files, pickles.

A further hyperparameter of the MLP is a field, a constraint and a line or two in `mlp`, the signature and the docstring
of `KerasMLPRegressor` and `KerasMLPClassifier`, and a test.

To add an architecture:

1. a module here, with a class that inherits `Architecture`;
2. a module in `skdl.estimators` with two public classes. They inherit `NetworkRegressor` and `NetworkClassifier`, name
   the architecture in ``_architecture`` and spell out their parameters, as `KerasMLPRegressor` and `KerasMLPClassifier`
   do. An architecture with the hyperparameters of the MLP inherits `MLP`; its public classes inherit
   `KerasMLPRegressor` and `KerasMLPClassifier`, and need ``_architecture`` only;
3. the public names in `skdl.estimators`, `skdl` and ``tests/test_public_names.py``, and a test in ``tests/estimators``.
   scikit-learn's checks run for every public network;
4. where its frozen networks compute something new, an operation in `skdl.frozen` and its Keras layer in
   `skdl._keras_models`. Without it saved models hold the network as ``model.keras``, and need Keras to predict.
"""

from skdl.estimators._architectures.base import Architecture, NetworkInterface

__all__ = ["Architecture", "NetworkInterface"]
