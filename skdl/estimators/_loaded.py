"""Networks in Keras files: written whole, and read as the beginning of an estimator."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras

from skdl._networks import TARGET_UNIT
from skdl.files import replace_file
from skdl.training import seeded_python_random

if TYPE_CHECKING:
    import os

__all__ = ["LoadedNetwork", "read_network", "split_target_unit", "write_network"]


def write_network(network: Any, path: str | os.PathLike[str]) -> None:
    """Write a network as a ``.keras`` file that appears whole or not at all.

    Raises
    ------
    ValueError
        Where the name does not end in ``.keras``.
    """
    target = Path(path)
    if target.suffix != ".keras":
        raise ValueError(f"export_keras: path must end in '.keras'; got {str(path)!r}.")
    with replace_file(target, sync=False) as temporary:
        network.save(temporary)


def read_network(path_or_model: str | os.PathLike[str] | Any) -> Any:
    """Return the network of a ``.keras`` file, or the one given, checked to have one input and one output."""
    if isinstance(path_or_model, keras.Model):
        network = path_or_model
    else:
        path = Path(path_or_model)
        if not path.is_file():
            raise ValueError(f"from_keras: path must name a .keras file; got {str(path)!r}, which is not there.")
        with seeded_python_random():
            network = keras.saving.load_model(path, compile=False)
    if len(network.inputs) != 1 or len(network.outputs) != 1:
        raise ValueError(
            "from_keras: the network must have one input and one output; "
            f"got {len(network.inputs)} and {len(network.outputs)}."
        )
    if len(network.output_shape) != 2:  # noqa: PLR2004 - rows and units
        raise ValueError(
            "from_keras: the network must answer one row of numbers a row; "
            f"got an output of shape {network.output_shape}. End it with keras.layers.Flatten()."
        )
    return network


def split_target_unit(network: Any) -> tuple[Any, list[float], list[float]]:
    """Take off the layer that ``export_keras`` added, and return its scale and offset, an output each.

    What is left is the network that was trained: it goes on training, and its clones begin, in the unit it is at home
    in. A network of other making has none; its scale is 1 and its offset 0.
    """
    last = network.layers[-1]
    n_outputs = int(network.output_shape[-1])
    if not isinstance(last, keras.layers.Rescaling) or last.name != TARGET_UNIT:
        return network, [1.0] * n_outputs, [0.0] * n_outputs
    inner = keras.Model(network.inputs[0], last.input, name="keras_mlp")
    return inner, list(last.scale), list(last.offset)


@dataclass(frozen=True, repr=False)
class LoadedNetwork:
    """Builds a fresh network of the structure that was loaded: what ``model`` is for clones of a loaded estimator."""

    config: dict[str, Any]

    @classmethod
    def of(cls, network: Any) -> LoadedNetwork:
        """Remember the structure of a network, without its weights."""
        config = keras.saving.serialize_keras_object(network)
        return cls({key: value for key, value in config.items() if key != "compile_config"})

    def __repr__(self) -> str:
        return f"<structure of {self.config['config'].get('name', 'a network')!r}>"

    def __call__(self) -> Any:
        """Build it."""
        return keras.saving.deserialize_keras_object(self.config)
