"""Keras layers and the optimizer of RealMLP networks, registered as ``skdl>NAME`` so that ``.keras`` files load them.

The recipe is RealMLP-TD of Holzmueller, Grinsztajn and Steinwart, "Better by Default" (arXiv 2407.04491). Everything is
written with ``keras.ops``, for every backend; the formulas are chosen for speed under XLA on a CPU, where ``cos``,
``tanh``, ``softplus`` and random bits cost more than the matrix products of a small network.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import keras
from keras import ops

if TYPE_CHECKING:
    from collections.abc import Sequence

_register = keras.saving.register_keras_serializable("skdl")
_SELU_SCALE, _SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
_CLIP = 3.0  # of standardised numbers: |z / sqrt(1 + (z / 3)^2)| < 3
# Taylor coefficients of cos(x) in x^2, for |x| <= pi / 2; the first term left out is below 5e-9.
_COSINE = [(-1.0) ** k / math.factorial(2 * k) for k in range(7)]


def smooth_clip(z: Any) -> Any:
    """Return ``z / sqrt(1 + (z / 3)^2)``: z where it is small, and never beyond -3 and 3."""
    return z * ops.rsqrt(1.0 + ops.square(z / _CLIP))


def mish(x: Any) -> Any:
    """Return ``x * tanh(softplus(x))`` with a single exponential.

    With w = exp(x) and n = w (w + 2), tanh(log(1 + w)) = n / (n + 2). Beyond 20 it is 1 in float32 and float64.
    """
    w = ops.exp(ops.minimum(x, 20.0))
    n = w * (w + 2.0)
    return x * n / (n + 2.0)


def selu(x: Any) -> Any:
    """Return SELU of Klambauer et al. (2017); exp in place of expm1, which XLA computes in three times the time."""
    return _SELU_SCALE * ops.where(x > 0.0, x, _SELU_ALPHA * (ops.exp(ops.minimum(x, 0.0)) - 1.0))


ACTIVATIONS = {"mish": mish, "selu": selu, "relu": ops.relu, "silu": ops.silu, "tanh": ops.tanh}


def cos_of_turns(turns: Any) -> Any:
    """Return ``cos(2 pi turns)`` by a polynomial, to 1e-6.

    The argument is reduced to a half turn: cos(2 pi t) = (-1)^k cos(2 pi (t - k / 2)) with k = round(2 t), which leaves
    an angle of at most pi / 2.
    """
    halves = ops.round(2.0 * turns)
    angle = (2.0 * math.pi) * (turns - 0.5 * halves)
    sign = 1.0 - 2.0 * ops.abs(halves - 2.0 * ops.round(0.5 * halves))
    square = angle * angle
    value = _COSINE[-1]
    for coefficient in reversed(_COSINE[:-1]):
        value = value * square + coefficient
    return sign * value


@_register
class TableEmbedding(keras.layers.Layer):
    """Columns of a coded table as inputs of a network: numbers clipped and embedded, categories as vectors.

    The input is (n_rows, n_numbers + n_categorical columns): robustly scaled numbers first, then the code of each
    category, 0 where it is missing or unknown. A number is clipped to z and becomes [W2' cos(2 pi w1 z + b1) + b2, z];
    a category of at most ``max_one_hot`` values becomes indicators (one of -1 and 1 for two values), of more a trained
    vector of ``category_size``. Missing categories of few values are all zeros.

    Parameters
    ----------
    n_numbers : int
        Columns of numbers.
    cardinalities : sequence of int
        Values of each category; codes are 1 to this number.
    n_frequencies, number_size, category_size : int
        Frequencies and values of an embedded number (z itself included), values of an embedded category.
    max_one_hot : int
        Most values of a category that is coded by indicators.
    coding : str, default=None
        How a table is coded for the layer, as JSON; in files alone, for ``KerasRealMLPRegressor.from_keras``.
    """

    def __init__(
        self,
        n_numbers: int,
        cardinalities: Sequence[int] = (),
        *,
        n_frequencies: int = 16,
        number_size: int = 4,
        category_size: int = 8,
        max_one_hot: int = 8,
        coding: str | None = None,
        **keywords: Any,
    ) -> None:
        super().__init__(**keywords)
        self.coding = coding
        self.n_numbers = n_numbers
        self.cardinalities = tuple(int(number) for number in cardinalities)
        self.n_frequencies = n_frequencies
        self.number_size = number_size
        self.category_size = category_size
        self.max_one_hot = max_one_hot

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        names = ("n_numbers", "cardinalities", "n_frequencies", "number_size", "category_size", "max_one_hot")
        own = {name: getattr(self, name) for name in names}
        coding = {} if self.coding is None else {"coding": self.coding}
        return {**super().get_config(), **own, "cardinalities": list(self.cardinalities), **coding}

    def build(self, input_shape: tuple[int, ...]) -> None:  # noqa: ARG002 - Keras' signature
        """Make the variables; an architecture replaces their values."""

        def weight(name: str, *shape: int) -> Any:
            return self.add_weight(name=name, shape=shape, initializer="zeros")

        n = self.n_numbers
        if n:
            values = self.number_size - 1
            self.frequency = weight("frequency", n, self.n_frequencies)
            self.phase = weight("phase", n, self.n_frequencies)
            self.mixing = weight("mixing", n, self.n_frequencies, values)
            self.shift = weight("shift", n, values)
        self.tables = [
            weight(f"category_{number}", size + 1, self.category_size)
            for number, size in enumerate(self.cardinalities)
            if size > self.max_one_hot
        ]

    @property
    def n_outputs(self) -> int:
        """Values of an embedded row."""
        return self.n_numbers * self.number_size + sum(map(self.width_of, self.cardinalities))

    def width_of(self, cardinality: int) -> int:
        """Return the number of values of an embedded category."""
        if cardinality == 2:
            return 1
        return cardinality if cardinality <= self.max_one_hot else self.category_size

    def compute_output_shape(self, input_shape: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return (n_rows, n_outputs)."""
        return (input_shape[0], self.n_outputs)

    def call(self, inputs: Any) -> Any:
        """Embed the rows."""
        parts = []
        n = self.n_numbers
        if n:
            z = smooth_clip(inputs[:, :n])
            # (n_rows, n, n_frequencies), without the factor 2 pi, which cos_of_turns takes.
            waves = cos_of_turns(z[:, :, None] * self.frequency + self.phase * (0.5 / math.pi))
            mixed = ops.einsum("rnf,nfv->rnv", waves, self.mixing) + self.shift
            parts += [ops.reshape(mixed, (-1, n * (self.number_size - 1))), z]
        tables = iter(self.tables)
        for position, size in enumerate(self.cardinalities, start=n):
            code = inputs[:, position]
            if size == 2:  # codes 0, 1 and 2 become 0, -1 and 1
                parts.append(ops.where(code > 0.0, 2.0 * code - 3.0, 0.0)[:, None])
            elif size <= self.max_one_hot:
                parts.append(ops.cast(code[:, None] == ops.arange(1, size + 1, dtype=inputs.dtype), inputs.dtype))
            else:
                parts.append(ops.take(next(tables), ops.cast(code, "int32"), axis=0))
        return ops.concatenate(parts, axis=-1) if len(parts) > 1 else parts[0]


def embeddings_of(network: Any) -> list[TableEmbedding]:
    """Return the embeddings of a network, those of the networks in it too."""
    layers = network.layers if isinstance(network, keras.Model) else []
    found = [[layer] if isinstance(layer, TableEmbedding) else embeddings_of(layer) for layer in layers]
    return [embedding for embeddings in found for embedding in embeddings]


@_register
class InputScale(keras.layers.Layer):
    """A factor for each input, that starts at 1 and is trained."""

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Make the variable."""
        self.scale = self.add_weight(name="scale", shape=(input_shape[-1],), initializer="ones")

    def call(self, inputs: Any) -> Any:
        """Scale the rows."""
        return inputs * self.scale


@_register
class NTKDense(keras.layers.Layer):
    """A dense layer in the parametrisation of the neural tangent kernel: ``x W / sqrt(n_inputs) + b``."""

    def __init__(self, units: int, activation: str = "linear", **keywords: Any) -> None:
        super().__init__(**keywords)
        self.units = units
        self.activation = keras.activations.get(activation)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {**super().get_config(), "units": self.units, "activation": keras.activations.serialize(self.activation)}

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Make kernel and bias, zeros: an architecture draws them."""
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], self.units), initializer="zeros")
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")

    def compute_output_shape(self, input_shape: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return (n_rows, units)."""
        return (*input_shape[:-1], self.units)

    def call(self, inputs: Any) -> Any:
        """Apply the layer."""
        # The rows are divided and not the kernel: for batches of 256 rows that is less work, forward and backward.
        scaled = inputs * (1.0 / math.sqrt(self.kernel.shape[0]))
        return self.activation(ops.matmul(scaled, self.kernel) + self.bias)


@_register
class ParametricActivation(keras.layers.Layer):
    """``x + a (f(x) - x)`` with a trained ``a`` for each unit, that starts at 1."""

    def __init__(self, function: str, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.function = function

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {**super().get_config(), "function": self.function}

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Make the variable."""
        self.share = self.add_weight(name="share", shape=(input_shape[-1],), initializer="ones")

    def call(self, inputs: Any) -> Any:
        """Apply the activation."""
        return inputs + self.share * (ACTIVATIONS[self.function](inputs) - inputs)


def fading(share: Any) -> Any:
    """Return 1 in the first half of training, then a cosine that ends at 0; ``share`` of all steps, 0 to 1."""
    return ops.where(share < 0.5, 1.0, 0.5 * (1.0 + ops.cos(math.pi * (2.0 * share - 1.0))))


@_register
class FadingDropout(keras.layers.Layer):
    """Dropout whose rate is constant in the first half of training and falls to 0 in the second.

    Its bits are a hash of the step and of the position in the batch, which costs a twentieth of Keras' generator.
    """

    def __init__(self, rate: float, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.rate = rate

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {**super().get_config(), "rate": self.rate}

    def build(self, input_shape: tuple[int, ...]) -> None:  # noqa: ARG002 - Keras' signature
        """Make the counter of steps, their number, and the seed."""

        def counter(name: str, dtype: str) -> Any:
            return self.add_weight(name=name, shape=(), initializer="ones", dtype=dtype, trainable=False)

        self.step, self.n_steps = counter("step", "float32"), counter("n_steps", "float32")
        self.seed = counter("seed", "uint32")

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Drop values in training, and scale the others so that the mean stays."""
        if not training:
            return inputs
        rate = self.rate * ops.cast(fading(self.step / self.n_steps), inputs.dtype)
        start = self.seed + ops.cast(self.step, "uint32") * _u32(0x9E3779B9)
        bits = _hash_of_positions(start, ops.shape(inputs))
        uniform = ops.cast(ops.right_shift(bits, _u32(8)), inputs.dtype) * 2.0**-24
        self.step.assign(self.step + 1.0)
        return ops.where(uniform < rate, 0.0, inputs / (1.0 - rate))


def _u32(number: int) -> Any:
    return ops.convert_to_tensor(number, "uint32")


def _hash_of_positions(start: Any, shape: Sequence[Any]) -> Any:
    """Return 32 bits for each position, by the finaliser of MurmurHash3 with two multiplications."""
    n_rows, n_columns = shape
    rows = ops.arange(n_rows, dtype="uint32")[:, None] * _u32(0x85EBCA6B)
    x = rows + ops.arange(n_columns, dtype="uint32") * _u32(0xC2B2AE35) + start
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        x = ops.bitwise_xor(x, ops.right_shift(x, _u32(shift))) * _u32(factor)
    return ops.bitwise_xor(x, ops.right_shift(x, _u32(16)))


@_register
class OutputRange(keras.layers.Layer):
    """Outputs kept in the range of the training target, in inference alone: training sees them as they are."""

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Make the limits."""
        shape = (input_shape[-1],)
        self.low = self.add_weight(name="low", shape=shape, initializer="zeros", trainable=False)
        self.high = self.add_weight(name="high", shape=shape, initializer="ones", trainable=False)

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Clip the rows."""
        return inputs if training else ops.maximum(ops.minimum(inputs, self.high), self.low)


# Factors of the learning rate by the end of a variable's path; all others have 1.
_RATE_FACTORS = {
    "scale": 6.0, "bias": 0.1, "share": 0.1, "frequency": 0.1, "phase": 0.1, "mixing": 0.1, "shift": 0.1,
}  # fmt: skip
# RealMLP's code applies the factors to the decay once more than to the rate.
_DECAY_FACTORS = {"scale": 36.0, "bias": 0.0, "share": 0.01}


@_register
class RealMLPAdam(keras.optimizers.Adam):
    """Adam with the learning rates of RealMLP: cycles over all steps, factors by kind of variable, decay that fades.

    At the share t of all steps the rate is that of the start times ``1/2 (1 - cos(2 pi log2(1 + 15 t)))``, four cycles
    of which each is twice as long as the one before. ``n_steps`` is a variable, and thus no part of a program.

    Parameters
    ----------
    learning_rate : float
        The largest rate of weights.
    n_steps : int
        Steps of the whole training.
    decay : float
        Decoupled weight decay; constant for half of the steps, then by a cosine to 0.
    """

    def __init__(
        self,
        learning_rate: float = 0.04,
        n_steps: int = 1,
        *,
        beta_2: float = 0.95,
        decay: float = 0.0,
        **keywords: Any,
    ) -> None:
        super().__init__(learning_rate, beta_2=beta_2, **keywords)
        self.first_n_steps = n_steps
        self.decay = decay

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {**super().get_config(), "n_steps": self.first_n_steps, "decay": self.decay}

    def build(self, variables: Any) -> None:
        """Make the variables of Adam, and the number of steps."""
        if self.built:
            return
        super().build(variables)
        self.n_steps = self.add_variable((), initializer="zeros", dtype="float32", name="n_steps")
        self.n_steps.assign(self.first_n_steps)

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Take a step for one variable."""
        kind = variable.path.rpartition("/")[2]
        share = ops.cast(self.iterations, "float32") / self.n_steps
        cycle = 0.5 - 0.5 * ops.cos((2.0 * math.pi / math.log(2.0)) * ops.log(1.0 + 15.0 * share))
        rate = learning_rate * ops.cast(cycle, learning_rate.dtype) * _RATE_FACTORS.get(kind, 1.0)
        super().update_step(gradient, variable, rate)
        factor = _DECAY_FACTORS.get(kind, _RATE_FACTORS.get(kind, 1.0) ** 2)
        # A number, or while a training program is traced an input of it, which is not 0.
        if factor and (not isinstance(self.decay, int | float) or self.decay):
            fade = ops.cast(fading(share), learning_rate.dtype)
            base = learning_rate * ops.cast(cycle, learning_rate.dtype)
            self.assign_sub(
                variable, ops.multiply(variable, ops.cast(base * fade * (self.decay * factor), variable.dtype))
            )
