"""Lazy Keras models: building a ``keras.Model`` takes longer than training a small one.

A `ModelTemplate` is the Keras model of one structure, built and compiled once; it is never trained. A `LazyModel` holds
the values of the template's variables for one fit. It trains and predicts with the template's program, and builds a
``keras.Model`` of its own at the first access to `LazyModel.model`.
"""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from skdl.training._program_cache import ProgramCache
from skdl.training._state import ModelVariables, NetworkState, assign_state, variables_of
from skdl.training._structure import describe_optimizer, digest_of_loss, rows_interact
from skdl.training._traced_hyperparameters import hyperparameter_values

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_TEMPLATES_KEPT = 64
_MAX_WEIGHTS = 2**18  # training a larger network takes so long that building it no longer matters
_TEMPLATES = ProgramCache(_TEMPLATES_KEPT)


@dataclass(frozen=True)
class ModelTemplate:
    """A built and compiled network that represents its structure."""

    model: Any  # its own weights mean nothing
    names: list[list[str]]  # ``layer/variable`` of each trainable and each other variable
    initial: NetworkState  # values before a fit, where it does not draw its own, as NumPy arrays
    rows_interact: bool  # whether an output depends on other rows of the batch
    _programs: dict[Any, Any] = field(default_factory=dict)

    def program(self, key: Any, find: Callable[[], Any]) -> Any:
        """Return what ``find`` found for this key before: describing the network again would take a while."""
        if key not in self._programs:
            self._programs[key] = find()
        return self._programs[key]


def model_template(
    structure: dict[str, Any], optimizer: Any, loss: Any, build: Callable[[], Any]
) -> ModelTemplate | None:
    """Return the template of a structure; the first call makes it from the compiled network that ``build`` returns.

    ``structure`` is of JSON types: all that decides the layers, with their hyperparameters, and nothing that a fit
    draws. None where it cannot be described, the backend is not JAX, or the network is so large that building it does
    not matter.
    """
    if keras.backend.backend() != "jax":
        return None
    try:
        # A template holds the values of traced hyperparameters, the decay of RealMLPAdam among them.
        decay = [getattr(optimizer, name, None) for name in ("weight_decay", "decay")]
        described = [structure, *describe_optimizer(optimizer), decay]
        key = hashlib.sha256((json.dumps(described, sort_keys=True) + digest_of_loss(loss)).encode()).hexdigest()
    except (TypeError, ValueError, AttributeError, NotImplementedError):
        return None
    found: ModelTemplate | None = _TEMPLATES.get(key, lambda: _make_template(build()))
    return found


def _make_template(model: Any) -> ModelTemplate | None:
    # Decided before the optimizer's variables are made, which take further memory.
    if model.count_params() > _MAX_WEIGHTS:
        return None
    model.optimizer.build(model.trainable_variables)
    # By identity: variables of several layers have the same name.
    layer_of = {id(variable): layer.name for layer in model.layers for variable in layer.variables}
    trainable, other, optimizer = variables_of(model)
    names = [[f"{layer_of[id(variable)]}/{variable.name}" for variable in group] for group in (trainable, other)]
    hyperparameters = hyperparameter_values(model, model.optimizer)
    initial = NetworkState(_values(trainable), _values(other), _values(optimizer), hyperparameters)
    return ModelTemplate(model, names, initial, rows_interact(model))


def _values(variables: list[Any]) -> list[NDArray[Any]]:
    return [np.asarray(variable.value) for variable in variables]


class LazyModel:
    """A network of a template's structure with its own weights.

    ``initial_value`` takes ``layer/variable`` and the template's initial value, and returns this network's; ``build``
    returns a compiled ``keras.Model`` of the structure, and is called at most once.
    """

    def __init__(
        self,
        template: ModelTemplate,
        initial_value: Callable[[str, NDArray[Any]], NDArray[Any]],
        optimizer_values: dict[str, float],  # of the optimizer's variables, by name; others are the template's
        build: Callable[[], Any],
    ) -> None:
        self.template = template
        self._build = build
        self._model: Any = None
        self._lock = threading.Lock()
        # By name, and not by position: an architecture draws the variables that it knows, and leaves the others.
        initial = template.initial
        trainable, other = (
            [initial_value(name, value) for name, value in zip(names, values, strict=True)]
            for names, values in zip(template.names, (initial.trainable, initial.other), strict=True)
        )
        # The learning rate is no part of the structure: fits of another rate share the template.
        optimizer = [
            np.asarray(optimizer_values.get(variable.name, value), value.dtype)
            for variable, value in zip(template.model.optimizer.variables, initial.optimizer, strict=True)
        ]
        self._state: NetworkState | None = NetworkState(trainable, other, optimizer, initial.hyperparameters)

    @property
    def is_built(self) -> bool:
        """Whether the Keras model was built; from then on it holds the weights."""
        return self._model is not None

    @property
    def model(self) -> Any:
        """The ``keras.Model``, with these weights and this state of the optimizer."""
        with self._lock:
            if self._model is None:
                model = self._build()
                model.optimizer.build(model.trainable_variables)  # before its state can be assigned
                assign_state(model, self.read())
                self._model, self._state = model, None  # one copy of the weights, never two
            return self._model

    def read(self) -> NetworkState:
        """Return the values of all variables."""
        # Without the lock: the state is replaced as a whole, and the model is set before the state becomes None.
        state = self._state
        return ModelVariables(self._model).read() if state is None else state

    def write(self, state: NetworkState) -> None:
        """Set the values of all variables."""
        with self._lock:
            if self._model is None:
                self._state = state
            else:  # another thread had the model built while this one trained
                assign_state(self._model, state)
