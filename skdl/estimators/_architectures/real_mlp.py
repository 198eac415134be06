"""The RealMLP: embedded columns, a factor for each input, and dense layers that start from the data.

The recipe is RealMLP-TD of Holzmueller, Grinsztajn and Steinwart, "Better by Default" (arXiv 2407.04491), with fewer
epochs and higher frequencies of the embedded numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar

import keras
import numpy as np
from keras import layers
from sklearn.utils._param_validation import Interval, StrOptions

from skdl.estimators._architectures.base import Architecture, check_layer_sizes
from skdl.frozen import ACTIVATIONS as NUMPY_ACTIVATIONS
from skdl.frozen import embed_table
from skdl.keras_layers import (
    ACTIVATIONS,
    FadingDropout,
    InputScale,
    NTKDense,
    OutputRange,
    ParametricActivation,
    TableEmbedding,
    embeddings_of,
)
from skdl.training import Purpose, derive_seed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Self

    from numpy.typing import NDArray

    from skdl.estimators._architectures.base import NetworkInterface

_MAX_ROWS_OF_START = 4096  # from which the first weights are computed
_ROWS_OF_BIAS = 5
_ROUNDING = 1e-10  # share of the values themselves


@dataclass(frozen=True)
class RealMLP(Architecture):
    """A ``Sequential`` of the layers in `skdl.keras_layers`."""

    parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
        "activation": [StrOptions(set(ACTIVATIONS))],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "frequency_scale": [Interval(Real, 0, None, closed="left")],
        "n_frequencies": [Interval(Integral, 1, None, closed="left")],
        "number_size": [Interval(Integral, 2, None, closed="left")],
        "category_size": [Interval(Integral, 1, None, closed="left")],
        "max_one_hot": [Interval(Integral, 2, None, closed="left")],
    }

    hidden_layer_sizes: tuple[int, ...]
    activation: str
    dropout: float
    frequency_scale: float
    n_frequencies: int
    number_size: int
    category_size: int
    max_one_hot: int
    # Of the table, and of the training.
    n_numbers: int = 0
    cardinalities: tuple[int, ...] = ()
    n_steps: int = 1
    output_range: tuple[tuple[float, ...], tuple[float, ...]] | None = None  # lowest and highest value of each output

    @classmethod
    def from_parameters(cls, interface: NetworkInterface, parameters: Mapping[str, Any]) -> Self:
        """Take the hyperparameters from an estimator's parameters; one number is one hidden layer."""
        sizes = parameters["hidden_layer_sizes"]
        sizes = (sizes,) if isinstance(sizes, Integral) else tuple(sizes)
        check_layer_sizes(sizes)
        sizes = tuple(map(int, sizes))
        return super().from_parameters(interface, {**parameters, "hidden_layer_sizes": sizes})

    @staticmethod
    def parameters_of(network: Any) -> dict[str, Any]:
        """Return the parameters of an estimator whose clones train a network of this structure."""
        embedding, *others = embeddings_of(network)
        members = [layer for layer in network.layers if isinstance(layer, keras.Model)]

        def all_of(*kinds: type) -> list[Any]:
            return [layer for layer in (members or [network])[0].layers if isinstance(layer, kinds)]

        names = ("n_frequencies", "number_size", "category_size", "max_one_hot")
        # A frozen network has lost its dropout.
        rate = next((layer.rate for layer in all_of(FadingDropout)), 0.0 if all_of(NTKDense) else None)
        return {
            **{name: getattr(embedding, name) for name in names},
            "hidden_layer_sizes": tuple(layer.units for layer in all_of(NTKDense, layers.Dense)[:-1]),
            "activation": all_of(ParametricActivation)[0].function,
            **({} if rate is None else {"dropout": rate}),
            "dtype": embedding.compute_dtype,
            "n_estimators": 1 + len(others),
        }

    def structure(self) -> dict[str, Any]:
        """Return all that decides the layers; values with which training starts do not."""
        structure = {**super().structure(), "n_numbers": self.n_numbers, "cardinalities": self.cardinalities}
        return {**structure, "frequency_scale": None, "clips": self.output_range is not None}

    def build(self) -> Any:
        """Build input, embedding, input scale, hidden layers and output."""
        dtype = self.interface.dtype
        parts: list[Any] = [
            layers.Input(self.interface.input_shape, dtype=dtype, name="input"),
            TableEmbedding(
                self.n_numbers,
                self.cardinalities,
                n_frequencies=self.n_frequencies,
                number_size=self.number_size,
                category_size=self.category_size,
                max_one_hot=self.max_one_hot,
                name="embedding",
                dtype=dtype,
            ),
            InputScale(name="input_scale", dtype=dtype),
        ]
        for number, units in enumerate(self.hidden_layer_sizes, start=1):
            parts.append(NTKDense(units, name=f"hidden_{number}", dtype=dtype))
            parts.append(ParametricActivation(self.activation, name=f"activation_{number}", dtype=dtype))
            if self.dropout:
                parts.append(FadingDropout(self.dropout, name=f"dropout_{number}", dtype=dtype))
        output = self.interface
        parts.append(NTKDense(output.n_outputs, output.output_activation, name="output", dtype=dtype))
        if self.output_range is not None:
            parts.append(OutputRange(name="output_range", dtype=dtype))
        return keras.Sequential(parts, name="keras_real_mlp")

    def initial_value(self, X: Any) -> Callable[[str, NDArray[Any]], NDArray[Any]]:
        """Return the function that gives each variable its first value: drawn, and adapted to the rows X."""
        values = self._embedding(X)
        values |= self._hidden(X, values)
        if self.output_range is not None:
            low, high = self.output_range
            values |= {"output_range/low": np.asarray(low), "output_range/high": np.asarray(high)}
        for number in range(1, len(self.hidden_layer_sizes) + 1):
            name = f"dropout_{number}"
            values |= {f"{name}/step": np.zeros(()), f"{name}/n_steps": np.asarray(float(self.n_steps))}
            values[f"{name}/seed"] = np.asarray(self._seed(2 * number + 1))

        def first_value(name: str, value: NDArray[Any]) -> NDArray[Any]:
            return np.asarray(values[name], dtype=value.dtype) if name in values else value

        return first_value

    def _seed(self, index: int) -> int:
        return derive_seed(self.interface.seed, Purpose.NETWORK, index)

    def _embedding(self, X: Any) -> dict[str, NDArray[Any]]:  # noqa: ARG002 - of the data only the number of columns
        """Draw the variables of the embedding: w1 ~ N(0, s^2), b1 ~ U[-pi, pi], W2 and b2 ~ U[-1/4, 1/4], N(0, 1)."""
        generator = np.random.default_rng(self._seed(0))
        n, frequencies, values = self.n_numbers, self.n_frequencies, self.number_size - 1
        limit = 1.0 / math.sqrt(frequencies)
        drawn = {
            "embedding/frequency": generator.normal(0.0, self.frequency_scale, (n, frequencies)),
            "embedding/phase": generator.uniform(-math.pi, math.pi, (n, frequencies)),
            "embedding/mixing": generator.uniform(-limit, limit, (n, frequencies, values)),
            "embedding/shift": generator.uniform(-limit, limit, (n, values)),
        }
        for number, size in enumerate(self.cardinalities):
            table = generator.normal(0.0, 1.0, (size + 1, self.category_size))
            table[0] = 0.0  # missing and new values say nothing
            drawn[f"embedding/category_{number}"] = table
        return drawn

    def _hidden(self, X: Any, embedding: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Draw the hidden layers one after the other, so that each unit of each has variance 1 on rows of X.

        A bias is minus a weighted mean of the unit's values in five rows, so that the steep parts of the activation lie
        within the data.
        """
        generator = np.random.default_rng(self._seed(2))
        n_rows = X.shape[0]
        rows = np.sort(generator.choice(n_rows, min(n_rows, _MAX_ROWS_OF_START), replace=False))
        names = ("frequency", "phase", "mixing", "shift")
        arrays = {name: embedding[f"embedding/{name}"] for name in names}
        tables = [
            embedding[f"embedding/category_{number}"]
            for number, size in enumerate(self.cardinalities)
            if size > self.max_one_hot
        ]
        x = embed_table(np.asarray(X[rows], np.float64), self.cardinalities, self.max_one_hot, arrays, tables)
        values: dict[str, NDArray[Any]] = {}
        for number, units in enumerate(self.hidden_layer_sizes, start=1):
            kernel = generator.normal(0.0, 1.0, (x.shape[1], units))
            before = x @ kernel / math.sqrt(len(kernel))  # (n_rows, units)
            deviation = before.std(axis=0)
            # Of equal rows it is not exactly 0 but the rounding of their mean, as where all columns are constant.
            varies = deviation > _ROUNDING * np.abs(before).max(axis=0)
            factor = 1.0 / np.where(varies, deviation, 1.0)
            kernel, before = kernel * factor, before * factor
            chosen = generator.integers(0, len(before), (_ROWS_OF_BIAS, units))
            weight = generator.exponential(size=chosen.shape)
            bias = -(weight / weight.sum(axis=0) * np.take_along_axis(before, chosen, axis=0)).sum(axis=0)
            values |= {f"hidden_{number}/kernel": kernel, f"hidden_{number}/bias": bias}
            x = NUMPY_ACTIVATIONS[self.activation](before + bias)
        return values

    @staticmethod
    def describe_layer(layer: Any) -> str | None:
        """Describe the layers that are this architecture's own."""
        describe: Callable[[Any], str | None] = _DESCRIPTIONS.get(type(layer), lambda _: None)
        return describe(layer)


def _embed(network: Any, layer: TableEmbedding) -> None:
    step = {"op": "embed", "cardinalities": list(layer.cardinalities), "max_one_hot": layer.max_one_hot}
    numbers = (layer.n_numbers, layer.n_frequencies, layer.number_size - 1)
    shapes = {"frequency": numbers[:2], "phase": numbers[:2], "mixing": numbers, "shift": numbers[::2]}
    arrays = {name: getattr(layer, name, np.zeros(shape)) for name, shape in shapes.items()}
    step |= {name: network.add(array) for name, array in arrays.items()}
    network.steps.append(step | {"tables": [network.add(table) for table in layer.tables]})


def _dense(network: Any, layer: NTKDense) -> None:
    """Translate a dense layer, with the factor of its parametrisation and the scale of its inputs in the kernel."""
    kernel = np.asarray(layer.kernel, np.float64) / math.sqrt(layer.kernel.shape[0])
    if network.steps[-1]["op"] == "scale":
        kernel *= np.asarray(network.steps.pop()["factors"], np.float64)[:, None]
    network.steps.append({"op": "dense", "kernel": network.add(kernel), "bias": network.add(layer.bias)})
    network.activation(layer)


def _blend(network: Any, layer: ParametricActivation) -> None:
    network.steps.append({"op": "blend", "name": layer.function, "share": network.add(layer.share)})


def _clip(network: Any, layer: OutputRange) -> None:
    network.steps.append({"op": "clip", "low": network.add(layer.low), "high": network.add(layer.high)})


RealMLP.numpy_translators = {
    TableEmbedding: _embed,
    # A dense layer follows and takes the factors.
    InputScale: lambda network, layer: network.steps.append({"op": "scale", "factors": layer.scale}),
    NTKDense: _dense,
    ParametricActivation: _blend,
    FadingDropout: lambda network, layer: None,  # noqa: ARG005 - the identity in inference
    OutputRange: _clip,
}

_DESCRIPTIONS: dict[type, Any] = {
    TableEmbedding: lambda layer: f"embedded columns ({layer.n_outputs})",
    InputScale: lambda _: "+input scale",
    NTKDense: lambda layer: (
        f"{layer.units} {layer.activation.__name__}" if layer.name == "output" else str(layer.units)
    ),
    ParametricActivation: lambda layer: f"+{layer.function}",
    FadingDropout: lambda layer: f"+dropout {layer.rate:g}",
    OutputRange: lambda _: "+range of the target",
}
