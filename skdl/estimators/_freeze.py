"""Freezing: replace the Keras networks in an estimator by NumPy networks, at any depth.

A fitted pipeline is pickled and unpickled in memory, and the pickler writes every Keras estimator as a frozen one. So
it works in a ``Pipeline``, a search and its unfitted estimator, a ``VotingClassifier``, and in any other container
without knowing its attributes; the original stays as it is.
"""

from __future__ import annotations

import io
import operator
import pickle
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from skdl._keras_models import keras_file_content, keras_sums_sparsemax
from skdl.ensemble import Ensemble
from skdl.estimators._classifier import NetworkClassifier
from skdl.estimators._estimator import NetworkEstimator
from skdl.estimators._targets import ClassTarget
from skdl.exceptions import NeedsKerasError, UsageError
from skdl.frozen import ACTIVATIONS, FrozenMLPClassifier, FrozenMLPRegressor, KerasFile
from skdl.training import custom_objects_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

_NEEDS_KERAS = {"jax", "jaxlib", "keras", "scikeras", "tensorflow", "torch"}
_DTYPES = {"float32", "float64"}


def freeze(fitted: Any, *, keep_keras: bool = False) -> Any:
    """Copy a fitted estimator with each Keras network in it replaced by a NumPy network.

    The copy predicts the same (rtol 1e-5, atol 1e-6 times the target's scale), cannot be trained, and unpickles where
    Keras is not installed.

    That is of the networks themselves. What follows them may enlarge the difference, of about 3e-7 in a probability: an
    isotonic calibration by the slope of its steps (60 to 850 in eight examples, thus up to 2e-4), a tree behind a
    network by a jump where a value lies on its threshold. Sigmoid calibration and averages do not.

    Parameters
    ----------
    fitted : estimator
        A `KerasMLPRegressor`, a `KerasMLPClassifier`, or anything that holds some: a `Pipeline`, a search, an ensemble.
    keep_keras : bool, default=False
        Keep the Keras layers of a user-defined network that NumPy cannot compute, as the content of a ``.keras`` file;
        the copy then needs Keras to predict. `save_model` does so.

    Returns
    -------
    estimator
        Of the same class, with `FrozenMLPRegressor` and `FrozenMLPClassifier` inside; in place of an ensemble of
        `skdl.ensemble`, scikit-learn's estimator that predicts for it.

    Raises
    ------
    NeedsKerasError
        Where a user-defined network has a layer that NumPy cannot compute, or another object in it needs Keras.
    UsageError
        Under ``keep_keras``, where Keras does not load a network in its safe mode, or one is in no estimator.
    pickle.PicklingError, AttributeError
        Where it holds something that cannot be pickled, such as a lambda.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import MinMaxScaler
    >>> from skdl import KerasMLPRegressor, freeze
    >>> X = np.linspace(0.0, 1.0, 20).reshape(-1, 2)
    >>> net = make_pipeline(MinMaxScaler(), KerasMLPRegressor((4,), epochs=2, random_state=0)).fit(X, X[:, 0])
    >>> frozen = freeze(net)
    >>> frozen[-1], bool(np.allclose(frozen.predict(X), net.predict(X), atol=1e-5))
    (FrozenMLPRegressor(), True)
    """
    written = io.BytesIO()
    _Freezer(written, keep_keras=keep_keras).dump(fitted)
    return pickle.loads(written.getvalue())  # noqa: S301 - written in the line above


