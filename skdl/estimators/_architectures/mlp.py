"""The multi-layer perceptron: dense layers with batch normalisation, activation and dropout."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar

import keras
import numpy as np
from keras import layers
from sklearn.utils._param_validation import Interval

from skdl._nearest import did_you_mean
from skdl.estimators._architectures.base import Architecture, check_layer_sizes
from skdl.training import Purpose, derive_seed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Self

    from numpy.typing import NDArray

    from skdl.estimators._architectures.base import NetworkInterface

_MAXOUT_PIECES = 2
_FUNCTIONS = {name for name, found in vars(keras.activations).items() if callable(found)}
# A name cannot give `threshold` its arguments, and Keras' layers do not know that `glu` halves its units.
_ACTIVATIONS = (_FUNCTIONS - {"deserialize", "get", "serialize", "glu", "threshold"}) | {"maxout"}


def activation_choices(name: str) -> list[str]:
    """Return the names that ``activation`` may have where the given one is none of them, otherwise an empty list."""
    return [] if name in _ACTIVATIONS else sorted(_ACTIVATIONS)


@dataclass(frozen=True)
class MLP(Architecture):
    """A ``Sequential`` of Keras' own layers, so that its file loads wherever Keras is installed."""

    parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
        "activation": [str],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "l1": [Interval(Real, 0, None, closed="left")],
        "l2": [Interval(Real, 0, None, closed="left")],
        "batch_normalization": ["boolean"],
    }

    hidden_layer_sizes: tuple[int, ...]
    activation: str
    dropout: float
    l1: float
    l2: float
    batch_normalization: bool

    @classmethod
    def from_parameters(cls, interface: NetworkInterface, parameters: Mapping[str, Any]) -> Self:
        """Take the hyperparameters from an estimator's parameters; one number is one hidden layer."""
        sizes = parameters["hidden_layer_sizes"]
        sizes = tuple(sizes) if isinstance(sizes, Iterable) else (sizes,)
        return super().from_parameters(interface, {**parameters, "hidden_layer_sizes": sizes})

    def build(self) -> Any:
        """Build input, hidden layers (dense, batch normalisation, activation, dropout) and output."""
        self._check()
        interface = self.interface
        # Named, as all layers are: Keras counts its own names on from fit to fit, and equal fits have equal pickles.
        parts = [layers.Input(interface.input_shape, dtype=interface.dtype, name="input")]
        if len(interface.input_shape) > 1:
            # Dense layers act on the last axis; rows of an image become one axis.
            parts.append(layers.Flatten(name="flatten", dtype=interface.dtype))
        for number, units in enumerate(self.hidden_layer_sizes, start=1):
            parts += self._hidden_layers(number, int(units))
        bias = interface.output_bias
        parts.append(
            layers.Dense(
                interface.n_outputs,
                activation=interface.output_activation,
                kernel_initializer=_numpy_zeros,
                # Only of a linear model, whose one layer it is, as of a ridge regression.
                kernel_regularizer=None if self.hidden_layer_sizes else self._regularizer(),
                bias_initializer=keras.initializers.Constant(list(bias)) if bias else "zeros",
                name="output",
                dtype=interface.dtype,
            )
        )
        network = keras.Sequential(parts, name="keras_mlp")
        # The configuration names Keras' initializer, although `initial_value` has NumPy draw from its distribution: a
        # file of this network then loads without skdl, and a clone of it starts with weights of that distribution.
        for layer in network.layers:
            if isinstance(layer, layers.Dense):
                layer.kernel_initializer = keras.initializers.GlorotUniform(seed=self._kernel_seeds()[layer.name])
        return network

    def _hidden_layers(self, number: int, units: int) -> list[Any]:
        dtype, maxout = self.interface.dtype, self.activation == "maxout"
        parts = [
            layers.Dense(
                units * _MAXOUT_PIECES if maxout else units,
                use_bias=not self.batch_normalization,  # the normalisation would subtract it again
                kernel_initializer=_numpy_zeros,
                kernel_regularizer=self._regularizer(),
                name=_hidden(number),
                dtype=dtype,
            )
        ]
        if self.batch_normalization:
            # Before the activation, as in the paper of Ioffe and Szegedy (2015).
            parts.append(layers.BatchNormalization(name=f"batch_normalization_{number}", dtype=dtype))
        if maxout:
            # Each unit is the larger of two linear pieces: (n, 2 * units) -> (n, 2, units) -> (n, units).
            parts.append(layers.Reshape((_MAXOUT_PIECES, units), name=f"pieces_{number}", dtype=dtype))
            parts.append(layers.GlobalMaxPooling1D(name=f"maxout_{number}", dtype=dtype))
        else:
            parts.append(layers.Activation(self.activation, name=f"activation_{number}", dtype=dtype))
        if self.dropout:
            seed = self._dropout_seeds()[_dropout(number)]
            parts.append(layers.Dropout(self.dropout, seed=seed, name=_dropout(number), dtype=dtype))
        return parts

    def _regularizer(self) -> Any:
        return keras.regularizers.L1L2(self.l1, self.l2) if self.l1 or self.l2 else None

    def _check(self) -> None:
        if self.activation not in _ACTIVATIONS:
            raise ValueError(
                f"activation: the name must be 'maxout' or one of Keras' activations; got {self.activation!r}"
                f"{did_you_mean(self.activation, _ACTIVATIONS)} There are: {', '.join(sorted(_ACTIVATIONS))}."
            )
        check_layer_sizes(self.hidden_layer_sizes)

    def _kernel_seeds(self) -> dict[str, int]:
        """Return the seed of each kernel by the name of its layer; even uses of the network's seed, the output's 0."""
        # The output has number 0 whatever the number of hidden layers, so that adding one changes no other seed.
        names = ["output", *(_hidden(number) for number, _ in enumerate(self.hidden_layer_sizes, start=1))]
        return {name: self._seed(2 * number) for number, name in enumerate(names)}

    def _dropout_seeds(self) -> dict[str, int]:
        """Return the seed of each dropout layer by its name; odd uses of the network's seed."""
        return {
            _dropout(number): self._seed(2 * number + 1) for number, _ in enumerate(self.hidden_layer_sizes, start=1)
        }

    def _seed(self, index: int) -> int:
        return derive_seed(self.interface.seed, Purpose.NETWORK, index)

    def initial_value(self, X: Any) -> Callable[[str, NDArray[Any]], NDArray[Any]]:
        """Return the function that draws kernels and seeds dropout; all other variables keep the value of `build`."""
        kernels = {f"{layer}/kernel": seed for layer, seed in self._kernel_seeds().items()}
        generators = {f"{layer}/seed_generator_state": seed for layer, seed in self._dropout_seeds().items()}
        # The kernel whose rows belong to the columns of X.
        first_kernel = f"{_hidden(1) if self.hidden_layer_sizes else 'output'}/kernel"
        varying = varying_columns(X)

        def draw(name: str, value: NDArray[Any]) -> NDArray[Any]:
            if name in kernels:
                kernel = draw_glorot_uniform(kernels[name], value.shape).astype(value.dtype)
                return zero_constant_columns(kernel, varying) if name == first_kernel else kernel
            if name in generators:
                return np.asarray([generators[name], 0], dtype=value.dtype)  # as Keras' SeedGenerator(seed) begins
            if name == "output/bias" and self.interface.output_bias:
                # The template's value is of the fit that built it.
                return np.asarray(self.interface.output_bias, dtype=value.dtype)
            return value

        return draw

    @staticmethod
    def describe_layer(layer: Any) -> str | None:
        """Describe the layers that compute maxout as one thing."""
        is_maxout = type(layer).__name__ == "GlobalMaxPooling1D" and layer.name.startswith("maxout")
        return "+maxout" if is_maxout else None


