"""Replacing Keras networks by their NumPy twins, however deep they sit.

A fitted pipeline is pickled and unpickled in memory, and on the way every Keras estimator is written as its frozen
twin. So it works in a ``Pipeline``, a search and its unfitted template, a ``VotingClassifier``, and in containers that
nobody here has heard of; the original stays as it is.
"""

from __future__ import annotations

import io
import pickle
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from skdl._networks import keras_sums_sparsemax, network_bytes
from skdl.estimators._classifier import KerasMLPClassifier
from skdl.estimators._mlp import KerasMLP
from skdl.estimators._targets import ClassTarget
from skdl.exceptions import NeedsKerasError, UsageError
from skdl.frozen import ACTIVATIONS, FrozenMLPClassifier, FrozenMLPRegressor, KerasFile
from skdl.training import custom_objects_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["freeze"]

_NEEDS_KERAS = {"jax", "jaxlib", "keras", "scikeras", "tensorflow", "torch"}
_DTYPES = {"float32", "float64"}


def freeze(fitted: Any, *, keep_keras: bool = False) -> Any:
    """Copy a fitted estimator with each Keras network in it replaced by its NumPy twin.

    The copy predicts the same (rtol 1e-5, atol 1e-6 times the target's scale), cannot be trained, and unpickles where
    Keras is not installed.

    Parameters
    ----------
    fitted : estimator
        A `KerasMLPRegressor`, a `KerasMLPClassifier`, or anything that holds some: a `Pipeline`, a search, an ensemble.
    keep_keras : bool, default=False
        Let a network of one's own that has no twin keep its Keras layers, as the content of a ``.keras`` file; the copy
        then needs Keras to predict. `save_model` does so.

    Returns
    -------
    estimator
        Of the same class, with `FrozenMLPRegressor` and `FrozenMLPClassifier` inside.

    Raises
    ------
    NeedsKerasError
        Where a network of one's own has a layer without a NumPy twin, or something beside the networks is of Keras.
    UsageError
        Under ``keep_keras``, where Keras does not read a network back in its safe mode, or one is by itself.
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
    """Writes frozen twins where Keras estimators stand."""

    def __init__(self, file: io.BytesIO, *, keep_keras: bool) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._keep_keras = keep_keras

    def reducer_override(self, obj: Any) -> Any:
        """Say how to pickle an object; called for all but plain containers and values."""
        if isinstance(obj, KerasMLP):
            twin = _twin(obj, keep_keras=self._keep_keras)
            return type(twin), (), twin.__getstate__()
        if self._keep_keras:
            _refuse_bare_network(obj)
            return NotImplemented
        named = obj if isinstance(obj, type) or callable(obj) else type(obj)
        home = getattr(named, "__module__", None) or type(obj).__module__
        if home.partition(".")[0] in _NEEDS_KERAS:
            raise NeedsKerasError(
                f"freeze: all beside the networks must be free of Keras; got {getattr(named, '__qualname__', obj)!s} "
                f"of {home}. Freeze the fitted pipeline itself, such as a search's best_estimator_."
            )
        return NotImplemented


def _refuse_bare_network(obj: Any) -> None:
    """Keras unpickles its networks without its safe mode."""
    if isinstance(obj, keras.layers.Layer):
        raise UsageError(
            f"freeze: a network must be inside a KerasMLPRegressor or a KerasMLPClassifier; got {obj.name!r}, a "
            f"{type(obj).__name__}, by itself. Wrap it with from_keras."
        )


def _twin(estimator: KerasMLP, *, keep_keras: bool) -> FrozenMLPRegressor | FrozenMLPClassifier:
    """Make the frozen twin; that of an unfitted estimator is unfitted."""
    if not hasattr(estimator, "model_"):
        return FrozenMLPClassifier() if isinstance(estimator, KerasMLPClassifier) else FrozenMLPRegressor()
    configuration: dict[str, Any] = {"input_shape": [int(size) for size in estimator.input_shape_]}
    weights: list[NDArray[Any]] = []
    kept = None
    try:
        network = _Translation(estimator.model_, type(estimator).__name__)
    except NeedsKerasError:
        if not keep_keras:
            raise
        kept = _kept(estimator)
        configuration |= {"dtype": str(estimator.dtype), "layers": [{"op": "keras"}]}
    else:
        configuration |= {"dtype": network.dtype, "layers": network.steps}
        weights = network.weights
    target = estimator._target  # noqa: SLF001 - of this package
    common: dict[str, Any] = {"feature_names_in": getattr(estimator, "feature_names_in_", None), "network": kept}
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


def _kept(estimator: KerasMLP) -> KerasFile:
    """Return the network as a file's content, read back once."""
    network, where = estimator.model_, type(estimator).__name__
    try:
        kept = KerasFile(network_bytes(network), custom_objects_of(network), str(estimator.dtype))
        kept.load()
    except Exception as error:
        raise UsageError(
            f"{where}: the network must be one that Keras reads back in its safe mode; got {type(error).__name__}: "
            f"{error}. Write a layer class in place of a Lambda layer, with get_config for its parameters."
        ) from error
    return kept