class _Freezer(pickle.Pickler):
    """Writes a frozen estimator instead of each Keras estimator."""

    def __init__(self, file: io.BytesIO, *, keep_keras: bool) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._keep_keras = keep_keras

    def reducer_override(self, obj: Any) -> Any:
        """Return how to pickle an object; called for all but plain containers and values."""
        if isinstance(obj, NetworkEstimator):
            frozen = _frozen(obj, keep_keras=self._keep_keras)
            return type(frozen), (), frozen.__getstate__()
        if isinstance(obj, Ensemble):
            # Its unfitted models and its scorer are for fitting; the scorer may be impossible to pickle.
            return operator.itemgetter(0), ((obj.predicting_part(),),)
        if self._keep_keras:
            # Keras unpickles a network outside an estimator without its safe mode.
            if isinstance(obj, keras.layers.Layer):
                raise UsageError(
                    "freeze: a network must be inside a KerasMLPRegressor or a KerasMLPClassifier; "
                    f"got {obj.name!r}, a {type(obj).__name__}, without one. Wrap it with from_keras."
                )
            return NotImplemented
        # Classes and functions are pickled by name, instances with the name of their class: both would import Keras.
        named = obj if isinstance(obj, type) or callable(obj) else type(obj)
        module = getattr(named, "__module__", None) or type(obj).__module__
        if module.partition(".")[0] in _NEEDS_KERAS:
            raise NeedsKerasError(
                f"freeze: everything but the networks must do without Keras; got {getattr(named, '__qualname__', obj)} "
                f"of {module}. Freeze the fitted pipeline itself, such as a search's best_estimator_."
            )
        return NotImplemented


def _frozen(estimator: NetworkEstimator, *, keep_keras: bool) -> FrozenMLPRegressor | FrozenMLPClassifier:
    """Make the frozen estimator; that of an unfitted one is unfitted."""
    # A search keeps its unfitted estimator, which has no network to translate.
    if not hasattr(estimator, "model_"):
        return FrozenMLPClassifier() if isinstance(estimator, NetworkClassifier) else FrozenMLPRegressor()
    configuration: dict[str, Any] = {"input_shape": [int(size) for size in estimator.input_shape_]}
    weights: list[NDArray[Any]] = []
    keras_file = None
    try:
        translators = _TRANSLATORS | estimator._architecture.numpy_translators  # noqa: SLF001 - of this package
        network = _Translation(estimator.model_, translators, type(estimator).__name__)
    except NeedsKerasError:
        if not keep_keras:
            raise
        keras_file = _keras_file(estimator)
        configuration |= {"dtype": str(estimator.dtype), "layers": [{"op": "keras"}]}
    else:
        configuration |= {"dtype": network.dtype, "layers": network.steps}
        weights = network.weights
    target = estimator._target  # noqa: SLF001 - of this package
    common: dict[str, Any] = {
        "feature_names_in": getattr(estimator, "feature_names_in_", None),
        "network": keras_file,
        "coder": getattr(estimator, "coder_", None),
    }
    if isinstance(target, ClassTarget):
        return FrozenMLPClassifier.from_network(
            configuration, weights, classes=target.classes, coding=target.coding, **common
        )
    return FrozenMLPRegressor.from_network(
        configuration,
        weights,
        target_center=np.asarray(target.center),
        target_scale=np.asarray(target.scale),
        one_dimensional=target.one_dimensional,
        **common,
    )


def _keras_file(estimator: NetworkEstimator) -> KerasFile:
    """Return the network as the content of a file that was loaded once, so that a failure shows now."""
    network, where = estimator.model_, type(estimator).__name__
    try:
        keras_file = KerasFile(keras_file_content(network), custom_objects_of(network), str(estimator.dtype))
        keras_file.load()
    except Exception as error:
        raise UsageError(
            f"{where}: the network must be one that Keras loads in its safe mode; got {type(error).__name__}: "
            f"{error}. Write a layer class in place of a Lambda layer, with get_config for its parameters."
        ) from error
    return keras_file


