"""A network that was trained elsewhere, as the beginning of an estimator."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras

if TYPE_CHECKING:
    import os

__all__ = ["LoadedNetwork", "read_network"]


def read_network(path_or_model: str | os.PathLike[str] | Any) -> Any:
    """Return the network of a ``.keras`` file, or the one given, checked to have one input and one output."""
    if isinstance(path_or_model, keras.Model):
        network = path_or_model
    else:
        path = Path(path_or_model)
        if not path.is_file():
            raise ValueError(f"from_keras: path must name a .keras file; got {str(path)!r}, which is not there.")
        network = keras.saving.load_model(path, compile=False)
    if len(network.inputs) != 1 or len(network.outputs) != 1:
        raise ValueError(
            "from_keras: the network must have one input and one output; "
            f"got {len(network.inputs)} and {len(network.outputs)}."
        )
    return network


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
