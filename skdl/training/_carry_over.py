"""Weights of a trained network in a new one of the same shapes, when training continues with other settings."""

from __future__ import annotations

from typing import Any

import numpy as np

from skdl.training._lazy_model import LazyModel
from skdl.training._state import ModelVariables, NetworkState, variables_of
from skdl.training._structure import describe_optimizer

_RATE = "learning_rate"
_SEED = "seed_generator_state"  # of dropout


def carry_over_weights(trained: Any, network: Any) -> bool:
    """Copy the trained weights alone: training starts its schedule anew; False where a shape differs."""
    target = network if isinstance(network, LazyModel) else ModelVariables(network)
    state = target.read()
    trainable = _copied(_values(trained, _keras_model(trained))[0], state.trainable)
    if trainable is None:
        return False
    target.write(state._replace(trainable=trainable))
    return True


def carry_over(trained: Any, network: Any, *, keep_rate: bool, keep_randomness: bool) -> bool:
    """Copy the weights of a trained network into a new, compiled one; False where a shape differs, and nothing is done.

    Both are a ``keras.Model`` or a `LazyModel`; the trained one need not be compiled. The optimizer's state is copied
    too where both optimizers are of one class with the same constants; of it the learning rate only under
    ``keep_rate``. Dropout continues its random numbers under ``keep_randomness``, where both have as many generators.
    """
    old, new = _keras_model(trained), _keras_model(network)
    target = network if isinstance(network, LazyModel) else ModelVariables(network)
    state = target.read()
    old_trainable, old_other = _values(trained, old)
    trainable = _copied(old_trainable, state.trainable)
    # Generators have one shape whatever their number; a network may have none before and some after.
    old_seeds, new_seeds = (
        [variable.name == _SEED for variable in model.non_trainable_variables] for model in (old, new)
    )
    statistics = _copied(_where(old_seeds, old_other, wanted=False), _where(new_seeds, state.other, wanted=False))
    if trainable is None or statistics is None:
        return False
    seeds = _copied(_where(old_seeds, old_other), _where(new_seeds, state.other)) if keep_randomness else None
    parts = {True: iter(seeds or _where(new_seeds, state.other)), False: iter(statistics)}
    other = [next(parts[is_seed]) for is_seed in new_seeds]
    optimizer = _optimizer_state(trained, old, new, state, keep_rate=keep_rate)
    target.write(NetworkState(trainable, other, optimizer, state.hyperparameters))
    return True


def _keras_model(network: Any) -> Any:
    """Return a Keras model whose variables have the names and the order of the network's; a lazy one's template."""
    if not isinstance(network, LazyModel):
        return network
    return network.model if network.is_built else network.template.model


def _values(trained: Any, model: Any) -> tuple[list[Any], list[Any]]:
    if isinstance(trained, LazyModel):
        state = trained.read()
        return state.trainable, state.other
    return [one.value for one in model.trainable_variables], [one.value for one in model.non_trainable_variables]


def _optimizer_state(trained: Any, old: Any, new: Any, state: NetworkState, *, keep_rate: bool) -> list[Any]:
    """Return the trained network's optimizer state, or the new network's where the optimizers differ."""
    optimizer = getattr(old, "optimizer", None)  # none after unpickling
    try:
        same = optimizer is not None and describe_optimizer(optimizer) == describe_optimizer(new.optimizer)
    except TypeError:  # a user-defined schedule
        same = False
    if not same:
        return state.optimizer
    source = trained if isinstance(trained, LazyModel) else ModelVariables(trained)
    copied = _copied(source.read().optimizer, state.optimizer)
    if copied is None:
        return state.optimizer
    names = [variable.name for variable in variables_of(new)[2]]
    return [
        fresh if name == _RATE and not keep_rate else value
        for name, value, fresh in zip(names, copied, state.optimizer, strict=True)
    ]


def _where(flags: list[bool], values: list[Any], *, wanted: bool = True) -> list[Any]:
    return [value for flag, value in zip(flags, values, strict=True) if flag is wanted]


def _copied(old: list[Any], new: list[Any]) -> list[Any] | None:
    """Return the old values in the new ones' dtypes, or None where a shape or the number differs."""
    if [np.shape(value) for value in old] != [np.shape(value) for value in new]:
        return None
    return [np.asarray(value, dtype=fresh.dtype) for value, fresh in zip(old, new, strict=True)]