class _Translation:
    """Translates a Keras network into the steps and arrays of `skdl.frozen`."""

    def __init__(self, network: Any, translators: Mapping[type, Callable[[Any, Any], None]], where: str) -> None:
        self._translators, self._where = translators, where
        self.steps: list[dict[str, Any]] = []
        self.weights: list[NDArray[Any]] = []
        if isinstance(network, keras.Model) and isinstance(network.layers[-1], keras.layers.Average):
            self._average(network)
        else:
            self._translate(network)

    def _average(self, network: Any) -> None:
        """Translate the mean of several networks with one input; see `average_of`."""
        members = [layer for layer in network.layers if isinstance(layer, keras.Model)]
        if len(members) != len(network.layers) - 2:  # all but the input and the mean
            raise self.refusal("it branches")
        steps = []
        for member in members:
            self.steps = []
            self._translate(member)
            steps.append(self.steps)
        self.steps = [{"op": "average", "members": steps}]

    def _translate(self, network: Any) -> None:
        layers = [layer for layer in self._chain(network) if not isinstance(layer, _IDENTITY_IN_INFERENCE)]
        # Layers of several dtypes cast between each other, which the NumPy network does not.
        dtypes = {layer.compute_dtype for layer in layers}
        if len(dtypes) != 1 or not dtypes <= _DTYPES:
            raise self.refusal(f"its layers compute in {sorted(dtypes)}, not all in float32 or all in float64")
        self.dtype = str(dtypes.pop())
        for layer in layers:
            if type(layer) not in self._translators:
                raise self.refusal(f"layer {layer.name!r} is a {type(layer).__name__}")
            self._translators[type(layer)](self, layer)

    def refusal(self, why: str) -> NeedsKerasError:
        return NeedsKerasError(
            f"{self._where}: the network must be a chain of layers that NumPy can compute to be frozen; {why}. "
            "Keep the Keras estimator: it needs Keras to predict."
        )

    def _chain(self, network: Any) -> list[Any]:
        """Return the layers in order; refuse a network where one's input is not the output of the one before."""
        if isinstance(network, keras.Sequential):
            # A Sequential is a chain by construction; models inside it need not be.
            parts = [self._chain(one) if isinstance(one, keras.Model) else [one] for one in network.layers]
            return [layer for part in parts for layer in part]
        layers = list(getattr(network, "layers", []))
        functional = type(network) is keras.Model or type(network).__name__ == "Functional"
        if not functional or len(network.inputs) != 1 or len(network.outputs) != 1:
            raise self.refusal("it has several inputs or outputs, or is of a user-defined class")
        # Each layer's input must be the very tensor that the one before puts out, and the last output the network's.
        follows = all(after.input is before.output for before, after in pairwise(layers))
        if not (follows and network.outputs[0] is layers[-1].output):
            raise self.refusal("it branches")
        return layers

    def add(self, array: Any) -> int:
        """Add an array in the network's precision; return its number."""
        self.weights.append(np.asarray(array, dtype=self.dtype))
        return len(self.weights) - 1

    def dense(self, layer: Any) -> None:
        if layer.quantization_mode is not None:
            raise self.refusal(f"layer {layer.name!r} is quantised")
        bias = None if layer.bias is None else self.add(layer.bias)
        self.steps.append({"op": "dense", "kernel": self.add(layer.kernel), "bias": bias})
        self.activation(layer)

    def batch_normalization(self, layer: Any) -> None:
        """Fold the normalisation into the dense layer before it; elsewhere it becomes a step.

        With s = gamma / sqrt(variance + epsilon): ((x W + b) - mean) s + beta = x (W s) + ((b - mean) s + beta). The
        products are taken in double precision and rounded once.
        """
        self._check_axis(layer)
        mean, variance = (np.asarray(a, np.float64) for a in (layer.moving_mean, layer.moving_variance))
        gamma = np.ones_like(mean) if layer.gamma is None else np.asarray(layer.gamma, np.float64)
        beta = np.zeros_like(mean) if layer.beta is None else np.asarray(layer.beta, np.float64)
        scale = gamma / np.sqrt(variance + layer.epsilon)
        # Only directly behind a dense layer: an activation between them is not linear.
        if not self.steps or self.steps[-1]["op"] != "dense":
            self.affine(mean, scale, beta)
            return
        step = self.steps[-1]
        kernel = self.weights[step["kernel"]].astype(np.float64)
        bias = 0.0 if step["bias"] is None else self.weights[step["bias"]].astype(np.float64)
        self.weights[step["kernel"]] = (kernel * scale).astype(self.dtype)
        folded = (bias - mean) * scale + beta
        if step["bias"] is None:
            step["bias"] = self.add(folded)
        else:
            self.weights[step["bias"]] = folded.astype(self.dtype)

    def normalization(self, layer: Any) -> None:
        """Translate Keras' preprocessing layer, with mean and variance from ``adapt``."""
        self._check_axis(layer)
        mean, variance = (np.asarray(a, np.float64).ravel() for a in (layer.mean, layer.variance))
        # As Keras' layer does, so that a constant column is not divided by zero.
        spread = np.maximum(np.sqrt(variance), keras.config.epsilon())
        if layer.invert:
            raise self.refusal(f"layer {layer.name!r} is inverted")
        self.affine(mean, 1.0 / spread, np.zeros_like(mean))

    def rescaling(self, layer: Any) -> None:
        self.affine(np.zeros(1), np.ravel(layer.scale), np.ravel(layer.offset))

    def affine(self, mean: Any, scale: Any, shift: Any) -> None:
        """Add the step ``(x - mean) * scale + shift``."""
        step = {"mean": self.add(mean), "scale": self.add(scale), "shift": self.add(shift)}
        self.steps.append({"op": "affine", **step})

    def _check_axis(self, layer: Any) -> None:
        axes = np.ravel(layer.axis).tolist()
        if axes not in ([-1], [len(layer.input.shape) - 1]):
            raise self.refusal(f"layer {layer.name!r} normalises along another axis than the last")

    def activation(self, layer: Any) -> None:
        """Translate the activation of a layer by its name."""
        function = layer.activation
        # By identity: a user's function may have the name of one of Keras'.
        name = getattr(function, "__name__", "")
        if name not in ACTIVATIONS or keras.activations.get(name) is not function:
            raise self.refusal(f"layer {layer.name!r} has the activation {name or function!r}")
        if name != "linear":
            # Keras 3.15 computes sparsemax otherwise than its definition: the frozen network must do the same.
            parameters = {"summed": keras_sums_sparsemax()} if name == "sparsemax" else {}
            self.steps.append({"op": "activation", "name": name, "parameters": parameters})

    def activation_layer(self, layer: Any) -> None:
        name, parameters = _ACTIVATION_LAYERS[type(layer)]
        values = {key: None if getattr(layer, key) is None else float(getattr(layer, key)) for key in parameters}
        self.steps.append({"op": "activation", "name": name, "parameters": values})

    def softmax(self, layer: Any) -> None:
        self._check_axis(layer)
        self.steps.append({"op": "activation", "name": "softmax", "parameters": {}})

    def flatten(self, layer: Any) -> None:
        self._check_layout(layer)
        self.steps.append({"op": "reshape", "shape": [-1]})

    def reshape(self, layer: Any) -> None:
        self.steps.append({"op": "reshape", "shape": [int(size) for size in layer.target_shape]})

    def maximum(self, layer: Any) -> None:
        self._check_layout(layer)
        if layer.keepdims:
            raise self.refusal(f"layer {layer.name!r} keeps its reduced axis")
        self.steps.append({"op": "max"})

    def _check_layout(self, layer: Any) -> None:
        if layer.data_format != "channels_last":
            raise self.refusal(f"layer {layer.name!r} has its channels first")