def _hidden(number: int) -> str:
    return f"hidden_{number}"


def _dropout(number: int) -> str:
    return f"dropout_{number}"


def _numpy_zeros(shape: tuple[int, ...], dtype: Any = None) -> Any:
    """Initialise a kernel that `MLP.initial_value` will draw; by NumPy, since JAX compiles a program for each shape."""
    return keras.ops.convert_to_tensor(np.zeros(shape), dtype=dtype)


def draw_glorot_uniform(seed: int, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Draw from U(-a, a) with a = sqrt(6 / (fan_in + fan_out)), as Keras' ``GlorotUniform`` for dense kernels.

    NumPy draws, so that weights are the same on every backend, and JAX compiles no program for each shape.
    """
    # The shape of a dense kernel is (fan_in, fan_out).
    limit = math.sqrt(6.0 / sum(shape))
    return np.random.default_rng(seed).uniform(-limit, limit, shape)


def varying_columns(X: Any) -> NDArray[np.float64] | None:
    """Return 1 for each column that varies in the rows X and 0 for the others, (n_features,).

    None where no column is treated differently: where all vary, and where none does, because without any input weight
    no unit would ever become active.
    """
    lowest, highest = X.min(axis=0), X.max(axis=0)
    if hasattr(lowest, "toarray"):
        lowest, highest = lowest.toarray(), highest.toarray()
    constant = np.ravel(lowest == highest)  # row by row, the order of Flatten
    return None if not constant.any() or constant.all() else np.where(constant, 0.0, 1.0)


def zero_constant_columns(kernel: NDArray[Any], varying: NDArray[np.float64] | None) -> NDArray[Any]:
    """Return the first layer's kernel, (n_features, n_units), with zeros for columns that are constant in training.

    A constant column that was scaled to zero gets no gradient, so its weights would stay as they were drawn; one unseen
    value, far outside what the scaler saw, would then dominate the output. An example is a border pixel that was always
    black.
    """
    return kernel if varying is None else kernel * varying.reshape(-1, 1).astype(kernel.dtype)