class _Translation:
    """A Keras network as the steps and arrays of `skdl.frozen`."""

    def __init__(self, network: Any, where: str) -> None:
        self._where = where
        self.steps: list[dict[str, Any]] = []
        self.weights: list[NDArray[Any]] = []
        layers = [layer for layer in self._chain(network) if not isinstance(layer, _SILENT)]
        dtypes = {layer.compute_dtype for layer in layers}
        if len(dtypes) != 1 or not dtypes <= _DTYPES:
            raise self._refusal(f"its layers compute in {sorted(dtypes)}, not all in float32 or all in float64")
        self.dtype = str(dtypes.pop())
        for layer in layers:
            if type(layer) not in _TRANSLATORS:
                raise self._refusal(f"layer {layer.name!r} is a {type(layer).__name__}")
            _TRANSLATORS[type(layer)](self, layer)

    def _refusal(self, why: str) -> NeedsKerasError:
        return NeedsKerasError(
            f"{self._where}: the network must be a chain of layers that have a NumPy twin to be frozen; {why}. "
            "Keep the Keras estimator: it needs Keras to predict."
        )

    def _chain(self, network: Any) -> list[Any]:
        """Return the layers in order, where they are a plain chain."""
        if isinstance(network, keras.Sequential):
            parts = [self._chain(one) if isinstance(one, keras.Model) else [one] for one in network.layers]
            return [layer for part in parts for layer in part]
        layers = list(getattr(network, "layers", []))
        functional = type(network) is keras.Model or type(network).__name__ == "Functional"
        if not functional or len(network.inputs) != 1 or len(network.outputs) != 1:
            raise self._refusal("it has several inputs or outputs, or a class of its own")
        follows = all(after.input is before.output for before, after in pairwise(layers))
        if not (follows and network.outputs[0] is layers[-1].output):
            raise self._refusal("it branches")
        return layers

    def _add(self, array: Any) -> int:
        self.weights.append(np.asarray(array, dtype=self.dtype))
        return len(self.weights) - 1

    def dense(self, layer: Any) -> None:
        """Matrix, bias and activation."""
        if layer.quantization_mode is not None:
            raise self._refusal(f"layer {layer.name!r} is quantised")
        bias = None if layer.bias is None else self._add(layer.bias)
        self.steps.append({"op": "dense", "kernel": self._add(layer.kernel), "bias": bias})
        self._activation(layer.activation, layer)

    def batch_normalization(self, layer: Any) -> None:
        """Folded into the dense layer before it; elsewhere a step of its own."""
        self._check_axis(layer)
        mean, variance = (np.asarray(a, np.float64) for a in (layer.moving_mean, layer.moving_variance))
        gamma = np.ones_like(mean) if layer.gamma is None else np.asarray(layer.gamma, np.float64)
        beta = np.zeros_like(mean) if layer.beta is None else np.asarray(layer.beta, np.float64)
        scale = gamma / np.sqrt(variance + layer.epsilon)
        if not self.steps or self.steps[-1]["op"] != "dense":
            self._affine(mean, scale, beta)
            return
        step = self.steps[-1]
        kernel = self.weights[step["kernel"]].astype(np.float64)
        bias = 0.0 if step["bias"] is None else self.weights[step["bias"]].astype(np.float64)
        self.weights[step["kernel"]] = (kernel * scale).astype(self.dtype)
        folded = (bias - mean) * scale + beta
        if step["bias"] is None:
            step["bias"] = self._add(folded)
        else:
            self.weights[step["bias"]] = folded.astype(self.dtype)

    def normalization(self, layer: Any) -> None:
        """Keras' preprocessing layer: mean and spread learned beforehand."""
        self._check_axis(layer)
        mean, variance = (np.asarray(a, np.float64).ravel() for a in (layer.mean, layer.variance))
        spread = np.maximum(np.sqrt(variance), keras.config.epsilon())
        if layer.invert:
            raise self._refusal(f"layer {layer.name!r} is inverted")
        self._affine(mean, 1.0 / spread, np.zeros_like(mean))

    def rescaling(self, layer: Any) -> None:
        """Numbers, or an array along the last axis."""
        self._affine(np.zeros(1), np.ravel(layer.scale), np.ravel(layer.offset))

    def _affine(self, mean: Any, scale: Any, shift: Any) -> None:
        step = {"mean": self._add(mean), "scale": self._add(scale), "shift": self._add(shift)}
        self.steps.append({"op": "affine", **step})

    def _check_axis(self, layer: Any) -> None:
        axes = np.ravel(layer.axis).tolist()
        if axes not in ([-1], [len(layer.input.shape) - 1]):
            raise self._refusal(f"layer {layer.name!r} normalises along another axis than the last")

    def activation(self, layer: Any) -> None:
        """Take an activation by name."""
        self._activation(layer.activation, layer)

    def _activation(self, function: Any, layer: Any) -> None:
        name = getattr(function, "__name__", "")
        if name not in ACTIVATIONS or keras.activations.get(name) is not function:
            raise self._refusal(f"layer {layer.name!r} has the activation {name or function!r}")
        if name != "linear":
            parameters = {"summed": keras_sums_sparsemax()} if name == "sparsemax" else {}
            self.steps.append({"op": "activation", "name": name, "parameters": parameters})

    def activation_layer(self, layer: Any) -> None:
        """Take a layer that is an activation with parameters."""
        name, parameters = _ACTIVATION_LAYERS[type(layer)]
        given = {key: None if getattr(layer, key) is None else float(getattr(layer, key)) for key in parameters}
        self.steps.append({"op": "activation", "name": name, "parameters": given})

    def softmax(self, layer: Any) -> None:
        """Softmax over the last axis."""
        self._check_axis(layer)
        self.steps.append({"op": "activation", "name": "softmax", "parameters": {}})

    def flatten(self, layer: Any) -> None:
        """Each row in one line."""
        self._check_layout(layer)
        self.steps.append({"op": "reshape", "shape": [-1]})

    def reshape(self, layer: Any) -> None:
        """Each row to the layer's shape."""
        self.steps.append({"op": "reshape", "shape": [int(size) for size in layer.target_shape]})

    def largest(self, layer: Any) -> None:
        """Take the largest value over the steps."""
        self._check_layout(layer)
        if layer.keepdims:
            raise self._refusal(f"layer {layer.name!r} keeps its reduced axis")
        self.steps.append({"op": "max"})

    def _check_layout(self, layer: Any) -> None:
        if layer.data_format != "channels_last":
            raise self._refusal(f"layer {layer.name!r} has its channels first")


