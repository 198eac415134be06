"""Networks that train as arrays: a ``keras.Model`` takes longer to build than a small one takes to train.

A blueprint is the Keras model of one structure, built and compiled once; it is never trained. A sketch has the values
of a blueprint's variables, of one fit, and becomes a ``keras.Model`` of its own when somebody asks for it.
"""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from skdl.training._numbers import numbers_of
from skdl.training._program_cache import ProgramCache
from skdl.training._structure import describe_optimizer, digest_of_loss, rows_mix
from skdl.training._variables import InModel, Net, put_back, variables_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["Blueprint", "Sketch", "blueprint_of"]

_KEPT = 64
_LARGEST = 2**18  # weights: building a larger network takes no time worth saving
_BLUEPRINTS = ProgramCache(_KEPT)


@dataclass(frozen=True)
class Blueprint:
    """A built and compiled network that stands for all of its structure.

    Attributes
    ----------
    model : keras.Model
        The network; its own weights mean nothing.
    names : list of list of str
        ``layer/variable`` of each trainable and each other variable.
    first : Net
        What the variables begin with, where a fit does not draw them, as NumPy arrays.
    mixes : bool
        Whether rows of a batch mix.
    """

    model: Any
    names: list[list[str]]
    first: Net
    mixes: bool
    _programs: dict[Any, Any] = field(default_factory=dict)

    def program(self, key: Any, find: Callable[[], Any]) -> Any:
        """Return what ``find`` found for this key before: it need not describe the network again."""
        if key not in self._programs:
            self._programs[key] = find()
        return self._programs[key]


def blueprint_of(plan: dict[str, Any], optimizer: Any, loss: Any, build: Callable[[], Any]) -> Blueprint | None:
    """Return the blueprint of a plan, built where it is not there yet.

    Parameters
    ----------
    plan : dict
        All that decides the structure, and the numbers of its layers; none of what a fit draws.
    optimizer, loss
        What the network is compiled with.
    build : callable
        Returns the network, built and compiled.

    Returns
    -------
    Blueprint or None
        None where the structure cannot be told, the backend is not JAX, or the network is so large that nothing is
        saved.
    """
    if keras.backend.backend() != "jax":
        return None
    try:
        described = [plan, *describe_optimizer(optimizer), getattr(optimizer, "weight_decay", None)]
        key = hashlib.sha256((json.dumps(described, sort_keys=True) + digest_of_loss(loss)).encode()).hexdigest()
    except (TypeError, ValueError, AttributeError, NotImplementedError):
        return None
    found: Blueprint | None = _BLUEPRINTS.get(key, lambda: _draw(build()))
    return found


def _draw(model: Any) -> Blueprint | None:
    if model.count_params() > _LARGEST:
        return None
    model.optimizer.build(model.trainable_variables)
    of_layer = {id(variable): layer.name for layer in model.layers for variable in layer.variables}
    trainable, other, optimizer = variables_of(model)
    names = [[f"{of_layer[id(variable)]}/{variable.name}" for variable in group] for group in (trainable, other)]
    first = Net(_values(trainable), _values(other), _values(optimizer), numbers_of(model, model.optimizer))
    return Blueprint(model, names, first, rows_mix(model))


def _values(variables: list[Any]) -> list[NDArray[Any]]:
    return [np.asarray(variable.value) for variable in variables]


class Sketch:
    """A network of a blueprint's structure with weights of its own.

    Parameters
    ----------
    blueprint : Blueprint
        Its structure.
    draw : callable
        Gets ``layer/variable`` and the blueprint's first value, and returns this network's.
    learning_rate : float or None
        The optimizer's; None where a schedule decides.
    build : callable
        Returns a built and compiled ``keras.Model`` of the structure; called at most once.
    """

    def __init__(
        self,
        blueprint: Blueprint,
        draw: Callable[[str, NDArray[Any]], NDArray[Any]],
        learning_rate: float | None,
        build: Callable[[], Any],
    ) -> None:
        self.blueprint = blueprint
        self._build = build
        self._model: Any = None
        self._lock = threading.Lock()
        first = blueprint.first
        trainable, other = (
            [draw(name, value) for name, value in zip(names, values, strict=True)]
            for names, values in zip(blueprint.names, (first.trainable, first.other), strict=True)
        )
        rates = [variable.name == "learning_rate" for variable in blueprint.model.optimizer.variables]
        optimizer = [
            np.asarray(learning_rate, value.dtype) if rate and learning_rate is not None else value
            for rate, value in zip(rates, first.optimizer, strict=True)
        ]
        self._net: Net | None = Net(trainable, other, optimizer, first.numbers)

    @property
    def is_model(self) -> bool:
        """Whether somebody asked for the Keras model: from then on it holds the weights."""
        return self._model is not None

    @property
    def model(self) -> Any:
        """The ``keras.Model``, with these weights and this state of the optimizer."""
        with self._lock:
            if self._model is None:
                made = self._build()
                made.optimizer.build(made.trainable_variables)
                put_back(made, self.read())
                self._model, self._net = made, None
            return self._model

    def read(self) -> Net:
        """Return the values of all variables."""
        net = self._net
        return InModel(self._model).read() if net is None else net

    def write(self, net: Net) -> None:
        """Take the values of all variables."""
        with self._lock:
            if self._model is None:
                self._net = net
            else:  # somebody asked for it in the meantime
                put_back(self._model, net)
