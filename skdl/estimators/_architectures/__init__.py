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
3. the public names in `skdl.estimators`, `skdl`, ``skdl/_trusted_types.py`` and ``tests/test_public_names.py``, a
   section in ``docs/estimators.md``, and a test in ``tests/estimators``. scikit-learn's checks run for every public
   network;
4. where its frozen networks compute something new, an operation in `skdl.frozen` (and in its docstring's table), its
   Keras layer in `skdl._keras_models`, and its step in the explore page (``explore/page/src/network.ts``). Without it
   saved models hold the network as ``model.keras``, and need Keras to predict. A layer of skdl's own that computes each
   row by itself is named in ``_ROW_BY_ROW`` of ``training/_structure.py``, so that its batches may be padded.
"""

from skdl.estimators._architectures.base import Architecture, NetworkInterface

__all__ = ["Architecture", "NetworkInterface"]