_IDENTITY_IN_INFERENCE = (
    keras.layers.ActivityRegularization,
    keras.layers.AlphaDropout,
    keras.layers.Dropout,
    keras.layers.GaussianDropout,
    keras.layers.GaussianNoise,
    keras.layers.Identity,
    keras.layers.InputLayer,
    keras.layers.SpatialDropout1D,
)

_ACTIVATION_LAYERS: dict[type, tuple[str, tuple[str, ...]]] = {
    keras.layers.ELU: ("elu", ("alpha",)),
    keras.layers.LeakyReLU: ("leaky_relu", ("negative_slope",)),
    keras.layers.ReLU: ("relu", ("negative_slope", "max_value", "threshold")),
}

_TRANSLATORS: dict[type, Callable[[Any, Any], None]] = {
    keras.layers.Activation: _Translation.activation,
    keras.layers.BatchNormalization: _Translation.batch_normalization,
    keras.layers.Dense: _Translation.dense,
    keras.layers.ELU: _Translation.activation_layer,
    keras.layers.Flatten: _Translation.flatten,
    keras.layers.GlobalMaxPooling1D: _Translation.maximum,
    keras.layers.LeakyReLU: _Translation.activation_layer,
    keras.layers.Normalization: _Translation.normalization,
    keras.layers.ReLU: _Translation.activation_layer,
    keras.layers.Rescaling: _Translation.rescaling,
    keras.layers.Reshape: _Translation.reshape,
    keras.layers.Softmax: _Translation.softmax,
}  # by exact class: a subclass may compute something else
