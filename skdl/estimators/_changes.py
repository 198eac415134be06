"""Parameters that were changed between two fits of one network, by ``warm_start`` and ``partial_fit``."""

from __future__ import annotations

import inspect
import zlib
from functools import partial
from typing import TYPE_CHECKING, Any

import keras

from skdl.training import optimizer_config

if TYPE_CHECKING:
    from collections.abc import Mapping


def comparable(value: Any) -> Any:
    """Return a parameter in a form that is equal where it means the same; a copy of what may be changed in place.

    Examples
    --------
    >>> comparable(keras.optimizers.SGD(0.1)) == comparable(keras.optimizers.SGD(0.1))
    True
    >>> comparable([8, 4]) == comparable((8, 4))
    True
    """
    described: Any = None
    if isinstance(value, keras.losses.Loss):  # not its configuration, which may lack arguments
        described = [(name, comparable(part)) for name, part in sorted(vars(value).items())]
    elif isinstance(value, keras.optimizers.Optimizer):
        described = optimizer_config(value, keep_counted_name=False)
    elif isinstance(value, keras.metrics.Metric | keras.optimizers.schedules.LearningRateSchedule):
        described = value.get_config()
    if described is not None:
        return _class_of(value), repr(described)
    if isinstance(value, partial):
        return comparable(value.func), repr((value.args, sorted(value.keywords.items())))
    if isinstance(value, list | tuple):
        return tuple(comparable(one) for one in value)
    if inspect.isclass(value) or inspect.isfunction(value):
        # By name and code: a pickle must not need a function that is no parameter any more.
        code = getattr(value, "__code__", None)
        return f"{value.__module__}.{value.__qualname__} {zlib.crc32(code.co_code) if code else ''}".rstrip()
    return value


def arguments_of(build: Any, offered: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of ``offered`` that the signature of a user's ``build`` names."""
    wanted = inspect.signature(build).parameters
    takes_all = any(parameter.kind is parameter.VAR_KEYWORD for parameter in wanted.values())
    return {name: value for name, value in offered.items() if takes_all or name in wanted}


def refusal(where: str, before: Mapping[str, Any], now: Mapping[str, Any], reason: str) -> ValueError:
    """Return the error for parameters that a trained network cannot take."""
    changes = [f"{name}={now[name]!r}, was {before.get(name)!r}" for name in now]
    return ValueError(
        f"{where}: these parameters must stay as in the first fit, because {reason}; got {'; '.join(changes)}. "
        "Train a new network: set warm_start=False and call fit."
    )


def _class_of(value: Any) -> str:
    # By name, which skops and pickle load without the class.
    return f"{type(value).__module__}.{type(value).__qualname__}"