_SILENT = (
    keras.layers.ActivityRegularization,
    keras.layers.AlphaDropout,
    keras.layers.Dropout,
    keras.layers.GaussianDropout,
    keras.layers.GaussianNoise,
    keras.layers.Identity,
    keras.layers.InputLayer,
    keras.layers.SpatialDropout1D,
)  # they do nothing while predicting

_ACTIVATION_LAYERS: dict[type, tuple[str, tuple[str, ...]]] = {
    keras.layers.ELU: ("elu", ("alpha",)),
    keras.layers.LeakyReLU: ("leaky_relu", ("negative_slope",)),
    keras.layers.ReLU: ("relu", ("negative_slope", "max_value", "threshold")),
}

_TRANSLATORS: dict[type, Callable[[_Translation, Any], None]] = {
    keras.layers.Activation: _Translation.activation,
    keras.layers.BatchNormalization: _Translation.batch_normalization,
    keras.layers.Dense: _Translation.dense,
    keras.layers.ELU: _Translation.activation_layer,
    keras.layers.Flatten: _Translation.flatten,
    keras.layers.GlobalMaxPooling1D: _Translation.largest,
    keras.layers.LeakyReLU: _Translation.activation_layer,
    keras.layers.Normalization: _Translation.normalization,
    keras.layers.ReLU: _Translation.activation_layer,
    keras.layers.Rescaling: _Translation.rescaling,
    keras.layers.Reshape: _Translation.reshape,
    keras.layers.Softmax: _Translation.softmax,
}  # by exact class: a subclass may compute something else
