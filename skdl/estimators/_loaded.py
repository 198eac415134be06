"""Keras networks in serialised form: ``.keras`` files, structures for clones, and states for pickles."""

from __future__ import annotations

import json
import threading
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras

from skdl._keras_models import TARGET_UNIT
from skdl.estimators._losses import restore_loss, store_loss
from skdl.files import replace_file
from skdl.training import (
    custom_objects_of,
    optimizer_config,
    seeded_python_random,
    serialize_network,
    without_array_warnings,
)

if TYPE_CHECKING:
    import os


def write_network(network: Any, path: str | os.PathLike[str]) -> None:
    """Write a network as a ``.keras`` file that appears whole or not at all."""
    target = Path(path)
    if target.suffix != ".keras":
        raise ValueError(f"export_keras: path must end in '.keras'; got {str(path)!r}.")
    # sync=False: the file appears whole, but need not outlast a power failure.
    with replace_file(target, sync=False) as temporary, without_array_warnings():
        network.save(temporary)


def read_network(path_or_model: str | os.PathLike[str] | Any) -> Any:
    """Return the network of a ``.keras`` file, or the given one, checked to have one input and one output."""
    if isinstance(path_or_model, keras.Model):
        network = path_or_model
    else:
        path = Path(path_or_model)
        if not path.is_file():
            raise ValueError(f"from_keras: path must name a .keras file; got {str(path)!r}, which does not exist.")
        with seeded_python_random(), without_array_warnings():
            # Not compiled: optimizer and loss come from the estimator's parameters.
            network = keras.saving.load_model(path, compile=False)
    if len(network.inputs) != 1 or len(network.outputs) != 1:
        raise ValueError(
            "from_keras: the network must have one input and one output; "
            f"got {len(network.inputs)} and {len(network.outputs)}."
        )
    if len(network.output_shape) != 2:  # rows and units
        raise ValueError(
            "from_keras: the network must return one row of numbers for each row; "
            f"got an output of shape {network.output_shape}. End it with keras.layers.Flatten()."
        )
    return network


def split_target_unit(network: Any) -> tuple[Any, list[float], list[float]]:
    """Remove the layer that ``export_keras`` added; return the network, and the scale and offset of each output.

    The rest is the network that was trained, whose unit is that of the scaled target: in it training continues, and
    clones are trained. A network from elsewhere has no such layer; its scale is 1 and its offset 0.
    """
    last = network.layers[-1]
    n_outputs = int(network.output_shape[-1])
    if not isinstance(last, keras.layers.Rescaling) or last.name != TARGET_UNIT:
        return network, [1.0] * n_outputs, [0.0] * n_outputs
    inner = keras.Model(network.inputs[0], last.input, name="keras_mlp")
    return inner, list(last.scale), list(last.offset)


@dataclass(frozen=True, repr=False)
class LoadedNetwork:
    """Builds a new network of a loaded structure: the parameter ``model`` of a loaded estimator, and so of its clones.

    Pickles name this class and its module, so both stay.
    """

    config: dict[str, Any]

    @classmethod
    def of(cls, network: Any) -> LoadedNetwork:
        """Return the structure of a network, without its weights."""
        return cls(serialize_network(network))

    def __repr__(self) -> str:
        return f"<structure of {self.config['config'].get('name', 'a network')!r}>"

    def __call__(self) -> Any:
        """Build the network."""
        return keras.saving.deserialize_keras_object(self.config)


def store_network(network: Any) -> dict[str, Any]:
    """Return a network as configuration and NumPy weights: no backend, no optimizer state, no data.

    The configuration is compressed JSON, since it repeats the same keys for each layer. User-defined classes and
    functions are pickled by their name, as pickle does.
    """
    return {
        "config": zlib.compress(json.dumps(serialize_network(network)).encode()),
        "weights": [keras.ops.convert_to_numpy(weight.value) for weight in network.weights],
        "custom_objects": custom_objects_of(network),
    }


class RestoredNetwork:
    """A network that :func:`store_network` stored, built at the first use: unpickling starts no backend.

    So a process that only loads it may still fork workers which predict.
    """

    def __init__(self, stored: dict[str, Any]) -> None:
        self.stored = stored
        self._network: Any = None
        self._lock = threading.Lock()

    def build(self, seed: int) -> Any:
        """Return the network, not compiled, built at the first call; ``seed`` is for layers without their own."""
        with self._lock:
            if self._network is None:
                config = json.loads(zlib.decompress(self.stored["config"]))
                # Of pickles of skdl 0.1.0; the estimator compiles with its own optimizer, loss and metrics.
                config.pop("compile_config", None)
                custom = self.stored["custom_objects"]
                with seeded_python_random(seed):  # safe_mode=False: who unpickles trusts the file already
                    network = keras.saving.deserialize_keras_object(config, custom_objects=custom, safe_mode=False)
                network.set_weights(self.stored["weights"])
                self._network = network
            return self._network


@dataclass(frozen=True)
class StoredConfig:
    """An optimizer, metric or learning rate schedule as its class and configuration.

    Pickles name this class and its module, so both stay.
    """

    kind: type
    config: dict[str, Any]


def store_parameter(value: Any) -> Any:
    """Return a parameter in a form that pickle and skops write whole, and equally each time.

    Keras would pickle its objects as archives with timestamps.
    """
    if isinstance(value, keras.losses.Loss):
        return store_loss(value)
    if isinstance(value, keras.optimizers.Optimizer):
        return StoredConfig(type(value), optimizer_config(value, keep_counted_name=False))
    if isinstance(value, keras.metrics.Metric | keras.optimizers.schedules.LearningRateSchedule):
        return StoredConfig(type(value), value.get_config())
    return type(value)(map(store_parameter, value)) if type(value) in {list, tuple} else value


def restore_parameter(stored: Any) -> Any:
    """Return the parameter that :func:`store_parameter` stored."""
    if isinstance(stored, StoredConfig):
        kind: Any = stored.kind
        return kind.from_config(stored.config)
    return type(stored)(map(restore_parameter, stored)) if type(stored) in {list, tuple} else restore_loss(stored)
