"""Keras models of frozen networks: built from steps and arrays, or loaded from the content of a ``.keras`` file.

`skdl.frozen` imports this module in ``to_keras``, and where a network that NumPy cannot compute has to predict; nothing
else there needs Keras.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
from keras import layers

from skdl.exceptions import ModelFileError
from skdl.keras_layers import OutputRange, ParametricActivation, TableEmbedding, embeddings_of
from skdl.training import precision, predict, seeded_python_random, without_array_warnings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TARGET_UNIT = "target_unit"
"""Name of the layer that converts a network's output to the target's unit."""

_HALF = 0.5
_ACTIVATION_LAYERS: dict[str, type] = {"elu": layers.ELU, "leaky_relu": layers.LeakyReLU, "relu": layers.ReLU}


def keras_file_content(network: Any) -> bytes:
    """Return the content of a network's ``.keras`` file, without optimizer, loss and metrics."""
    # A new model over the same layers is not compiled: the file has no optimizer state, which may be twice the weights.
    bare = keras.Model(network.inputs[0], network.outputs[0], name=network.name)
    with tempfile.TemporaryDirectory(prefix="skdl-") as folder, without_array_warnings():
        bare.save(Path(folder) / "model.keras")
        return (Path(folder) / "model.keras").read_bytes()


def load_network(content: bytes, custom_objects: dict[str, Any], dtype: str) -> Any:
    """Load a network from the content of a ``.keras`` file, in Keras' safe mode: code in the file is refused."""
    # Layers without a seed draw one from Python's generator when they are built, and its state belongs to the user.
    with tempfile.TemporaryDirectory(prefix="skdl-") as folder, precision(dtype), seeded_python_random():
        path = Path(folder) / "model.keras"
        path.write_bytes(content)
        return keras.saving.load_model(path, custom_objects=custom_objects, compile=False, safe_mode=True)


def predict_network(network: Any, X: Any, dtype: str) -> NDArray[np.float64]:
    """Return a network's outputs for rows X, (n_rows, n_outputs)."""
    with precision(dtype):
        return predict(network, X, dtype=dtype)


def in_target_unit(network: Any, scale: list[float], center: list[float], dtype: str) -> Any:
    """Return a network that predicts ``raw * scale + center``."""
    with precision(dtype):
        output = layers.Rescaling(scale, center, name=TARGET_UNIT, dtype=dtype)(network.outputs[0])
        return keras.Model(network.inputs[0], output, name=network.name)


def build_network(configuration: dict[str, Any], weights: list[NDArray[Any]], coding: str | None = None) -> Any:
    """Build the Keras network of a frozen network's steps, with its weights, and the coding of its table.

    Raises
    ------
    ModelFileError
        Where no Keras layer here computes a step.
    """
    dtype = configuration["dtype"]
    with precision(dtype):
        rows = layers.Input(configuration["input_shape"], dtype=dtype)
        output, pairs = _apply_steps(rows, configuration["layers"], weights, dtype)
        network = keras.Model(rows, output, name="keras_mlp")
        for layer, values in pairs:
            layer.set_weights(values)
        for layer in embeddings_of(network):
            layer.coding = coding
    return network


def _apply_steps(
    rows: Any, steps: list[dict[str, Any]], weights: list[NDArray[Any]], dtype: str
) -> tuple[Any, list[tuple[Any, list[NDArray[Any]]]]]:
    """Apply the layers of steps to a tensor; return the output, and the values of the layers' variables."""
    pairs: list[tuple[Any, list[NDArray[Any]]]] = []
    for step in steps:
        if step["op"] == "average":
            outputs = []
            for member in step["members"]:
                # A network of its own, as in `average_of`, so that it can be loaded and frozen again.
                start = layers.Input(rows.shape[1:], dtype=dtype)
                output, inner = _apply_steps(start, member, weights, dtype)
                outputs.append(keras.Model(start, output)(rows))
                pairs += inner
            rows = layers.Average(dtype=dtype)(outputs)
            continue
        for layer in _layers_of(step, weights, dtype):
            rows = layer(rows)
        # In the order in which the layer made them, and the only one of its step that has variables.
        names = _VARIABLES.get(step["op"], ())
        numbers = [step[name] for name in names if step[name] is not None] + step.get("tables", [])
        # An embedding without numbers has no variables for them.
        values = [weights[number] for number in numbers if weights[number].size]
        pairs += [(layer, values)] if values else []
    return rows, pairs


_VARIABLES = {
    "dense": ("kernel", "bias"),
    "embed": ("frequency", "phase", "mixing", "shift"),
    "blend": ("share",),
    "clip": ("low", "high"),
}


def _layers_of(step: dict[str, Any], weights: list[NDArray[Any]], dtype: str) -> list[Any]:  # noqa: PLR0911 - by operation
    match step["op"]:
        case "dense":
            units = weights[step["kernel"]].shape[1]
            # Zeros, because set_weights follows: drawing them would take time, and randomness from Keras' global seed.
            return [layers.Dense(units, use_bias=step["bias"] is not None, kernel_initializer="zeros", dtype=dtype)]
        case "affine":
            # Two layers: subtracting first keeps the digits that a large mean would take from a small difference.
            # As lists of Python floats, because a layer's configuration is saved as JSON.
            mean, scale, shift = (weights[step[name]].astype(float).tolist() for name in ("mean", "scale", "shift"))
            centred = layers.Rescaling(1.0, [-value for value in mean], dtype=dtype)
            return [centred, layers.Rescaling(scale, shift, dtype=dtype)]
        case "activation":
            return [_activation(step["name"], step["parameters"], dtype)]
        case "reshape":
            flat = step["shape"] == [-1]
            return [layers.Flatten(dtype=dtype) if flat else layers.Reshape(tuple(step["shape"]), dtype=dtype)]
        case "max":
            return [layers.GlobalMaxPooling1D(dtype=dtype)]
        case "embed":
            n, frequencies, values = weights[step["mixing"]].shape
            sizes = {"n_frequencies": frequencies, "number_size": values + 1, "max_one_hot": step["max_one_hot"]}
            tables = [weights[number].shape[1] for number in step["tables"]]
            sizes["category_size"] = tables[0] if tables else 1
            return [TableEmbedding(n, step["cardinalities"], **sizes, dtype=dtype)]
        case "blend":
            return [ParametricActivation(step["name"], dtype=dtype)]
        case "clip":
            return [OutputRange(dtype=dtype)]
        case unknown:
            raise ModelFileError(f"to_keras: op must be one of this version's; got {unknown!r}. Update skdl.")


def _activation(name: str, parameters: dict[str, Any], dtype: str) -> Any:
    if name == "sparsemax" and parameters.get("summed", True) != keras_sums_sparsemax():
        raise ModelFileError(
            f"to_keras: sparsemax must be computed as by the Keras that froze it; got Keras {keras.__version__}, "
            "which computes it differently. Install the version that it was trained with."
        )
    if not parameters or name == "sparsemax":
        return layers.Activation(name, dtype=dtype)
    if name not in _ACTIVATION_LAYERS:
        raise ModelFileError(f"to_keras: {name} must have no parameters; got {parameters!r}. Update skdl.")
    return _ACTIVATION_LAYERS[name](**parameters, dtype=dtype)


def keras_sums_sparsemax() -> bool:
    """Return whether the installed Keras has the defect of 3.15, whose sparsemax of two near values is all zeros."""
    return float(keras.ops.sum(keras.ops.sparsemax([[3.0, 2.8]]))) < _HALF  # a correct one sums to 1
